// A message as one binary frame, for transports that carry bytes only.
//
//   u32 length of the JSON | JSON, typed arrays replaced by {"$":[kind, byteOffset, length]} | padding | the arrays, each on 8 bytes
//
// Arrays are read in place (no copy) where the frame itself lies on 8 bytes, as frames from the socket do after one copy.
import type { Wire } from './channel';

const KINDS = { u8: Uint8Array, f32: Float32Array, i32: Int32Array, u32: Uint32Array } as const;
type Kind = keyof typeof KINDS;
type WireArray = Uint8Array | Float32Array | Int32Array | Uint32Array;

const HEADER_BYTES = 4;
const MAX_DEPTH = 64;
const align = (bytes: number): number => (bytes + 7) & ~7;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeFrame(message: Wire): Uint8Array<ArrayBuffer> {
  const arrays: WireArray[] = [];
  let bytes = 0;
  // this[key], not value: Node's Buffer is a Uint8Array whose toJSON would have been called already
  const json = JSON.stringify(message, function (this: Record<string, unknown>, key: string, value: unknown) {
    const raw = this[key];
    if (!ArrayBuffer.isView(raw)) return value;
    const array = raw as WireArray;
    const reference = { $: [kindOf(array), bytes, array.length] };
    arrays.push(array);
    bytes += align(array.byteLength);
    return reference;
  });
  const head = encoder.encode(json);
  const start = align(HEADER_BYTES + head.length);
  const frame = new Uint8Array(start + bytes);
  new DataView(frame.buffer).setUint32(0, head.length, true);
  frame.set(head, HEADER_BYTES);
  let at = start;
  for (const array of arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += align(array.byteLength);
  }
  return frame;
}

/** Throws a plain Error on anything that is not a frame: the caller closes the channel. */
export function decodeFrame(input: Uint8Array): Wire {
  const frame = input.byteOffset % 8 === 0 ? input : input.slice();
  if (frame.length < HEADER_BYTES) throw new Error('frame too short');
  const headLength = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  const start = align(HEADER_BYTES + headLength);
  if (HEADER_BYTES + headLength > frame.length) throw new Error('frame header longer than frame');
  const text = decoder.decode(frame.subarray(HEADER_BYTES, HEADER_BYTES + headLength));
  return revive(JSON.parse(text) as Wire, frame, start, 0);
}

function revive(value: Wire, frame: Uint8Array, start: number, depth: number): Wire {
  if (value === null || typeof value !== 'object') return value;
  if (depth > MAX_DEPTH) throw new Error('frame nested too deeply');
  if (Array.isArray(value)) return value.map((item: Wire) => revive(item, frame, start, depth + 1));
  const record = value as { readonly [key: string]: Wire };
  if ('$' in record) return arrayAt(record.$, frame, start);
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => [key, revive(item, frame, start, depth + 1)]),
  );
}

function arrayAt(reference: Wire | undefined, frame: Uint8Array, start: number): WireArray {
  const [kind, offset, length] = Array.isArray(reference) ? (reference as readonly Wire[]) : [];
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind) || !isCount(offset) || !isCount(length)) {
    throw new Error('frame with a malformed array');
  }
  const Constructor = KINDS[kind as Kind];
  const at = start + offset;
  if (offset % 8 !== 0 || at + length * Constructor.BYTES_PER_ELEMENT > frame.length) {
    throw new Error('frame with an array past its end');
  }
  return new Constructor(frame.buffer as ArrayBuffer, frame.byteOffset + at, length);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function kindOf(array: WireArray): Kind {
  for (const kind of Object.keys(KINDS) as Kind[]) if (array instanceof KINDS[kind]) return kind;
  throw new Error('only Uint8Array, Float32Array, Int32Array and Uint32Array cross the wire');
}
