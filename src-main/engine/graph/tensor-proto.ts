/**
 * A TensorProto: tensorflow/core/framework/tensor.proto. Its numbers lie in one block of bytes or in a list by type, which
 * may be shorter than the tensor: its last number then stands for the rest.
 */
import { fromHalves } from '../store/half-float';
import { MAX_ELEMENTS, MAX_RANK } from '../store/limits';
import type { RawTensor } from './raw-graph';
import { elementType, typeName } from './types';
import { fieldsOf, numbersOf, signedOf, textOf, viewOf, WireError, type Field } from './wire';

export function readTensor(message: Uint8Array): RawTensor {
  let type = 'DT_INVALID';
  let shape: readonly number[] = [];
  let content: Uint8Array | undefined;
  const lists: Field[] = [];
  const strings: string[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number === 1) type = typeName(Number(field.bits));
    else if (field.number === 2) shape = wholeShape(readShape(field.bytes));
    else if (field.number === 4) content = field.bytes;
    else if (field.number === 8) strings.push(textOf(field));
    else if (field.number >= 5 && field.number <= 17) lists.push(field);
  }
  const count = elementCount(shape);
  if (type === 'DT_STRING') return { type, shape, data: strings };
  if (content !== undefined && content.length > 0)
    return { type, shape, data: numbersFromBytes(content, type, count) };
  return { type, shape, data: repeatLast(listed(lists, type, count), type, count) };
}

/** Null for an unknown rank, null in it for an unknown size. TensorShapeProto. */
export function readShape(message: Uint8Array): readonly (number | null)[] | null {
  const sizes: (number | null)[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number === 3 && field.bits !== 0n) return null;
    if (field.number !== 2) continue;
    let size = 0;
    for (const part of fieldsOf(field.bytes)) if (part.number === 1) size = signedOf(part.bits);
    if (sizes.length >= MAX_RANK) throw new WireError(`a shape has more than ${MAX_RANK} dimensions`);
    sizes.push(size < 0 ? null : size);
  }
  return sizes;
}

export function wholeShape(shape: readonly (number | null)[] | null): readonly number[] {
  if (shape === null || shape.includes(null)) throw new WireError('a tensor has a shape with an open size');
  return shape as readonly number[];
}

/** Checked at each step, so that the product never leaves exact integers and a 0 cannot hide an absurd size. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (size > MAX_ELEMENTS || count > MAX_ELEMENTS)
      throw new WireError(`the shape [${shape.join(', ')}] has too many elements`);
  }
  return count;
}

/** Little-endian, as files are written everywhere but on mainframes. */
export function numbersFromBytes(bytes: Uint8Array, type: string, count: number): Float32Array | Int32Array {
  const element = elementType(type);
  if (element === undefined) throw new WireError(`a tensor has elements of type ${type}`);
  if (bytes.length !== element.bytes * count)
    throw new WireError(`a tensor of ${count} elements of type ${type} has ${bytes.length} bytes`);
  // A copy: a slice of a Buffer would be a view into Node's shared pool.
  const own = new Uint8Array(bytes).buffer;
  const view = viewOf(bytes);
  const integers = (read: (at: number) => number): Int32Array =>
    Int32Array.from({ length: count }, (_, index) => read(index * element.bytes));
  switch (type) {
    case 'DT_FLOAT':
      return new Float32Array(own);
    case 'DT_DOUBLE':
      return Float32Array.from(new Float64Array(own));
    case 'DT_HALF':
      return fromHalves(new Uint16Array(own));
    case 'DT_BFLOAT16':
      return fromBrainHalves(new Uint16Array(own));
    case 'DT_INT32':
      return new Int32Array(own);
    case 'DT_INT64':
      return integers((at) => saturate(signedOf(view.getBigUint64(at, true))));
    case 'DT_INT16':
      return integers((at) => view.getInt16(at, true));
    case 'DT_UINT16':
      return integers((at) => view.getUint16(at, true));
    case 'DT_INT8':
      return integers((at) => view.getInt8(at));
    default:
      return integers((at) => view.getUint8(at));
  }
}

/** The ends of 32 bits stand for "to the end" in slices, and are what 64-bit numbers of that meaning become. */
const saturate = (value: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));

/** The upper half of a 32-bit float. */
function fromBrainHalves(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half * 65_536).buffer);
}

function listed(lists: readonly Field[], type: string, most: number): readonly number[] {
  const values: number[] = [];
  const add = (value: number): void => {
    if (values.length >= most) throw new WireError('a tensor has more numbers than its shape has room for');
    values.push(value);
  };
  for (const field of lists) {
    if (field.number === 5) eachFixed(field, 4, (view, at) => add(view.getFloat32(at, true)));
    else if (field.number === 6) eachFixed(field, 8, (view, at) => add(view.getFloat64(at, true)));
    else if (field.number === 13) for (const bits of numbersOf(field)) add(halfBits(Number(bits), type));
    else for (const bits of numbersOf(field)) add(saturate(signedOf(bits)));
  }
  return values;
}

function eachFixed(field: Field, size: number, visit: (view: DataView, at: number) => void): void {
  if (field.bytes.length % size !== 0) throw new WireError('a list of numbers ends inside a number');
  const view = viewOf(field.bytes);
  for (let at = 0; at < field.bytes.length; at += size) visit(view, at);
}

function halfBits(bits: number, type: string): number {
  const one = Uint16Array.of(bits & 0xffff);
  return (type === 'DT_BFLOAT16' ? fromBrainHalves(one) : fromHalves(one))[0] ?? 0;
}

/** One number over a huge shape would make gigabytes of a few bytes. */
const MOST_REPEATED = 2 ** 22;

function repeatLast(values: readonly number[], type: string, count: number): Float32Array | Int32Array {
  const element = elementType(type);
  if (element === undefined) throw new WireError(`a tensor has elements of type ${type}`);
  if (count > values.length && count > MOST_REPEATED)
    throw new WireError(`a tensor of ${count} elements is written as ${values.length} of them`);
  const data = element.becomes === 'DT_FLOAT' ? new Float32Array(count) : new Int32Array(count);
  data.fill(values.at(-1) ?? 0);
  data.set(values);
  return data;
}
