// The information-maximising GAN (Chen et al. 2016, arXiv 1606.03657): some of the generator's numbers are codes that have to be
// readable in the picture, and so come to mean something without any label.
//
//   min_{G,Q} max_D  V(D, G) - lambda L_I(G, Q)                                                                         (eq. 6)
//   L_I = E_{c, x ~ G(z,c)} [ln Q(c | x)] + H(c)  <=  I(c; G(z, c))                                                     (eq. 5)
//
// Q is a head on D's body. The codes: one category, whose H is ln of how many there are (so L_I says how much of it is readable, in
// nats), and a few numbers, uniform over [-1, 1], that Q reads as a Gaussian of fixed width: ln Q = -(c - mean)^2 / 2 + constant.
// The generator takes [numbers that are codes, noise, category one-hot]; all of z is uniform over [-1, 1], as in the authors' code.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import {
  crossEntropy,
  DISCRIMINATOR_FIGURES,
  discriminatorFigures,
  sideOf,
  train,
  trainableGame,
  type AdversarialLoss,
  type AveragedConfig,
} from './adversarial';
import type { DataShape, InputSpec, Trainable } from './family';
import { generatorLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator } from './gan-networks';
import type { Objective } from './player';

export interface InfoGanConfig extends AveragedConfig {
  /** Values of the category; the classes of the data are not looked at. */
  readonly categories: number;
  /** How many of the latent numbers are codes: the first ones. */
  readonly continuous: number;
  /** lambda for the category and for the numbers. */
  readonly categoryWeight: number;
  readonly continuousWeight: number;
}

export const INFO_GAN_CODES = {
  categories: 10,
  continuous: 2,
  categoryWeight: 1,
  continuousWeight: 0.1,
} as const;

export interface InfoGanNetworks {
  readonly generator: tf.Sequential; // [batch, latent + categories] -> pictures
  readonly discriminator: tf.Sequential; // pictures -> [batch, 1 + categories + continuous]: D, then Q
}

export function infoGanShapes(config: InfoGanConfig, { height, width, channels }: DataShape) {
  const picture = { height, width, channels };
  const outputs = 1 + config.categories + config.continuous;
  return {
    generator: {
      ...config.generator,
      ...picture,
      inputSize: config.latentSize + config.categories,
      output: 'sigmoid',
    },
    discriminator: { ...config.discriminator, ...picture, batchNorm: false, outputs },
  } as const;
}

interface Reading {
  readonly source: tf.Tensor2D; // [batch, 1]
  readonly category: tf.Tensor2D; // [batch, categories], logits of Q
  readonly numbers: tf.Tensor2D; // [batch, continuous], means of Q
}

export function readingOf(output: tf.Tensor, { categories, continuous }: InfoGanConfig): Reading {
  const [source, category, numbers] = tf.split(output as tf.Tensor2D, [1, categories, continuous], 1);
  return {
    source: source as tf.Tensor2D,
    category: category as tf.Tensor2D,
    numbers: numbers as tf.Tensor2D,
  };
}

/** L_I of the category in nats, at most ln of their number; and -E ln Q of the numbers, but for its constant. */
function information({ category, numbers }: Reading, z: tf.Tensor2D, c: tf.Tensor2D, config: InfoGanConfig) {
  const told = tf.sub(Math.log(config.categories), crossEntropy(category, c)) as tf.Scalar;
  const codes = tf.slice(z, [0, 0], [-1, config.continuous]);
  const missed = tf.mul(0.5, tf.mean(tf.sum(tf.square(tf.sub(codes, numbers)), 1))) as tf.Scalar;
  const cost = tf.sub(tf.mul(config.continuousWeight, missed), tf.mul(config.categoryWeight, told));
  return { told, missed, cost: cost as tf.Scalar };
}

export function infoGanDiscriminator(
  { generator, discriminator }: InfoGanNetworks,
  [x, z, c]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
  config: InfoGanConfig,
): Objective {
  const real = readingOf(train(discriminator, x), config);
  const fake = readingOf(train(discriminator, train(generator, tf.concat([z, c], 1))), config);
  const { value, figures } = discriminatorFigures(loss, real.source, fake.source);
  const { cost } = information(fake, z, c, config);
  return { loss: tf.add(value, cost), figures };
}

export function infoGanGenerator(
  { generator, discriminator }: InfoGanNetworks,
  [z, c]: readonly [tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
  config: InfoGanConfig,
): Objective {
  const fake = readingOf(train(discriminator, train(generator, tf.concat([z, c], 1))), config);
  const value = generatorLoss(loss, fake.source);
  const { told, missed, cost } = information(fake, z, c, config);
  return { loss: tf.add(value, cost), figures: [value, told, missed] };
}

export interface InfoGan extends Trainable {
  /** What Q reads in pictures: the numbers, then the logits of the category. // [n, continuous + categories] */
  readonly readCodes: (x: tf.Tensor) => tf.Tensor2D;
}

export const infoGan = (config: InfoGanConfig, data: DataShape, seed: number): InfoGan => {
  const { latentSize, batchSize, categories } = config;
  const shapes = infoGanShapes(config, data);
  const generator = buildGenerator(shapes.generator, mixSeed(seed, 1));
  const discriminator = buildDiscriminator(shapes.discriminator, mixSeed(seed, 2));
  const networks = { generator, discriminator };
  const [low, high] = [-1, 1];
  const codes: readonly InputSpec[] = [
    { kind: 'uniform', shape: [batchSize, latentSize], low, high },
    { kind: 'classes', rows: batchSize, classes: categories },
  ];
  const trainable = trainableGame({
    config,
    latent: { size: latentSize, prior: { kind: 'uniform', low, high } },
    classes: categories,
    generatorShape: shapes.generator,
    generator,
    averageDecay: config.averageDecay,
    g: sideOf(config, 'generator', generator),
    d: sideOf(config, 'discriminator', discriminator),
    discriminatorMove: {
      inputs: [{ kind: 'x' }, ...codes],
      figures: DISCRIMINATOR_FIGURES,
      objective: ([x, z, c], loss) =>
        infoGanDiscriminator(networks, [x!, z as tf.Tensor2D, c as tf.Tensor2D], loss, config),
    },
    generatorMove: {
      inputs: codes,
      figures: ['gLoss', 'information', 'numberLoss'],
      objective: ([z, c], loss) =>
        infoGanGenerator(networks, [z as tf.Tensor2D, c as tf.Tensor2D], loss, config),
    },
    penalty: {
      inputs: [],
      critic: () => (at) => readingOf(discriminator.apply(at) as tf.Tensor, config).source,
    },
  });
  return {
    ...trainable,
    categoryNames: Array.from({ length: categories }, (_, i) => `#${i + 1}`), // no digit, which could be a class
    readCodes: (x) =>
      tf.tidy(() => {
        const { category, numbers } = readingOf(discriminator.apply(x) as tf.Tensor, config);
        return tf.concat([numbers, category], 1);
      }),
  };
};
