/**
 * The regular files of a folder, as a source lists them. A file is known by its inode when it is listed, and only that
 * file is read later: a link that is put in its place, or in the place of a folder above it, is noticed.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { errorCode } from '../store/file-port';
import { MAX_SOURCE_DEPTH, MAX_SOURCE_FILES } from '../store/limits';
import type { SourceFile } from './source';

export interface Listing {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly skipped: readonly string[];
}

/** Folders that belong to a file beside them: a SavedModel keeps its weights in `variables`. */
const COMPANIONS: ReadonlySet<string> = new Set(['variables']);
/** What systems leave behind; never a model. */
const LITTER = /^(\.DS_Store|Thumbs\.db|desktop\.ini|\.git|__MACOSX|node_modules)$/;
/** Neighbours of a file may be a whole folder of downloads. */
const MAX_SKIPPED = 100;

/** `neighbours`: the folder itself, without the folders in it. */
export async function listFolder(root: string, extent: 'all' | 'neighbours'): Promise<Listing> {
  const files = new Map<string, SourceFile>();
  const skipped: string[] = [];
  const skip = (path: string, why: string): void => {
    if (skipped.length < MAX_SKIPPED) skipped.push(`${path} was left out: ${why}.`);
    else if (skipped.length === MAX_SKIPPED) skipped.push('More files were left out.');
  };
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { path: folder, depth } = next;
    let names: string[];
    try {
      names = (await readdir(join(root, folder))).sort();
    } catch (error) {
      skip(folder === '' ? 'The folder' : folder, `it cannot be listed (${errorCode(error)})`);
      continue;
    }
    for (const name of names) {
      if (LITTER.test(name)) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      const info = await lstat(join(root, path)).catch((error: unknown) => errorCode(error));
      if (typeof info === 'string') skip(path, `the system says ${info}`);
      else if (info.isDirectory()) {
        if (extent === 'neighbours' && !COMPANIONS.has(name)) continue;
        if (depth + 1 < MAX_SOURCE_DEPTH) waiting.push({ path, depth: depth + 1 });
        else skip(path, `it lies more than ${MAX_SOURCE_DEPTH} folders deep`);
      } else {
        const why = refusal(info);
        if (why !== undefined) skip(path, why);
        else if (files.size < MAX_SOURCE_FILES) files.set(path, regularFile(join(root, path), path, info));
        else {
          if (extent === 'all') throw tooMany(root);
          skip(path, `more than ${MAX_SOURCE_FILES} files lie here`);
          return { files, skipped };
        }
      }
    }
  }
  return { files, skipped };
}

function refusal(info: Stats): string | undefined {
  if (info.isSymbolicLink()) return 'it is a link';
  if (!info.isFile()) return 'it is a device, pipe or socket';
  if (info.nlink > 1) return 'it is a second name of a file elsewhere (a hard link)';
  return undefined;
}

export function regularFile(absolute: string, path: string, listed: Stats): SourceFile {
  async function withFile<T>(body: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
    let file: FileHandle;
    try {
      // Windows lacks these flags; making a link there takes rights that a model's author does not have.
      file = await open(
        absolute,
        constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
      );
    } catch (error) {
      const code = errorCode(error);
      throw unreadable(path, code === 'ELOOP' ? 'it has become a link' : `the system says ${code}`);
    }
    try {
      const { size, ino, dev, mtimeMs } = await file.stat();
      if (ino !== listed.ino || dev !== listed.dev || size !== listed.size || mtimeMs !== listed.mtimeMs) {
        throw unreadable(path, 'it changed while it was being opened', 'try again');
      }
      return await body(file, size);
    } finally {
      await file.close();
    }
  }
  return {
    path,
    size: listed.size,
    head: (count) => withFile((file, size) => readExactly(file, Math.min(count, size), path)),
    read: (limit) =>
      withFile(async (file, size) => {
        if (size > limit) throw tooLarge(path, size, limit);
        const bytes = await readExactly(file, size, path);
        const { bytesRead } = await file.read(new Uint8Array(1), 0, 1, size);
        if (bytesRead !== 0) throw unreadable(path, 'it grew while it was being read', 'try again');
        return bytes;
      }),
  };
}

async function readExactly(file: FileHandle, count: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(count - at, 1 << 28), at);
    if (bytesRead === 0) throw unreadable(path, 'it became shorter while it was being read', 'try again');
    at += bytesRead;
  }
  return bytes;
}

export function tooLarge(where: string, size: number, limit: number): AppError {
  return unreadable(where, `it is ${size} bytes long, and at most ${limit} are read`);
}

function unreadable(where: string, cause: string, remedy?: string): AppError {
  return new AppError({ code: 'model/damaged', headline: 'A file cannot be read', where, cause, remedy });
}

function tooMany(root: string): AppError {
  return new AppError({
    code: 'model/none',
    headline: 'The folder is too large to look through',
    where: root,
    cause: `it holds more than ${MAX_SOURCE_FILES} files`,
    remedy: 'point at the folder of the model itself',
  });
}
