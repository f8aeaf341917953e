/**
 * A model pack: a folder with manifest.json and the files it lists, each with its SHA-256. Nothing outside the folder
 * is ever opened, nothing in it is run, and a byte that changed is noticed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { AppError } from '#shared/errors';
import { FILE_NAME, FORMAT_VERSION, parseManifest, type Manifest } from './manifest';
import { writeFolderAtomic } from './store/atomic';
import { errorCode, type FilePort } from './store/file-port';
import { MAX_MANIFEST_BYTES, MAX_TENSOR_FILE_BYTES } from './store/limits';

export { manifestSchema, type Manifest } from './manifest';

export type PackOrigin = 'bundled' | 'library';

export interface Pack {
  readonly folder: string;
  readonly origin: PackOrigin;
  readonly manifest: Manifest;
}

export const MANIFEST_FILE = 'manifest.json';
const READ_CHUNK = 1 << 20;

/** Reads the manifest and checks every file against its hash. */
export async function readPack(folder: string, origin: PackOrigin = 'library'): Promise<Pack> {
  const path = join(folder, MANIFEST_FILE);
  const manifest = await withRegularFile(path, async (file, size) => {
    if (size > MAX_MANIFEST_BYTES)
      throw damaged(path, `it is ${size} bytes long, and at most ${MAX_MANIFEST_BYTES} are read`);
    return parseManifest(await file.readFile(), path);
  });
  const pack = { folder: resolve(folder), origin, manifest };
  for (const name of Object.keys(manifest.files)) await verify(pack, name);
  return pack;
}

/** The bytes of one file of the pack; the hash is checked on these very bytes. */
export async function readPackFile(pack: Pack, name: string): Promise<Uint8Array> {
  const path = join(pack.folder, name);
  const expected = hashOf(pack, name);
  const bytes = await withRegularFile(path, async (file, size) => {
    if (size > MAX_TENSOR_FILE_BYTES) throw damaged(path, `it is ${size} bytes long`);
    return new Uint8Array(await file.readFile());
  });
  if (createHash('sha256').update(bytes).digest('hex') !== expected) throw changed(path);
  return bytes;
}

export interface PackContent {
  /** Format version and hashes are filled in. */
  readonly manifest: Omit<Manifest, 'files' | 'formatVersion'>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Writes the whole pack or nothing; a pack that was there before is replaced. */
export async function writePack(folder: string, content: PackContent, port?: FilePort): Promise<Pack> {
  const hashes: Record<string, string> = {};
  for (const [name, bytes] of content.files) {
    if (name === MANIFEST_FILE || !FILE_NAME.test(name))
      throw damaged(join(folder, name), 'its name is not allowed');
    hashes[name] = createHash('sha256').update(bytes).digest('hex');
  }
  const complete = { formatVersion: FORMAT_VERSION, ...content.manifest, files: hashes };
  const json = new TextEncoder().encode(`${JSON.stringify(complete, null, 2)}\n`);
  const manifest = parseManifest(json, join(folder, MANIFEST_FILE));
  await writeFolderAtomic(folder, new Map([...content.files, [MANIFEST_FILE, json]]), {
    mode: 0o644,
    ...(port === undefined ? {} : { port }),
  });
  return { folder: resolve(folder), origin: 'library', manifest };
}

// ---- reading nothing but the pack's own regular files -----------------------------------------------------------------------

/** Hashes of files already read, so that listing the models again reads only what changed. */
const verified = new Map<string, string>();

async function verify(pack: Pack, name: string): Promise<void> {
  const path = join(pack.folder, name);
  const expected = hashOf(pack, name);
  await withRegularFile(path, async (file) => {
    const { size, mtimeMs, ctimeMs, ino } = await file.stat();
    const state = [size, mtimeMs, ctimeMs, ino].join();
    if (verified.get(path) === `${state} ${expected}`) return;
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(Math.min(READ_CHUNK, size + 1));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
    if (hash.digest('hex') !== expected) throw changed(path);
    verified.set(path, `${state} ${expected}`);
  });
}

function hashOf({ manifest, folder }: Pack, name: string): string {
  const hash = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
  if (hash === undefined) throw damaged(join(folder, name), 'the manifest does not list it');
  return hash;
}

/** No symbolic link is followed, no pipe or device is read: what is not a plain file is refused unread. */
async function withRegularFile<T>(
  path: string,
  body: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  let file: FileHandle;
  try {
    // The flags are missing on Windows, where links need rights that a pack's author does not have.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw damaged(path, 'it is missing');
    throw damaged(path, code === 'ELOOP' ? 'it is a link, not a file' : `it cannot be read (${code})`);
  }
  try {
    const info = await file.stat();
    if (!info.isFile()) throw damaged(path, 'it is not a plain file');
    return await body(file, info.size);
  } catch (error) {
    throw error instanceof AppError
      ? error
      : damaged(path, `it cannot be read (${errorCode(error) || 'unknown reason'})`);
  } finally {
    await file.close();
  }
}

const changed = (path: string): AppError => damaged(path, 'its content does not match its checksum');

function damaged(path: string, cause: string): AppError {
  return new AppError({
    code: 'pack/damaged',
    headline: `The model pack is damaged at ${basename(path)}`,
    where: path,
    cause,
    remedy: 'get or make the pack again',
  });
}
