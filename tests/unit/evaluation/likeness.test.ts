import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { psnrOf, ssim } from '#engine/evaluation/likeness';

beforeAll(async () => {
  await selectBackend();
});

const wave = (height: number, width: number, phase: number, height01: number): number[] =>
  Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    return 0.5 + 0.4 * height01 * Math.sin(0.7 * x + 0.3 * y + phase);
  });

function likeness(a: readonly number[], b: readonly number[], height: number, width: number): number {
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [1, height, width, 1];
    return ssim(tf.tensor4d([...a], shape), tf.tensor4d([...b], shape)).dataSync()[0]!;
  });
}

describe('structural similarity', () => {
  it('agrees with the definition computed by numpy in doubles', () => {
    expect(likeness(wave(16, 20, 0, 1), wave(16, 20, 0.4, 0.8), 16, 20)).toBeCloseTo(REFERENCE.whole, 4);
  });

  it('takes the largest window that fits into a smaller picture', () => {
    expect(likeness(wave(6, 20, 0, 1), wave(6, 20, 0.4, 0.8), 6, 20)).toBeCloseTo(REFERENCE.low, 4);
  });

  it('is 1 of a picture and itself, and (2ab + C1) / (a^2 + b^2 + C1) of two flat ones', () => {
    const picture = wave(12, 12, 0, 1);
    expect(likeness(picture, picture, 12, 12)).toBeCloseTo(1, 5);
    const [a, b] = [0.2, 0.7];
    const flat = (value: number): number[] => Array.from({ length: 144 }, () => value);
    expect(likeness(flat(a), flat(b), 12, 12)).toBeCloseTo((2 * a * b + 1e-4) / (a * a + b * b + 1e-4), 4);
  });

  it('is negative of a picture and its negative, and is one number for each picture', () => {
    const picture = wave(12, 12, 0, 1);
    const negative = picture.map((value) => 1 - value);
    expect(likeness(picture, negative, 12, 12)).toBeLessThan(-0.5);
    const before = tf.memory().numTensors;
    const both = tf.tidy(() => {
      const pair = tf.tensor4d([...picture, ...negative], [2, 12, 12, 1]);
      const twice = tf.tensor4d([...picture, ...picture], [2, 12, 12, 1]);
      return Array.from(ssim(pair, twice).dataSync());
    });
    expect(both[0]).toBeCloseTo(1, 5);
    expect(both[1]).toBeLessThan(-0.5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads each colour as a picture of its own', () => {
    const picture = wave(12, 12, 0, 1);
    const colour = picture.flatMap((value) => [value, value, value]);
    const other = picture.flatMap((value) => [value, value, 1 - value]);
    const [three, one] = tf.tidy(() => [
      ssim(tf.tensor4d(colour, [1, 12, 12, 3]), tf.tensor4d(other, [1, 12, 12, 3])).dataSync()[0]!,
      likeness(
        picture,
        picture.map((value) => 1 - value),
        12,
        12,
      ),
    ]);
    expect(three).toBeCloseTo((2 + one!) / 3, 4);
  });
});

it('an error of a tenth is 20 dB', () => {
  expect(psnrOf(0.01)).toBeCloseTo(20, 10);
});

/** By numpy and scipy.ndimage.correlate1d: Gaussian of 11 (5) by 11 (5), sd 1.5, whole windows only. */
const REFERENCE = { whole: 0.88884342, low: 0.87341151 } as const;
