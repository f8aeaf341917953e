/**
 * The wire format of protocol buffers, one field at a time: https://protobuf.dev/programming-guides/encoding. A message
 * is walked where it lies; nothing is allocated for what nobody asks for, and no length is believed that does not fit.
 */
export class WireError extends Error {}

export interface Field {
  readonly number: number;
  /** A varint or fixed-size number, in whatever type it was sent; 0 for a field of bytes. */
  readonly bits: bigint;
  /** Of a field of bytes, and of fixed-size numbers; empty for a varint. */
  readonly bytes: Uint8Array;
  readonly kind: 'varint' | 'fixed64' | 'bytes' | 'fixed32';
}

const EMPTY = new Uint8Array(0);

export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const tag = Number(readVarint(message, cursor));
    const number = Math.floor(tag / 8);
    if (number === 0 || number > 0x1fffffff) throw new WireError('it has a field without a number');
    switch (tag % 8) {
      case 0:
        yield { number, kind: 'varint', bits: readVarint(message, cursor), bytes: EMPTY };
        break;
      case 1:
        yield fixed(number, 'fixed64', take(message, cursor, 8));
        break;
      case 2: {
        const length = readVarint(message, cursor);
        if (length > BigInt(message.length)) throw new WireError('it ends inside a field');
        yield { number, kind: 'bytes', bits: 0n, bytes: take(message, cursor, Number(length)) };
        break;
      }
      case 5:
        yield fixed(number, 'fixed32', take(message, cursor, 4));
        break;
      default:
        throw new WireError(`it has a field of the unknown kind ${tag % 8}`);
    }
  }
}

function fixed(number: number, kind: 'fixed32' | 'fixed64', bytes: Uint8Array): Field {
  const view = viewOf(bytes);
  const bits = kind === 'fixed32' ? BigInt(view.getUint32(0, true)) : view.getBigUint64(0, true);
  return { number, kind, bits, bytes };
}

function take(message: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  if (cursor.at + length > message.length) throw new WireError('it ends inside a field');
  const bytes = message.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

export function readVarint(bytes: Uint8Array, cursor: { at: number }): bigint {
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new WireError('it ends inside a number');
    low += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new WireError('it ends inside a number');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value & 0xffff_ffff_ffff_ffffn;
  }
  throw new WireError('it has a number of more than ten bytes');
}

/** The numbers of a repeated field, packed into one field of bytes or one by one. */
export function* numbersOf(field: Field): Generator<bigint> {
  if (field.kind !== 'bytes') {
    yield field.bits;
    return;
  }
  const cursor = { at: 0 };
  while (cursor.at < field.bytes.length) yield readVarint(field.bytes, cursor);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

export function textOf({ bytes }: Field): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new WireError('it has a name that is no UTF-8');
  }
}

/** Two's complement; what is beyond whole numbers that JavaScript has is cut off at their ends. */
export function signedOf(bits: bigint): number {
  const value = BigInt.asIntN(64, bits);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

export const floatOf = ({ bytes }: Field): number =>
  bytes.length === 4 ? viewOf(bytes).getFloat32(0, true) : 0;

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
