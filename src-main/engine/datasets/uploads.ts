// Files that a browser tab hands over in pieces, because it knows no paths. A file is complete when its last byte has come; one that never
// gets there is removed at the next start.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AppError } from '#shared/errors';

export interface Piece {
  readonly upload: string;
  /** The person's own name for it: only its ending is used. */
  readonly name: string;
  readonly offset: number;
  readonly total: number;
  readonly piece: Uint8Array;
}

export type Receive = (piece: Piece) => Promise<{ readonly path: string | null }>;

const ENDING = /^\.[a-z0-9]{1,8}$/i;

export function createUploads(folder: string): Receive {
  const cleared = rm(join(folder, 'partial'), { recursive: true, force: true }).then(() =>
    mkdir(join(folder, 'partial'), { recursive: true }),
  );
  const sizes = new Map<string, number>();

  return async ({ upload, name, offset, total, piece }) => {
    await cleared;
    const received = sizes.get(upload) ?? 0;
    if (offset !== received || offset + piece.length > total) {
      throw new AppError({
        code: 'data/upload',
        headline: 'The file did not arrive whole',
        where: name,
        cause: `byte ${received} was expected and ${offset} came`,
        remedy: 'drop it again',
      });
    }
    const partial = join(folder, 'partial', upload);
    const file = await open(partial, received === 0 ? 'w' : 'r+', 0o600);
    try {
      let written = 0;
      while (written < piece.length) {
        written += (await file.write(piece, written, piece.length - written, offset + written)).bytesWritten;
      }
      if (offset + piece.length === total) await file.sync();
    } finally {
      await file.close();
    }
    sizes.set(upload, offset + piece.length);
    if (offset + piece.length < total) return { path: null };
    sizes.delete(upload);
    const ending = extname(name);
    const path = join(folder, `${upload}${ENDING.test(ending) ? ending.toLowerCase() : ''}`);
    await rename(partial, path);
    return { path };
  };
}
