/**
 * HDF5 files that others made, read by the HDF5 library itself as WebAssembly (h5wasm, of NIST). It sees a file system that
 * holds this one file and nothing else, so that no external link, external storage or virtual data set leads anywhere;
 * files with any of them are refused all the same, before a value is read.
 */
import { AppError } from '#shared/errors';
import type * as h5 from 'h5wasm';
import { fromHalf } from '../store/half-float';
import {
  MAX_HDF5_DEPTH,
  MAX_HDF5_OBJECTS,
  MAX_HDF5_RATIO,
  MAX_RANK,
  MAX_TENSOR_FILE_BYTES,
} from '../store/limits';

export interface Hdf5 {
  /** Full paths without the first '/', of groups and of data sets. */
  readonly groups: ReadonlySet<string>;
  readonly datasets: ReadonlyMap<string, readonly number[]>;
  /** A text attribute; undefined where there is none of this name. '' is the root. */
  readonly text: (path: string, attribute: string) => string | undefined;
  readonly texts: (path: string, attribute: string) => readonly string[] | undefined;
  readonly read: (path: string) => { readonly shape: readonly number[]; readonly data: Float32Array };
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const isHdf5 = (head: Uint8Array): boolean => SIGNATURE.every((byte, at) => head[at] === byte);

/** Everything is read inside `body`: the file is gone from memory afterwards. */
export async function withHdf5<T>(bytes: Uint8Array, where: string, body: (file: Hdf5) => T): Promise<T> {
  if (!isHdf5(bytes)) throw damaged(where, 'it does not begin as an HDF5 file');
  const version = bytes[8] ?? 255;
  if (version > 3) throw damaged(where, `its format version ${version} is not known`);
  const library = await loadLibrary();
  const name = `/${files++}.h5`;
  const { FS } = library.module;
  FS.writeFile(name, bytes);
  try {
    const file = attempt(where, 'it cannot be opened', () => new library.File(name, 'r'));
    try {
      if (file.file_id <= 0n) throw damaged(where, 'it cannot be opened');
      return body(survey(library, file, bytes.byteLength, where));
    } finally {
      file.close();
    }
  } finally {
    FS.unlink(name);
  }
}

let files = 0;

interface Library {
  readonly File: typeof h5.File;
  readonly module: Awaited<typeof h5.ready>;
}
let library: Promise<Library> | undefined;

/** 4 MB of WebAssembly: loaded when the first such file comes. */
function loadLibrary(): Promise<Library> {
  library ??= (async () => {
    const { File, ready } = await import('h5wasm');
    const module = await ready;
    // The devices of its file system are those of this process: standard input, and random numbers.
    for (const device of ['stdin', 'tty', 'tty1', 'random', 'urandom', 'null', 'stdout', 'stderr'])
      if (module.FS.analyzePath(`/dev/${device}`, true).exists) module.FS.unlink(`/dev/${device}`);
    // Otherwise it prints what is wrong with a file on standard error, pages of it.
    module.activate_throwing_error_handler();
    return { File, module };
  })();
  return library;
}

// ---- what is in it -----------------------------------------------------------------------------------------------------------

function survey({ module }: Library, file: h5.File, size: number, where: string): Hdf5 {
  const groups = new Set<string>(['']);
  const datasets = new Map<string, readonly number[]>();
  const waiting: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  let declared = 0;
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
        case module.H5G_DATASET:
          declared += check(file, path, where);
          if (declared > MAX_TENSOR_FILE_BYTES || declared > MAX_HDF5_RATIO * size)
            throw damaged(
              where,
              `its data sets declare ${declared} bytes or more, and it is ${size} bytes long`,
            );
          datasets.set(path, shapeOf(file, path));
          break;
        default: // a named type
      }
    }
  }
  return {
    groups,
    datasets,
    text: (path, attribute) => {
      const value = attributeOf(file, path, attribute, where);
      return typeof value === 'string' ? value : undefined;
    },
    texts: (path, attribute) => {
      const value = attributeOf(file, path, attribute, where);
      if (value === undefined) return undefined;
      if (typeof value === 'string') return [value];
      const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
      return list.every((each): each is string => typeof each === 'string') ? list : [];
    },
    read: (path) => ({
      shape: shapeOf(file, path),
      data: readNumbers(module, file, path, `${where}: ${path}`),
    }),
  };
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

function attributeOf(file: h5.File, path: string, name: string, where: string): unknown {
  return attempt(where, `the attribute ${name} of ${path === '' ? '/' : path} cannot be read`, () => {
    const owner = file.get(`/${path}`);
    if (owner === null || !('attrs' in owner)) return undefined;
    return Object.hasOwn(owner.attrs, name) ? owner.attrs[name]?.value : undefined;
  });
}

const FLOAT = 1;
const INTEGER = 0;

/** The library's own reader does not look whether reading succeeded, and knows no half floats; so the bytes are taken. */
function readNumbers(module: Library['module'], file: h5.File, path: string, where: string): Float32Array {
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

/** Whatever the library throws becomes one sentence. */
function attempt<T>(where: string, cause: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw damaged(where, cause);
  }
}

const damaged = (where: string, cause: string): AppError =>
  new AppError({
    code: 'model/damaged',
    headline: 'The HDF5 file cannot be read',
    where,
    cause,
    remedy: 'get the file again',
  });

const refused = (where: string, cause: string): AppError =>
  new AppError({
    code: 'model/refused',
    headline: 'The HDF5 file uses what is not read here',
    where,
    cause,
    remedy: 'save the model again, all in one file',
  });
