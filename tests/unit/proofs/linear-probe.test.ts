import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { linearProbe } from '#engine/proofs/linear-probe';
import { seededNormal } from '#shared/random';

describe('the linear probe', () => {
  const rows = 400;
  const codes = (): tf.Tensor2D => tf.tensor2d(seededNormal(1, rows * 3), [rows, 3]);

  it('reads a factor that is a line through the code, whatever its slope and height', async () => {
    await tf.setBackend('cpu');
    const z = codes();
    const values = z.dataSync();
    const factor = Float32Array.from({ length: rows }, (_, i) => 3 * values[3 * i]! - values[3 * i + 2]! + 7);
    expect(linearProbe(z, factor, rows / 2)).toBeCloseTo(1, 4);
    z.dispose();
  });

  it('finds half of what is half noise, and nothing in noise', () => {
    const z = codes();
    const values = z.dataSync();
    const noise = seededNormal(2, rows);
    const half = Float32Array.from({ length: rows }, (_, i) => values[3 * i + 1]! + noise[i]!);
    expect(linearProbe(z, half, rows / 2)).toBeGreaterThan(0.35);
    expect(linearProbe(z, half, rows / 2)).toBeLessThan(0.65);
    expect(linearProbe(z, noise, rows / 2)).toBeLessThan(0.1);
    z.dispose();
  });

  it('is not disturbed by a dimension of the code that is never used', () => {
    const z = tf.tidy(() => {
      const used = codes();
      return tf.concat([used, tf.zeros([rows, 1])], 1) as tf.Tensor2D;
    });
    const factor = Float32Array.from({ length: rows }, (_, i) => z.dataSync()[4 * i]!);
    expect(linearProbe(z, factor, rows / 2)).toBeCloseTo(1, 4);
    z.dispose();
  });
});
