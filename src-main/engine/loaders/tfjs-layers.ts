/**
 * TensorFlow.js layers models: model.json and shards. Whatever wrote it is understood, the Keras 3 dialect too, which
 * TensorFlow.js itself refuses. Found by content: any .json file that holds such a topology.
 */
import { AppError } from '#shared/errors';
import { MAX_JSON_BYTES } from '../store/limits';
import { isJsonObject, isTooDeep, type Json, type JsonObject } from '../store/strict-json';
import { dialectOf, hintsOf, parseConfig, readConfig, versionText } from './keras-config';
import type { Dialect } from './keras/dialects';
import { assemble, namedStore } from './keras/weights';
import type { Found, LoadedNetwork, Loader } from './loader';
import type { Source, SourceFile } from './source';
import { readWeights } from './tfjs-weights';

export const tfjsLayersLoader: Loader = { format: 'tfjs-layers', find, open };

async function find(source: Source): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const file of source.files.values()) {
    if (await isLayersModel(file)) found.push({ format: 'tfjs-layers', path: file.path });
  }
  return found;
}

/** A file that says by its first bytes that it is JSON, and by its words that it is a layers model. */
async function isLayersModel(file: SourceFile): Promise<boolean> {
  if (file.size > MAX_JSON_BYTES || file.size < 20) return false;
  const start = new TextDecoder()
    .decode(await file.head(64))
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (!start.startsWith('{')) return false;
  let json: Json;
  try {
    const text = new TextDecoder().decode(await file.read(MAX_JSON_BYTES));
    if (isTooDeep(text)) return false;
    json = JSON.parse(text) as Json;
  } catch {
    return false;
  }
  if (!isJsonObject(json)) return false;
  const topology = json['modelTopology'];
  if (!isJsonObject(topology)) return json['format'] === 'layers-model';
  if (Array.isArray(topology['node'])) return false; // a graph model
  return (
    json['format'] === 'layers-model' ||
    topology['model_config'] !== undefined ||
    topology['class_name'] !== undefined
  );
}

async function open(source: Source, path: string): Promise<LoadedNetwork> {
  const file = source.files.get(path);
  if (file === undefined) throw damaged(path, 'it is not there');
  const json = parseConfig(await file.read(MAX_JSON_BYTES), path);
  const topology = json['modelTopology'];
  if (!isJsonObject(topology)) throw damaged(path, 'it holds no topology');
  const described = topology['model_config'] ?? topology;
  const { model, flat, places } = readConfig(described, dialect(json, topology));
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const weights = await readWeights(source, json['weightsManifest'], folder);
  const stored = [...weights].map(([name, { shape, data }]) => ({
    ...{ name, shape },
    data: data instanceof Float32Array ? data : Float32Array.from(data),
  }));
  const network = assemble(flat, places('layers'), namedStore(stored), path);
  const written = json['generatedBy'];
  const producer =
    typeof written === 'string'
      ? written.slice(0, 80)
      : `TensorFlow.js${versionText(topology['keras_version'])}`;
  return {
    network: { kind: 'layers', network },
    hints: hintsOf(model, producer),
    warnings: network.warnings,
  };
}

/** A model that Keras wrote means what Keras means, also where TensorFlow.js would compute it otherwise. */
function dialect(json: JsonObject, topology: JsonObject): Dialect {
  const written = [json['generatedBy'], topology['keras_version'], topology['backend']]
    .map((word) => (typeof word === 'string' ? word : ''))
    .join(' ')
    .toLowerCase();
  if (/tfjs-layers|tensor_flow\.js/.test(written)) return 'tfjs';
  return dialectOf(topology['keras_version'] ?? json['generatedBy']);
}

const damaged = (where: string, cause: string): AppError =>
  new AppError({
    code: 'model/damaged',
    headline: 'The model cannot be read',
    where,
    cause,
    remedy: 'get the file again',
  });
