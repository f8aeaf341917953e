// @ts-check
// Provides TensorFlow's shared libraries and C headers from the first source that works.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replaceFolder, requireSpace, withTemporaryFolder, writeJson } from './disk.mjs';
import { SetupFailure, asFailure } from './failure.mjs';
import { officialArchive } from './official-archive.mjs';
import { downloadBytes, platformSources, tensorflowVersion, unpackedBytes } from './pins.mjs';
import { findLibraries, unpackLibtensorflow } from './unpack-libtensorflow.mjs';
import { wheelByPip } from './wheel-by-pip.mjs';
import { wheelOverHttps } from './wheel-over-https.mjs';

/** @typedef {{folder: string, version: string, source: string}} Libtensorflow */
/** @typedef {import('./wheel-by-pip.mjs').Archive} Archive */
/** @typedef {(folder: string, onProgress: (done: number, total: number | null) => void) => Promise<Archive>} Fetch */

const archiveName = /\.(whl|zip|tar\.gz|tgz)$/;

/**
 * @param {string} cache
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<Libtensorflow>}
 */
export async function provideLibtensorflow(cache, reporter) {
  const own = process.env.LATENTSCAPE_LIBTENSORFLOW;
  if (own) return fromOwn(resolve(own), cache, reporter);
  const kept = fromCache(cache);
  if (kept) return kept;
  const sources = platformSources();
  if (!sources)
    throw new SetupFailure(
      `TensorFlow publishes no library for ${process.platform} on ${process.arch}`,
      'build one and name its folder in LATENTSCAPE_LIBTENSORFLOW',
    );
  const { wheel, archive } = sources;
  /** @type {{name: string, title: string, fetch: Fetch}[]} */
  const attempts = [];
  if (wheel) {
    attempts.push({
      name: 'pip',
      title: 'TensorFlow by pip',
      fetch: (folder, tell) => wheelByPip(wheel, folder, tell),
    });
    attempts.push({
      name: 'PyPI',
      title: 'TensorFlow from PyPI',
      fetch: (folder, tell) => wheelOverHttps(wheel, folder, tell),
    });
  }
  if (archive)
    attempts.push({
      name: 'official archive',
      title: 'TensorFlow, official archive',
      fetch: (folder, tell) => officialArchive(archive, folder, tell),
    });
  requireSpace(cache, downloadBytes + unpackedBytes, 'the native engine');
  /** @type {string[]} */
  const reasons = [];
  for (const { name, title, fetch } of attempts) {
    const step = reporter.step(title);
    try {
      return await withTemporaryFolder(cache, async (temporary) => {
        const fetched = await fetch(temporary, (done, total) => step.update({ done, total, unit: 'bytes' }));
        step.done(fetched.source);
        return install(fetched, cache, reporter);
      });
    } catch (error) {
      const failure = asFailure(error);
      step.fail(failure.why);
      if (failure.disk) throw failure;
      reasons.push(`${name}: ${failure.why}`);
    }
  }
  throw new SetupFailure(
    `TensorFlow's library could not be had (${reasons.join('; ')})`,
    'install pip or connect to a network, or put the tensorflow-cpu wheel in LATENTSCAPE_LIBTENSORFLOW, then run `npm run setup`',
  );
}

/** @param {string} cache @param {string} version */
const installedFolder = (cache, version) =>
  join(cache, 'libtensorflow', `${version}-${process.platform}-${process.arch}`);

/**
 * @param {string} cache
 * @returns {Libtensorflow | null}
 */
function fromCache(cache) {
  const versions = [tensorflowVersion, platformSources()?.archive?.version].filter((v) => v !== undefined);
  for (const version of versions) {
    const folder = installedFolder(cache, version);
    const file = join(folder, 'source.json');
    if (!existsSync(file) || !findLibraries(folder)) continue;
    const { source } = JSON.parse(readFileSync(file, 'utf8'));
    return { folder, version, source };
  }
  return null;
}

/**
 * Unpacks beside the final place and renames, so that a folder that is there is complete.
 * @param {Archive} archive
 * @param {string} cache
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<Libtensorflow>}
 */
async function install({ file, version, source }, cache, reporter) {
  requireSpace(cache, unpackedBytes, 'unpacking TensorFlow');
  const step = reporter.step('Unpacking TensorFlow');
  try {
    return await withTemporaryFolder(cache, async (temporary) => {
      await unpackLibtensorflow(file, temporary, (done, total) =>
        step.update({ done, total, unit: 'bytes' }),
      );
      writeJson(join(temporary, 'source.json'), { version, source });
      const folder = installedFolder(cache, version);
      replaceFolder(temporary, folder);
      step.done();
      return { folder, version, source };
    });
  } catch (error) {
    const failure = asFailure(error, 'unpacking TensorFlow');
    step.fail(failure.why);
    throw failure;
  }
}

/**
 * A folder is used where it stands; an archive is unpacked into the cache.
 * @param {string} path
 * @param {string} cache
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<Libtensorflow>}
 */
async function fromOwn(path, cache, reporter) {
  const remedy = 'correct LATENTSCAPE_LIBTENSORFLOW, or unset it to have the library fetched';
  if (!existsSync(path))
    throw new SetupFailure(`LATENTSCAPE_LIBTENSORFLOW names ${path}, which does not exist`, remedy);
  let file = path;
  if (statSync(path).isDirectory()) {
    if (findLibraries(path)) return { folder: path, version: 'own', source: 'LATENTSCAPE_LIBTENSORFLOW' };
    const inside = readdirSync(path).filter((name) => archiveName.test(name) && /tensorflow/.test(name));
    if (inside.length === 0)
      throw new SetupFailure(
        `LATENTSCAPE_LIBTENSORFLOW (${path}) holds neither TensorFlow nor its wheel`,
        remedy,
      );
    file = join(path, /** @type {string} */ (inside[0]));
  }
  if (!archiveName.test(file))
    throw new SetupFailure(`LATENTSCAPE_LIBTENSORFLOW (${file}) is no wheel, zip or tar.gz`, remedy);
  return install({ file, version: 'own', source: 'LATENTSCAPE_LIBTENSORFLOW' }, cache, reporter);
}
