/**
 * ONNX models: one file, or one file and its weights in another file beside it. What is handed on is a single file that
 * was read and checked whole, and that names no other.
 */
import { AppError } from '#shared/errors';
import { readVarint, WireError } from '../graph/wire';
import { inlineTensors } from '../onnx/inline-tensors';
import { readOnnxModel, type OnnxModel } from '../onnx/onnx-file';
import { bytesOf, type OnnxTensorInfo } from '../onnx/onnx-tensor';
import { FILE_NAME } from '../manifest';
import { MAX_ONNX_BYTES } from '../store/limits';
import type { Found, Hints, LoadedNetwork, Loader } from './loader';
import { damaged, validateOnnx } from './onnx-validate';
import type { Source, SourceFile } from './source';

const HEAD = 4096;

export const onnxLoader: Loader = {
  format: 'onnx',
  async find(source) {
    const found: Found[] = [];
    for (const file of source.files.values())
      if (looksLikeOnnx(await file.head(HEAD), file.size)) found.push({ format: 'onnx', path: file.path });
    return found;
  },
  async open(source, path) {
    const file = source.files.get(path);
    if (file === undefined) throw damaged(path, 'it is not there');
    return openOnnx(await file.read(MAX_ONNX_BYTES), path, source);
  },
};

/** Checks a model that names no other file. @throws AppError as `open` does. */
export async function checkOnnx(bytes: Uint8Array, where: string): Promise<LoadedNetwork> {
  return openOnnx(bytes, where, null);
}

async function openOnnx(bytes: Uint8Array, path: string, source: Source | null): Promise<LoadedNetwork> {
  const model = read(path, () => readOnnxModel(bytes));
  validateOnnx(model, path);
  const external = model.graph.initializers.filter((tensor) => tensor.external !== undefined);
  let onnx = bytes;
  let whole = model;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const beside = [...new Set(external.map((tensor) => folder + locationOf(tensor, path)))];
  if (external.length > 0) {
    const dataOf = await neighbours(external, path, source);
    onnx = read(path, () => inlineTensors(bytes, dataOf));
    whole = read(path, () => readOnnxModel(onnx));
  }
  const { warnings } = validateOnnx(whole, path);
  return { network: { kind: 'onnx', onnx }, hints: hintsOf(whole), warnings, beside };
}

/**
 * An ONNX message starts with its IR version, and its fields are few. A SavedModel starts alike, with version 1, which is
 * older than any ONNX model; a Core ML model has other fields. The head ends inside the graph in most files.
 */
export function looksLikeOnnx(head: Uint8Array, size: number): boolean {
  if (head[0] !== 0x08 || (head[1] ?? 0) < 3 || (head[1] ?? 0) > 100) return false;
  let fields = 0;
  for (let at = 0; at < head.length; fields++) {
    const tag = { at };
    try {
      const key = Number(readVarint(head, tag));
      const kind = KINDS.get(Math.floor(key / 8));
      if (kind !== key % 8) return false;
      const value = Number(readVarint(head, tag));
      at = kind === BYTES ? tag.at + value : tag.at;
    } catch (error) {
      if (error instanceof WireError) break;
      throw error;
    }
    if (at > size) return fields > 1; // cut short: it is for `open` to say so
  }
  return fields > 1;
}
const BYTES = 2;
/** Wire type by field of ModelProto. */
const KINDS: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [5, 0],
  ...[2, 3, 4, 6, 7, 8, 14, 20, 25].map((number) => [number, BYTES] as const),
]);

function read<T>(where: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof WireError) throw damaged(where, error.message);
    throw error;
  }
}

// ---- weights beside the model -----------------------------------------------------------------------------------------------

const KEYS = new Set(['location', 'offset', 'length', 'checksum']);

/** Reads each file that is named once, and gives the bytes of a tensor. */
async function neighbours(
  tensors: readonly OnnxTensorInfo[],
  path: string,
  source: Source | null,
): Promise<(tensor: OnnxTensorInfo) => Uint8Array> {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const tensor of tensors) {
    const name = locationOf(tensor, path);
    total += bytesOf(tensor);
    if (total > MAX_ONNX_BYTES) throw damaged(path, `its weights take more than ${MAX_ONNX_BYTES} bytes`);
    if (files.has(name)) continue;
    const file: SourceFile | undefined = source?.files.get(folder + name);
    if (file === undefined) {
      throw new AppError({
        code: 'model/weights',
        headline: 'The weights of the ONNX model are missing',
        where: folder + name,
        cause: 'the model names this file and it does not lie beside it as a plain file',
        remedy: 'put it beside the model, or export the model as one file',
      });
    }
    files.set(name, await file.read(MAX_ONNX_BYTES));
  }
  const available = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  // Weights may be shared; a small file that is named a thousand times is a bomb.
  if (total > 4 * available + 1024)
    throw damaged(path, 'its tensors name the same few bytes again and again');
  return (tensor) => {
    const name = locationOf(tensor, path);
    const data = files.get(name) ?? new Uint8Array();
    const offset = wholeNumber(tensor, 'offset', path) ?? 0;
    const length = wholeNumber(tensor, 'length', path) ?? bytesOf(tensor);
    if (length !== bytesOf(tensor) || offset + length > data.length) {
      throw new AppError({
        code: 'model/weights',
        headline: 'The weights of the ONNX model do not fit it',
        where: `${folder}${name}, tensor ${JSON.stringify(tensor.name.slice(0, 80))}`,
        cause: `${bytesOf(tensor)} bytes are needed, and bytes ${offset} to ${offset + length} of ${data.length} are named`,
        remedy: 'get both files again, from the same export',
      });
    }
    return data.subarray(offset, offset + length);
  };
}

function locationOf({ name, external }: OnnxTensorInfo, path: string): string {
  const place = `the tensor ${JSON.stringify(name.slice(0, 80))}`;
  for (const key of external?.keys() ?? [])
    if (!KEYS.has(key))
      throw damaged(path, `${place} lies elsewhere in an unknown way, ${JSON.stringify(key.slice(0, 40))}`);
  const location = (external?.get('location') ?? '').replace(/^\.\//, '');
  if (FILE_NAME.test(location) && !/^\.+$/.test(location)) return location;
  throw new AppError({
    code: 'model/refused',
    headline: 'The ONNX model reads weights from outside its own folder',
    where: path,
    cause: `${place} names ${JSON.stringify(location.slice(0, 120))}, and only a plain name of a file beside the model is followed`,
    remedy: 'export it as one file',
  });
}

function wholeNumber({ name, external }: OnnxTensorInfo, key: string, path: string): number | undefined {
  const text = external?.get(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw damaged(
    path,
    `the tensor ${JSON.stringify(name.slice(0, 80))} has the ${key} ${JSON.stringify(text.slice(0, 40))}`,
  );
}

// ---- hints ------------------------------------------------------------------------------------------------------------------

const MOST_CLASS_NAMES = 10_000;

function hintsOf({ producer, metadata }: OnnxModel): Hints {
  const title = metadata.get('title');
  const names = classNamesOf(metadata.get('classNames'));
  return {
    ...(producer === '' ? {} : { producer: clean(producer) }),
    ...(title === undefined || title === '' ? {} : { title: clean(title) }),
    ...(names === undefined ? {} : { classNames: names }),
  };
}

function classNamesOf(text: string | undefined): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(text ?? 'null');
    if (!Array.isArray(names) || names.length > MOST_CLASS_NAMES) return undefined;
    const strings = names.filter((name) => typeof name === 'string');
    return strings.length === names.length ? strings.map(clean) : undefined;
  } catch {
    return undefined; // a hint that cannot be read is none
  }
}

const clean = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, 200);
