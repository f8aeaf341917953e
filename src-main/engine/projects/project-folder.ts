/**
 * Where projects lie: those with a name in the folder itself, those without in autosave/, their locks in locks/, and what was removed in
 * trash/. A project keeps its id for ever; a name moves it from autosave/ to the folder.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { PROJECT_ENDING } from '#shared/project';
import { cleanStale, previousOf } from '../store/atomic';
import { errorCode, realFilePort } from '../store/file-port';
import { storeError } from '../store/store-errors';
import { acquireLock } from './project-lock';

export interface ProjectFolder {
  readonly pathOf: (id: string, named: boolean) => string;
  readonly lockOf: (id: string) => string;
  /** Where it lies now; null where there is none. */
  readonly find: (id: string) => Promise<string | null>;
  readonly list: () => Promise<readonly { readonly id: string; readonly path: string }[]>;
  /** What was removed and can still be brought back. */
  readonly removed: () => Promise<readonly string[]>;
  /** Makes the folder, and clears away what killed processes left in it, once. */
  readonly prepare: () => Promise<void>;
  /** @returns the word that brings it back, for 30 days. */
  readonly remove: (id: string) => Promise<string>;
  readonly restore: (undo: string) => Promise<string>;
  /** Both generations of the one that lay elsewhere before it had its name. */
  readonly forget: (path: string) => Promise<void>;
}

const NAME = new RegExp(`^([a-z0-9]{12,32})\\.${PROJECT_ENDING}$`);
const UNDO = /^(?<id>[a-z0-9]{12,32})\.(?<at>\d{10,16})-(?<kind>named|unnamed)-[0-9a-f]{12}$/;
const KEPT_MS = 30 * 24 * 3600 * 1000;

export function createProjectFolder(root: string, now: () => number): ProjectFolder {
  const autosave = join(root, 'autosave');
  const trash = join(root, 'trash');
  const locks = join(root, 'locks');
  const pathOf = (id: string, named: boolean): string =>
    join(named ? root : autosave, `${id}.${PROJECT_ENDING}`);
  let prepared: Promise<void> | undefined;

  async function find(id: string): Promise<string | null> {
    for (const path of [pathOf(id, true), pathOf(id, false)])
      if (await realFilePort.exists(path)) return path;
    return null;
  }

  return {
    pathOf,
    lockOf: (id) => join(locks, `${id}.lock`),
    find,
    async list() {
      const found = new Map<string, string>();
      for (const folder of [root, autosave])
        for (const name of await names(folder)) {
          const id = NAME.exec(name)?.[1];
          // a name was given and the process ended before the old file was gone: the named one is the later
          if (id !== undefined && !found.has(id)) found.set(id, join(folder, name));
        }
      return [...found].map(([id, path]) => ({ id, path }));
    },
    removed: async () =>
      (await names(trash)).filter((name) => UNDO.test(name)).map((name) => join(trash, name)),
    prepare: () =>
      (prepared ??= (async () => {
        await mkdir(autosave, { recursive: true, mode: 0o700 });
        for (const folder of [root, autosave]) await cleanStale(folder).catch(() => undefined);
        await clearStaleLocks(locks).catch(() => undefined); // a courtesy: they stand in nobody's way
      })().catch((error: unknown) => {
        prepared = undefined;
        throw storeError(error, root, undefined);
      })),
    async remove(id) {
      const path = await find(id);
      if (path === null) throw noProject(id);
      const kind = path === pathOf(id, true) ? 'named' : 'unnamed';
      const undo = `${id}.${now()}-${kind}-${randomBytes(6).toString('hex')}`;
      await moved(trash, path, join(trash, undo));
      await emptyTrash(trash, now()).catch(() => undefined); // a courtesy, tried again the next time
      return undo;
    },
    async restore(undo) {
      const { id, kind } = UNDO.exec(undo)?.groups ?? {};
      const from = join(trash, undo);
      if (id === undefined || !(await realFilePort.exists(from))) throw noUndo();
      const to = pathOf(id, kind === 'named');
      if ((await find(id)) !== null) throw noUndo();
      await moved(root, from, to);
      return id;
    },
    forget: async (path) => {
      await rm(path, { force: true });
      await rm(previousOf(path), { force: true });
    },
  };
}

/** Locks of projects that were never saved, whose windows ended without a word. */
async function clearStaleLocks(locks: string): Promise<void> {
  for (const name of await names(locks))
    if (name.endsWith('.lock')) await (await acquireLock(join(locks, name)))?.release();
}

/** With the generation before it. */
async function moved(into: string, from: string, to: string): Promise<void> {
  try {
    await mkdir(into, { recursive: true, mode: 0o700 });
    await rename(from, to);
    if (await realFilePort.exists(previousOf(from))) await rename(previousOf(from), previousOf(to));
    await realFilePort.syncFolder(into);
  } catch (error) {
    throw storeError(error, to, undefined);
  }
}

async function emptyTrash(trash: string, now: number): Promise<void> {
  for (const name of await readdir(trash)) {
    const at = Number(UNDO.exec(name.replace(/\.prev$/, ''))?.groups?.['at'] ?? NaN);
    if (now - at > KEPT_MS) await rm(join(trash, name), { force: true });
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw storeError(error, folder, undefined);
  });
}

export const noProject = (id: string): AppError =>
  new AppError({
    code: 'input/no-project',
    headline: 'There is no such project',
    where: id,
    cause: 'it was removed, or never saved',
    remedy: 'choose another one',
  });

const noUndo = (): AppError =>
  new AppError({
    code: 'store/no-undo',
    headline: 'There is nothing to bring back',
    cause: 'the project was brought back already, or was removed more than 30 days ago',
  });
