/**
 * Keras 3 files (.keras): a zip of config.json, metadata.json and model.weights.h5; also unpacked in a folder. Weights have
 * no names there but places, which follow from the classes of the layers. tf.keras 2.12 to 2.15 wrote an early form of it.
 */
import { AppError } from '#shared/errors';
import { openZipBytes, type OpenZip } from '../datasets/zip-file';
import { MAX_JSON_BYTES, MAX_MANIFEST_BYTES, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { withHdf5, type Hdf5 } from './hdf5';
import { dialectOf, hintsOf, parseConfig, readConfig, versionText } from './keras-config';
import { assemble, type StoredWeight, type WeightStore } from './keras/weights';
import type { Found, LoadedNetwork, Loader } from './loader';
import type { Source, SourceFile } from './source';
import { asModelErrors, isZip, zipMember } from './source-zip';

export const kerasV3Loader: Loader = { format: 'keras-v3', find, open };

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';

async function find(source: Source): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of source.files.values()) {
    if (file.path === WEIGHTS || file.path.endsWith(`/${WEIGHTS}`)) {
      const folder = file.path.slice(0, -WEIGHTS.length);
      if (source.files.has(`${folder}${CONFIG}`))
        found.push({ format: 'keras-v3', path: folder.replace(/\/$/, '') });
    } else if (isZip(await file.head(4)) && (await holdsKeras(file)))
      found.push({ format: 'keras-v3', path: file.path });
  }
  return found;
}

async function holdsKeras(file: SourceFile): Promise<boolean> {
  if (file.size > MAX_TENSOR_FILE_BYTES) return false;
  try {
    const zip = await openZipBytes(await file.read(MAX_TENSOR_FILE_BYTES), file.path);
    const names = new Set(zip.entries.map(({ name }) => name));
    zip.close();
    return names.has(CONFIG) && (names.has(WEIGHTS) || names.has(METADATA));
  } catch {
    return false; // no zip that can be read is no Keras file either
  }
}

async function open(source: Source, path: string): Promise<LoadedNetwork> {
  const packed = source.files.get(path);
  if (packed === undefined) {
    const folder = path === '' ? '' : `${path}/`;
    return read((name) => source.files.get(`${folder}${name}`), path);
  }
  const bytes = await packed.read(MAX_TENSOR_FILE_BYTES);
  const zip: OpenZip = await asModelErrors(() => openZipBytes(bytes, path, { inside: 'checked' }));
  try {
    const entries = new Map(zip.entries.map((entry) => [entry.name, entry]));
    return await read((name) => {
      const entry = entries.get(name);
      return entry === undefined || entry.isLink ? undefined : zipMember(entry);
    }, path);
  } finally {
    zip.close();
  }
}

async function read(file: (name: string) => SourceFile | undefined, where: string): Promise<LoadedNetwork> {
  const need = (name: string): SourceFile => {
    const found = file(name);
    if (found !== undefined) return found;
    throw new AppError({
      code: 'model/damaged',
      headline: 'A part of the Keras file is missing',
      where: where === '' ? name : `${where}: ${name}`,
      remedy: 'save the model again with model.save',
    });
  };
  const config = parseConfig(await need(CONFIG).read(MAX_JSON_BYTES), `${where}: ${CONFIG}`);
  const metadata = file(METADATA);
  const version =
    metadata === undefined
      ? undefined
      : parseConfig(await metadata.read(MAX_MANIFEST_BYTES), `${where}: ${METADATA}`)['keras_version'];
  const { model, flat, places } = readConfig(config, dialectOf(version ?? '3.'));
  const bytes = await need(WEIGHTS).read(MAX_TENSOR_FILE_BYTES);
  return withHdf5(bytes, `${where}: ${WEIGHTS}`, (hdf5) => {
    const early = [...hdf5.groups].some((group) => group.startsWith('_layer_checkpoint_dependencies'));
    const containers = early ? '_layer_checkpoint_dependencies' : 'layers';
    const network = assemble(flat, places(containers), placeStore(hdf5), where);
    return {
      network: { kind: 'layers', network },
      hints: hintsOf(model, `Keras${versionText(version)}`),
      warnings: network.warnings,
    };
  });
}

/** `layers/conv2d_1/vars/0`, 1, … in the order in which the layer made them. On Windows early versions wrote backslashes. */
function placeStore(hdf5: Hdf5): WeightStore {
  const paths = new Map([...hdf5.datasets.keys()].map((path) => [path.replaceAll('\\', '/'), path]));
  return {
    find: ({ store }, wanted) =>
      wanted.map((_, at): StoredWeight | undefined => {
        const name = `${store}/vars/${at}`;
        const path = paths.get(name);
        return path === undefined ? undefined : { name, ...hdf5.read(path) };
      }),
    all: [],
  };
}
