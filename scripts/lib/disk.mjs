// @ts-check
// Room on disk, and files that are either whole or absent.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { formatBytes } from './progress.mjs';

/**
 * Free bytes where a (perhaps not yet existing) folder will stand.
 * @param {string} folder
 */
export function freeBytes(folder) {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

/**
 * @param {string} folder
 * @param {number} needed bytes
 * @param {string} what
 */
export function requireSpace(folder, needed, what) {
  const free = freeBytes(folder);
  if (free >= needed) return;
  throw new SetupFailure(
    `${what} needs ${formatBytes(needed)} of disk, and ${folder} has ${formatBytes(free)} free`,
    'free some space, or point LATENTSCAPE_CACHE to a folder on a larger disk, then run `npm run setup`',
    { disk: true },
  );
}

/**
 * Gives `work` an empty folder beside the final place (so that a rename is enough) and removes it afterwards.
 * @template T
 * @param {string} parent
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withTemporaryFolder(parent, work) {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'tmp-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Temporary folders of a set-up that was killed. Call only while holding the cache's lock.
 * @param {string} parent
 */
export function removeAbandoned(parent) {
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent))
    if (name.startsWith('tmp-')) rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Puts a finished folder in its place, replacing what was there.
 * @param {string} from
 * @param {string} to
 */
export function replaceFolder(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { recursive: true, force: true, maxRetries: 3 });
  renameSync(from, to);
}

/**
 * @param {string} file
 * @param {unknown} value
 */
export function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
