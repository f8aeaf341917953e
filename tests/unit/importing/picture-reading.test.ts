import { describe, expect, test } from 'vitest';
import { chooseReading, readingsOf, roughness } from '#engine/importing/picture-reading';
import { blobs } from './fake-networks';

const first = (shape: readonly number[], batched = true) => {
  const read = readingsOf(shape, batched);
  return read.kind === 'pictures' ? read.readings[0] : read.kind;
};

describe('a shape as a picture', () => {
  test.each([
    [[28, 28, 1], { layout: 'NHWC', height: 28, width: 28, channels: 1 }],
    [[3, 64, 64], { layout: 'NCHW', height: 64, width: 64, channels: 3 }],
    [[28, 20], { layout: 'NHW', height: 28, width: 20, channels: 1 }],
    [[784], { layout: 'flat', height: 28, width: 28, channels: 1 }],
    [[12_288], { layout: 'flat', height: 64, width: 64, channels: 3 }],
    [[1, 784], { layout: 'flat', height: 28, width: 28, channels: 1 }],
  ])('%j with a batch', (shape, expected) => {
    expect(first(shape)).toEqual(expected);
  });

  test('without a batch', () => {
    expect(first([28, 28, 4], false)).toEqual({ layout: 'HWC', height: 28, width: 28, channels: 4 });
    expect(first([3, 32, 32], false)).toEqual({ layout: 'CHW', height: 32, width: 32, channels: 3 });
    expect(first([28, 28], false)).toEqual({ layout: 'HW', height: 28, width: 28, channels: 1 });
  });

  test.each([
    [[10], 'few'],
    [[16_384, 1], 'sound'],
    [[1, 16_384], 'sound'],
    [[32, 32, 32], 'volume'],
    [[16, 32, 32, 3], 'volume'],
    [[512, 8, 8], 'features'],
    [[18, 512], 'features'],
    [[8, 64], 'features'],
    [[509], 'features'],
  ])('%j is %s', (shape, kind) => {
    expect(first(shape)).toBe(kind);
  });
});

describe('the smoothest reading', () => {
  const z = { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, at) => Math.sin(at)) };

  test('tells rows from columns of a picture that is no square', () => {
    const values = blobs(z, { height: 28, width: 20 });
    const read = readingsOf([560], true);
    const choice = read.kind === 'pictures' ? chooseReading(read.readings, values) : null;
    expect(choice?.reading).toMatchObject({ layout: 'flat', height: 28, width: 20, channels: 1 });
    expect(choice?.certain).toBe(false);
  });

  test.each([true, false])('tells where the channels are, side by side: %s', (last) => {
    const values = blobs(z, { channels: 3, last });
    const read = readingsOf([16 * 16 * 3], true);
    const choice = read.kind === 'pictures' ? chooseReading(read.readings, values) : null;
    expect(choice?.reading.layout).toBe(last ? 'flat' : 'flat-channels-first');
  });

  test('noise is rougher than a blob, and one colour is not rough', () => {
    const reading = { layout: 'NHW', height: 16, width: 16, channels: 1 } as const;
    const noise = Float32Array.from({ length: 256 }, (_, at) => Math.sin(at * at * 12.9898));
    expect(roughness(noise, reading)).toBeGreaterThan(3 * roughness(blobs(z), reading));
    expect(roughness(new Float32Array(256).fill(0.5), reading)).toBe(0);
  });
});
