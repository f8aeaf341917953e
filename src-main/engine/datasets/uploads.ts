// Files that a browser tab hands over in pieces, because it knows no paths. A file is complete when its last byte has come; one that never
// gets there is removed before the next upload, or a week later: see left-uploads.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { AppError } from '#shared/errors';
import type { BroughtToMaps } from '../maps/brought-pictures';

export interface Piece {
  readonly upload: string;
  /** The person's own name for it: of a single file only the ending is used, of a file in a folder its path there. */
  readonly name: string;
  readonly offset: number;
  readonly total: number;
  readonly piece: Uint8Array;
  readonly folder?:
    { readonly name: string; readonly last: boolean; readonly forMap?: string | undefined } | undefined;
}

export type Receive = (piece: Piece) => Promise<{ readonly path: string | null }>;

const ENDING = /^\.[a-z0-9]{1,8}$/i;
/** Of a folder's own name, which people see again: letters and digits of any script, and a few signs. */
const FOREIGN = /[^\p{L}\p{N} ._-]/gu;

/** Where what is kept for maps goes, and what is to be done when it is there. */
export type KeptForMaps = Pick<BroughtToMaps, 'placeOf' | 'settle'>;

export function createUploads(folder: string, maps: KeptForMaps): Receive {
  const partialFolder = join(folder, 'partial');
  /** At the first piece: an engine that takes none, such as that of a command, must not clear away what another one is taking. */
  let cleared: Promise<unknown> | undefined;
  const sizes = new Map<string, number>();

  return async (piece) => {
    await (cleared ??= rm(partialFolder, { recursive: true, force: true }).then(() =>
      mkdir(partialFolder, { recursive: true }),
    ));
    const { upload, name, offset, total } = piece;
    const inside = piece.folder === undefined ? null : insideFolder(name);
    const partial = join(partialFolder, upload, ...(inside ?? ['file']));
    const received = sizes.get(partial) ?? 0;
    if (offset !== received || offset + piece.piece.length > total) {
      throw refused(name, `byte ${received} was expected and ${offset} came`);
    }
    await mkdir(dirname(partial), { recursive: true });
    await append(partial, piece, received);
    const end = offset + piece.piece.length;
    sizes.set(partial, end);
    if (end < total) return { path: null };
    sizes.delete(partial);
    if (piece.folder?.last === false) return { path: null };
    if (piece.folder === undefined) {
      const path = join(folder, upload + endingOf(name));
      await rename(partial, path);
      return { path };
    }
    const { forMap } = piece.folder;
    const path = forMap === undefined ? join(folder, upload) : maps.placeOf(forMap, upload);
    // a folder of the upload's name keeps folders of one name apart; inside it, the person's own name is seen again
    await mkdir(path, { recursive: true });
    const own = join(path, piece.folder.name.replace(FOREIGN, '_').replace(/^\.+/, '') || 'folder');
    await rename(join(partialFolder, upload), own);
    if (forMap !== undefined) await maps.settle(forMap, upload);
    return { path: own };
  };
}

async function append(path: string, { piece, offset, total }: Piece, received: number): Promise<void> {
  const file = await open(path, received === 0 ? 'w' : 'r+', 0o600);
  try {
    let written = 0;
    while (written < piece.length) {
      written += (await file.write(piece, written, piece.length - written, offset + written)).bytesWritten;
    }
    if (offset + piece.length === total) await file.sync();
  } finally {
    await file.close();
  }
}

function endingOf(name: string): string {
  const ending = extname(name);
  return ENDING.test(ending) ? ending.toLowerCase() : '';
}

const MOST_FOLDERS = 16;

/** The parts of a path that stays inside its folder. */
function insideFolder(name: string): readonly string[] {
  const parts = name.split('/');
  const isPlain = (part: string): boolean =>
    part !== '' && part.length <= 200 && !/^\.+$/.test(part) && !/[\\:\u0000-\u001f]/.test(part);
  if (parts.length <= MOST_FOLDERS && parts.every(isPlain)) return parts;
  throw refused(name, 'its name leads out of its folder, or cannot be a name everywhere');
}

function refused(name: string, cause: string): AppError {
  return new AppError({
    code: 'data/upload',
    headline: 'The file did not arrive whole',
    where: name,
    cause,
    remedy: 'drop it again',
  });
}
