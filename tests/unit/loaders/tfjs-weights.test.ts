import { describe, expect, test } from 'vitest';
import { readWeights } from '#engine/loaders/tfjs-weights';
import type { Json } from '#engine/store/strict-json';
import { memorySource } from './sources';

const bytesOf = (data: ArrayBufferView): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const read = (files: Record<string, Uint8Array>, ...groups: Json[]) =>
  readWeights(memorySource(files), groups, '');
const weight = (name: string, shape: number[], dtype = 'float32', quantization: Json = null): Json => ({
  ...{ name, shape, dtype },
  ...(quantization === null ? {} : { quantization }),
});

test('several groups, shards that cut a weight, every type', async () => {
  const floats = bytesOf(Float32Array.of(1.5, -2, 3, 4));
  const rest = join(bytesOf(Int32Array.of(-7)), Uint8Array.of(1, 0), bytesOf(Float32Array.of(9)));
  const weights = await read(
    { 'a.bin': floats.slice(0, 7), 'b.bin': floats.slice(7), 'c.bin': rest },
    { paths: ['a.bin', 'b.bin'], weights: [weight('d/kernel', [2, 2])] },
    { paths: ['c.bin'], weights: [weight('i', [], 'int32'), weight('b', [2], 'bool'), weight('s', [1])] },
  );
  expect([...weights]).toEqual([
    ['d/kernel', { shape: [2, 2], dtype: 'float32', data: Float32Array.of(1.5, -2, 3, 4) }],
    ['i', { shape: [], dtype: 'int32', data: Int32Array.of(-7) }],
    ['b', { shape: [2], dtype: 'bool', data: Int32Array.of(1, 0) }],
    ['s', { shape: [1], dtype: 'float32', data: Float32Array.of(9) }],
  ]);
});

test('quantised to 8 bits, 16 bits and half floats', async () => {
  const bytes = join(
    Uint8Array.of(0, 255),
    bytesOf(Uint16Array.of(0, 65535)),
    bytesOf(Uint16Array.of(0x3c00, 0xc000)),
    Uint8Array.of(4),
  );
  const weights = await read(
    { 'w.bin': bytes },
    {
      paths: ['w.bin'],
      weights: [
        weight('a', [2], 'float32', { dtype: 'uint8', scale: 0.5, min: -1 }),
        weight('b', [2], 'float32', { dtype: 'uint16', scale: 2, min: 1 }),
        weight('c', [2], 'float32', { dtype: 'float16' }),
        weight('d', [1], 'int32', { dtype: 'uint8', scale: 1, min: -10 }),
      ],
    },
  );
  expect([...weights.values()].map(({ data }) => [...data])).toEqual([
    [-1, 126.5],
    [1, 131071],
    [1, -2],
    [-6],
  ]);
});

describe('is refused', () => {
  const good = bytesOf(Float32Array.of(1, 2));
  const group = (change: Record<string, Json> = {}): Json => ({
    ...{ paths: ['w.bin'], weights: [weight('a', [2])] },
    ...change,
  });
  const one = (change: Record<string, Json>): Json =>
    group({ weights: [{ ...{ name: 'a', shape: [2], dtype: 'float32' }, ...change }] });
  const cases: readonly (readonly [string, string, Json])[] = [
    ['a path upwards', 'model/refused', group({ paths: ['../w.bin'] })],
    ['an encoded path upwards', 'model/refused', group({ paths: ['%2e%2e/w.bin'] })],
    ['an absolute path', 'model/refused', group({ paths: ['/etc/passwd'] })],
    ['a Windows path', 'model/refused', group({ paths: ['C:\\w.bin'] })],
    ['a URL', 'model/refused', group({ paths: ['http://127.0.0.1:1/w.bin'] })],
    ['an empty path', 'model/refused', group({ paths: [''] })],
    ['paths that are no list', 'model/damaged', group({ paths: 'w.bin' })],
    ['a shard that is missing', 'model/damaged', group({ paths: ['x.bin'] })],
    ['a shard listed twice', 'model/damaged', group({ paths: ['w.bin', 'w.bin'] })],
    ['a shape beyond the shard', 'model/damaged', one({ shape: [3] })],
    ['a shape short of the shard', 'model/damaged', one({ shape: [1] })],
    ['a huge shape', 'model/damaged', one({ shape: [134217728, 134217728] })],
    ['a negative shape', 'model/damaged', one({ shape: [-2, -1] })],
    ['a broken shape', 'model/damaged', one({ shape: [1.5] })],
    ['a shape of words', 'model/damaged', one({ shape: ['2'] })],
    ['strings', 'model/damaged', one({ dtype: 'string', shape: [1e9] })],
    ['a type that is not known', 'model/damaged', one({ dtype: 'float99' })],
    ['uint8 without scale', 'model/damaged', one({ quantization: { dtype: 'uint8' } })],
    ['uint7', 'model/damaged', one({ quantization: { dtype: 'uint7', scale: 1, min: 0 } })],
    ['a reserved name', 'model/damaged', one({ name: 'constructor' })],
    ['a name twice', 'model/damaged', group({ weights: [weight('a', [1]), weight('a', [1])] })],
    ['a group that is null', 'model/damaged', null],
  ];
  test.each(cases)('%s', async (_name, code, manifest) => {
    await expect(read({ 'w.bin': good }, manifest)).rejects.toMatchObject({ code });
  });
  test('the good one is not', async () => {
    expect((await read({ 'w.bin': good }, group())).get('a')?.data).toEqual(Float32Array.of(1, 2));
    await expect(readWeights(memorySource({}), null, '')).rejects.toMatchObject({ code: 'model/damaged' });
  });
});
