/**
 * The few file-system calls that the store needs, as an interface, so that a test can make each of them fail at its
 * n-th call. The real one is a thin skin over node:fs/promises.
 */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';

export interface OpenFile {
  /** Writes some of `bytes` and says how many: the caller loops, because the system may write fewer. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
  /** Reads into `bytes` at the file's own position; 0 at the end. */
  readonly read: (bytes: Uint8Array) => Promise<number>;
  readonly sync: () => Promise<void>;
  readonly size: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface FilePort {
  readonly open: (path: string, flags: 'r' | 'wx', mode?: number) => Promise<OpenFile>;
  readonly link: (from: string, to: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly mkdir: (path: string) => Promise<void>;
  readonly removeFolder: (path: string) => Promise<void>;
  readonly list: (folder: string) => Promise<readonly string[]>;
  readonly exists: (path: string) => Promise<boolean>;
  readonly syncFolder: (folder: string) => Promise<void>;
}

/** Systems and file systems that cannot fsync a folder say so with one of these. */
const CANNOT_SYNC_FOLDER = new Set(['EISDIR', 'EINVAL', 'ENOTSUP', 'EPERM', 'EBADF']);

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

async function open(path: string, flags: 'r' | 'wx', mode = 0o600): Promise<OpenFile> {
  const handle = await fs.open(path, flags, mode);
  return {
    write: async (bytes) => (await handle.write(bytes, 0, bytes.byteLength)).bytesWritten,
    read: async (bytes) => (await handle.read(bytes, 0, bytes.byteLength)).bytesRead,
    sync: () => handle.sync(),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.access(path, constants.F_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!CANNOT_SYNC_FOLDER.has(errorCode(error))) throw error;
  } finally {
    await handle.close();
  }
}

export const realFilePort: FilePort = {
  open,
  link: fs.link,
  rename: fs.rename,
  unlink: fs.unlink,
  mkdir: async (path) => {
    await fs.mkdir(path, { mode: 0o700 });
  },
  removeFolder: (path) => fs.rm(path, { recursive: true, force: true }),
  list: (folder) => fs.readdir(folder),
  exists,
  syncFolder,
};
