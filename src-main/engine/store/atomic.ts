/**
 * Saving without a moment in which data can be lost: whoever reads `path` finds the old content or the new one,
 * whole, whatever dies in between.
 *
 *   temp beside the target -> write loop -> fsync -> read back (size, SHA-256) -> keep the old as .prev
 *   -> rename over the target -> fsync the folder
 *
 * Why each step: `write` may write less than asked, and a nearly full disk does just that; rename before fsync may
 * survive a power cut as an empty file; a rename is durable only when its folder is (Pillai et al., "All File Systems
 * Are Not Created Equal", OSDI 2014).
 */
import { createHash, randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { errorCode, realFilePort, type FilePort, type OpenFile } from './file-port';
import { storeError, storeMismatch } from './store-errors';

export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export interface WriteOptions {
  /** Keep what was there as `<path>.prev`. */
  readonly keepPrevious?: boolean;
  readonly mode?: number;
  readonly port?: FilePort;
}

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

const READ_BACK_CHUNK = 1 << 20;
/** Virus scanners and indexers on Windows hold a fresh file for some milliseconds. */
const RENAME_RETRIES = 5;
const RENAME_BACKOFF_MS = 20;
const HELD_BY_ANOTHER = new Set(['EPERM', 'EBUSY', 'EACCES']);
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS', 'EINVAL']);

export const previousOf = (path: string): string => `${path}.prev`;

export async function writeAtomic(
  path: string,
  content: Content,
  options: WriteOptions = {},
): Promise<Written> {
  const port = options.port ?? realFilePort;
  const temporary = temporaryFor(path);
  try {
    const written = await writeVerified(port, temporary, content, options.mode ?? 0o600);
    if (options.keepPrevious === true) await keepPrevious(port, path);
    await renameWithRetry(port, temporary, path);
    await port.syncFolder(dirname(path));
    return written;
  } catch (error) {
    await discard(port, temporary);
    throw storeError(error, path, content instanceof Uint8Array ? content.byteLength : undefined);
  }
}

/**
 * Puts a whole folder in place: complete or absent, never half. A folder that is already there steps aside first,
 * because no portable call exchanges two folders; a crash between the two renames is mended by `cleanStale`.
 */
export async function writeFolderAtomic(
  folder: string,
  files: ReadonlyMap<string, Uint8Array> | AsyncIterable<readonly [name: string, bytes: Uint8Array]>,
  options: { readonly mode?: number; readonly port?: FilePort } = {},
): Promise<void> {
  const port = options.port ?? realFilePort;
  const temporary = temporaryFor(folder);
  const aside = temporary.replace(/\.tmp$/, '.old');
  let needed: number | undefined;
  if (!(Symbol.asyncIterator in files)) {
    needed = 0;
    for (const bytes of files.values()) needed += bytes.byteLength;
  }
  try {
    await port.mkdir(temporary);
    for await (const [name, bytes] of files) {
      await writeVerified(port, join(temporary, name), bytes, options.mode ?? 0o600);
    }
    await port.syncFolder(temporary);
    const replaces = await port.exists(folder);
    if (replaces) await renameWithRetry(port, folder, aside);
    try {
      await renameWithRetry(port, temporary, folder);
    } catch (error) {
      if (replaces) await renameWithRetry(port, aside, folder);
      throw error;
    }
    await port.syncFolder(dirname(folder));
    if (replaces) await removeQuietly(port, aside);
  } catch (error) {
    await removeQuietly(port, temporary);
    throw storeError(error, folder, needed);
  }
}

export interface CleanOptions {
  readonly port?: FilePort;
  readonly isAlive?: (pid: number) => boolean;
}

/**
 * Removes what a killed process left in `folder`, and puts back a folder that was being replaced when it died.
 * Returns the names it dealt with. A temp of a process that still lives is left alone.
 */
export async function cleanStale(
  folder: string,
  { port = realFilePort, isAlive = isProcess }: CleanOptions = {},
): Promise<readonly string[]> {
  if (!(await port.exists(folder))) return [];
  const dealtWith: string[] = [];
  for (const name of await port.list(folder)) {
    const match = /^\.(?<target>.+)\.(?<pid>\d+)-[0-9a-f]{12}\.(?<kind>tmp|old)$/.exec(name)?.groups;
    if (match?.['target'] === undefined || isAlive(Number(match['pid']))) continue;
    const target = join(folder, match['target']);
    try {
      if (match['kind'] === 'old' && !(await port.exists(target)))
        await port.rename(join(folder, name), target);
      else await port.removeFolder(join(folder, name));
      dealtWith.push(name);
    } catch {
      // Tidying is a courtesy: what cannot be removed now is tried again at the next start.
    }
  }
  return dealtWith;
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

async function writeVerified(port: FilePort, path: string, content: Content, mode: number): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  await withFile(await port.open(path, 'wx', mode), async (file) => {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await writeFully(file, chunk, path);
    }
    await file.sync();
  });
  const sha256 = hash.digest('hex');
  const back = await readBack(port, path);
  if (back.bytes !== bytes || back.sha256 !== sha256) throw storeMismatch(path);
  return { bytes, sha256 };
}

async function writeFully(file: OpenFile, chunk: Uint8Array, path: string): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength;) {
    const written = await file.write(chunk.subarray(offset));
    // A write that takes nothing and reports nothing would loop for ever.
    if (written <= 0) throw storeMismatch(path);
    offset += written;
  }
}

async function readBack(port: FilePort, path: string): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(port, path)) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function* chunksOf(port: FilePort, path: string): AsyncGenerator<Uint8Array> {
  const file = await port.open(path, 'r');
  const buffer = new Uint8Array(READ_BACK_CHUNK);
  try {
    for (let read = await file.read(buffer); read > 0; read = await file.read(buffer)) {
      yield buffer.subarray(0, read);
    }
  } finally {
    await file.close();
  }
}

/** Closes the file whatever happens; an error of the body outranks one of close. */
async function withFile(file: OpenFile, body: (file: OpenFile) => Promise<void>): Promise<void> {
  try {
    await body(file);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  await file.close();
}

/** The target stays in place all the while: `.prev` becomes a second name of the same file. */
async function keepPrevious(port: FilePort, path: string): Promise<void> {
  const previous = previousOf(path);
  const temporary = temporaryFor(previous);
  try {
    if (!(await linkOrCopy(port, path, temporary))) return;
    await renameWithRetry(port, temporary, previous);
  } finally {
    // POSIX: renaming one name of a file over another name of the same file does nothing and leaves both.
    await discard(port, temporary);
  }
}

/** False where there is nothing to keep. */
async function linkOrCopy(port: FilePort, path: string, copy: string): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    if (!(await port.exists(path))) return false;
    try {
      await port.link(path, copy);
      return true;
    } catch (error) {
      const code = errorCode(error);
      // Another writer replaced the file between looking it up and linking it: look again.
      if (code === 'ENOENT' && attempt < RENAME_RETRIES) continue;
      // exFAT and network drives know no hard links: copy instead.
      if (!NO_HARD_LINKS.has(code)) throw error;
      await writeVerified(port, copy, chunksOf(port, path), 0o600);
      return true;
    }
  }
}

async function renameWithRetry(port: FilePort, from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await port.rename(from, to);
      return;
    } catch (error) {
      if (attempt >= RENAME_RETRIES || !HELD_BY_ANOTHER.has(errorCode(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, RENAME_BACKOFF_MS * 2 ** attempt));
    }
  }
}

async function discard(port: FilePort, path: string): Promise<void> {
  await port.unlink(path).catch(() => undefined);
}

async function removeQuietly(port: FilePort, folder: string): Promise<void> {
  await port.removeFolder(folder).catch(() => undefined);
}
