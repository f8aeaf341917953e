// What is told of a step beside its figures, against the same worked out by hand from the weights.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { createStepper } from '#engine/training/stepper';
import { vae } from '#ml/vae-family';
import { randomSource } from '../ml/family-checks';
import { smallGame } from './small-training';

const SHAPE = { height: 8, width: 8, channels: 1, classes: 0 };
const BATCH = 6;

function smallVae() {
  return vae(
    {
      model: {
        ...{ height: 8, width: 8, channels: 1, latentSize: 3 },
        encoder: { kind: 'dense', filters: [], units: [10] },
        decoder: { kind: 'dense', filters: [], units: [10] },
        activation: 'tanh',
        likelihood: { kind: 'bernoulli' },
      },
      batchSize: BATCH,
      learningRate: { schedule: 'constant', peak: 1e-2, floor: 0 },
      clipNorm: null,
      beta: 1,
      klWarmUpSteps: 0,
    },
    SHAPE,
    1,
  );
}

const norm = (values: readonly number[]): number => Math.hypot(...values);
const numbers = (weights: readonly tf.Variable[]): number[] => weights.flatMap((w) => [...w.dataSync()]);

describe('a measured step', () => {
  let tensors = 0;
  beforeAll(() => selectBackend());
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensors));

  it('tells how far each network has moved, relative to its length', async () => {
    for (const trainable of [smallVae(), smallGame(SHAPE, BATCH)]) {
      const options = { source: randomSource(SHAPE, 30), batchSize: BATCH, steps: 10, seed: 2 };
      const stepper = await createStepper({ trainable, ...options });
      const before = Object.values(trainable.networks).map(numbers);
      const { measures } = await stepper.nextMeasured();
      const expected = Object.values(trainable.networks).map((weights, i) => {
        const moved = numbers(weights).map((value, at) => value - before[i]![at]!);
        return norm(moved) / norm(before[i]!);
      });
      expect(Object.keys(measures.updateRatio)).toEqual(Object.keys(trainable.networks));
      Object.values(measures.updateRatio).forEach((ratio, i) => {
        expect(ratio).toBeGreaterThan(0);
        expect(ratio / expected[i]!).toBeCloseTo(1, 4);
      });
      stepper.dispose();
      trainable.dispose();
    }
  });

  it('whose learning rate is 0 moves nothing, and its KL by dimension sums to the KL of its figures', async () => {
    const trainable = smallVae();
    const options = { source: randomSource(SHAPE, 30), batchSize: BATCH, steps: 10, seed: 2 };
    const stepper = await createStepper({ trainable, ...options });
    for (let step = 0; step < 5; step++) await stepper.next();
    stepper.setLearningRateScale(0);
    const { figures, measures } = await stepper.nextMeasured();
    expect(measures.updateRatio).toEqual({ encoder: 0, decoder: 0 });
    expect(measures.klPerDimension).toHaveLength(3);
    const sum = measures.klPerDimension!.reduce((a, b) => a + b, 0);
    expect(figures['kl']).toBeGreaterThan(0);
    expect(sum / figures['kl']!).toBeCloseTo(1, 5);
    stepper.dispose();
    trainable.dispose();
  });

  it('is the step that it would have been unmeasured', async () => {
    const ends = [];
    for (const measured of [true, false]) {
      const trainable = smallGame(SHAPE, BATCH);
      const options = { source: randomSource(SHAPE, 30), batchSize: BATCH, steps: 10, seed: 2 };
      const stepper = await createStepper({ trainable, ...options });
      for (let step = 0; step < 3; step++) await (measured ? stepper.nextMeasured() : stepper.next());
      ends.push(numbers(trainable.variables));
      stepper.dispose();
      trainable.dispose();
    }
    expect(ends[0]).toEqual(ends[1]);
  });
});
