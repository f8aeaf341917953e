/**
 * The HDF5 library itself as WebAssembly (h5wasm, of NIST), reading one file to plain data. It sees a file system that holds this one file and
 * nothing else, so that no external link, external storage or virtual data set leads anywhere; files with any of them are refused all the
 * same, before a value is read. Damaged files take the library to its end, round in circles, or to all memory: see hdf5.ts for who bounds it.
 */
import { AppError, toWireError, type WireError } from '#shared/errors';
import type * as h5 from 'h5wasm';
import { fromHalf } from '../store/half-float';
import {
  MAX_HDF5_DEPTH,
  MAX_HDF5_OBJECTS,
  MAX_HDF5_RATIO,
  MAX_RANK,
  MAX_TENSOR_FILE_BYTES,
} from '../store/limits';
import { damaged, refused } from './hdf5-errors';
import { heapFault } from './hdf5-heaps';

/** All of a file that a model can be made of; it may cross from thread to thread. Paths are full, without the first '/'. */
export interface Hdf5Content {
  readonly groups: readonly string[];
  readonly datasets: readonly Hdf5Values[];
  readonly attributes: readonly Hdf5Text[];
}
export interface Hdf5Values {
  readonly path: string;
  readonly shape: readonly number[];
  /** Values, or why there are none: what nobody asks for may be unreadable. */
  readonly data: Float32Array<ArrayBuffer> | WireError;
}
export interface Hdf5Text {
  /** Of the group that has it; '' is the root. */
  readonly path: string;
  readonly name: string;
  readonly texts: string | readonly string[] | WireError;
}

/** What Keras says in attributes; long lists are cut into several: weight_names0, weight_names1, … */
const ATTRIBUTES = /^(model_config|keras_version|(layer|weight)_names\d*)$/;
/** What an optimizer remembers is twice the weights, and no part of a network. */
const OPTIMIZER = /^optimizer(_weights)?\//;

/**
 * @param allow is told how many bytes the largest data set takes, before a value is read.
 * @throws AppError model/* for the file's fault; WebAssembly.RuntimeError where it took the library to its end, which is then of no more use.
 */
export async function readHdf5(
  bytes: Uint8Array,
  where: string,
  allow: (bytes: number) => void = () => undefined,
): Promise<Hdf5Content> {
  const fault = heapFault(bytes);
  if (fault !== null) throw damaged(where, fault);
  const library = await loadLibrary();
  const name = `/${files++}.h5`;
  const { FS } = library.module;
  FS.writeFile(name, bytes);
  const file = attempt(where, 'it cannot be opened', () => new library.File(name, 'r'));
  const close = (): void => {
    attempt(where, 'it cannot be closed', () => file.close());
    FS.unlink(name);
  };
  try {
    if (file.file_id <= 0n) throw damaged(where, 'it cannot be opened');
    const content = contentOf(library, file, { size: bytes.byteLength, where, allow });
    close();
    return content;
  } catch (error) {
    if (error instanceof AppError) close();
    throw error;
  }
}

// ---- the library ---------------------------------------------------------------------------------------------------------------

let files = 0;

interface Library {
  readonly File: typeof h5.File;
  readonly Attribute: typeof h5.Attribute;
  readonly module: Awaited<typeof h5.ready>;
}
let library: Promise<Library> | undefined;

/** 4 MB of WebAssembly: loaded when the first such file comes. */
function loadLibrary(): Promise<Library> {
  library ??= (async () => {
    const { File, Attribute, ready } = await import('h5wasm');
    const module = await ready;
    // The devices of its file system are those of this process: standard input, and random numbers.
    for (const device of ['stdin', 'tty', 'tty1', 'random', 'urandom', 'null', 'stdout', 'stderr'])
      if (module.FS.analyzePath(`/dev/${device}`, true).exists) module.FS.unlink(`/dev/${device}`);
    // Otherwise it prints what is wrong with a file on standard error, pages of it.
    module.activate_throwing_error_handler();
    return { File, Attribute, module };
  })();
  return library;
}

// ---- what is in it -----------------------------------------------------------------------------------------------------------

interface Surveyed {
  readonly size: number;
  readonly where: string;
  readonly allow: (bytes: number) => void;
}

function contentOf(library: Library, file: h5.File, { size, where, allow }: Surveyed): Hdf5Content {
  const { module } = library;
  const groups = new Set<string>(['']);
  const datasets = new Map<string, readonly number[]>();
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  let declared = 0;
  let largest = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path: group, depth } = next;
    const names = attempt(where, `its group ${group === '' ? '/' : group} cannot be listed`, () =>
      module.get_names(file.file_id, `/${group}`, false),
    );
    for (const name of names) {
      const path = group === '' ? name : `${group}/${name}`;
      if (groups.size + datasets.size > MAX_HDF5_OBJECTS)
        throw damaged(where, `it holds more than ${MAX_HDF5_OBJECTS} groups and data sets`);
      if (attempt(where, `${path} cannot be read`, () => isLink(module, file.file_id, `/${path}`)))
        throw refused(`${where}: ${path}`, 'it is a link to another place or another file');
      switch (attempt(where, `${path} cannot be read`, () => module.get_type(file.file_id, `/${path}`))) {
        case module.H5G_GROUP:
          // A group that holds itself, through a second name, has no end either.
          if (depth + 1 > MAX_HDF5_DEPTH)
            throw damaged(`${where}: ${path}`, `its groups lie more than ${MAX_HDF5_DEPTH} deep`);
          groups.add(path);
          waiting.push({ path, depth: depth + 1 });
          break;
        case module.H5G_DATASET: {
          const own = check(file, path, where);
          declared += own;
          largest = Math.max(largest, own);
          if (declared > MAX_TENSOR_FILE_BYTES || declared > MAX_HDF5_RATIO * size)
            throw damaged(
              where,
              `its data sets declare ${declared} bytes or more, and it is ${size} bytes long`,
            );
          datasets.set(path, shapeOf(file, path));
          break;
        }
        default: // a named type
      }
    }
  }
  allow(largest);
  return {
    groups: [...groups],
    datasets: [...datasets]
      .filter(([path]) => !OPTIMIZER.test(path))
      .map(([path, shape]) => ({
        path,
        shape,
        data: orFault(() => readNumbers(module, file, path, `${where}: ${path}`)),
      })),
    attributes: [...groups].flatMap((path) => attributesOf(library, file, path, where)),
  };
}

function orFault<T>(body: () => T): T | WireError {
  try {
    return body();
  } catch (error) {
    if (error instanceof AppError) return toWireError(error);
    throw error;
  }
}

/** Soft and external links, wherever they lead: the library resolves those that lead to something. */
function isLink(module: Library['module'], file: bigint, path: string): boolean {
  const soft: string | null = module.get_symbolic_link(file, path);
  const external: { readonly filename?: string } | null = module.get_external_link(file, path);
  return soft !== null || external?.filename !== undefined;
}

const datasetOf = (file: h5.File, path: string): h5.Dataset => file.get(`/${path}`) as h5.Dataset;
const shapeOf = (file: h5.File, path: string): readonly number[] =>
  (datasetOf(file, path).shape ?? []).map(Number);

const READ_FILTERS: ReadonlySet<number> = new Set([1, 2, 3]); // gzip, shuffle, checksum

/** The bytes that a data set says it has. */
function check(file: h5.File, path: string, name: string): number {
  const where = `${name}: ${path}`;
  const dataset = datasetOf(file, path);
  const { metadata, filters } = attempt(where, 'its description cannot be read', () => ({
    metadata: dataset.metadata,
    filters: dataset.filters,
  }));
  if ((metadata.virtual_sources?.length ?? 0) > 0)
    throw refused(where, 'its values lie in other files (a virtual data set)');
  const unknown = filters.find(({ id }) => !READ_FILTERS.has(id));
  if (unknown !== undefined)
    throw refused(where, `it is packed by the filter ${unknown.id}, and gzip is read`);
  if (filters.length > 8) throw refused(where, `it is packed by ${filters.length} filters`);
  const shape = (metadata.shape ?? []).map(Number);
  if (shape.length > MAX_RANK) throw damaged(where, `it has ${shape.length} dimensions`);
  let bytes = metadata.size;
  for (const length of shape) {
    bytes *= length;
    if (!(bytes <= MAX_TENSOR_FILE_BYTES))
      throw damaged(where, `it says that it has ${shape.join(' x ')} values`);
  }
  return bytes;
}

function attributesOf(
  { module, Attribute }: Library,
  file: h5.File,
  path: string,
  where: string,
): readonly Hdf5Text[] {
  const place = path === '' ? '/' : path;
  const names = attempt(where, `the attributes of ${place} cannot be listed`, () =>
    module.get_attribute_names(file.file_id, `/${path}`),
  );
  return names
    .filter((name) => ATTRIBUTES.test(name))
    .map((name) => ({
      path,
      name,
      texts: orFault(() =>
        attempt(where, `the attribute ${name} of ${place} cannot be read`, () =>
          textsOf(new Attribute(file.file_id, `/${path}`, name).value),
        ),
      ),
    }));
}

/** What is no text is no name of anything. */
function textsOf(value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value;
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return list.every((each): each is string => typeof each === 'string') ? list : [];
}

const FLOAT = 1;
const INTEGER = 0;

/** The library's own reader does not look whether reading succeeded, and knows no half floats; so the bytes are taken. */
function readNumbers(
  module: Library['module'],
  file: h5.File,
  path: string,
  where: string,
): Float32Array<ArrayBuffer> {
  const { type, size, shape, signed } = datasetOf(file, path).metadata;
  const count = (shape ?? []).map(Number).reduce((product, length) => product * length, 1);
  const decode = DECODERS.get(
    `${type === FLOAT ? 'float' : type === INTEGER ? (signed ? 'int' : 'uint') : 'other'}${8 * size}`,
  );
  if (decode === undefined)
    throw damaged(
      where,
      'its values are no numbers that are read: 16-bit brain floats, text and structures are not',
    );
  const pointer = module._malloc(Math.max(1, count * size));
  if (pointer === 0) throw damaged(where, `there is no memory for ${count * size} bytes`);
  try {
    const status = attempt(where, 'its values cannot be read', () =>
      module.get_dataset_data(file.file_id, `/${path}`, null, null, null, BigInt(pointer)),
    );
    if (status < 0) throw damaged(where, 'its values cannot be read, or lie in another file');
    const bytes = module.HEAPU8.slice(pointer, pointer + count * size);
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: count }, (_, at) => decode(view, at * size));
  } finally {
    module._free(pointer);
  }
}

/** Whatever order the file has, the library gives the bytes in that of its own machine, which is WebAssembly. */
type Decode = (view: DataView, at: number) => number;
const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['float16', (view, at) => fromHalf(view.getUint16(at, true))],
  ['float32', (view, at) => view.getFloat32(at, true)],
  ['float64', (view, at) => view.getFloat64(at, true)],
  ['int8', (view, at) => view.getInt8(at)],
  ['int16', (view, at) => view.getInt16(at, true)],
  ['int32', (view, at) => view.getInt32(at, true)],
  ['int64', (view, at) => Number(view.getBigInt64(at, true))],
  ['uint8', (view, at) => view.getUint8(at)],
  ['uint16', (view, at) => view.getUint16(at, true)],
  ['uint32', (view, at) => view.getUint32(at, true)],
  ['uint64', (view, at) => Number(view.getBigUint64(at, true))],
]);

/** Whatever the library throws becomes one sentence, but for its own end. */
function attempt<T>(where: string, cause: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof AppError) throw error;
    stumbled = true;
    if (isEnd(error)) throw error;
    throw damaged(where, cause);
  }
}

let stumbled = false;
/** Whether the library ever failed: what a damaged file left in its memory is not known. */
export const hasStumbled = (): boolean => stumbled;

/** A trap or an abort of WebAssembly, after which the library is in no known state. */
const isEnd = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError';
