// Randomness of a training run as a function of (run seed, what it is for, step): nothing has to be remembered, so a resumed
// run draws exactly what an uninterrupted one would have drawn.

import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededNormal, shuffledIndices } from '#shared/random';

/** Separate streams of one run seed. */
const STREAM = { initial: 1, order: 2, noise: 3 } as const;

export const initialSeed = (runSeed: number): number => mixSeed(runSeed, STREAM.initial);

/** The order in which an epoch visits the data. // [count] */
export const epochOrder = (runSeed: number, epoch: number, count: number): Uint32Array =>
  shuffledIndices(mixSeed(mixSeed(runSeed, STREAM.order), epoch), count);

/** Standard normal noise of one step. */
export function stepNoise(runSeed: number, step: number, rows: number, columns: number): tf.Tensor2D {
  const values = seededNormal(mixSeed(mixSeed(runSeed, STREAM.noise), step), rows * columns);
  return tf.tensor2d(values, [rows, columns]);
}
