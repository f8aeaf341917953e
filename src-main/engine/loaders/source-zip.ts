/**
 * A zip as a source: of one folder, it looks like that folder. Formats that are zips themselves (.keras, PyTorch, .npz)
 * are files, not folders: whoever knows the format opens them.
 */
import { AppError } from '#shared/errors';
import { openZip, type OpenZip, type ZipEntry } from '../datasets/zip-file';
import { MAX_SOURCE_DEPTH, MAX_SOURCE_FILES } from '../store/limits';
import { isReservedName } from '../store/strict-json';
import type { Source, SourceFile } from './source';
import { tooLarge } from './source-files';

/** Null where it is no zip, or one that is a model format of its own. */
export async function openZipSource(path: string, name: string, file: SourceFile): Promise<Source | null> {
  if (!isZip(await file.head(4))) return null;
  const zip = await asModelErrors(() => openZip(path, { inside: 'checked' }));
  if (isFormatOfItsOwn(zip.entries.map((entry) => entry.name))) {
    zip.close();
    return null;
  }
  try {
    const { files, skipped } = listZip(zip, name);
    return {
      name: name.replace(/\.zip$/i, ''),
      entry: null,
      files,
      skipped,
      close: () => Promise.resolve(zip.close()),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 &&
  head[1] === 0x4b &&
  ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));

/** Keras 3 (config.json beside model.weights.h5), PyTorch (data.pkl), numpy. */
function isFormatOfItsOwn(names: readonly string[]): boolean {
  const has = (name: string): boolean => names.includes(name);
  if (has('config.json') && (has('model.weights.h5') || has('metadata.json'))) return true;
  if (names.some((name) => /^([^/]+\/)?(data|constants)\.pkl$/.test(name))) return true;
  return names.length > 0 && names.every((name) => name.endsWith('.npy'));
}

function listZip({ entries }: OpenZip, where: string): Pick<Source, 'files' | 'skipped'> {
  if (entries.length > MAX_SOURCE_FILES) throw damaged(where, `it holds more than ${MAX_SOURCE_FILES} files`);
  const skipped: string[] = [];
  const kept = entries.filter(({ name, isLink }) => {
    if (/(^|\/)(__MACOSX|\.DS_Store)(\/|$)/.test(name)) return false;
    const parts = name.split('/');
    const why = isLink
      ? 'it is a link'
      : parts.length > MAX_SOURCE_DEPTH + 1
        ? `it lies more than ${MAX_SOURCE_DEPTH} folders deep`
        : parts.some((part) => isReservedName(part) || part === '' || part === '.')
          ? 'its name is not allowed'
          : undefined;
    if (why !== undefined) skipped.push(`${name} was left out: ${why}.`);
    return why === undefined;
  });
  const root = commonFolder(kept.map(({ name }) => name));
  const files = new Map(kept.map((entry) => [entry.name.slice(root.length), zipMember(entry, root)]));
  return { files, skipped: skipped.slice(0, 100) };
}

/** "model/" where everything lies in it, else ''. */
function commonFolder(names: readonly string[]): string {
  const [first = ''] = names;
  const root = first.slice(0, first.indexOf('/') + 1);
  return root !== '' && names.every((name) => name.startsWith(root)) ? root : '';
}

export function zipMember(entry: ZipEntry, root = ''): SourceFile {
  const path = entry.name.slice(root.length);
  return {
    path,
    size: entry.size,
    head: (count) => asModelErrors(() => entry.head(count)),
    read: async (limit) => {
      if (entry.size > limit) throw tooLarge(path, entry.size, limit);
      return asModelErrors(() => entry.read());
    },
  };
}

/** The reader of zips speaks of data to train on. */
export async function asModelErrors<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('data/')) throw error;
    const { headline, detail: cause, remedy, where } = error;
    throw new AppError({ code: 'model/damaged', headline, cause, remedy, where });
  }
}

const damaged = (where: string, cause: string): AppError =>
  new AppError({ code: 'model/damaged', headline: 'The zip cannot be used', where, cause });
