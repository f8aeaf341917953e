// A file that the engine has made and keeps until it is read: fetched in pieces, as one piece of memory.
import type { Session } from './session.svelte';

export async function fetchedFile(
  session: Pick<Session, 'call'>,
  { file, size }: { readonly file: string; readonly size: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size;) {
    const { piece } = await session.call('models/piece', { file, offset });
    if (piece.length === 0) break;
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
