// @ts-check
// The official libtensorflow archive: an older version than the wheel's, and the last source to be tried.
import { join } from 'node:path';
import { download } from './download.mjs';
import { SetupFailure } from './failure.mjs';
import { pins } from './pins.mjs';

/**
 * @param {{version: string, url: string, name: string}} archive
 * @param {string} folder
 * @param {(done: number, total: number | null) => void} onProgress
 * @returns {Promise<import('./wheel-by-pip.mjs').Archive>}
 */
export async function officialArchive({ version, url, name }, folder, onProgress) {
  const file = join(folder, name);
  const actual = await download(url, file, onProgress);
  if (actual !== pins[name]?.sha256)
    throw new SetupFailure(
      `${name} is not the known file (its SHA-256 differs)`,
      'run `npm run setup` again later',
    );
  return { file, version, source: 'official archive' };
}
