import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import {
  imagesSha256,
  parseIdxImages,
  parseIdxLabels,
  readIdxData,
  readIdxTestSet,
  sliceImages,
} from '#engine/datasets/idx';
import { idxFile } from '../training/tiny-data';

const pixels = Uint8Array.from({ length: 3 * 4 * 2 }, (_, index) => index);
const images = idxFile([3, 4, 2], pixels);

describe('IDX', () => {
  it('reads pictures and labels', () => {
    expect(parseIdxImages(images, 'x')).toEqual({ count: 3, height: 4, width: 2, channels: 1, pixels });
    expect([...parseIdxLabels(idxFile([3], Uint8Array.of(9, 0, 1)), 'x')]).toEqual([9, 0, 1]);
    expect(parseIdxImages(idxFile([1, 2, 2, 3], new Uint8Array(12)), 'x')).toMatchObject({
      count: 1,
      channels: 3,
    });
  });

  it('knows a set of pictures by the hash of its pixels', () => {
    expect(imagesSha256(parseIdxImages(images, 'x'))).toBe(createHash('sha256').update(pixels).digest('hex'));
  });

  it('slices without copying', () => {
    const sliced = sliceImages({ ...parseIdxImages(images, 'x'), labels: Uint8Array.of(7, 8, 9) }, 1, 3);
    expect([sliced.count, sliced.pixels[0], ...sliced.labels!]).toEqual([2, 8, 8, 9]);
  });

  const changed = (at: number, value: number) => {
    const bytes = images.slice();
    bytes[at] = value;
    return bytes;
  };
  const damaged: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(0), '0 bytes'],
    ['text', new TextEncoder().encode('<html>…'), 'does not start like an IDX file'],
    ['floats', changed(2, 0x0d), 'not unsigned bytes'],
    ['labels in place of pictures', idxFile([3], new Uint8Array(3)), '1 dimensions'],
    ['half a header', images.subarray(0, 9), 'ends inside its header'],
    [
      'cut short',
      images.subarray(0, images.length - 1),
      'cut short: its header promises 24 bytes of data and 23 are there',
    ],
    ['a byte too many', Uint8Array.of(...images, 0), '1 bytes follow'],
    ['a count of two thousand million', changed(4, 0x7f), 'cut short'],
    ['no pictures', idxFile([0, 4, 2], new Uint8Array(0)), 'no pictures'],
    ['no height', idxFile([3, 0, 2], new Uint8Array(0)), 'sides from 1'],
    ['two channels', idxFile([1, 2, 2, 2], new Uint8Array(8)), '2 channels'],
  ];
  it.each(damaged)('refuses %s in one sentence', (_, bytes, cause) => {
    const error = thrownBy(() => parseIdxImages(bytes, 'pictures.idx'));
    expect(error.code).toBe('data/idx');
    expect(error.sentence).toContain(cause);
    expect(error.sentence).toContain('pictures.idx');
    expect(error.sentence).not.toContain('\n');
  });
});

describe('a data folder', () => {
  let folder = '';
  const put = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latentscape-idx-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('says what is missing', async () => {
    await expect(readIdxData(join(folder, 'nowhere'))).rejects.toThrow(
      'There is no such data file or folder',
    );
    await expect(readIdxData(folder)).rejects.toThrow('There is no data in this folder');
    await expect(readIdxTestSet(folder)).rejects.toThrow('There is no test set in this folder');
  });

  it('may hold raw or gzipped files, with or without labels, or be a single file', async () => {
    await put('train-images-idx3-ubyte.gz', gzipSync(images));
    await put('train-labels-idx1-ubyte', idxFile([3], Uint8Array.of(1, 2, 3)));
    const { train, test } = await readIdxData(folder);
    expect([train.count, [...train.labels!], test]).toEqual([3, [1, 2, 3], null]);
    await put('t10k-images-idx3-ubyte', images);
    expect(await readIdxTestSet(folder)).toMatchObject({ count: 3, labels: null });
    expect((await readIdxData(join(folder, 't10k-images-idx3-ubyte'))).train.count).toBe(3);
  });

  it('refuses a compressed file cut short, and labels that do not match', async () => {
    const packed = gzipSync(images);
    await put('train-images-idx3-ubyte.gz', packed.subarray(0, packed.length - 12));
    await expect(readIdxData(folder)).rejects.toThrow('the compressed data ends too early');
    await put('train-images-idx3-ubyte.gz', packed);
    await put('train-labels-idx1-ubyte', idxFile([2], Uint8Array.of(1, 2)));
    await expect(readIdxData(folder)).rejects.toThrow('2 labels for 3 pictures');
  });
});

function thrownBy(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
