// The networks of the adversarial families: fully connected ones for points and small pictures, convolutional ones after the DCGAN
// paper (Radford, Metz & Chintala 2016, section 3): strided convolutions instead of pooling, batch norm, ReLU in the generator, leaky
// ReLU in the discriminator, tanh at the generator's end, weights from N(0, 0.02).
//
// The generator is made of plain layers, so that it can be saved, shipped and lowered as it is. The discriminator is never shipped.

import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';

export type GanBody =
  /** Fully connected, the widths from the picture's side; the generator takes them in reverse. */
  | { readonly kind: 'dense'; readonly units: readonly number[] }
  /** Halves the picture while its sides are even and longer than 4. `width`: filters beside the picture, twice as many after each halving. */
  | { readonly kind: 'conv'; readonly width: number };

export interface GeneratorShape {
  /** Latent size, and the classes that come one-hot after it. */
  readonly inputSize: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly body: GanBody;
  readonly batchNorm: boolean;
  /** tanh for pictures in [-1, 1], none for points. */
  readonly output: 'tanh' | 'sigmoid' | 'linear';
}

export interface DiscriminatorShape {
  readonly height: number;
  readonly width: number;
  /** With the planes of the classes, where it is told the class. */
  readonly channels: number;
  readonly body: GanBody;
  readonly batchNorm: boolean;
  /** 1 for real or generated; more for a head that also names the class or the code. */
  readonly outputs: number;
  /** Whether its gradient will be penalised (or it is shipped as an encoder, which cannot): see LeakyRectifier. */
  readonly rectifier?: 'twice-differentiable' | 'plain';
}

/** Kernel 4 with stride 2: every pixel is touched equally often, so no checkerboard. */
const HALVE_OR_DOUBLE = { kernelSize: 4, strides: 2, padding: 'same' } as const;
const LEAK = 0.2;
/** As the DCGAN paper's authors set it: the running statistics follow within ten batches. */
const BATCH_NORM = { momentum: 0.9, epsilon: 1e-5 } as const;

/** [batch, inputSize] -> [batch, height, width, channels] */
export function buildGenerator(shape: GeneratorShape, seed: number): tf.Sequential {
  const { inputSize, height, width, channels, body, batchNorm, output } = shape;
  const { weights, norm, nth } = parts(body, batchNorm, seed);
  const rectify = () => tf.layers.activation({ name: nth('relu'), activation: 'relu' });
  const layers: tf.layers.Layer[] = [tf.layers.inputLayer({ inputShape: [inputSize], name: 'z' })];
  if (body.kind === 'dense') {
    let from = inputSize;
    for (const units of body.units.toReversed()) {
      layers.push(
        tf.layers.dense({ name: nth('dense'), units, ...weights(from, batchNorm) }),
        ...norm(),
        rectify(),
      );
      from = units;
    }
    const units = height * width * channels;
    layers.push(tf.layers.dense({ name: 'pixels', units, ...weights(from) }));
    layers.push(tf.layers.reshape({ name: 'layout', targetShape: [height, width, channels] }));
  } else {
    const halvings = halvingsOf(height, width);
    const filtersAt = (level: number): number => body.width * 2 ** (level - 1); // level halvings away from the picture
    const deepest = filtersAt(Math.max(1, halvings));
    const targetShape = [height / 2 ** halvings, width / 2 ** halvings, deepest];
    const units = targetShape.reduce((product, size) => product * size, 1);
    layers.push(tf.layers.dense({ name: nth('dense'), units, ...weights(inputSize, batchNorm) }));
    layers.push(tf.layers.reshape({ name: 'layout', targetShape }), ...norm(), rectify());
    for (let level = halvings; level >= 1; level--) {
      const last = level === 1;
      const filters = last ? channels : filtersAt(level - 1);
      const start = weights(4 * filtersAt(level), batchNorm && !last); // of 16 taps with stride 2, 4 meet each pixel
      const name = last ? 'pixels' : nth('deconv');
      layers.push(tf.layers.conv2dTranspose({ name, filters, ...HALVE_OR_DOUBLE, ...start }));
      if (!last) layers.push(...norm(), rectify());
    }
  }
  if (output !== 'linear') layers.push(tf.layers.activation({ name: 'picture', activation: output }));
  return tf.sequential({ name: 'generator', layers });
}

/** [batch, height, width, channels] -> [batch, outputs], in logits */
export function buildDiscriminator(shape: DiscriminatorShape, seed: number): tf.Sequential {
  const { height, width, channels, body, batchNorm, outputs, rectifier = 'twice-differentiable' } = shape;
  const { weights, norm, nth } = parts(body, batchNorm, seed);
  const rectify = (): tf.layers.Layer =>
    rectifier === 'plain'
      ? tf.layers.leakyReLU({ name: nth('leaky'), alpha: LEAK })
      : new LeakyRectifier({ name: nth('leaky') });
  const layers: tf.layers.Layer[] = [
    tf.layers.inputLayer({ inputShape: [height, width, channels], name: 'x' }),
  ];
  let from = height * width * channels;
  if (body.kind === 'dense') {
    layers.push(tf.layers.flatten({ name: 'flat' }));
    body.units.forEach((units, depth) => {
      const normed = batchNorm && depth > 0; // the paper: not on the discriminator's input
      layers.push(tf.layers.dense({ name: nth('dense'), units, ...weights(from, normed) }));
      layers.push(...(normed ? norm() : []), rectify());
      from = units;
    });
  } else {
    const halvings = halvingsOf(height, width);
    let filtersFrom = channels;
    for (let level = 1; level <= halvings; level++) {
      const filters = body.width * 2 ** (level - 1);
      const normed = batchNorm && level > 1;
      const start = weights(16 * filtersFrom, normed);
      layers.push(tf.layers.conv2d({ name: nth('conv'), filters, ...HALVE_OR_DOUBLE, ...start }));
      layers.push(...(normed ? norm() : []), rectify());
      filtersFrom = filters;
    }
    layers.push(tf.layers.flatten({ name: 'flat' }));
    from = ((height * width) / 4 ** halvings) * filtersFrom;
  }
  layers.push(tf.layers.dense({ name: 'logits', units: outputs, ...weights(from) }));
  return tf.sequential({ name: 'discriminator', layers });
}

/** How often a picture is halved: 16 -> 4 twice, 28 -> 7 twice, 32 -> 4 three times, 64 -> 4 four times. */
export function halvingsOf(height: number, width: number): number {
  let halvings = 0;
  for (let [h, w] = [height, width]; h % 2 === 0 && w % 2 === 0 && Math.min(h, w) > 4; h /= 2, w /= 2)
    halvings++;
  return halvings;
}

/**
 * Leaky ReLU as relu(x) 0.8 + x 0.2. The same function as the LeakyReLU layer, but TensorFlow.js can differentiate it twice, which a
 * penalty on the gradient needs.
 */
export class LeakyRectifier extends tf.layers.Layer {
  static className = 'LeakyRectifier';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => leaky(x));
  }
}

/** The same between two networks, where there is no layer. */
export const leaky = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(tf.relu(x), 1 - LEAK), tf.mul(x, LEAK));

/** x with one plane for each class after its channels, 1 in the picture's own (Mirza & Osindero 2014: both nets are told the class). */
export function withClassPlanes(x: tf.Tensor, y: tf.Tensor2D): tf.Tensor4D {
  const [batch, height, width] = x.shape as [number, number, number];
  const planes = tf.tile(tf.reshape(y, [batch, 1, 1, y.shape[1]]), [1, height, width, 1]);
  return tf.concat([x as tf.Tensor4D, planes as tf.Tensor4D], 3); // [batch, height, width, channels + classes]
}

/** Layers' common parts: names that do not depend on what else the process has built, and one seed for each layer. */
function parts(body: GanBody, batchNorm: boolean, seed: number) {
  const used = new Map<string, number>();
  const nth = (kind: string): string => {
    used.set(kind, (used.get(kind) ?? 0) + 1);
    return `${kind}_${used.get(kind)}`;
  };
  let drawn = 0;
  const normal = (stddev: number, mean = 0) =>
    tf.initializers.randomNormal({ mean, stddev, seed: mixSeed(seed, drawn++) });
  const uniform = (limit: number) =>
    tf.initializers.randomUniform({ minval: -limit, maxval: limit, seed: mixSeed(seed, drawn++) });
  return {
    nth,
    /**
     * N(0, 0.02) where batch norm restores the scale, or throughout the paper's network; otherwise He et al. 2015. Fully connected
     * networks on few numbers spread their biases too: with biases of 0 each unit bends along a line through the origin.
     */
    weights: (fanIn: number, normed = false) => {
      const useBias = !normed; // the norm's own shift takes its place
      if (body.kind === 'conv') {
        const stddev = batchNorm ? 0.02 : Math.sqrt(2 / fanIn / (1 + LEAK ** 2));
        return { useBias, kernelInitializer: normal(stddev) };
      }
      const limit = 1 / Math.sqrt(fanIn);
      return { useBias, kernelInitializer: uniform(limit), biasInitializer: uniform(limit) };
    },
    norm: (): tf.layers.Layer[] =>
      batchNorm
        ? [
            tf.layers.batchNormalization({
              name: nth('norm'),
              ...BATCH_NORM,
              gammaInitializer: normal(0.02, 1),
            }),
          ]
        : [],
  };
}
