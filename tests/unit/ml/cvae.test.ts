import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCvae, cvae, cvaeLoss, cvaeVariables, klBetween, type CvaeTraining } from '#ml/cvae';
import { stepNoise } from '#ml/random';
import { klPerDimension } from '#ml/vae';
import { seededNormal } from '#shared/random';
import {
  expectGradients,
  expectResumes,
  expectShips,
  expectTracesLikeEager,
  native,
  useNative,
} from './family-checks';

const BY_CLASS: CvaeTraining = {
  model: {
    height: 4,
    width: 4,
    channels: 1,
    latentSize: 2,
    encoder: { kind: 'conv', filters: [3], units: [5] },
    decoder: { kind: 'dense', filters: [], units: [6] },
    activation: 'swish',
    likelihood: { kind: 'bernoulli' },
  },
  condition: { kind: 'classes' },
  prior: 'standard',
  batchSize: 4,
  learningRate: { schedule: 'linear', peak: 1e-3, floor: 0 },
  clipNorm: null,
  beta: 1,
  klWarmUpSteps: 2,
};
const BY_PICTURE: CvaeTraining = {
  ...BY_CLASS,
  model: {
    ...BY_CLASS.model,
    channels: 2,
    likelihood: { kind: 'gaussian', sigma: 'learned', mean: 'sigmoid' },
  },
  condition: { kind: 'channels', channels: 1 },
  prior: 'learned',
};
const cases = [
  ['a class', BY_CLASS, { height: 4, width: 4, channels: 1, classes: 3 }],
  ['a picture', BY_PICTURE, { height: 4, width: 4, channels: 3, classes: 0 }],
] as const;

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

describe('KL between two Gaussians', () => {
  const gaussian = (mu: number, logVar: number) => ({
    mu: tf.tensor2d([[mu]]),
    logVar: tf.tensor2d([[logVar]]),
  });

  it('from N(0, 1) is the one of the VAE, and from itself 0', () =>
    tf.tidy(() => {
      const q = gaussian(0.7, -1.1);
      expect(klBetween(q, gaussian(0, 0)).dataSync()[0]).toBeCloseTo(klPerDimension(q).dataSync()[0]!, 6);
      expect(klBetween(q, q).dataSync()[0]).toBeCloseTo(0, 6);
    }));

  it('is what Monte Carlo finds', () =>
    tf.tidy(() => {
      const [m, s, n, t, samples] = [0.4, -0.6, -0.3, 0.5, 200_000];
      let sum = 0;
      for (const noise of seededNormal(5, samples)) {
        const z = m + Math.exp(s / 2) * noise;
        sum += -0.5 * (noise * noise + s) + 0.5 * ((z - n) ** 2 / Math.exp(t) + t);
      }
      expect(klBetween(gaussian(m, s), gaussian(n, t)).dataSync()[0]).toBeCloseTo(sum / samples, 2);
    }));
});

describe.each(cases)('a CVAE given %s', (kind, config, shape) => {
  it('has the gradients of finite differences', () => {
    const networks = createCvae(config, shape.classes, 3);
    tf.tidy(() => {
      const x = tf.randomUniform<tf.Rank.R4>([4, 4, 4, config.model.channels], 0, 1, 'float32', 5);
      const condition =
        kind === 'a class'
          ? tf.oneHot(tf.tensor1d([0, 2, 1, 2], 'int32'), 3).toFloat()
          : tf.randomUniform([4, 4, 4, 1], 0, 1, 'float32', 6);
      const noise = stepNoise(1, 0, 4, 2);
      expectGradients(
        cvaeVariables(networks),
        () => cvaeLoss(networks, x, condition, noise, tf.scalar(0.7)).loss,
      );
    });
    tf.dispose(cvaeVariables(networks));
  });

  it('resumes in the same numbers and leaves no tensor', () =>
    expectResumes({ make: () => cvae(config, shape, 7), shape, batchSize: 4 }));

  it('ships a generator of z and what is known', () => {
    const known = kind === 'a class' ? 3 : 4 * 4;
    return expectShips(cvae(config, shape, 7), 2 + known);
  });

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager({ make: () => cvae(config, shape, 7), shape, batchSize: 4 });
  });
});
