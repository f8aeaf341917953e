// The conditional GAN: both players are told the class (Mirza & Osindero 2014, arXiv 1411.1784).
//
//   min_G max_D  E ln D(x | y) + E ln(1 - D(G(z | y) | y))                                                              (eq. 2)
//
// G takes z and the class one-hot after it. D takes the picture and one plane for each class, 1 in the picture's own: it can ask
// whether this is a picture of that class, so a good picture of another class is as wrong as a bad one.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import {
  DISCRIMINATOR_FIGURES,
  discriminatorFigures,
  sideOf,
  train,
  trainableGame,
  type AdversarialConfig,
  type AdversarialLoss,
  type AveragedConfig,
} from './adversarial';
import type { DataShape, Family, InputSpec } from './family';
import { generatorLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator, withClassPlanes } from './gan-networks';
import type { Objective } from './player';

export interface ConditionalNetworks {
  readonly generator: tf.Sequential; // [batch, latent + classes] -> pictures
  readonly discriminator: tf.Sequential; // pictures with class planes -> [batch, 1]
}

export function conditionalShapes(
  config: AdversarialConfig,
  { height, width, channels, classes }: DataShape,
) {
  const inputSize = config.latentSize + classes;
  return {
    generator: { ...config.generator, inputSize, height, width, channels, output: 'sigmoid' },
    discriminator: {
      ...config.discriminator,
      batchNorm: false,
      ...{ height, width, channels: channels + classes },
      outputs: 1,
    },
  } as const;
}

/** D's side of eq. 2: pictures of the data with their classes against pictures drawn for the same classes. */
export function conditionalDiscriminator(
  { generator, discriminator }: ConditionalNetworks,
  [x, y, z]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const drawn = train(generator, tf.concat([z, y], 1));
  const real = train(discriminator, withClassPlanes(x, y));
  const fake = train(discriminator, withClassPlanes(drawn, y));
  const { value, figures } = discriminatorFigures(loss, real, fake);
  return { loss: value, figures };
}

/** G's side, for classes drawn at random. */
export function conditionalGenerator(
  { generator, discriminator }: ConditionalNetworks,
  [z, y]: readonly [tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const drawn = train(generator, tf.concat([z, y], 1));
  const value = generatorLoss(loss, train(discriminator, withClassPlanes(drawn, y)));
  return { loss: value, figures: [value] };
}

export const conditionalGan: Family<AveragedConfig> = (config, data, seed) => {
  const { latentSize, batchSize } = config;
  const { classes } = data;
  const shapes = conditionalShapes(config, data);
  const generator = buildGenerator(shapes.generator, mixSeed(seed, 1));
  const discriminator = buildDiscriminator(shapes.discriminator, mixSeed(seed, 2));
  const networks = { generator, discriminator };
  const z: InputSpec = { kind: 'normal', shape: [batchSize, latentSize] };
  return trainableGame({
    config,
    latent: { size: latentSize, prior: { kind: 'normal' } },
    classes,
    generatorShape: shapes.generator,
    generator,
    averageDecay: config.averageDecay,
    g: sideOf(config, 'generator', generator),
    d: sideOf(config, 'discriminator', discriminator),
    discriminatorMove: {
      inputs: [{ kind: 'x' }, { kind: 'y' }, z],
      figures: DISCRIMINATOR_FIGURES,
      objective: ([x, y, noise], loss) =>
        conditionalDiscriminator(networks, [x!, y as tf.Tensor2D, noise as tf.Tensor2D], loss),
    },
    generatorMove: {
      inputs: [z, { kind: 'classes', rows: batchSize, classes }],
      figures: ['gLoss'],
      objective: ([noise, y], loss) =>
        conditionalGenerator(networks, [noise as tf.Tensor2D, y as tf.Tensor2D], loss),
    },
    penalty: {
      inputs: [{ kind: 'y' }],
      critic:
        ([, y]) =>
        (at) =>
          discriminator.apply(withClassPlanes(at, y as tf.Tensor2D)) as tf.Tensor,
    },
  });
};
