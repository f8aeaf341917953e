// Files of the person's, sent to the engine in pieces: a window knows no paths, and a model may be larger than its memory.
import { AppError } from '#shared/errors';
import type { Session } from './session.svelte';

export interface BroughtFile {
  /** Inside the folder that was dropped, '/' between folders; the bare name of a single file. */
  readonly path: string;
  readonly blob: Blob;
}

/** Less than the engine takes at once, so that the progress moves and a cancel is heard. */
const PIECE = 4 * 2 ** 20;

export interface UploadWatch {
  /** Bytes of all files so far. */
  readonly onProgress: (done: number) => void;
  readonly isWanted: () => boolean;
  /** Kept as points of a map under this id; otherwise until its import ends. */
  readonly forMap?: string;
}

/** Where they lie then: the file, or the folder that holds them all. Null where they were not wanted any more. */
export async function uploadFiles(
  session: Session,
  name: string,
  files: readonly BroughtFile[],
  { onProgress, isWanted, forMap }: UploadWatch,
): Promise<string | null> {
  const upload = uploadId();
  const only = files.length === 1 && files[0]?.path.includes('/') === false ? files[0].path : null;
  let done = 0;
  let at: string | null = null;
  for (const [index, { path, blob }] of files.entries()) {
    for (let offset = 0; offset < Math.max(1, blob.size); offset += PIECE) {
      const piece = new Uint8Array(await blob.slice(offset, offset + PIECE).arrayBuffer());
      if (!isWanted()) return null;
      const answer = await session.call('data/upload', {
        upload,
        name: path,
        offset,
        total: blob.size,
        piece,
        folder: { name, last: index === files.length - 1, ...(forMap === undefined ? {} : { forMap }) },
      });
      done += piece.length;
      onProgress(done);
      at = answer.path ?? at;
    }
  }
  // a file keeps its own name, in a folder of its own
  return at === null || only === null ? at : `${at}/${only}`;
}

const uploadId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

/** What was dropped: a file as it is, a folder with everything in it, several things as one folder. */
export async function filesOfDrop(
  transfer: DataTransfer,
): Promise<{ readonly name: string; readonly files: readonly BroughtFile[] } | null> {
  // entries must be asked for before the first await: the transfer is emptied after the event
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return withoutEntries([...transfer.files]);
  const files = (await Promise.all(entries.map((entry) => filesOfEntry(entry, '')))).flat();
  const [first] = entries;
  if (first === undefined || files.length === 0) return null;
  if (entries.length > 1) return { name: `${first.name} and ${entries.length - 1} more`, files };
  // the dropped folder's own name is not part of the paths inside it
  const inside = first.isDirectory
    ? files.map(({ path, blob }) => ({ path: path.slice(first.name.length + 1), blob }))
    : files;
  return { name: first.name, files: inside };
}

/** Files that lie in no file system, such as a picture dragged out of another page. */
function withoutEntries(
  files: readonly File[],
): { readonly name: string; readonly files: readonly BroughtFile[] } | null {
  const [first] = files;
  if (first === undefined) return null;
  const name = files.length === 1 ? first.name : `${first.name} and ${files.length - 1} more`;
  return { name, files: files.map((file) => ({ path: file.name, blob: file })) };
}

const MOST_FILES = 10_000;

async function filesOfEntry(entry: FileSystemEntry, above: string): Promise<readonly BroughtFile[]> {
  const path = above === '' ? entry.name : `${above}/${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, blob: file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: BroughtFile[] = [];
  // a reader gives a hundred entries at a time, and an empty list at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const inner of some) found.push(...(await filesOfEntry(inner, path)));
    if (found.length > MOST_FILES) throw tooMany(path);
  }
}

const tooMany = (where: string): AppError =>
  new AppError({
    code: 'data/upload',
    headline: 'The folder holds too many files to be brought in one by one',
    where,
    cause: `they are more than ${MOST_FILES.toLocaleString('en')}`,
    remedy: 'drop a zip of it, or type its path where data is chosen',
  });
