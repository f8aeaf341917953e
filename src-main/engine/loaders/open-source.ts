/** Opens what a person pointed at: a folder, a zip (which looks like the folder it was made of), or a file among its neighbours. */
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { AppError } from '#shared/errors';
import { errorCode } from '../store/file-port';
import { listFolder, regularFile } from './source-files';
import { openZipSource } from './source-zip';
import type { Source } from './source';

/** @throws AppError model/none where there is nothing of the kind, model/damaged where a zip cannot be read. */
export async function openSource(path: string): Promise<Source> {
  const real = await realPath(path);
  const info = await lstat(real);
  const name = basename(resolve(path));
  if (info.isDirectory()) {
    const { files, skipped } = await listFolder(real, 'all');
    return { name, entry: null, files, skipped, close: () => Promise.resolve() };
  }
  if (!info.isFile())
    throw nothing(path, 'it is neither a file nor a folder', 'point at the model’s file or folder');
  const entry = basename(real);
  const pointedAt = regularFile(real, entry, info);
  const zip = await openZipSource(real, name, pointedAt);
  if (zip !== null) return zip;
  const { files, skipped } = await listFolder(dirname(real), 'neighbours');
  // A hard link is left out of a folder, but this file was named by the person.
  return {
    name,
    entry,
    files: new Map([...files, [entry, pointedAt]]),
    skipped: skipped.filter((sentence) => !sentence.startsWith(`${entry} was left out:`)),
    close: () => Promise.resolve(),
  };
}

/** What the person named may itself be a link, as in a cache of downloads; nothing below it may be. */
async function realPath(path: string): Promise<string> {
  if (path === '' || path.includes('\0')) throw nothing(path, 'the path is not one', 'check the path');
  try {
    return await realpath(path);
  } catch (error) {
    const code = errorCode(error);
    const cause =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'nothing is there'
        : code === 'ELOOP'
          ? 'it is a link that leads back to itself'
          : `the system says ${code}`;
    throw nothing(path, cause, 'check the path');
  }
}

function nothing(where: string, cause: string, remedy: string): AppError {
  return new AppError({
    code: 'model/none',
    headline: 'There is no model to open',
    where: where.slice(0, 300),
    cause,
    remedy,
  });
}
