// The generator that people see: a running average of the trained one, which jumps about the equilibrium (Yazici et al. 2019), with
// batch norm statistics of its own.

import * as tf from '@tensorflow/tfjs';
import type { InputSpec } from './family';
import { everyWeightOf } from './player';

/**
 * The decay at this step. It begins small, so that the average is always that of a tenth of the steps at most: a short training would
 * otherwise show what its generator was before it learned anything.
 */
export const rampedDecay = (decay: number): InputSpec => ({
  kind: 'scalar',
  name: 'averageDecay',
  at: ({ count }) => Math.min(decay, (1 + count) / (10 + count)),
});

/** average <- decay average + (1 - decay) network, for every weight. */
export function followNetwork(average: tf.LayersModel, network: tf.LayersModel, decay: tf.Scalar): void {
  tf.tidy(() => {
    const now = everyWeightOf(network);
    everyWeightOf(average).forEach((mean, i) =>
      mean.assign(tf.add(mean, tf.mul(tf.sub(now[i]!, mean), tf.sub(1, decay)))),
    );
  });
}

/**
 * Sets batch norm's running statistics to the mean over these batches. Those of training lag behind, and averaged weights never had any
 * of their own: pictures decoded one at a time would be grey.
 */
export function recalibrateBatchNorm(network: tf.LayersModel, batches: readonly tf.Tensor2D[]): void {
  const norms = network.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
  const statistics = norms.flatMap((layer) => {
    const { momentum } = layer.getConfig() as { momentum: number };
    const weights = layer.nonTrainableWeights.map((weight) => weight.read() as tf.Variable); // [channels] each
    return weights.map((variable) => ({ variable, momentum, total: tf.zerosLike(variable) as tf.Tensor }));
  });
  for (const z of batches) {
    tf.tidy(() => {
      for (const { variable } of statistics) variable.assign(tf.zerosLike(variable));
      network.apply(z, { training: true }); // from 0 the statistics move to (1 - momentum) of the batch's own
      for (const each of statistics) {
        const sum = tf.keep(tf.add(each.total, tf.div(each.variable, 1 - each.momentum)));
        each.total.dispose();
        each.total = sum;
      }
    });
  }
  for (const { variable, total } of statistics) {
    tf.tidy(() => variable.assign(tf.div(total, batches.length)));
    total.dispose();
  }
}

/** Fewer pictures than that have no statistics to speak of. */
const LEAST_ROWS = 32;

/**
 * What the generator makes at this moment of its training, as it would be shipped: its batch norm takes the statistics of these very
 * pictures, and the running ones, which lag behind, stay as they are. Of a few pictures alone it takes the running ones.
 */
export function generateNow(network: tf.LayersModel, z: tf.Tensor2D): tf.Tensor {
  return tf.tidy(() => {
    const statistics = network.layers
      .filter((layer) => layer.getClassName() === 'BatchNormalization')
      .flatMap((layer) => layer.nonTrainableWeights.map((weight) => weight.read() as tf.Variable));
    if (statistics.length === 0 || z.shape[0] < LEAST_ROWS) return network.apply(z) as tf.Tensor;
    const before = statistics.map((variable) => variable.clone());
    const made = network.apply(z, { training: true }) as tf.Tensor;
    statistics.forEach((variable, i) => variable.assign(before[i]!));
    return made;
  });
}
