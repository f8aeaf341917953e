// Three projects: unit (one module at a time), contract (one suite over every channel), conformance (model files).
import { defineConfig } from 'vitest/config';

// Processes rather than threads: the native backend can be loaded by one thread of a process only.
const project = (name: string, testTimeout: number) => ({
  extends: true as const,
  test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout },
});

export default defineConfig({
  test: {
    pool: 'forks',
    environment: 'node',
    passWithNoTests: true,
    projects: [project('unit', 20_000), project('contract', 30_000), project('conformance', 60_000)],
  },
});
