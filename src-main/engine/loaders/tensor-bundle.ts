/**
 * The variables of a SavedModel: tensorflow/core/util/tensor_bundle. `variables.index` is a sorted table from a variable's
 * key to where it lies in `variables.data-xxxxx-of-xxxxx`, with a checksum. A data file is read when it is needed.
 */
import { AppError } from '#shared/errors';
import type { RawTensor } from '../graph/raw-graph';
import { elementCount, numbersFromBytes, readShape, wholeShape } from '../graph/tensor-proto';
import { elementType, typeName } from '../graph/types';
import { fieldsOf, viewOf, WireError } from '../graph/wire';
import { MAX_JSON_BYTES, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { maskedCrc32c } from './crc32c';
import { readSortedTable } from './sorted-table';
import type { Source } from './source';

interface Entry {
  readonly type: string;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly checksum: number;
  /** Parts of one variable in several entries. */
  readonly sliced: boolean;
}

export interface TensorBundle {
  readonly has: (key: string) => boolean;
  /** @throws AppError model/damaged where it is not as the index says. */
  readonly read: (key: string) => RawTensor;
}

/** `prefix` is e.g. "my_model/variables/variables". Undefined where there are no variables: the graph may hold constants. */
export async function openTensorBundle(source: Source, prefix: string): Promise<TensorBundle | undefined> {
  const indexPath = `${prefix}.index`;
  const index = source.files.get(indexPath);
  if (index === undefined) return undefined;
  const { shards, entries } = readIndex(await index.read(MAX_JSON_BYTES), indexPath);
  const data: Uint8Array[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const number = (value: number): string => String(value).padStart(5, '0');
    const path = `${prefix}.data-${number(shard)}-of-${number(shards)}`;
    const file = source.files.get(path);
    if (file === undefined) {
      throw new AppError({
        code: 'model/weights',
        headline: 'A file with variables is missing',
        where: path,
        remedy: 'open the whole folder of the SavedModel, with its variables',
      });
    }
    data.push(await file.read(MAX_TENSOR_FILE_BYTES));
  }
  return {
    has: (key) => entries.has(key),
    read: (key) => {
      const entry = entries.get(key);
      const shard = data[entry?.shard ?? 0];
      if (entry === undefined || shard === undefined) throw damagedAt(indexPath, `${key} is not there`);
      return reading(`${prefix}.data, ${key}`, () => readEntry(shard, entry));
    },
  };
}

function readIndex(
  bytes: Uint8Array,
  path: string,
): { readonly shards: number; readonly entries: ReadonlyMap<string, Entry> } {
  return reading(path, () => {
    let shards = 0;
    const entries = new Map<string, Entry>();
    for (const [key, value] of readSortedTable(bytes)) {
      if (key === '') shards = readHeader(value);
      else entries.set(key, readIndexEntry(value));
    }
    return { shards, entries };
  });
}

const MOST_SHARDS = 1_000;

/** BundleHeaderProto. */
function readHeader(message: Uint8Array): number {
  let shards = 0;
  for (const { number, bits } of fieldsOf(message)) {
    if (number === 1) shards = Number(bits);
    if (number === 2 && bits !== 0n) throw new WireError('its numbers are big-endian');
  }
  if (shards < 1 || shards > MOST_SHARDS) throw new WireError(`it names ${shards} files`);
  return shards;
}

/** BundleEntryProto. */
function readIndexEntry(message: Uint8Array): Entry {
  let type = 'DT_INVALID';
  let shape: readonly number[] = [];
  let [shard, offset, size, checksum] = [0, 0, 0, 0];
  let sliced = false;
  for (const { number, bits, bytes } of fieldsOf(message)) {
    if (number === 1) type = typeName(Number(bits));
    else if (number === 2) shape = wholeShape(readShape(bytes));
    else if (number === 3) shard = Number(bits);
    else if (number === 4) offset = Number(bits);
    else if (number === 5) size = Number(bits);
    else if (number === 6) checksum = viewOf(bytes).getUint32(0, true);
    else if (number === 7) sliced = true;
  }
  return { type, shape, shard, offset, size, checksum, sliced };
}

function readEntry(data: Uint8Array, { type, shape, offset, size, checksum, sliced }: Entry): RawTensor {
  if (sliced) throw new WireError('it is kept in parts');
  if (elementType(type) === undefined) throw new WireError(`its values are of type ${type}`);
  if (offset + size > data.length)
    throw new WireError('it lies behind the end of its file, which is cut short');
  const bytes = data.subarray(offset, offset + size);
  if (maskedCrc32c(bytes) !== checksum) throw new WireError('its checksum is wrong');
  return { type, shape, data: numbersFromBytes(bytes, type, elementCount(shape)) };
}

function reading<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw damagedAt(where, error.message);
    throw error;
  }
}

function damagedAt(where: string, cause: string): AppError {
  return new AppError({
    code: 'model/damaged',
    headline: 'The variables of the SavedModel are damaged',
    where,
    cause,
    remedy: 'get or export the model again',
  });
}
