// The adversarial families at a size that a test can differentiate by hand: pictures of 8 x 8, two filters.
import * as tf from '@tensorflow/tfjs';
import { SMALL_PICTURES, type AveragedConfig } from '#ml/adversarial';
import type { DataShape } from '#ml/family';
import { stepNoise } from '#ml/random';

export const SHAPE: DataShape = { height: 8, width: 8, channels: 1, classes: 3 };
export const BATCH = 4;

export const SMALL: AveragedConfig = {
  ...SMALL_PICTURES,
  latentSize: 3,
  batchSize: BATCH,
  generator: { body: { kind: 'conv', width: 2 }, batchNorm: true, learningRate: 1e-3 },
  discriminator: { body: { kind: 'conv', width: 2 }, learningRate: 1e-3 },
  r1Every: 2,
};
/** Smooth enough for finite differences. */
export const DENSE: AveragedConfig = {
  ...SMALL,
  generator: { body: { kind: 'dense', units: [6] }, batchNorm: false, learningRate: 1e-3 },
  discriminator: { body: { kind: 'dense', units: [6] }, learningRate: 1e-3 },
};

export const pictures = (): tf.Tensor4D => tf.randomUniform([BATCH, 8, 8, 1], 0, 1, 'float32', 5);
export const noise = (seed = 1): tf.Tensor2D => stepNoise(seed, 0, BATCH, 3);
export const classesOf = (...labels: readonly number[]): tf.Tensor2D =>
  tf.oneHot(tf.tensor1d([...labels], 'int32'), 3).toFloat() as tf.Tensor2D;
