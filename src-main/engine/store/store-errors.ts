/** What the operating system says when a file cannot be written, turned into one sentence and a remedy. */
import { AppError } from '#shared/errors';
import { errorCode } from './file-port';

interface Refusal {
  readonly code: 'disk-full' | 'denied' | 'read-only' | 'gone';
  readonly system: ReadonlySet<string>;
  readonly headline: string;
  readonly remedy: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    code: 'disk-full',
    system: new Set(['ENOSPC', 'EDQUOT']),
    headline: 'The disk is full, so the file was not saved',
    remedy: 'free some space and save again; what was saved before is untouched',
  },
  {
    code: 'denied',
    system: new Set(['EACCES', 'EPERM', 'EBUSY', 'ETXTBSY']),
    headline: 'The system does not allow writing this file',
    remedy: 'save to another folder, or close the program that holds the file',
  },
  {
    code: 'read-only',
    system: new Set(['EROFS']),
    headline: 'The disk is read-only, so the file was not saved',
    remedy: 'save to another folder',
  },
  {
    code: 'gone',
    system: new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ENODEV', 'ENXIO', 'EHOSTDOWN', 'ENOTCONN']),
    headline: 'The folder to save into is not there (any more)',
    remedy: 'create the folder or reconnect the drive, or save elsewhere',
  },
];

/** `bytesNeeded` is undefined when the writer is fed piece by piece and cannot know. */
export function storeError(thrown: unknown, path: string, bytesNeeded: number | undefined): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = errorCode(thrown);
  const refusal = REFUSALS.find((candidate) => candidate.system.has(code));
  if (refusal === undefined) {
    return new AppError({
      code: 'store/failed',
      headline: 'The file could not be written',
      where: path,
      cause: code === '' ? String(thrown) : code,
      remedy: 'try again, or save to another folder',
    });
  }
  const needed = refusal.code === 'disk-full' && bytesNeeded !== undefined;
  return new AppError({
    code: `store/${refusal.code}`,
    headline: refusal.headline,
    where: path,
    cause: needed ? `${code}, ${formatBytes(bytesNeeded)} are needed` : code,
    remedy: refusal.remedy,
  });
}

/** What was read back is not what was written: a failing disk, or another program writing the same file. */
export function storeMismatch(path: string): AppError {
  return new AppError({
    code: 'store/failed',
    headline: 'The file came back from the disk different from what was written, so it was not kept',
    where: path,
    remedy: 'check the disk, or save to another one; what was saved before is untouched',
  });
}

/** "843 bytes", "1.4 MB": thousands, as disks are sold and file managers count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['bytes', 'kB', 'MB', 'GB', 'TB'][power] ?? 'TB'}`;
}
