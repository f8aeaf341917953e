import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { MAX_JSON_BYTES, MAX_NAME_BYTES, MAX_RANK, MAX_TENSORS } from '#engine/store/limits';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '#engine/store/safetensors';

const f32 = (...values: readonly number[]): Tensor => ({
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A file with this header text and so many zero bytes behind it. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (start: number, end: number, shape = [(end - start) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

function refusal(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof AppError) return error.sentence;
    throw error;
  }
  return 'accepted';
}

const tensor: fc.Arbitrary<Tensor> = fc.oneof(
  fc.array(fc.float({ noNaN: true }), { maxLength: 9 }).map((values) => f32(...values)),
  fc.uint8Array({ maxLength: 9 }).map((data): Tensor => ({ dtype: 'U8', shape: [1, data.length], data })),
  fc.uint16Array({ maxLength: 9 }).map((data): Tensor => ({ dtype: 'F16', shape: [data.length, 1], data })),
  fc.int32Array({ maxLength: 9 }).map((data): Tensor => ({ dtype: 'I32', shape: [data.length], data })),
  fc.bigInt64Array({ maxLength: 9 }).map((data): Tensor => ({ dtype: 'I64', shape: [data.length], data })),
);
const reserved = new Set(['__proto__', 'constructor', 'prototype', '__metadata__']);
const name = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((text) => !reserved.has(text));

describe('round trip', () => {
  test('any tensors and metadata come back equal, and the bytes do not depend on the order', () => {
    const files = fc.tuple(
      fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 8 }),
      fc.dictionary(name, fc.string(), { noNullPrototype: true }),
    );
    fc.assert(
      fc.property(files, ([tensors, metadata]) => {
        const bytes = encodeSafetensors(new Map(tensors), metadata);
        const back = decodeSafetensors(bytes);
        expect(back.metadata).toEqual(metadata);
        expect(new Map([...back.tensors].sort())).toEqual(new Map([...tensors].sort()));
        expect(encodeSafetensors(new Map(tensors.toReversed()), metadata)).toEqual(bytes);
      }),
      { numRuns: 150 },
    );
  });

  test('a view that does not start at its buffer is read at its own place', () => {
    const bytes = encodeSafetensors(new Map([['a', f32(1, 2)]]));
    const shifted = new Uint8Array(bytes.byteLength + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors.get('a')).toEqual(f32(1, 2));
  });
});

describe('what is refused, and in which words', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /0 bytes long/],
    ['header length 0', file('', 8), /does not start with/],
    [
      'header past the end',
      new Uint8Array([0xe8, 3, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
      /ends inside its header/,
    ],
    [
      'header of 2^64-1',
      new Uint8Array([...Array<number>(8).fill(255), 0x7b, 0x7d]),
      /header of 18446744073709551615/,
    ],
    ['leading space', file(' {}', 0), /does not start with/],
    ['not JSON', file('{"a', 0), /JSON cannot be read/],
    ['not UTF-8', file('{"a":1}', 0).map((byte, at) => (at === 10 ? 0xff : byte)), /UTF-8/],
    ['key twice', file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":1}', 0), /twice/],
    ['hole', file({ a: entry(4, 8) }, 8), /belong to no tensor/],
    ['overlap', file({ a: entry(0, 8), b: entry(4, 12) }, 12), /overlap/],
    ['shared bytes', file({ a: entry(0, 8), b: entry(0, 8) }, 8), /overlap/],
    ['reversed', file({ a: { dtype: 'F32', shape: [1], data_offsets: [8, 4] } }, 8), /span -4/],
    ['negative', file({ a: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }, 8), /not two numbers/],
    ['past the end', file({ a: entry(0, 16) }, 8), /cut short/],
    ['bytes behind', file({ a: entry(0, 8) }, 9), /after the last tensor/],
    ['wrong length', file({ a: entry(0, 8, [3]) }, 8), /needs 12 bytes/],
    ['overflow', file({ a: entry(0, 8, [2 ** 32, 2 ** 32]) }, 8), /too many elements/],
    ['absurd beside 0', file({ a: entry(0, 0, [0, 2 ** 40]) }, 0), /too many elements/],
    ['fraction', file({ a: entry(0, 8, [1.5]) }, 8), /not a list of whole numbers/],
    ['unknown type', file({ a: { ...entry(0, 8), dtype: 'F99' } }, 8), /not one of/],
    ['type toString', file({ a: { ...entry(0, 8), dtype: 'toString' } }, 8), /not one of/],
    ['unknown key', file({ a: { ...entry(0, 8), more: 1 } }, 8), /unknown key/],
    ['__proto__', file('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}', 0), /not allowed/],
    ['number in metadata', file({ __metadata__: { a: 1 } }, 0), /is not a string/],
    ['deep', file(`{"a":${'['.repeat(70)}${']'.repeat(70)}}`, 0), /nested/],
  ])('%s', (_, bytes, expected) => {
    expect(refusal(bytes)).toMatch(expected);
  });

  test('trailing spaces of the header are valid', () => {
    expect(refusal(file('{}   ', 0))).toBe('accepted');
  });

  test('limits, at one below, at, and one above', () => {
    const rank = (n: number) => file({ a: entry(0, 4, Array<number>(n).fill(1)) }, 4);
    expect([MAX_RANK - 1, MAX_RANK, MAX_RANK + 1].map((n) => refusal(rank(n)) === 'accepted')).toEqual([
      true,
      true,
      false,
    ]);
    const named = (n: number) => file({ ['x'.repeat(n)]: entry(0, 4) }, 4);
    expect(
      [MAX_NAME_BYTES - 1, MAX_NAME_BYTES, MAX_NAME_BYTES + 1].map((n) => refusal(named(n)) === 'accepted'),
    ).toEqual([true, true, false]);
    const many = (n: number) =>
      file(Object.fromEntries(Array.from({ length: n }, (_, i) => [`t${i}`, entry(0, 0)])), 0);
    expect(
      [MAX_TENSORS - 1, MAX_TENSORS, MAX_TENSORS + 1].map((n) => refusal(many(n)) === 'accepted'),
    ).toEqual([true, true, false]);
    const padded = (n: number) => file('{}'.padEnd(n), 0);
    expect(
      [MAX_JSON_BYTES - 1, MAX_JSON_BYTES, MAX_JSON_BYTES + 1].map((n) => refusal(padded(n)) === 'accepted'),
    ).toEqual([true, true, false]);
  });

  test('a writer that contradicts itself', () => {
    expect(() =>
      encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]])),
    ).toThrow(/needs 12/);
  });
});

test('2,000 mutants of a valid file end in tensors or in one sentence', () => {
  const base = encodeSafetensors(
    new Map<string, Tensor>([
      ['dense/kernel', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['dense/bias', { dtype: 'F16', shape: [3], data: Uint16Array.of(1, 2, 3) }],
    ]),
    { format: 'x' },
  );
  const edit = fc.record({
    at: fc.nat({ max: base.length - 1 }),
    kind: fc.constantFrom('set', 'flip', 'ones', 'delete', 'repeat'),
    value: fc.nat({ max: 255 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let bytes = [...base];
      for (const { at, kind, value } of edits) {
        if (kind === 'set') bytes[at] = value;
        else if (kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ (1 << (value % 8));
        else if (kind === 'ones') bytes.fill(255, at, at + 8);
        else if (kind === 'delete') bytes.splice(at, 1 + (value % 8));
        else bytes = [...bytes.slice(0, at + 1 + (value % 64)), ...bytes.slice(at)];
      }
      refusal(Uint8Array.from(bytes)); // throws on anything that is not an AppError
    }),
    { numRuns: 2000 },
  );
});
