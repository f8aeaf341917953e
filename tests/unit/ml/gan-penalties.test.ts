// Second derivatives: the gradient of every penalty with respect to the discriminator's weights, against finite differences. TensorFlow.js
// gets some of them wrong without a word, so this is the guard, and it shows that it would bark.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildDiscriminator, type GanBody } from '#ml/gan-networks';
import { differencePenalty, gradientPenalty, wassersteinPenalty, type Critic } from '#ml/gan-penalties';
import { weightsOf } from '#ml/minimise';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

type Cost = (critic: Critic, x: tf.Tensor, other: tf.Tensor, mix: tf.Tensor) => tf.Scalar;
const PENALTIES: Readonly<Record<string, Cost>> = {
  R1: (critic, x) => gradientPenalty(critic, x),
  'R1, first-order stand-in': (critic, x, noise) => differencePenalty(critic, x, noise),
  'WGAN-GP': (critic, x, fake, mix) => wassersteinPenalty(critic, x, fake, mix),
};

/**
 * Largest difference between the gradient of the cost and its finite differences, relative to the largest entry. Where a rectifier's kink
 * lies within the step the penalty jumps, and the differences to the left and to the right tell: those entries say nothing.
 */
function worstError(
  cost: Cost,
  critic: Critic,
  weights: readonly tf.Variable[],
  shape: readonly number[],
): number {
  const x = tf.randomNormal([...shape], 0, 1, 'float32', 3);
  const other = tf.randomNormal([...shape], 0, 1, 'float32', 4);
  const mix = tf.tensor1d(Array.from({ length: shape[0]! }, (_, i) => (i + 0.5) / shape[0]!));
  const value = (): number => tf.tidy(() => cost(critic, x, other, mix).dataSync()[0]!);
  const { value: loss, grads } = tf.variableGrads(() => cost(critic, x, other, mix), [...weights]);
  const centre = value();
  let [worst, largest, compared, kinks] = [0, 0, 0, 0];
  for (const weight of weights) {
    const start = Float32Array.from(weight.dataSync());
    const gradient = grads[weight.name]?.dataSync() ?? start.map(() => 0); // biases do not bend a gradient
    const step = 5e-4;
    for (let i = 0; i < start.length; i += Math.max(1, Math.floor(start.length / 6))) {
      const at = (by: number): number => {
        const values = Float32Array.from(start);
        values[i]! += by;
        tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
        return value();
      };
      const [left, right] = [(centre - at(-step)) / step, (at(step) - centre) / step];
      compared++;
      if (Math.abs(left - right) > 0.1 * (Math.abs(left) + Math.abs(right)) + 0.01) {
        kinks++;
        continue;
      }
      const numeric = (left + right) / 2;
      worst = Math.max(worst, Math.abs(numeric - gradient[i]!));
      largest = Math.max(largest, Math.abs(numeric));
    }
    tf.tidy(() => weight.assign(tf.tensor(start, weight.shape)));
  }
  tf.dispose([x, other, mix, loss, grads]);
  expect(kinks).toBeLessThan(compared / 4);
  return worst / largest;
}

const BODIES: Readonly<Record<string, { readonly body: GanBody; readonly size: number }>> = {
  dense: { body: { kind: 'dense', units: [6, 5] }, size: 1 },
  conv: { body: { kind: 'conv', width: 2 }, size: 8 },
};

describe('penalties on the gradient', () => {
  for (const [bodyName, { body, size }] of Object.entries(BODIES)) {
    it.each(Object.keys(PENALTIES))(`have true second derivatives (${bodyName}): %s`, (name) => {
      const shape = { height: size, width: size, channels: 2, body, batchNorm: false, outputs: 1 };
      const network = buildDiscriminator(shape, 7);
      const critic: Critic = (x) => network.apply(x, { training: true }) as tf.Tensor;
      const weights = weightsOf(network);
      expect(worstError(PENALTIES[name]!, critic, weights, [4, size, size, 2])).toBeLessThan(0.02);
      network.dispose();
    });
  }

  it('would be caught if they were taken through tanh', () => {
    const one = tf.tidy(() => tf.variable(tf.randomNormal([2, 6], 0, 0.7, 'float32', 5)));
    const two = tf.tidy(() => tf.variable(tf.randomNormal([6, 1], 0, 0.7, 'float32', 6)));
    const critic: Critic = (x) => tf.matMul(tf.tanh(tf.matMul(x as tf.Tensor2D, one)), two);
    expect(worstError(PENALTIES['R1']!, critic, [one, two], [4, 2])).toBeGreaterThan(0.1);
    tf.dispose([one, two]);
  });

  it('are |w|^2 / 2 and (|w| - 1)^2 for a linear critic w . x', () => {
    const w = tf.tensor2d([[3], [4]]);
    const critic: Critic = (x) => tf.matMul(x as tf.Tensor2D, w);
    const x = tf.randomNormal([500, 2], 0, 1, 'float32', 1);
    const noise = tf.randomNormal([500, 2], 0, 1, 'float32', 2);
    const mix = tf.fill([500], 0.3);
    const number = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0]!);
    expect(number(() => gradientPenalty(critic, x))).toBeCloseTo(12.5, 4);
    expect(number(() => wassersteinPenalty(critic, x, noise, mix))).toBeCloseTo(16, 3);
    expect(Math.abs(number(() => differencePenalty(critic, x, noise)) - 12.5)).toBeLessThan(1.5);
    tf.dispose([w, x, noise, mix]);
  });
});
