// The generator that people get: a network of its own, with the weights of the trained one or of its average.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededRandom } from '#shared/random';
import type { Trainable } from './family';
import { recalibrateBatchNorm } from './gan-average';
import { buildGenerator, type GeneratorShape } from './gan-networks';

export function copyOf(shape: GeneratorShape, network: tf.Sequential): tf.Sequential {
  const copy = buildGenerator(shape, 0);
  copy.setWeights(network.getWeights());
  return copy;
}

const CALIBRATION = { batches: 30, seed: 0xca11 } as const;

/** A generator of its own, its batch norm set to the statistics of thirty batches: it must draw one picture as it draws sixty-four. */
export function shippedGenerator(
  shape: GeneratorShape,
  trained: tf.Sequential,
  { size, prior }: Trainable['latent'],
  classes: number,
  rows: number,
): tf.Sequential {
  const shipped = copyOf(shape, trained);
  if (!shape.batchNorm) return shipped;
  const batches = Array.from({ length: CALIBRATION.batches }, (_, batch) => {
    const random = seededRandom(mixSeed(CALIBRATION.seed, batch));
    const values = new Float32Array(rows * (size + classes));
    for (let row = 0; row < rows; row++) {
      const start = row * (size + classes);
      for (let i = 0; i < size; i++)
        values[start + i] =
          prior.kind === 'normal' ? random.normal() : prior.low + (prior.high - prior.low) * random.uniform();
      if (classes > 0) values[start + size + random.integer(classes)] = 1;
    }
    return tf.tensor2d(values, [rows, size + classes]);
  });
  recalibrateBatchNorm(shipped, batches);
  tf.dispose(batches);
  return shipped;
}
