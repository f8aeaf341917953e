// The losses against closed forms, and every gradient against finite differences.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discriminatorLoss, GAN_LOSSES, generatorLoss, logitGradients } from '#ml/gan-losses';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const number = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0]!);
/** Away from the kinks of the hinge at 1 and -1. */
const LOGITS = [-3.2, -0.7, 0.4, 2.6];

describe('the losses of a GAN', () => {
  it('are 2 ln 2 and ln 2 at the equilibrium', () => {
    const zero = tf.zeros([5, 1]);
    for (const loss of ['minimax', 'non-saturating'] as const) {
      expect(number(() => discriminatorLoss(loss, zero, zero))).toBeCloseTo(2 * Math.LN2, 6);
    }
    expect(number(() => generatorLoss('non-saturating', zero))).toBeCloseTo(Math.LN2, 6);
    expect(number(() => generatorLoss('minimax', zero))).toBeCloseTo(-Math.LN2, 6);
    const half = tf.fill([5, 1], 0.5);
    expect(number(() => discriminatorLoss('least-squares', half, half))).toBeCloseTo(0.25, 6);
    tf.dispose([zero, half]);
  });

  it('follow their equations', () => {
    const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));
    const [a, b] = [0.8, -1.7];
    const [real, fake] = [tf.tensor2d([[a]]), tf.tensor2d([[b]])];
    const expected = {
      minimax: [-Math.log(sigmoid(a)) - Math.log(1 - sigmoid(b)), Math.log(1 - sigmoid(b))],
      'non-saturating': [-Math.log(sigmoid(a)) - Math.log(1 - sigmoid(b)), -Math.log(sigmoid(b))],
      'least-squares': [0.5 * (a - 1) ** 2 + 0.5 * b ** 2, 0.5 * (b - 1) ** 2],
      hinge: [Math.max(0, 1 - a) + Math.max(0, 1 + b), -b],
      wasserstein: [b - a, -b],
    };
    for (const loss of GAN_LOSSES) {
      expect(number(() => discriminatorLoss(loss, real, fake))).toBeCloseTo(expected[loss][0]!, 5);
      expect(number(() => generatorLoss(loss, fake))).toBeCloseTo(expected[loss][1]!, 5);
    }
    tf.dispose([real, fake]);
  });

  it.each(GAN_LOSSES)('have the gradients of finite differences: %s', (loss) => {
    const fixed = tf.tensor1d([0.3, -0.2, 1.4, -2]);
    const cases = [
      (logits: tf.Tensor) => discriminatorLoss(loss, logits, fixed),
      (logits: tf.Tensor) => discriminatorLoss(loss, fixed, logits),
      (logits: tf.Tensor) => generatorLoss(loss, logits),
    ];
    for (const cost of cases) {
      const at = tf.tensor1d(LOGITS);
      const gradient = tf.tidy(() => [...tf.grad(cost)(at).dataSync()]);
      at.dispose();
      const step = 1e-2;
      LOGITS.forEach((_, i) => {
        const moved = (by: number) =>
          number(() => cost(tf.tensor1d(LOGITS.map((value, j) => (i === j ? value + by : value)))));
        expect(gradient[i]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 3);
      });
    }
    fixed.dispose();
  });

  it('pass D through for minimax and 1 - D for non-saturating', () => {
    for (const logit of [-6, -2, 0, 1, 5]) {
      const fake = tf.tensor1d([logit]);
      const d = 1 / (1 + Math.exp(-logit));
      const slope = (loss: 'minimax' | 'non-saturating') =>
        Math.abs(number(() => tf.grad((b: tf.Tensor) => generatorLoss(loss, b))(fake)));
      expect(slope('minimax')).toBeCloseTo(d, 5);
      expect(slope('non-saturating')).toBeCloseTo(1 - d, 5);
      expect(number(() => logitGradients(fake).minimax)).toBeCloseTo(d, 5);
      expect(number(() => logitGradients(fake).nonSaturating)).toBeCloseTo(1 - d, 5);
      fake.dispose();
    }
  });
});
