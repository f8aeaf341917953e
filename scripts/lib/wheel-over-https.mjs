// @ts-check
// The same wheel straight from the Python package index, for machines without pip. The index publishes address, size
// and SHA-256 of every file as JSON.
import { join } from 'node:path';
import { download, fetchJson } from './download.mjs';
import { SetupFailure } from './failure.mjs';
import { pins, tensorflowVersion } from './pins.mjs';

/** @typedef {{filename: string, url: string, size: number, digests: {sha256: string}}} IndexFile */

/** LATENTSCAPE_PYPI points to a mirror that speaks the same JSON. */
const indexAddress = () => (process.env.LATENTSCAPE_PYPI || 'https://pypi.org').replace(/\/+$/, '');

/**
 * Any CPython version will do; the one that is pinned is preferred.
 * @param {readonly IndexFile[]} files
 * @param {string} tag
 * @returns {IndexFile | null}
 */
export function chooseWheel(files, tag) {
  const architecture = /** @type {string} */ (/(x86_64|aarch64|arm64)$/.exec(tag)?.[1]);
  const system = tag.startsWith('macosx') ? '-macosx_' : '-manylinux';
  const fitting = files.filter(
    ({ filename }) => filename.includes(system) && filename.endsWith(`${architecture}.whl`),
  );
  return fitting.find(({ filename }) => pins[filename]) ?? fitting[0] ?? null;
}

/**
 * @param {{project: string, tag: string}} wheel
 * @param {string} folder
 * @param {(done: number, total: number | null) => void} onProgress
 * @returns {Promise<import('./wheel-by-pip.mjs').Archive>}
 */
export async function wheelOverHttps({ project, tag }, folder, onProgress) {
  const listing = /** @type {{urls?: IndexFile[]}} */ (
    await fetchJson(`${indexAddress()}/pypi/${project}/${tensorflowVersion}/json`)
  );
  const choice = chooseWheel(listing.urls ?? [], tag);
  if (!choice)
    throw new SetupFailure(
      `the Python index has no ${project} ${tensorflowVersion} for this machine`,
      'try later',
    );
  const published = choice.digests?.sha256;
  const expected = pins[choice.filename]?.sha256 ?? published;
  if (!expected || (published && published !== expected))
    throw new SetupFailure(
      `the Python index lists ${choice.filename} with another SHA-256 than the known one`,
      '',
    );
  const file = join(folder, 'tensorflow.whl');
  const actual = await download(choice.url, file, (done, total) => onProgress(done, total ?? choice.size));
  if (actual !== expected)
    throw new SetupFailure(
      `${choice.filename} arrived damaged (its SHA-256 differs)`,
      'run `npm run setup` again',
    );
  return { file, version: tensorflowVersion, source: 'wheel over HTTPS' };
}
