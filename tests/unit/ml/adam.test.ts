import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ADAM_DEFAULTS,
  adamStep,
  clipByGlobalNorm,
  correctedStepSize,
  createAdamState,
  disposeAdamState,
} from '#ml/adam';
import { vaeStep } from './vae-step';
import { createVae, disposeVae, trainableVariables } from '#ml/vae';
import { stepNoise } from '#ml/random';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

describe('Adam', () => {
  it('makes the steps that algorithm 1 makes by hand', () => {
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
    const state = createAdamState([variable]);
    const by = { theta: [1, -2], m: [0, 0], v: [0, 0] };
    const rate = 0.1;
    [
      [0.5, -4],
      [-1, 0.25],
      [2, 3],
    ].forEach((gradient, index) => {
      const t = index + 1;
      const given = tf.tensor1d(gradient);
      const stepSize = tf.scalar(correctedStepSize(ADAM_DEFAULTS, rate, t));
      adamStep(ADAM_DEFAULTS, state, [variable], [given], stepSize);
      tf.dispose([given, stepSize]);
      gradient.forEach((g, i) => {
        by.m[i] = 0.9 * by.m[i]! + 0.1 * g;
        by.v[i] = 0.999 * by.v[i]! + 0.001 * g * g;
        const mHat = by.m[i]! / (1 - 0.9 ** t);
        const vHat = by.v[i]! / (1 - 0.999 ** t);
        by.theta[i] = by.theta[i]! - (rate * mHat) / (Math.sqrt(vHat) + 1e-8);
      });
      const values = variable.dataSync();
      by.theta.forEach((expected, i) => expect(values[i]).toBeCloseTo(expected, 5));
    });
    disposeAdamState(state);
    variable.dispose();
  });

  it('takes a first step of the learning rate, whatever the scale of the gradient', () => {
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([0, 0])));
    const state = createAdamState([variable]);
    const [gradient, stepSize] = [
      tf.tensor1d([1000, -0.001]),
      tf.scalar(correctedStepSize(ADAM_DEFAULTS, 0.01, 1)),
    ];
    adamStep(ADAM_DEFAULTS, state, [variable], [gradient], stepSize);
    const [first, second] = variable.dataSync();
    expect(first).toBeCloseTo(-0.01, 5);
    expect(second).toBeCloseTo(0.01, 4);
    disposeAdamState(state);
    tf.dispose([variable, gradient, stepSize]);
  });

  it('clips by the joint norm and leaves small gradients alone', () => {
    tf.tidy(() => {
      const gradients = [tf.tensor1d([3]), tf.tensor1d([4])];
      const clipped = clipByGlobalNorm(gradients, 1).map((gradient) => gradient.dataSync()[0]);
      expect(clipped[0]).toBeCloseTo(0.6, 6);
      expect(clipped[1]).toBeCloseTo(0.8, 6);
      expect(clipByGlobalNorm(gradients, 10).map((gradient) => gradient.dataSync()[0])).toEqual([3, 4]);
    });
  });
});

describe('a training step', () => {
  it('lowers the loss and leaves no tensor behind', () => {
    const body = { kind: 'dense', filters: [], units: [8] } as const;
    const picture = { height: 4, width: 4, channels: 1, latentSize: 2 };
    const networks = {
      encoder: body,
      decoder: body,
      activation: 'swish',
      likelihood: { kind: 'bernoulli' },
    } as const;
    const vae = createVae({ ...picture, ...networks }, 1);
    const adam = createAdamState(trainableVariables(vae));
    const x = tf.tidy(() => tf.tile(tf.tensor4d([1, 0, 1, 0], [1, 4, 1, 1]), [6, 1, 4, 1])) as tf.Tensor4D;
    const losses: number[] = [];
    const counts: number[] = [];
    for (let step = 0; step < 30; step++) {
      const inputs = {
        x,
        noise: stepNoise(1, step, 6, 2),
        beta: tf.scalar(1),
        stepSize: tf.scalar(correctedStepSize(ADAM_DEFAULTS, 0.02, step + 1)),
      };
      const summary = vaeStep(vae, ADAM_DEFAULTS, adam, inputs);
      losses.push(summary.dataSync()[0]!);
      tf.dispose([summary, inputs.noise, inputs.beta, inputs.stepSize]);
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    disposeAdamState(adam);
    disposeVae(vae);
    x.dispose();
  });
});
