// A file of the person's, sent to the engine in pieces: a window knows no paths, and a data set may be larger than its memory.
import type { Session } from './session.svelte';

export interface Upload {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

/** Less than the engine takes at once, so that the progress moves and a cancel is heard. */
const PIECE = 4 * 2 ** 20;

const uploadId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/** Where it lies then. Rejects with the engine's own sentence. */
export async function uploadFile(
  session: Session,
  file: { readonly name: string; readonly blob: Blob },
  onProgress: (upload: Upload) => void,
  isWanted: () => boolean,
): Promise<string | null> {
  const { name, blob } = file;
  const total = blob.size;
  const upload = uploadId();
  onProgress({ name, done: 0, total });
  for (let offset = 0; offset < total; offset += PIECE) {
    const piece = new Uint8Array(await blob.slice(offset, offset + PIECE).arrayBuffer());
    if (!isWanted()) return null;
    const { path } = await session.call('data/upload', { upload, name, offset, total, piece });
    onProgress({ name, done: offset + piece.length, total });
    if (path !== null) return path;
  }
  return null;
}
