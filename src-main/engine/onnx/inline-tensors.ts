/**
 * Puts weights that lie in files beside an ONNX model into the model itself, so that whoever runs it opens no file. The
 * message is taken apart where such a tensor lies and copied everywhere else.
 */
import { fieldsOf, type Field } from '../graph/wire';
import { bytesOf, readOnnxTensor, type OnnxTensorInfo } from './onnx-tensor';

/** ModelProto.graph, GraphProto.initializer. */
const GRAPH = 7;
const INITIALIZER = 5;
/** TensorProto: what says where the numbers lie, and what takes them. */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const RAW_DATA = 9;

export function inlineTensors(model: Uint8Array, dataOf: (tensor: OnnxTensorInfo) => Uint8Array): Uint8Array {
  return join(
    rewrite(model, GRAPH, (graph) =>
      rewrite(graph, INITIALIZER, (bytes) => {
        const tensor = readOnnxTensor(bytes);
        if (tensor.external === undefined) return [bytes];
        const data = dataOf(tensor);
        if (data.length !== bytesOf(tensor)) throw new RangeError('a tensor was given bytes of another size');
        return [...without(bytes, new Set([EXTERNAL_DATA, DATA_LOCATION])), ...fieldOf(RAW_DATA, [data])];
      }),
    ),
  );
}

type Parts = readonly Uint8Array[];

/** The message with each field of that number replaced by what `change` makes of it. */
export function rewrite(message: Uint8Array, number: number, change: (bytes: Uint8Array) => Parts): Parts {
  const parts: Uint8Array[] = [];
  for (const field of fieldsOf(message))
    parts.push(...(field.number === number ? fieldOf(number, change(field.bytes)) : same(field)));
  return parts;
}

function without(message: Uint8Array, numbers: ReadonlySet<number>): Parts {
  const parts: Uint8Array[] = [];
  for (const field of fieldsOf(message)) if (!numbers.has(field.number)) parts.push(...same(field));
  return parts;
}

const WIRE_TYPE: Readonly<Record<Field['kind'], number>> = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 };

function same({ number, kind, bits, bytes }: Field): Parts {
  if (kind === 'bytes') return fieldOf(number, [bytes]);
  const tag = varint(BigInt(number * 8 + WIRE_TYPE[kind]));
  return [tag, kind === 'varint' ? varint(bits) : bytes];
}

/** A field of bytes, given in parts so that large ones are copied once. */
export function fieldOf(number: number, parts: Parts): Parts {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [varint(BigInt(number * 8 + WIRE_TYPE.bytes)), varint(BigInt(length)), ...parts];
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

export function join(parts: Parts): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
