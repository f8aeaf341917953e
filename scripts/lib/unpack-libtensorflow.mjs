// @ts-check
// Takes out of a wheel or an official archive only what the addon needs: the shared libraries and the C headers.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lastLine, run } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { extractZip } from './zip.mjs';

const headerFolders =
  /^include\/(tensorflow\/c\/|tensorflow\/core\/platform\/ctstring|tsl\/platform\/ctstring|xla\/tsl\/c\/)/;
// Matches libtensorflow_cc.so.2, libtensorflow_framework.2.dylib, libtensorflow.so.2, tensorflow.dll, tensorflow.lib …
const library = /^(lib)?tensorflow(_cc|_framework)?(\.so\.2|\.2\.dylib|\.dll|\.lib)$/;

/**
 * Where an archive's entry goes: lib/…, include/…, or nowhere.
 * @param {string} name
 * @returns {string | null}
 */
export function placeOfEntry(name) {
  const path = name.replace(/^\.\//, '').replace(/^tensorflow\//, '');
  if (path.split('/').includes('..')) return null;
  if (headerFolders.test(path)) return path.endsWith('.h') ? path : null;
  return library.test(basename(path)) && /^(lib\/)?[^/]+$/.test(path) ? `lib/${basename(path)}` : null;
}

/**
 * The libraries to link with, or null where a folder is no TensorFlow.
 * @param {string} folder
 * @returns {{include: string, lib: string, libraries: string[]} | null}
 */
export function findLibraries(folder) {
  for (const [lib, include] of [
    ['lib', 'include'],
    ['.', 'include'],
    ['tensorflow', 'tensorflow/include'],
  ]) {
    const libFolder = join(folder, /** @type {string} */ (lib));
    const includeFolder = join(folder, /** @type {string} */ (include));
    if (!existsSync(libFolder) || !existsSync(join(includeFolder, 'tensorflow', 'c', 'c_api.h'))) continue;
    const names = readdirSync(libFolder).filter((name) => library.test(name));
    const main = names.find((name) => !name.includes('_framework'));
    if (main) return { include: includeFolder, lib: libFolder, libraries: names };
  }
  return null;
}

/**
 * @param {string} archive
 * @param {string} folder
 * @param {(done: number, total: number | null) => void} onProgress
 */
export async function unpackLibtensorflow(archive, folder, onProgress) {
  mkdirSync(folder, { recursive: true });
  if (/\.(whl|zip)$/.test(archive)) await extractZip(archive, folder, placeOfEntry, onProgress);
  else await unpackTar(archive, folder);
  if (!findLibraries(folder))
    throw new SetupFailure(
      `${archive} holds no TensorFlow library with its C headers`,
      'give the tensorflow-cpu wheel or the libtensorflow archive of this platform',
    );
}

/**
 * Every system that has such archives has `tar`.
 * @param {string} archive
 * @param {string} folder
 */
async function unpackTar(archive, folder) {
  const outcome = await run('tar', ['-xzf', archive, '-C', folder]);
  if (outcome.code !== 0)
    throw new SetupFailure(
      `${archive} cannot be unpacked (${lastLine(outcome.output)})`,
      'fetch the file again',
    );
  // The archive keeps libtensorflow.so.2 as a link to the versioned name; both stay where they are.
}

/**
 * Official Windows archives keep the loader's DLL beside the import library; the addon finds it in its own folder.
 * @param {string} lib
 * @param {string} beside
 */
export function copyDlls(lib, beside) {
  for (const name of readdirSync(lib))
    if (name.endsWith('.dll')) {
      const temporary = join(beside, `${name}.tmp`);
      copyFileSync(join(lib, name), temporary);
      renameSync(temporary, join(beside, name));
    }
}
