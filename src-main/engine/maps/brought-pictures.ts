// Pictures that a window brought in to be points of a map: copies, each in a folder of the id by which projects know it. They stay as long
// as a project names them; what none has named for a month goes when an engine starts, and what a person takes away goes at once.
//
//   <root>/<id>/<upload>/<their own name>/…     a later upload under the same id takes the place of the one before it
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import type { BroughtPictures } from '#shared/map';
import { errorCode } from '../store/file-port';
import { storeError } from '../store/store-errors';

export interface BroughtToMaps {
  /** Where an upload under this id is to be put. */
  readonly placeOf: (id: string, upload: string) => string;
  /** The upload has been put there whole: it takes the place of any other of its id. */
  readonly settle: (id: string, upload: string) => Promise<void>;
  /** The newest first. */
  readonly list: () => Promise<readonly BroughtPictures[]>;
  /** @throws AppError input/map-data where there are none */
  readonly forget: (id: string) => Promise<void>;
  /** Takes away what is old and has no name any more. `isNamed` is asked only where something is old. */
  readonly sweep: (isNamed: (id: string) => Promise<boolean>) => Promise<void>;
}

const ID = /^[0-9a-f]{24}$/;
/** On its way out: a removal that is cut short leaves nothing that looks whole. */
const GONE = 'gone-';
/** As long as a removed project can be brought back. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

export function createBroughtToMaps(root: string, now: () => number): BroughtToMaps {
  async function remove(folder: string, name: string): Promise<void> {
    const gone = join(root, `${GONE}${name}-${now()}`);
    await rename(folder, gone);
    await rm(gone, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  return {
    placeOf: (id, upload) => join(root, id, upload),
    async settle(id, upload) {
      await touch(join(root, id), now());
      for (const other of await names(join(root, id)))
        if (other !== upload) await remove(join(root, id, other), other);
    },
    async list() {
      const found = await Promise.all((await ids(root)).map((id) => described(root, id)));
      return found.filter((each) => each !== null).sort((a, b) => b.broughtAt - a.broughtAt);
    },
    async forget(id) {
      try {
        await remove(join(root, id), id);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') throw notThere(id);
        throw storeError(error, join(root, id), undefined);
      }
    },
    async sweep(isNamed) {
      for (const name of await names(root))
        if (name.startsWith(GONE)) await rm(join(root, name), { recursive: true, force: true });
      for (const id of await ids(root)) {
        const folder = join(root, id);
        if (now() - (await stat(folder)).mtimeMs <= KEPT_MS) continue;
        // the month begins when it is named no more
        if (await isNamed(id)) await touch(folder, now());
        else await remove(folder, id);
      }
    },
  };
}

async function described(root: string, id: string): Promise<BroughtPictures | null> {
  try {
    const uploads = await Promise.all(
      (await names(join(root, id))).map(async (upload) => {
        const at = join(root, id, upload);
        return { at, broughtAt: (await stat(at)).mtimeMs };
      }),
    );
    const newest = uploads.sort((a, b) => b.broughtAt - a.broughtAt)[0];
    const [title] = newest === undefined ? [] : await names(newest.at);
    if (newest === undefined || title === undefined) return null;
    const { files, bytes } = await contents(join(newest.at, title));
    const [only] = files;
    // one file alone came as a file, in a folder of its own
    const path = files.length === 1 && only !== undefined ? only : join(newest.at, title);
    return { id, title, path, bytes, broughtAt: newest.broughtAt };
  } catch (error) {
    // another engine on this home takes it away at this moment
    if (errorCode(error) === 'ENOENT') return null;
    throw storeError(error, join(root, id), undefined);
  }
}

async function contents(
  folder: string,
): Promise<{ readonly files: readonly string[]; readonly bytes: number }> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  return { files, bytes };
}

const touch = (folder: string, at: number): Promise<void> => utimes(folder, at / 1000, at / 1000);
const ids = async (root: string): Promise<readonly string[]> =>
  (await names(root)).filter((name) => ID.test(name));

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw storeError(error, folder, undefined);
  });
}

const notThere = (where: string): AppError =>
  new AppError({
    code: 'input/map-data',
    headline: 'There are no such pictures',
    where,
    cause: 'they were taken away already, or never brought in',
    remedy: 'choose others',
  });
