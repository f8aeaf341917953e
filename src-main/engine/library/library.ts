/**
 * What a person does with the models in their own library: another name, another card, out of the library and back.
 * Packs that came with the app, and moments of a training, are only looked at. At every step the disk holds the old
 * state or the new one.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '#shared/errors';
import { PACK_ID } from '../manifest';
import { readPack, type Pack } from '../pack';
import type { Registry } from '../registry';
import { errorCode, realFilePort } from '../store/file-port';
import { storeError } from '../store/store-errors';
import { writeCard, writeTitle, type CardWords } from './edit-pack';

export interface Library {
  readonly rename: (id: string, title: string) => Promise<void>;
  readonly describe: (id: string, words: CardWords) => Promise<void>;
  /** Moves the pack to the trash. @returns what `restore` takes. */
  readonly remove: (id: string) => Promise<string>;
  /** @returns the id of the model that is back. */
  readonly restore: (undo: string) => Promise<string>;
}

export interface LibraryPlaces {
  /** Where the person's packs lie. */
  readonly library: string;
  readonly trash: string;
  /** Whether a pack of this id came with the app. */
  readonly isBundled: (id: string) => Promise<boolean>;
}

/** What was removed can be brought back for this long, also after the app was closed. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const UNDO = /^(?<id>[a-z0-9][a-z0-9-]{0,63})\.(?<at>\d{10,16})-[0-9a-f]{12}$/;

export function createLibrary(places: LibraryPlaces, registry: Registry, now: () => number): Library {
  const { library, trash } = places;

  async function own(id: string): Promise<Pack> {
    const pack = await registry.get(id);
    if (pack.origin === 'bundled') throw readOnly(id, 'it came with the app');
    if (dirname(pack.folder) !== resolve(library)) throw readOnly(id, 'it is a moment of a training');
    return pack;
  }

  return {
    async rename(id, title) {
      await writeTitle(await own(id), title);
    },
    async describe(id, words) {
      await writeCard(await own(id), words);
    },
    async remove(id) {
      const folder = join(library, id);
      // A damaged pack must go as well, so it is not read.
      if (!PACK_ID.test(id) || !(await isFolder(folder))) {
        if (await places.isBundled(id)) throw readOnly(id, 'it came with the app');
        await own(id); // says why there is no such model
      }
      const undo = `${id}.${now()}-${randomBytes(6).toString('hex')}`;
      await moved(trash, folder, join(trash, undo));
      await emptyTrash(trash, now()).catch(() => undefined); // a courtesy, tried again the next time
      return undo;
    },
    async restore(undo) {
      const id = UNDO.exec(undo)?.groups?.['id'];
      const from = join(trash, undo);
      if (id === undefined || !(await isFolder(from))) {
        throw new AppError({
          code: 'store/no-undo',
          headline: 'There is nothing to bring back',
          cause: 'the model was brought back already, or was removed more than 30 days ago',
        });
      }
      const folder = join(library, id);
      if (await realFilePort.exists(folder)) {
        throw new AppError({
          code: 'store/taken',
          headline: 'The model cannot be brought back',
          where: id,
          cause: 'another model of this id has come into the library since',
          remedy: 'remove that one first',
        });
      }
      await moved(library, from, folder);
      return id;
    },
  };
}

/** A rename inside the person's own folder: done or not done, never half. */
async function moved(into: string, from: string, to: string): Promise<void> {
  try {
    await mkdir(into, { recursive: true, mode: 0o700 });
    await rename(from, to);
    await realFilePort.syncFolder(into);
    await realFilePort.syncFolder(dirname(from));
  } catch (error) {
    throw storeError(error, to, undefined);
  }
}

async function emptyTrash(trash: string, now: number): Promise<void> {
  for (const name of await readdir(trash)) {
    const at = Number(UNDO.exec(name)?.groups?.['at'] ?? NaN);
    if (now - at > KEPT_MS) await rm(join(trash, name), { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
    throw storeError(error, path, undefined);
  }
}

function readOnly(id: string, cause: string): AppError {
  return new AppError({
    code: 'store/read-only',
    headline: 'This model cannot be changed',
    where: id,
    cause,
    remedy: 'export it as a zip and import that: the copy is yours to change',
  });
}

/** True where the folder of the app itself holds a pack of this id. */
export const bundledIn =
  (bundled: string) =>
  async (id: string): Promise<boolean> =>
    PACK_ID.test(id) &&
    (await readPack(join(bundled, id)).then(
      () => true,
      () => false,
    ));
