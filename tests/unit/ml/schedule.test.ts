import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { epochOrder, stepNoise } from '#ml/random';
import { klWeightAt, learningRateAt } from '#ml/schedule';

describe('schedules', () => {
  it('constant stays, linear and cosine fall from peak to floor', () => {
    expect(learningRateAt('constant', 0.1, 0, 70, 100)).toBe(0.1);
    for (const schedule of ['linear', 'cosine'] as const) {
      expect(learningRateAt(schedule, 0.1, 0.02, 0, 100)).toBeCloseTo(0.1, 12);
      expect(learningRateAt(schedule, 0.1, 0.02, 50, 100)).toBeCloseTo(0.06, 12);
      expect(learningRateAt(schedule, 0.1, 0.02, 100, 100)).toBeCloseTo(0.02, 12);
      expect(learningRateAt(schedule, 0.1, 0.02, 500, 100)).toBeCloseTo(0.02, 12);
    }
  });

  it('the KL term warms up to beta and stays there', () => {
    expect([0, 50, 100, 900].map((step) => klWeightAt(4, 100, step))).toEqual([0, 2, 4, 4]);
    expect(klWeightAt(4, 0, 0)).toBe(4);
  });
});

describe('randomness of a run', () => {
  it('is a function of seed and step', async () => {
    await tf.setBackend('cpu');
    const noise = (seed: number, step: number) => tf.tidy(() => [...stepNoise(seed, step, 3, 2).dataSync()]);
    expect(noise(1, 5)).toEqual(noise(1, 5));
    expect(noise(1, 5)).not.toEqual(noise(1, 6));
    expect(noise(1, 5)).not.toEqual(noise(2, 5));
  });

  it('visits every picture once in each epoch, in another order', () => {
    const [first, second] = [epochOrder(1, 0, 50), epochOrder(1, 1, 50)];
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...first]).not.toEqual([...second]);
    expect([...epochOrder(1, 1, 50)]).toEqual([...second]);
  });
});
