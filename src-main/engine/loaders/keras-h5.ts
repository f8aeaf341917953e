/**
 * Keras HDF5 files (.h5, .hdf5): the description is an attribute, and each layer of the outermost model has a group with
 * its weights. Written so by standalone Keras, tf.keras 2 and, on request, Keras 3. Nothing else in the file is looked at:
 * not its training settings, not its optimizer.
 */
import { AppError } from '#shared/errors';
import { MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { isHdf5, withHdf5, type Hdf5 } from './hdf5';
import { dialectOf, hintsOf, parseConfig, readConfig, versionText } from './keras-config';
import type { Place } from './keras/places';
import { assemble, namedStore, type StoredWeight, type Wanted, type WeightStore } from './keras/weights';
import type { Found, LoadedNetwork, Loader } from './loader';
import type { Source } from './source';

export const kerasH5Loader: Loader = { format: 'keras-h5', find, open };

/** The weights inside an unpacked Keras 3 model are that loader's. */
async function find(source: Source): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of source.files.values()) {
    if (!isHdf5(await file.head(8))) continue;
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    if (file.path.endsWith('model.weights.h5') && source.files.has(`${folder}config.json`)) continue;
    found.push({ format: 'keras-h5', path: file.path });
  }
  return found;
}

async function open(source: Source, path: string): Promise<LoadedNetwork> {
  const file = source.files.get(path);
  if (file === undefined)
    throw new AppError({ code: 'model/none', headline: 'There is no such file', where: path });
  return withHdf5(await file.read(MAX_TENSOR_FILE_BYTES), path, (hdf5) => {
    const text = hdf5.text('', 'model_config');
    if (text === undefined) throw noModel(hdf5, path);
    const version = hdf5.text('', 'keras_version') ?? hdf5.text('model_weights', 'keras_version');
    const { model, flat, places } = readConfig(
      parseConfig(text, `${path}: model_config`),
      dialectOf(version),
    );
    const network = assemble(flat, places('layers'), groupStore(hdf5), path);
    return {
      network: { kind: 'layers', network },
      hints: hintsOf(model, `Keras${versionText(version)}`),
      warnings: network.warnings,
    };
  });
}

function noModel(hdf5: Hdf5, where: string): AppError {
  const hasWeights =
    hdf5.texts('', 'layer_names') !== undefined ||
    [...hdf5.datasets.keys()].some((name) => /(^|\/)vars\/\d+$/.test(name));
  return new AppError({
    code: hasWeights ? 'model/refused' : 'model/format',
    headline: hasWeights ? 'The file holds weights without a model' : 'The HDF5 file holds no Keras model',
    where,
    cause: hasWeights
      ? 'it was written by save_weights, and what the layers are is not in it'
      : 'it has no model_config',
    remedy: 'save the whole model with model.save',
  });
}

const WEIGHTS = 'model_weights';

/** Within a group by the names where they say the roles, else in the order that Keras wrote. */
function groupStore(hdf5: Hdf5): WeightStore {
  const groups = new Map<string, readonly StoredWeight[]>();
  const load = (layer: string): readonly StoredWeight[] => {
    const known = groups.get(layer);
    if (known !== undefined) return known;
    const group = `${WEIGHTS}/${layer}`;
    const weights = hdf5.groups.has(group)
      ? listed(hdf5, group, 'weight_names').map((name) => {
          const path = `${group}/${name}`;
          if (!hdf5.datasets.has(path)) throw missing(path);
          return { name, ...hdf5.read(path) };
        })
      : [];
    groups.set(layer, weights);
    return weights;
  };
  return {
    find({ names, trainable }: Place, wanted: readonly Wanted[]) {
      const weights = load(names[0] ?? '');
      const byName = namedStore(weights).find({ names, trainable, store: '' }, wanted);
      if (byName.every((weight) => weight !== undefined)) return byName;
      const alone = names.length === 1 && weights.length === wanted.length;
      return alone ? weights : byName;
    },
    all: listed(hdf5, WEIGHTS, 'layer_names').flatMap(load),
  };
}

/** Long lists are cut into several attributes: weight_names0, weight_names1, … */
function listed(hdf5: Hdf5, group: string, attribute: string): readonly string[] {
  const whole = hdf5.texts(group, attribute);
  if (whole !== undefined) return whole;
  const parts: string[] = [];
  for (let at = 0; ; at++) {
    const part = hdf5.texts(group, `${attribute}${at}`);
    if (part === undefined) return parts;
    parts.push(...part);
  }
}

const missing = (where: string): AppError =>
  new AppError({ code: 'model/damaged', headline: 'A weight that the file lists is not in it', where });
