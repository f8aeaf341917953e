// @ts-check
// Electron's binary. Its npm package comes without it: the binary (some 110 MB) is fetched on first use, which not
// every network allows. Where it cannot be had, the app opens in the browser.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine, run } from './command.mjs';
import { writeJson } from './disk.mjs';
import { cacheFolder, installedVersion, root } from './paths.mjs';

/** @typedef {{binary: string} | {why: string}} Electron */

const retryMilliseconds = 24 * 3600 * 1000;
const downloadMilliseconds = 10 * 60_000;
const reachMilliseconds = 6000;
const packageFolder = join(root, 'node_modules', 'electron');

/** @returns {string | null} */
function installedBinary() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  try {
    const path = override
      ? process.platform === 'win32'
        ? 'electron.exe'
        : 'electron'
      : readFileSync(join(packageFolder, 'path.txt'), 'utf8').trim();
    const binary = join(override ?? join(packageFolder, 'dist'), path);
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

/** Reasons for which a window is out of the question here. @returns {string | null} */
function noWindowHere() {
  if (process.platform !== 'linux') return null;
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display';
  if (process.getuid?.() === 0) return "Electron's sandbox does not run as root";
  return null;
}

/** @param {string} file @param {string | null} version */
function recentFailure(file, version) {
  try {
    const { why, at, electron } = JSON.parse(readFileSync(file, 'utf8'));
    const age = Date.now() - Date.parse(at);
    return electron === version && age >= 0 && age < retryMilliseconds ? String(why) : null;
  } catch {
    return null;
  }
}

/**
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<Electron>}
 */
export async function findElectron(reporter) {
  const noWindow = noWindowHere();
  if (noWindow) return { why: noWindow };
  const present = installedBinary();
  if (present) return { binary: present };
  const version = installedVersion('electron');
  const memory = join(cacheFolder(), 'electron.json');
  const known = recentFailure(memory, version);
  if (known) return { why: known };
  const why = await fetchBinary(reporter);
  const fetched = installedBinary();
  if (fetched) return { binary: fetched };
  const reason = why ?? 'its download left no binary';
  try {
    writeJson(memory, { why: reason, electron: version, at: new Date().toISOString() });
  } catch {
    // Only costs another attempt next time.
  }
  return { why: reason };
}

/**
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<string | null>} why it failed
 */
async function fetchBinary(reporter) {
  const mirror =
    process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || 'https://github.com/';
  try {
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(reachMilliseconds) });
  } catch {
    return 'its download site cannot be reached';
  }
  const step = reporter.step("Fetching Electron's binary (some 110 MB)");
  const outcome = await run(process.execPath, [join(packageFolder, 'install.js')], {
    cwd: packageFolder,
    timeout: downloadMilliseconds,
  });
  if (outcome.code === 0) {
    step.done();
    return null;
  }
  const why = outcome.timedOut
    ? 'its download took too long'
    : `its download failed (${lastLine(outcome.output)})`;
  step.fail(why);
  return why;
}
