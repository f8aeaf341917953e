import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SetupFailure } from '../../../scripts/lib/failure.mjs';
import { placeOfEntry } from '../../../scripts/lib/unpack-libtensorflow.mjs';
import { extractZip, listZip } from '../../../scripts/lib/zip.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latentscape-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const noise = Uint8Array.from({ length: 50_000 }, (_, index) => (index * index * 31 + (index >> 3)) & 255);
const archive = zipSync({
  'a/stored.bin': [noise, { level: 0 }],
  'a/deflated.bin': [noise, { level: 6 }],
  'a/empty.txt': new Uint8Array(0),
  'b/unwanted.txt': strToU8('not this one'),
});

const file = (bytes: Uint8Array): string => {
  const path = join(folder, 'archive.zip');
  writeFileSync(path, bytes);
  return path;
};
const onlyA = (name: string): string | null => (name.startsWith('a/') ? name : null);

describe('a zip archive', () => {
  it('gives the entries that are asked for, byte for byte, and tells how far it is', async () => {
    const amounts: number[][] = [];
    const written = await extractZip(file(archive), join(folder, 'out'), onlyA, (done, total) =>
      amounts.push([done, total]),
    );
    expect(written.sort()).toEqual(['a/deflated.bin', 'a/empty.txt', 'a/stored.bin']);
    for (const name of ['a/stored.bin', 'a/deflated.bin'])
      expect(new Uint8Array(readFileSync(join(folder, 'out', name)))).toEqual(noise);
    expect(amounts.at(-1)).toEqual([100_000, 100_000]);
  });

  it.each([0, 1, 21, 100, 0.5, 0.99])('is refused in one sentence when cut at %d', async (cut) => {
    const length = cut > 0 && cut < 1 ? Math.floor(archive.length * cut) : cut;
    await expect(listZip(file(archive.subarray(0, length)))).rejects.toThrow(SetupFailure);
  });

  it('is refused when a byte of an entry has changed', async () => {
    const stored = archive.slice();
    stored[200] = (stored[200] ?? 0) ^ 0xff;
    await expect(extractZip(file(stored), join(folder, 'out'), onlyA)).rejects.toThrow(
      /cut short or damaged/,
    );
    const deflated = archive.slice();
    deflated[50_300] = (deflated[50_300] ?? 0) ^ 0xff;
    await expect(extractZip(file(deflated), join(folder, 'out2'), onlyA)).rejects.toThrow(
      /cut short or damaged/,
    );
  });
});

describe('of a TensorFlow archive', () => {
  it('only libraries and C headers are taken', () => {
    expect(placeOfEntry('tensorflow/libtensorflow_cc.so.2')).toBe('lib/libtensorflow_cc.so.2');
    expect(placeOfEntry('tensorflow/libtensorflow_framework.2.dylib')).toBe(
      'lib/libtensorflow_framework.2.dylib',
    );
    expect(placeOfEntry('lib/tensorflow.dll')).toBe('lib/tensorflow.dll');
    expect(placeOfEntry('tensorflow/include/tensorflow/c/c_api.h')).toBe('include/tensorflow/c/c_api.h');
    expect(placeOfEntry('include/tsl/platform/ctstring.h')).toBe('include/tsl/platform/ctstring.h');
    expect(placeOfEntry('tensorflow/include/tensorflow/core/kernels/conv_ops.h')).toBeNull();
    expect(placeOfEntry('tensorflow/python/_pywrap_tensorflow_internal.so')).toBeNull();
  });

  it('nothing lands outside the folder', () => {
    expect(placeOfEntry('../lib/libtensorflow.so.2')).toBeNull();
    expect(placeOfEntry('include/tensorflow/c/../../../../evil.h')).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });
});
