/**
 * The weights of a TensorFlow.js model: a manifest in model.json and the shards beside it. Every byte of the shards must
 * belong to exactly one weight. Nothing is fetched: a shard is a file of the source, by its bare name.
 */
import { AppError } from '#shared/errors';
import { fromHalves } from '../store/half-float';
import { MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { isJsonObject, isReservedName, type Json, type JsonObject } from '../store/strict-json';
import type { Source } from './source';

export interface ReadWeight {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** 32-bit floats for float32, else whole numbers; quantised values are restored. */
  readonly data: Float32Array | Int32Array;
}

type Stored = 'float32' | 'int32' | 'bool' | 'uint8' | 'uint16' | 'float16';
const BYTES: Readonly<Record<Stored, number>> = {
  ...{ float32: 4, int32: 4, bool: 1 },
  ...{ uint8: 1, uint16: 2, float16: 2 },
};

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly dtype: ReadWeight['dtype'];
  readonly stored: Stored;
  readonly scale: number;
  readonly min: number;
}

/** `folder` is where model.json lies in the source, '' for its root. */
export async function readWeights(
  source: Source,
  manifest: Json | undefined,
  folder: string,
): Promise<Map<string, ReadWeight>> {
  if (!Array.isArray(manifest)) throw damaged('weightsManifest', 'it is not a list');
  const weights = new Map<string, ReadWeight>();
  const used = new Set<string>();
  let total = 0;
  for (const group of manifest as readonly Json[]) {
    if (!isJsonObject(group)) throw damaged('weightsManifest', 'a group in it is not an object');
    const specs = readSpecs(group['weights'], weights);
    const expected = specs.reduce((sum, spec) => sum + spec.elements * BYTES[spec.stored], 0);
    total += expected;
    if (total > MAX_TENSOR_FILE_BYTES)
      throw damaged('weightsManifest', `its weights take more than ${MAX_TENSOR_FILE_BYTES} bytes`);
    const bytes = await readShards(source, shardPaths(group['paths'], folder, used), expected);
    let at = 0;
    for (const spec of specs) {
      const length = spec.elements * BYTES[spec.stored];
      weights.set(spec.name, {
        shape: spec.shape,
        dtype: spec.dtype,
        data: decode(bytes.subarray(at, at + length), spec),
      });
      at += length;
    }
  }
  return weights;
}

// ---- what the manifest says -------------------------------------------------------------------------------------------------

function readSpecs(list: Json | undefined, before: ReadonlyMap<string, unknown>): readonly Spec[] {
  if (!Array.isArray(list)) throw damaged('weightsManifest', 'the weights of a group are not a list');
  if (before.size + list.length > MAX_TENSORS)
    throw damaged('weightsManifest', `it lists more than ${MAX_TENSORS} weights`);
  const names = new Set<string>(before.keys());
  return (list as readonly Json[]).map((entry) => {
    const spec = readSpec(entry);
    if (names.has(spec.name)) throw damaged(`weight ${spec.name}`, 'it is listed twice');
    names.add(spec.name);
    return spec;
  });
}

function readSpec(entry: Json): Spec {
  if (!isJsonObject(entry)) throw damaged('weightsManifest', 'a weight in it is not an object');
  const { name, shape, dtype, quantization } = entry;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_BYTES || isReservedName(name))
    throw damaged('weightsManifest', `a weight's name ${quote(name)} is not allowed`);
  const fail = (cause: string): AppError => damaged(`weight ${name}`, cause);
  if (!Array.isArray(shape) || shape.length > MAX_RANK) throw fail(`its shape ${quote(shape)} is not one`);
  let elements = 1;
  for (const size of shape as readonly Json[]) {
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw fail(`its shape ${quote(shape)} is not one`);
    elements *= size as number;
    if (elements > MAX_TENSOR_FILE_BYTES) throw fail(`its shape ${quote(shape)} is too large`);
  }
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
    throw fail(`its type ${quote(dtype)} is not one that is read (float32, int32 or bool)`);
  const common = { name, shape: shape as readonly number[], elements, dtype } as const;
  if (quantization === undefined || quantization === null)
    return { ...common, stored: dtype, scale: 1, min: 0 };
  return { ...common, ...readQuantization(quantization, dtype, fail) };
}

function readQuantization(
  quantization: Json,
  dtype: ReadWeight['dtype'],
  fail: (cause: string) => AppError,
): Pick<Spec, 'stored' | 'scale' | 'min'> {
  const { dtype: stored, scale, min }: JsonObject = isJsonObject(quantization) ? quantization : {};
  if (stored === 'float16') {
    if (dtype !== 'float32') throw fail('only a float32 weight can be stored as float16');
    return { stored, scale: 1, min: 0 };
  }
  if (stored !== 'uint8' && stored !== 'uint16')
    throw fail(`it is quantised as ${quote(stored)}, and uint8, uint16 and float16 are read`);
  if (dtype === 'bool') throw fail('a bool cannot be quantised');
  if (!isFiniteNumber(scale) || !isFiniteNumber(min))
    throw fail('its quantisation has no finite scale and min');
  return { stored, scale, min };
}

const isFiniteNumber = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** A path that leads anywhere but to a file beside model.json is refused, whether such a file is there or not. */
function shardPaths(list: Json | undefined, folder: string, used: Set<string>): readonly string[] {
  if (!Array.isArray(list) || list.length === 0)
    throw damaged('weightsManifest', 'a group does not list its shards');
  return (list as readonly Json[]).map((path) => {
    if (typeof path !== 'string' || !isBareName(path)) {
      throw new AppError({
        code: 'model/refused',
        headline: 'The weights are said to lie elsewhere',
        where: `weightsManifest: ${quote(path)}`,
        cause: 'a shard is a file beside model.json, by its bare name',
        remedy: 'put the weights beside model.json',
      });
    }
    if (used.has(path)) throw damaged(path, 'the manifest lists this shard twice');
    used.add(path);
    return folder === '' ? path : `${folder}/${path}`;
  });
}

const isBareName = (path: string): boolean =>
  path !== '.' && path !== '..' && /^[^/\\:%\u0000-\u001f]{1,255}$/.test(path);

// ---- bytes ----------------------------------------------------------------------------------------------------------------

async function readShards(source: Source, paths: readonly string[], expected: number): Promise<Uint8Array> {
  const files = paths.map((path) => {
    const file = source.files.get(path);
    if (file !== undefined) return file;
    throw new AppError({
      code: 'model/damaged',
      headline: 'A file of the model is missing',
      where: path,
      cause: 'model.json says that weights are in it',
      remedy: 'bring the whole folder of the model',
    });
  });
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size !== expected) {
    const where = paths.length === 1 ? (paths[0] ?? '') : `${paths[0] ?? ''} and ${paths.length - 1} more`;
    const verb = paths.length === 1 ? 'it is' : 'they are';
    throw damaged(
      where,
      `${verb} ${size} bytes long, and the weights take ${expected}`,
      'get the file again',
    );
  }
  if (files.length === 1 && files[0] !== undefined) return files[0].read(expected);
  const bytes = new Uint8Array(expected);
  let at = 0;
  for (const file of files) {
    bytes.set(await file.read(expected - at), at);
    at += file.size;
  }
  return bytes;
}

/** TensorFlow.js writes little-endian, as every machine is that runs this. */
function decode(bytes: Uint8Array, { stored, dtype, scale, min }: Spec): Float32Array | Int32Array {
  // Not `slice()`: that of a Buffer is a view into Node's shared pool.
  const aligned = new Uint8Array(bytes).buffer;
  switch (stored) {
    case 'float32':
      return new Float32Array(aligned);
    case 'int32':
      return new Int32Array(aligned);
    case 'bool':
      return Int32Array.from(bytes);
    case 'float16':
      return fromHalves(new Uint16Array(aligned));
    case 'uint8':
    case 'uint16': {
      const whole = stored === 'uint8' ? bytes : new Uint16Array(aligned);
      return dtype === 'int32'
        ? Int32Array.from(whole, (value) => Math.round(value * scale + min))
        : Float32Array.from(whole, (value) => value * scale + min);
    }
  }
}

const quote = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

function damaged(where: string, cause: string, remedy?: string): AppError {
  return new AppError({
    code: 'model/damaged',
    headline: 'The weights cannot be read',
    where,
    cause,
    remedy,
  });
}
