// The network of a judge, what it is trained to answer, and how its answers are read.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import type { Source } from '../training/source';
import { factorOf, type FactoredSource } from './procedural/factored-source';

export const FEATURES = 64;

/** Mean and standard deviation of a factor: the network works in standard units. */
export interface FactorScale {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
}

/** `plain` reads drawings. `normed` also tells things on small photographs apart: wider, with batch norm, at about twice the price. */
export type JudgeBody = 'plain' | 'normed';

/** Halves the side by strided convolutions until 4 pixels are left: places stay readable, which pooling would blur. */
export function createNetwork(
  { height, width, channels }: Source['shape'],
  outputs: number,
  seed: number,
  body: JudgeBody = 'plain',
): tf.LayersModel {
  let layer = 0;
  const start = () => tf.initializers.heNormal({ seed: mixSeed(seed, layer++) });
  const network = tf.sequential();
  for (const [filters, kernelSize, strides] of convolutionsOf(body, Math.min(height, width))) {
    network.add(
      tf.layers.conv2d({
        name: `conv${layer + 1}`,
        ...{ filters, kernelSize, strides, padding: 'same', kernelInitializer: start() },
        ...(body === 'normed' ? { useBias: false } : { activation: 'relu' }), // the norm has a shift of its own
        ...(layer === 1 ? { inputShape: [height, width, channels] } : {}),
      }),
    );
    if (body === 'plain') continue;
    network.add(tf.layers.batchNormalization({ name: `norm${layer}`, momentum: 0.9, epsilon: 1e-5 }));
    network.add(tf.layers.activation({ name: `relu${layer}`, activation: 'relu' }));
  }
  network.add(tf.layers.flatten({ name: 'flat' }));
  const dense = { units: FEATURES, activation: 'relu' as const, kernelInitializer: start() };
  network.add(tf.layers.dense({ name: 'features', ...dense }));
  network.add(tf.layers.dense({ name: 'answers', units: outputs, kernelInitializer: start() }));
  return network;
}

type Convolution = readonly [filters: number, kernelSize: number, strides: number];

function convolutionsOf(body: JudgeBody, side: number): readonly Convolution[] {
  const halvings = Math.max(1, Math.ceil(Math.log2(side / 4)));
  const levels = Array.from({ length: halvings }, (_, level) => level);
  if (body === 'plain')
    return levels.map((level) => [level === 0 ? 24 : level === 1 ? 48 : 64, level === 0 ? 4 : 3, 2]);
  // the first looks at every pixel: edges of one pixel tell a coat from a pullover
  return [[32, 3, 1], ...levels.map((level): Convolution => [level < 2 ? 64 : 128, 3, 2])];
}

/** Cross-entropy of the classes plus the squared error of each factor, in standard units. */
export function lossOf(output: tf.Tensor2D, target: tf.Tensor2D, classes: number): tf.Scalar {
  const factors = output.shape[1] - classes;
  const parts: tf.Scalar[] = [];
  if (classes > 0) {
    const [logits, truth] = [
      tf.slice(output, [0, 0], [-1, classes]),
      tf.slice(target, [0, 0], [-1, classes]),
    ];
    parts.push(tf.neg(tf.mean(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), 1))) as tf.Scalar);
  }
  if (factors > 0) {
    const error = tf.sub(
      tf.slice(output, [0, classes], [-1, factors]),
      tf.slice(target, [0, classes], [-1, factors]),
    );
    parts.push(tf.mean(tf.sum(tf.square(error), 1)) as tf.Scalar);
  }
  return tf.addN(parts) as tf.Scalar;
}

export function scaleOf(name: string, values: Float32Array): FactorScale {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { name, mean, sd: Math.sqrt(variance) || 1 };
}

export function columnOf(source: Source | FactoredSource, name: string): Float32Array {
  if (!('factors' in source)) throw new Error(`the pictures have no factor ${name}`);
  const column = factorOf(source.factors, name);
  if (column.length !== source.count) throw new Error('the factors belong to other pictures');
  return column;
}

/** One-hot classes, then the factors in standard units. // [count, width] */
export function targetsOf(source: Source | FactoredSource, classes: number, scales: readonly FactorScale[]) {
  const width = classes + scales.length;
  const values = new Float32Array(source.count * width);
  if (classes > 0)
    source.labels?.forEach((label, row) => {
      values[row * width + label] = 1;
    });
  scales.forEach(({ name, mean, sd }, i) =>
    columnOf(source, name).forEach((value, row) => {
      values[row * width + classes + i] = (value - mean) / sd;
    }),
  );
  return { values, width };
}

/** From the network's outputs: the likeliest class and its probabilities, and the factors in their own units. */
export function answersOf(outputs: Float32Array, classes: number, scales: readonly FactorScale[]) {
  const width = classes + scales.length;
  const count = outputs.length / width;
  const probabilities = new Float32Array(count * classes);
  const labels = new Uint8Array(classes === 0 ? 0 : count);
  for (let row = 0; row < labels.length; row++) {
    const logits = outputs.subarray(row * width, row * width + classes);
    const top = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - top));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    probabilities.set(
      weights.map((weight) => weight / sum),
      row * classes,
    );
    labels[row] = logits.indexOf(top);
  }
  const factors = Object.fromEntries(
    scales.map(({ name, mean, sd }, i) => [
      name,
      Float32Array.from({ length: count }, (_, row) => mean + sd * outputs[row * width + classes + i]!),
    ]),
  );
  return { classes: labels, probabilities, factors };
}
