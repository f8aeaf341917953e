/**
 * All packs there are: those that came with the app and those in the person's library. A pack is a folder; its name on
 * disk must be its id, so that an id can be looked up without reading every pack. A damaged pack stops no other.
 */
import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DamagedModel, ModelInfo, ModelList } from '#shared/domain';
import { AppError, toWireError } from '#shared/errors';
import { nearestWord } from '#shared/nearest-word';
import { classesOf, PACK_ID } from './manifest';
import { readPack, type Pack, type PackOrigin } from './pack';
import { channelOrder } from './picture-order';
import { cleanStale } from './store/atomic';
import { errorCode } from './store/file-port';

export interface Registry {
  readonly list: () => Promise<ModelList>;
  /** @throws AppError model/unknown, with the nearest known id, or why the pack is damaged. */
  readonly get: (id: string) => Promise<Pack>;
  /** A pack that lies elsewhere, in a folder that a person named: opened by its id from now on, and not listed. */
  readonly admit: (folder: string) => Promise<Pack>;
}

export interface RegistryFolders {
  readonly bundled: string;
  readonly library: string;
  /** More folders of packs, opened by id and not listed: the moments of trainings. */
  readonly moments?: () => Promise<readonly string[]>;
}

export function createRegistry({ bundled, library, moments }: RegistryFolders): Registry {
  const places: readonly (readonly [string, PackOrigin])[] = [
    [bundled, 'bundled'],
    [library, 'library'],
  ];
  const guests = new Map<string, string>();
  let cleaned: Promise<unknown> | undefined;

  /** Folders by id; a pack that came with the app cannot be replaced by one of the library. */
  async function folders(): Promise<ReadonlyMap<string, readonly [string, PackOrigin]>> {
    await (cleaned ??= cleanStale(library).catch(() => undefined));
    const found = new Map<string, readonly [string, PackOrigin]>();
    for (const [place, origin] of places) {
      for (const name of await packFolders(place))
        if (!found.has(name)) found.set(name, [join(place, name), origin]);
    }
    return found;
  }

  async function momentFolder(id: string): Promise<readonly [string, PackOrigin] | undefined> {
    for (const place of (await moments?.()) ?? []) {
      if ((await packFolders(place)).includes(id)) return [join(place, id), 'library'];
    }
    return undefined;
  }

  return {
    async list() {
      const models: ModelInfo[] = [];
      const damaged: DamagedModel[] = [];
      for (const [id, [folder, origin]] of await folders()) {
        try {
          models.push(modelInfo(await readNamed(id, folder, origin)));
        } catch (error) {
          const { code, sentence } = toWireError(error);
          damaged.push({ id, error: { code, sentence } });
        }
      }
      return { models, damaged };
    },
    async admit(folder) {
      const pack = await openPackFolder(folder);
      guests.set(pack.manifest.id, pack.folder);
      return pack;
    },
    async get(id) {
      const guest = guests.get(id);
      if (guest !== undefined) return openPackFolder(guest);
      const known = await folders();
      const place = known.get(id) ?? (await momentFolder(id));
      if (place === undefined) throw unknown(id, [...known.keys()]);
      return readNamed(id, ...place);
    },
  };
}

/** Ids of the packs in a folder, damaged ones too. */
export const bundledIds = (folder: string): Promise<readonly string[]> => packFolders(folder);

/** A pack by its folder. Only for a folder that a person named: ids never become paths. */
export async function openPackFolder(folder: string): Promise<Pack> {
  try {
    return await readPack(await realpath(folder));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError({
      code: 'pack/missing',
      headline: 'There is no such folder',
      where: folder,
      cause: errorCode(error),
      remedy: 'name a folder that holds a manifest.json, or the id of a model',
    });
  }
}

export function modelInfo({ manifest, origin }: Pack): ModelInfo {
  const { id, title, family, latent, output, encoder, licence, provenance, training, condition } = manifest;
  return {
    id,
    title,
    family,
    latent: { size: latent.size, prior: latent.prior, shape: latent.shape ?? [latent.size] },
    output: { ...output, layout: channelOrder(output.layout) },
    condition: condition === undefined ? null : { names: classNamesOf(condition) },
    hasEncoder: encoder !== undefined,
    origin,
    licence,
    provenance,
    data: training?.data ?? null,
    classNames: classesOf(manifest) ?? manifest.condition?.names ?? null,
    metrics: training?.metrics ?? {},
  };
}

/** A class without a name is called by its number. */
const classNamesOf = ({
  size,
  names,
}: {
  readonly size: number;
  readonly names: readonly string[];
}): readonly string[] => Array.from({ length: size }, (_, i) => names[i] ?? String(i));

async function readNamed(id: string, folder: string, origin: PackOrigin): Promise<Pack> {
  const pack = await readPack(folder, origin);
  if (pack.manifest.id === id) return pack;
  throw new AppError({
    code: 'pack/id',
    headline: 'The model pack lies in a folder of another name',
    where: folder,
    cause: `its id is ${pack.manifest.id} and its folder ${basename(folder)}`,
    remedy: `rename the folder to ${pack.manifest.id}`,
  });
}

async function packFolders(place: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(place, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && PACK_ID.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw new AppError({
      code: 'store/denied',
      headline: 'The folder of the models cannot be read',
      where: place,
      cause: errorCode(error),
      remedy: 'check the rights of the folder',
    });
  }
}

function unknown(id: string, known: readonly string[]): AppError {
  const near =
    known.find((name) => id !== '' && name.startsWith(id.toLowerCase())) ??
    nearestWord(id.slice(0, 100), known);
  const remedy =
    known.length === 0
      ? 'there are no models yet: train one, or put a pack into the models folder'
      : near === undefined
        ? `the models are ${known.join(', ')}`
        : `did you mean ${near}?`;
  return new AppError({
    code: 'model/unknown',
    headline: 'There is no such model',
    where: id.slice(0, 100),
    remedy,
  });
}
