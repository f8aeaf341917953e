/**
 * The safetensors format: 8 bytes header length (little-endian), a JSON header, then the tensors' bytes and nothing
 * else. https://github.com/huggingface/safetensors. Reading it can run no code, and every rule is checked before a
 * byte of data is touched: nothing overlaps, nothing is left over, no length is believed that does not fit.
 */
import { endianness } from 'node:os';
import { AppError } from '#shared/errors';
import { MAX_ELEMENTS, MAX_JSON_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS } from './limits';
import { isJsonObject, isReservedName, parseStrictJson, type Json, type JsonObject } from './strict-json';

/** Halves are kept as their bit patterns; see half-float.ts. */
export type Tensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'F16'; readonly shape: readonly number[]; readonly data: Uint16Array }
  | { readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array }
  | { readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array };
export type Dtype = Tensor['dtype'];

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const BYTES_PER_ELEMENT: Readonly<Record<Dtype, number>> = { F32: 4, F16: 2, U8: 1, I32: 4, I64: 8 };
const HEADER_LENGTH_BYTES = 8;
const METADATA = '__metadata__';

export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  requireLittleEndian();
  // Widest elements first keeps every tensor aligned without padding, which the format forbids.
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype] || compare(nameA, nameB),
  );
  const header: Record<string, Json> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = sorted(metadata);
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    checkName(name);
    const bytes = checkedBytes(name, dtype, shape);
    if (bytes !== data.byteLength)
      throw refuse(name, `its shape needs ${bytes} bytes and it has ${data.byteLength}`);
    header[name] = { dtype, shape: [...shape], data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  if (headerBytes > MAX_JSON_BYTES) throw refuse(undefined, `the header would be ${headerBytes} bytes long`);
  const file = new Uint8Array(HEADER_LENGTH_BYTES + headerBytes + end).fill(
    0x20,
    0,
    HEADER_LENGTH_BYTES + headerBytes,
  );
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, HEADER_LENGTH_BYTES);
  let at = HEADER_LENGTH_BYTES + headerBytes;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  requireLittleEndian();
  if (bytes.byteLength < HEADER_LENGTH_BYTES + 2)
    throw refuse(undefined, `it is only ${bytes.byteLength} bytes long`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (declared > BigInt(MAX_JSON_BYTES)) {
    throw refuse(
      undefined,
      `it declares a header of ${declared} bytes, and at most ${MAX_JSON_BYTES} are read`,
    );
  }
  const dataStart = HEADER_LENGTH_BYTES + Number(declared);
  if (dataStart > bytes.byteLength) throw refuse(undefined, 'it ends inside its header');
  if (bytes[HEADER_LENGTH_BYTES] !== 0x7b) throw refuse(undefined, 'its header does not start with {');
  const header = parseStrictJson(bytes.subarray(HEADER_LENGTH_BYTES, dataStart), {
    code: 'input/safetensors',
    where: 'safetensors header',
  });
  if (!isJsonObject(header)) throw refuse(undefined, 'its header is not an object');
  const metadata = readMetadata(header[METADATA]);
  const entries = readEntries(header);
  checkCoverage(entries, bytes.byteLength - dataStart);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, start, end } of entries) {
    // A copy: typed arrays need alignment, and the file's buffer may be reused by the caller. A Buffer's own slice
    // would be a view into Node's shared pool.
    const copy = new Uint8Array(bytes.subarray(dataStart + start, dataStart + end));
    tensors.set(name, asTensor(dtype, shape, copy.buffer));
  }
  return { tensors, metadata };
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function readMetadata(value: Json | undefined): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw refuse(METADATA, 'it is not an object');
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw refuse(METADATA, `${JSON.stringify(key.slice(0, 80))} is not a string`);
    metadata[key] = text;
  }
  return metadata;
}

function readEntries(header: JsonObject): readonly Entry[] {
  const names = Object.keys(header).filter((name) => name !== METADATA);
  if (names.length > MAX_TENSORS)
    throw refuse(undefined, `it has ${names.length} tensors, more than ${MAX_TENSORS}`);
  return names.map((name) => readEntry(name, header[name]));
}

function readEntry(name: string, value: Json | undefined): Entry {
  checkName(name);
  if (!isJsonObject(value)) throw refuse(name, 'its entry is not an object');
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  if (!isDtype(dtype)) throw refuse(name, `its type ${short(dtype)} is not one of F32, F16, U8, I32, I64`);
  if (!isSizes(shape)) throw refuse(name, `its shape ${short(shape)} is not a list of whole numbers`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw refuse(name, `its data_offsets ${short(offsets)} are not two numbers`);
  const extra = Object.keys(others)[0];
  if (extra !== undefined) throw refuse(name, `its entry has an unknown key ${short(extra)}`);
  const [start = 0, end = 0] = offsets;
  const needed = checkedBytes(name, dtype, shape);
  if (end - start !== needed)
    throw refuse(name, `its shape needs ${needed} bytes and its data_offsets span ${end - start}`);
  return { name, dtype, shape, start, end };
}

/** Every byte belongs to exactly one tensor: no hole, no overlap, nothing behind the last. */
function checkCoverage(entries: readonly Entry[], available: number): void {
  let covered = 0;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start > covered) throw refuse(name, `${start - covered} bytes before it belong to no tensor`);
    if (start < covered) throw refuse(name, 'its bytes overlap those of another tensor');
    covered = end;
  }
  if (covered > available)
    throw refuse(undefined, `it is cut short: ${covered} bytes of data are declared, ${available} are there`);
  if (covered < available)
    throw refuse(undefined, `${available - covered} bytes after the last tensor belong to no tensor`);
}

function checkedBytes(name: string, dtype: Dtype, shape: readonly number[]): number {
  if (shape.length > MAX_RANK) throw refuse(name, `it has ${shape.length} dimensions, more than ${MAX_RANK}`);
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    // Checked at each step, so that a product never leaves exact integers and a 0 cannot hide an absurd size.
    if (size > MAX_ELEMENTS || elements > MAX_ELEMENTS)
      throw refuse(name, `its shape ${short(shape)} has too many elements`);
  }
  return elements * BYTES_PER_ELEMENT[dtype];
}

function checkName(name: string): void {
  if (isReservedName(name) || name === METADATA) throw refuse(name, 'this name is not allowed');
  const length = new TextEncoder().encode(name).byteLength;
  if (length === 0 || length > MAX_NAME_BYTES) {
    throw refuse(
      name.slice(0, 40),
      `its name is ${length} bytes long, and 1 to ${MAX_NAME_BYTES} are allowed`,
    );
  }
}

function asTensor(dtype: Dtype, shape: readonly number[], buffer: ArrayBuffer): Tensor {
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
  }
}

function isDtype(value: Json | undefined): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

function isSizes(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function sorted(record: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compare(a, b)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

function requireLittleEndian(): void {
  if (endianness() === 'LE') return;
  throw new AppError({
    code: 'engine/big-endian',
    headline: 'This processor stores numbers in an order that is not supported',
  });
}

function refuse(tensor: string | undefined, cause: string): AppError {
  return new AppError({
    code: 'input/safetensors',
    headline: 'The safetensors file is damaged',
    ...(tensor === undefined ? {} : { where: `tensor ${JSON.stringify(tensor)}` }),
    cause,
    remedy: 'get or write the file again',
  });
}
