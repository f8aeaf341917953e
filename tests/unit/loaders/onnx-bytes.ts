/** ONNX files written by hand, byte for byte, so that each can be wrong in one place. */
import { fieldOf, join } from '#engine/onnx/inline-tensors';

type Content = string | number | Uint8Array;

/** A field by its number: text and messages as bytes, numbers as varints. */
export function field(number: number, value: Content): Uint8Array {
  if (typeof value === 'number')
    return join([varint(BigInt(number * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
  return join(fieldOf(number, [typeof value === 'string' ? new TextEncoder().encode(value) : value]));
}

export function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest <= 127n) return Uint8Array.from(bytes);
  }
}

export const message = (...fields: readonly Uint8Array[]): Uint8Array => join(fields);

export const floats = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
export const longs = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

export const tensor = (name: string, dims: readonly number[], raw: Uint8Array, type = 1): Uint8Array =>
  message(...dims.map((size) => field(1, size)), field(2, type), field(8, name), field(9, raw));

export function node(
  operation: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...more: readonly Uint8Array[]
): Uint8Array {
  return message(
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, operation),
    ...more,
  );
}

export function port(name: string, shape: readonly (number | string)[], type = 1): Uint8Array {
  const sizes = shape.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  return message(field(1, name), field(2, field(1, message(field(1, type), field(2, message(...sizes))))));
}

export interface Parts {
  readonly nodes: readonly Uint8Array[];
  readonly tensors: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  readonly irVersion: number;
  readonly opsets: readonly Uint8Array[];
  /** Further fields of the model. */
  readonly more: readonly Uint8Array[];
}

export const opset = (version: number, domain = ''): Uint8Array =>
  message(field(1, domain), field(2, version));

/** z [n, 2] times a matrix [2, 3], unless told otherwise. */
export function model(changes: Partial<Parts> = {}): Uint8Array {
  const parts: Parts = {
    nodes: [node('MatMul', ['z', 'w'], ['x'])],
    tensors: [tensor('w', [2, 3], floats(1, 2, 3, 4, 5, 6))],
    inputs: [port('z', ['n', 2])],
    outputs: [port('x', ['n', 3])],
    irVersion: 8,
    opsets: [opset(17)],
    more: [],
    ...changes,
  };
  const graph = message(
    ...parts.nodes.map((bytes) => field(1, bytes)),
    ...parts.tensors.map((bytes) => field(5, bytes)),
    ...parts.inputs.map((bytes) => field(11, bytes)),
    ...parts.outputs.map((bytes) => field(12, bytes)),
  );
  return message(
    field(1, parts.irVersion),
    field(2, 'a test'),
    field(7, graph),
    ...parts.opsets.map((bytes) => field(8, bytes)),
    ...parts.more,
  );
}
