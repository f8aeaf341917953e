/** Networks with a little of everything that an export has to get right. */
import * as tf from '@tensorflow/tfjs';

const L = tf.layers;
const seeded = (seed: number) => ({ kernelInitializer: tf.initializers.glorotNormal({ seed }) });

/** z [2] and a class [3] in one input -> 8 x 8. */
export const smallGenerator = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      L.inputLayer({ inputShape: [5] }),
      L.dense({ units: 32, activation: 'swish', ...seeded(1) }),
      L.reshape({ targetShape: [4, 4, 2] }),
      L.conv2dTranspose({ filters: 4, kernelSize: 4, strides: 2, padding: 'same', ...seeded(2) }),
      L.batchNormalization({ betaInitializer: 'ones' }),
      L.leakyReLU({ alpha: 0.1 }),
      L.conv2d({ filters: 1, kernelSize: 3, padding: 'same', activation: 'sigmoid', ...seeded(3) }),
    ],
  });

/** 8 x 8 -> mu and logVar; two branches of other lengths, named against the order in which they run. */
export function branchingEncoder(): tf.LayersModel {
  const x = tf.input({ shape: [8, 8, 1], name: 'picture' });
  const conv = (name: string, seed: number) =>
    L.conv2d({ filters: 2, kernelSize: 3, padding: 'same', activation: 'relu', name, ...seeded(seed) });
  const long = conv('two', 5).apply(conv('one', 4).apply(x)) as tf.SymbolicTensor;
  const short = conv('three', 6).apply(x) as tf.SymbolicTensor;
  const joined = L.add({ name: 'join' }).apply([short, long]);
  const flat = L.flatten({ name: 'flat' }).apply(joined);
  const head = (name: string, seed: number) =>
    L.dense({ units: 2, name, ...seeded(seed) }).apply(flat) as tf.SymbolicTensor;
  const [logVar, mu] = [head('logVar', 8), head('mu', 7)];
  return tf.model({ inputs: x, outputs: [mu, logVar] });
}
