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
  // One worker: the tests measure how fast a drag is, and a neighbour would be in the figures.
  workers: 1,
  fullyParallel: false,
  timeout: 60_000,
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
