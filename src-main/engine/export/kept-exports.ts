/**
 * Files made for a window that knows no paths, fetched in pieces. Forgotten when they were read to the end, when they
 * were not asked for in a while, and when too many are waiting.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '#shared/errors';
import { EXPORT_PIECE_BYTES, MAX_KEPT_EXPORTS } from '../store/limits';

export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface KeptExports {
  readonly keep: (file: ExportedFile) => string;
  /** @throws AppError store/no-export where it was forgotten. */
  readonly piece: (token: string, offset: number) => Uint8Array;
}

const KEPT_MS = 10 * 60 * 1000;

export function createKeptExports(now: () => number): KeptExports {
  const files = new Map<string, { readonly bytes: Uint8Array; until: number }>(); // in order of last use

  function forgetOld(): void {
    for (const [token, { until }] of files) if (until < now()) files.delete(token);
    while (files.size > MAX_KEPT_EXPORTS) files.delete([...files.keys()][0]!);
  }

  return {
    keep({ bytes }) {
      const token = randomBytes(16).toString('hex');
      files.set(token, { bytes, until: now() + KEPT_MS });
      forgetOld();
      return token;
    },
    piece(token, offset) {
      forgetOld();
      const file = files.get(token);
      if (file === undefined || offset >= file.bytes.byteLength) {
        throw new AppError({
          code: 'store/no-export',
          headline: 'The exported file is not kept any more',
          remedy: 'export it again',
        });
      }
      const end = offset + EXPORT_PIECE_BYTES;
      files.delete(token);
      if (end < file.bytes.byteLength) files.set(token, { ...file, until: now() + KEPT_MS });
      return file.bytes.slice(offset, end);
    },
  };
}
