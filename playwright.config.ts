// End-to-end tests in a real Chromium. `npm test` finds one and names it in LATENTSCAPE_CHROMIUM.
import { defineConfig } from '@playwright/test';

const executablePath = process.env.LATENTSCAPE_CHROMIUM;

export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  // Two at a time do not meet: each test has its own engine, port and home, and each worker its own browser with its own clipboard. How
  // fast a drag is, is not asserted here; `bench` measures it alone.
  workers: 2,
  fullyParallel: false,
  // No test is about time: on a slow machine with noisy neighbours what is expected may come late, and has failed only if it does not come.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['line']],
  // The same specs in a browser tab and in the desktop window; the second skips, saying so, where Electron's binary is not there.
  projects: [{ name: 'browser' }, { name: 'electron' }],
  use: {
    browserName: 'chromium',
    launchOptions: { args: chromiumFlags, ...(executablePath ? { executablePath } : {}) },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
