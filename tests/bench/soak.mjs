// A soak: a random driver, repeatable by its seed, does to the app what people, kernels and accidents do, for as long as is asked:
//   node tests/bench/soak.mjs [--minutes 2] [--seed 1] [--calm] [--json]
// --calm kills nothing: one training beside a hand that drags, to see whether memory stays flat. Prints a table; exit code 1 where a
// promise is broken.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..', '..');
const folder = await mkdtemp(join(tmpdir(), 'latentscape-soak-'));
try {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      minify: false,
      rolldownOptions: {
        input: { soak: join(root, 'tests', 'bench', 'soak', 'soak.ts') },
        output: { format: 'es', entryFileNames: '[name].mjs' },
      },
    },
  });
  const args = [join(folder, 'soak.mjs'), '--out', join(root, 'out', 'main'), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((settle) => child.on('exit', (code) => settle(code ?? 4)));
} finally {
  await rm(folder, { recursive: true, force: true });
}
