// @ts-check
// A Chromium for the end-to-end tests: one that is there, or one that can be installed.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @returns {string[]} */
function usualPlaces() {
  if (process.platform === 'darwin')
    return [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ];
  if (process.platform === 'win32')
    return [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
      .filter((base) => base !== undefined)
      .flatMap((base) => [
        join(base, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        join(base, 'Chromium', 'Application', 'chrome.exe'),
      ]);
  const folders = ['/usr/bin', '/usr/local/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}

/** @param {string} file */
function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {Promise<string | null>} */
async function findChromium() {
  const named = process.env.LATENTSCAPE_CHROMIUM;
  if (named && executable(named)) return named;
  const found = usualPlaces().find(executable);
  if (found) return found;
  const script = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
  const { code, output } = await run(process.execPath, ['-e', script], { cwd: root });
  return code === 0 && existsSync(output.trim()) ? output.trim() : null;
}

/**
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<string | null>} null where none can be had
 */
export async function provideChromium(reporter) {
  const found = await findChromium();
  if (found) return found;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const step = reporter.step('Installing Chromium by apt-get for the end-to-end tests');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const timeout = 10 * 60_000;
    await run('apt-get', ['update', '-q'], { env, timeout });
    const outcome = await run('apt-get', ['install', '-yq', '--no-install-recommends', 'chromium'], {
      env,
      timeout,
    });
    const installed = await findChromium();
    if (installed) step.done();
    else step.fail(`apt-get could not (exit code ${outcome.code})`);
    if (installed) return installed;
  }
  const step = reporter.step("Fetching Playwright's Chromium for the end-to-end tests");
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  await run(process.execPath, [cli, 'install', 'chromium'], { cwd: root, timeout: 10 * 60_000 });
  const fetched = await findChromium();
  if (fetched) step.done();
  else step.fail('it cannot be had here');
  return fetched;
}
