/**
 * Our own packs as they travel: a folder or a zip with a manifest, from somebody else. Every file is held against its hash,
 * and nothing that the manifest does not list is taken along.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { decodeAnyNetwork } from '../any-network';
import { freeId, type LibraryPlaces } from '../importing/write-import';
import { parseManifest, type Manifest } from '../manifest';
import { MANIFEST_FILE, writePack } from '../pack';
import { MAX_MANIFEST_BYTES, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { isJsonObject, parseStrictJson } from '../store/strict-json';
import type { Found, Loader } from './loader';
import type { Source, SourceFile } from './source';

/** Stands before the loaders of single networks: a network that belongs to a pack is opened as the pack. */
export const packLoader: Loader = {
  format: 'latentscape-pack',
  async find(source) {
    const found: Found[] = [];
    for (const file of source.files.values()) {
      const generator = await generatorOf(file);
      if (generator === undefined) continue;
      // Who points at the manifest means the pack; otherwise it goes by its generator, which is then found once.
      const path = source.entry === file.path ? file.path : folderOf(file.path) + generator;
      found.push({ format: 'latentscape-pack', path });
    }
    return found;
  },
  async open(source, path) {
    const pack = await readPackSource(source, path);
    const { generator, title, condition } = pack.manifest;
    const bytes = await pack.read(generator.file);
    const { network, warnings } = await decodeAnyNetwork(
      bytes,
      generator.format,
      pack.folder + generator.file,
    );
    return {
      network,
      warnings,
      manifest: pack.manifest,
      hints: {
        title,
        producer: 'Latentscape',
        ...(condition === undefined ? {} : { classNames: condition.names }),
      },
    };
  },
};

/**
 * The whole pack into the library, whole or not at all, under an id that is free there.
 * @param words what the person changed; the rest is as in the pack.
 * @returns the id.
 */
export async function importPack(
  source: Source,
  path: string,
  places: LibraryPlaces,
  words: Pick<Manifest, 'title' | 'licence' | 'provenance'> & { readonly source?: Manifest['source'] },
): Promise<string> {
  const pack = await readPackSource(source, path);
  const { files: listed, formatVersion: _, ...manifest } = pack.manifest;
  const files = new Map<string, Uint8Array>();
  for (const name of Object.keys(listed)) files.set(name, await pack.read(name));
  const { generator, encoder } = manifest;
  // Looked at before they are kept: what the library holds can be opened.
  for (const network of [generator, ...(encoder === undefined ? [] : [encoder])])
    await decodeAnyNetwork(
      files.get(network.file) ?? new Uint8Array(),
      network.format,
      pack.folder + network.file,
    );
  await mkdir(places.library, { recursive: true });
  const id = await freeId(manifest.id, places);
  await writePack(join(places.library, id), { manifest: { ...manifest, ...words, id }, files });
  return id;
}

interface PackSource {
  readonly manifest: Manifest;
  /** '' or ending in '/'. */
  readonly folder: string;
  /** The bytes of a file that the manifest lists, held against its hash. */
  readonly read: (name: string) => Promise<Uint8Array>;
}

async function readPackSource(source: Source, path: string): Promise<PackSource> {
  const folder = folderOf(path);
  const where = folder + MANIFEST_FILE;
  const file = source.files.get(where);
  if (file === undefined) throw damaged(where, 'it is missing');
  const manifest = parseManifest(await file.read(MAX_MANIFEST_BYTES), where);
  return {
    manifest,
    folder,
    async read(name) {
      const content = await source.files.get(folder + name)?.read(MAX_TENSOR_FILE_BYTES);
      if (content === undefined) throw damaged(folder + name, 'it is missing');
      const hash = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
      if (createHash('sha256').update(content).digest('hex') !== hash)
        throw damaged(folder + name, 'its content does not match its checksum');
      return content;
    },
  };
}

/** The name of the generator's file, where the file is the manifest of a pack, whole or damaged. */
async function generatorOf(file: SourceFile): Promise<string | undefined> {
  const isNamed = file.path === MANIFEST_FILE || file.path.endsWith(`/${MANIFEST_FILE}`);
  if (!isNamed || file.size > MAX_MANIFEST_BYTES) return undefined;
  try {
    const json = parseStrictJson(await file.read(MAX_MANIFEST_BYTES), {
      code: 'pack/manifest',
      where: file.path,
    });
    if (!isJsonObject(json) || typeof json['formatVersion'] !== 'number') return undefined;
    const generator = json['generator'];
    const name = isJsonObject(generator) ? generator['file'] : undefined;
    return typeof name === 'string' ? name : undefined;
  } catch (error) {
    if (error instanceof AppError) return undefined; // manifest.json is a common name
    throw error;
  }
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

function damaged(where: string, cause: string): AppError {
  return new AppError({
    code: 'pack/damaged',
    headline: 'The model pack is damaged',
    where,
    cause,
    remedy: 'get or make the pack again',
  });
}
