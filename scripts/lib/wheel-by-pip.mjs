// @ts-check
// TensorFlow's wheel through pip, which knows the mirrors, proxies and local indexes that this machine is set up for.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine, run } from './command.mjs';
import { fileSha256 } from './digest.mjs';
import { SetupFailure } from './failure.mjs';
import { pins, tensorflowVersion } from './pins.mjs';

/** @typedef {{file: string, version: string, source: string}} Archive */

const callers = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip']];

/**
 * Arguments that fetch this platform's wheel whatever Python runs pip: the wheel is only unpacked, never imported.
 * @param {{project: string, tag: string}} wheel
 * @param {string} folder
 */
export function pipArguments({ project, tag }, folder) {
  return [
    ...['download', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    ...['--retries', '0', '--timeout', '8', '--no-cache-dir', '--no-deps', '--only-binary=:all:'],
    ...['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--platform', tag],
    ...['--dest', folder, `${project}==${tensorflowVersion}`],
  ];
}

/** @param {string} folder @returns {number} */
function folderBytes(folder) {
  let sum = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) sum += statSync(join(entry.parentPath ?? entry.path, entry.name)).size;
    }
  } catch {
    // pip moves files while they are counted.
  }
  return sum;
}

/**
 * @param {{project: string, tag: string}} wheel
 * @param {string} folder an empty folder; pip's own temporary files go there too, so that they are removed with it
 * @param {(done: number, total: number | null) => void} onProgress
 * @returns {Promise<Archive>}
 */
export async function wheelByPip(wheel, folder, onProgress) {
  const expected =
    Object.entries(pins).find(([name]) => name.endsWith(`-${wheel.tag}.whl`))?.[1].bytes ?? null;
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder, PIP_NO_COLOR: '1' };
  let why = 'Python with pip is not installed';
  for (const [program, ...prefix] of callers) {
    // pip has no progress that can be read by a program in all its versions, so the arriving bytes are counted.
    const timer = setInterval(() => onProgress(folderBytes(folder), expected), 500);
    const outcome = await run(/** @type {string} */ (program), [...prefix, ...pipArguments(wheel, folder)], {
      env,
    });
    clearInterval(timer);
    if (outcome.missing || /No module named pip|is not recognized|Python was not found/.test(outcome.output))
      continue;
    if (outcome.code !== 0) {
      if (/No space left|ENOSPC/.test(outcome.output)) throw Object.assign(new Error(), { code: 'ENOSPC' });
      why = `pip failed (${lastLine(outcome.output)})`;
      break;
    }
    const name = readdirSync(folder).find((entry) => entry.endsWith('.whl'));
    if (!name) {
      why = 'pip left no wheel';
      break;
    }
    const file = join(folder, name);
    const pin = pins[name];
    if (pin && (await fileSha256(file)) !== pin.sha256) {
      why = `pip delivered a ${name} whose SHA-256 is not the known one`;
      break;
    }
    return { file, version: tensorflowVersion, source: 'wheel by pip' };
  }
  throw new SetupFailure(why, 'install Python 3 with pip, or check its index and the network');
}
