import { describe, expect, test } from 'vitest';
import { heapFault } from '#engine/loaders/hdf5-heaps';

/** A superblock of version 0, and one heap at byte 96 whose objects are given as [number, length]. */
function file(objects: readonly (readonly [number, bigint])[], { lengths = 8, size = 160 } = {}): Uint8Array {
  const bytes = new Uint8Array(96 + 160);
  const view = new DataView(bytes.buffer);
  bytes[14] = lengths;
  bytes.set(new TextEncoder().encode('GCOL'), 96);
  bytes[100] = 1;
  view.setBigUint64(104, BigInt(size), true);
  let at = 112;
  for (const [number, length] of objects) {
    view.setUint16(at, number, true);
    view.setBigUint64(at + 8, length, true);
    at += number === 0 ? Number(length) : 16 + 8 * Math.ceil(Number(length) / 8);
  }
  return bytes;
}

describe('global heaps', () => {
  test('objects one after another, then what is free', () => {
    expect(
      heapFault(
        file([
          [1, 6n],
          [2, 17n],
          [0, 80n],
        ]),
      ),
    ).toBeNull();
  });

  test('no room for another header at the end is free as well', () => {
    expect(heapFault(file([[1, 120n]]))).toBeNull();
  });

  test('an object of no number and no length is where the library stays for ever', () => {
    expect(heapFault(file([[1, 6n]]))).toMatch(/heap at byte 96 has an object without an end/);
  });

  test('a length that leaves the heap, and one that wraps around 32 bits', () => {
    expect(heapFault(file([[1, 200n]]))).not.toBeNull();
    const wraps = file([[0, 144n]]);
    new DataView(wraps.buffer).setBigUint64(120, 0xff_ffff_ffffn, true);
    expect(heapFault(wraps)).not.toBeNull();
  });

  test('the same bytes in the midst of numbers are no heap, nor is one that leaves the file: the library refuses it', () => {
    expect(heapFault(file([], { size: 4096 }))).toBeNull();
  });

  test('lengths of a size that is not in use', () => {
    expect(heapFault(file([], { lengths: 3 }))).toMatch(/3 bytes/);
  });
});
