/**
 * A TensorProto, looked at and not copied: its declared size held against the numbers that are there. Numbers lie in one
 * block of bytes, in a list by type, or in a file beside the model.
 */
import { MAX_ELEMENTS, MAX_RANK } from '../store/limits';
import { fieldsOf, numbersOf, signedOf, WireError, type Field } from '../graph/wire';
import { message, nameOf, quoted, readEntry } from './onnx-wire';

export interface OnnxTensorInfo {
  readonly name: string;
  /** TensorProto.DataType. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly count: number;
  /** The numbers as one block; undefined where they lie in a list or elsewhere. */
  readonly raw: Uint8Array | undefined;
  /** The numbers of a small list of integers, e.g. a shape; undefined for anything else. */
  readonly integers: readonly number[] | undefined;
  readonly external: ReadonlyMap<string, string> | undefined;
}

/** Bits of one element, by TensorProto.DataType; strings and complex numbers have no place in a network of pictures. */
const BITS: ReadonlyMap<number, number> = new Map([
  [1, 32], // float
  [2, 8], // uint8
  [3, 8], // int8
  [4, 16], // uint16
  [5, 16], // int16
  [6, 32], // int32
  [7, 64], // int64
  [9, 8], // bool
  [10, 16], // float16
  [11, 64], // double
  [12, 32], // uint32
  [13, 64], // uint64
  [16, 16], // bfloat16
  [17, 8], // four kinds of 8-bit floats
  [18, 8],
  [19, 8],
  [20, 8],
  [21, 4], // uint4
  [22, 4], // int4
]);
export const FLOAT = 1;
export const INT64 = 7;
export const FLOAT16 = 10;
export const DOUBLE = 11;

/** The list in which numbers of a type lie when they lie in a list: field number by type. */
const LIST_OF_TYPE = (type: number): number =>
  type === FLOAT ? 4 : type === INT64 ? 7 : type === DOUBLE ? 10 : type === 12 || type === 13 ? 11 : 5;
const MOST_LISTED_INTEGERS = 1024;

export function readOnnxTensor(bytes: Uint8Array): OnnxTensorInfo {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  const shape: number[] = [];
  const external = new Map<string, string>();
  const lists: Field[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) {
      for (const bits of numbersOf(field)) shape.push(signedOf(bits));
      if (shape.length > MAX_RANK) throw new WireError(`a tensor has more than ${MAX_RANK} dimensions`);
    } else if (field.number === 2) type = Number(field.bits);
    else if (field.number === 8) name = nameOf(field);
    else if (field.number === 9) raw = message(field).bytes;
    else if (field.number === 13) {
      const [key, value] = readEntry(message(field).bytes);
      if (external.has(key)) throw new WireError(`the tensor ${quoted(name)} says twice where it lies`);
      external.set(key, value);
    } else if (field.number === 14) isExternal = field.bits === 1n;
    else if ([4, 5, 6, 7, 10, 11].includes(field.number)) lists.push(field);
    else if (field.number === 3) throw new WireError(`the tensor ${quoted(name)} is a part of one`);
  }
  const place = `the tensor ${quoted(name)}`;
  const bits = BITS.get(type);
  if (bits === undefined) throw new WireError(`${place} has elements of the unknown type ${type}`);
  const count = elementCount(shape, place);
  const needed = Math.ceil((count * bits) / 8);
  if (isExternal) {
    if (raw !== undefined || lists.length > 0)
      throw new WireError(`${place} lies inside the file and outside it`);
    return { name, type, shape, count, raw: undefined, integers: undefined, external };
  }
  if (raw !== undefined && raw.length > 0) {
    if (lists.length > 0) throw new WireError(`${place} has its numbers twice`);
    if (raw.length !== needed)
      throw new WireError(`${place} needs ${needed} bytes by its shape and has ${raw.length}`);
    const integers = type === INT64 && count <= MOST_LISTED_INTEGERS ? integersOf(raw) : undefined;
    return { name, type, shape, count, raw, integers, external: undefined };
  }
  const listed = countListed(lists, type, place);
  const inList = bits === 4 ? Math.ceil(count / 2) : count;
  if (listed !== inList)
    throw new WireError(`${place} needs ${inList} numbers by its shape and has ${listed}`);
  const integers =
    type === INT64 && count <= MOST_LISTED_INTEGERS
      ? lists.flatMap((field) => [...numbersOf(field)].map(signedOf))
      : undefined;
  return {
    name,
    type,
    shape,
    count,
    raw: type === FLOAT ? floatsOf(lists) : undefined,
    integers,
    external: undefined,
  };
}

/** Bytes that a tensor of this kind takes when it lies in one block. */
export const bytesOf = ({ type, count }: OnnxTensorInfo): number =>
  Math.ceil((count * (BITS.get(type) ?? 0)) / 8);

function elementCount(shape: readonly number[], place: string): number {
  let count = 1;
  for (const size of shape) {
    if (size < 0) throw new WireError(`${place} has a size of ${size}`);
    count *= size;
    // Checked at each step, so that the product stays exact and a 0 cannot hide an absurd size.
    if (size > MAX_ELEMENTS || count > MAX_ELEMENTS)
      throw new WireError(`${place} has too many elements, [${shape.join(', ')}]`);
  }
  return count;
}

function countListed(lists: readonly Field[], type: number, place: string): number {
  const expected = LIST_OF_TYPE(type);
  let count = 0;
  for (const field of lists) {
    if (field.number !== expected) throw new WireError(`${place} has numbers of another type than it says`);
    if (expected !== 4 && expected !== 10) for (const _ of numbersOf(field)) count++;
    else if (field.kind !== 'bytes') count++;
    else {
      const size = expected === 4 ? 4 : 8;
      if (field.bytes.length % size !== 0) throw new WireError(`${place} ends inside a number`);
      count += field.bytes.length / size;
    }
  }
  return count;
}

/** A packed list of floats is the same bytes as a block of them. */
function floatsOf(lists: readonly Field[]): Uint8Array | undefined {
  return lists.length === 1 ? lists[0]?.bytes : undefined;
}

function integersOf(raw: Uint8Array): readonly number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.length / 8 }, (_, at) => signedOf(view.getBigUint64(at * 8, true)));
}
