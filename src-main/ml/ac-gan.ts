// The auxiliary classifier GAN (Odena, Olah & Shlens 2017, arXiv 1610.09585): the discriminator is not told the class, it names it.
//
//   L_S = E ln P(S = real | x) + E ln P(S = fake | G(z, y))                                                             (eq. 2)
//   L_C = E ln P(C = y | x) + E ln P(C = y | G(z, y))                                                                   (eq. 3)
//
// D maximises L_S + L_C, G maximises L_C - L_S. Both want the class to be plain to see, so G gives up pictures between two classes:
// labels come out nearly always right, at the price of variety within a class.
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
import type { DataShape, Family, InputSpec } from './family';
import { generatorLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator } from './gan-networks';
import type { Objective } from './player';

export interface AcGanConfig extends AveragedConfig {
  /** Weight of L_C beside L_S, in both players. 1 in the paper. */
  readonly classWeight: number;
}

export interface AcGanNetworks {
  readonly generator: tf.Sequential; // [batch, latent + classes] -> pictures
  readonly discriminator: tf.Sequential; // pictures -> [batch, 1 + classes]: real or not, then which class
}

export function acGanShapes(config: AcGanConfig, { height, width, channels, classes }: DataShape) {
  const picture = { height, width, channels };
  const inputSize = config.latentSize + classes;
  return {
    generator: { ...config.generator, ...picture, inputSize, output: 'sigmoid' },
    discriminator: { ...config.discriminator, ...picture, batchNorm: false, outputs: 1 + classes },
  } as const;
}

/** [batch, 1 + classes] -> the logit of real, the logits of the classes */
function heads(output: tf.Tensor): readonly [tf.Tensor2D, tf.Tensor2D] {
  const [source, classes] = tf.split(output as tf.Tensor2D, [1, output.shape[1]! - 1], 1);
  return [source as tf.Tensor2D, classes as tf.Tensor2D];
}

export function acGanDiscriminator(
  { generator, discriminator }: AcGanNetworks,
  [x, y, z]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
  classWeight: number,
): Objective {
  const [real, realClass] = heads(train(discriminator, x));
  const [fake, fakeClass] = heads(train(discriminator, train(generator, tf.concat([z, y], 1))));
  const { value, figures } = discriminatorFigures(loss, real, fake);
  const named = tf.add(crossEntropy(realClass, y), crossEntropy(fakeClass, y)) as tf.Scalar; // -L_C
  return { loss: tf.add(value, tf.mul(named, classWeight)), figures: [...figures, named] };
}

export function acGanGenerator(
  { generator, discriminator }: AcGanNetworks,
  [z, y]: readonly [tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
  classWeight: number,
): Objective {
  const [fake, fakeClass] = heads(train(discriminator, train(generator, tf.concat([z, y], 1))));
  const value = generatorLoss(loss, fake);
  const named = crossEntropy(fakeClass, y);
  return { loss: tf.add(value, tf.mul(named, classWeight)), figures: [value, named] };
}

export const acGan: Family<AcGanConfig> = (config, data, seed) => {
  const { latentSize, batchSize, classWeight } = config;
  const { classes } = data;
  const shapes = acGanShapes(config, data);
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
      figures: [...DISCRIMINATOR_FIGURES, 'dClassLoss'],
      objective: ([x, y, noise], loss) =>
        acGanDiscriminator(networks, [x!, y as tf.Tensor2D, noise as tf.Tensor2D], loss, classWeight),
    },
    generatorMove: {
      inputs: [z, { kind: 'classes', rows: batchSize, classes }],
      figures: ['gLoss', 'gClassLoss'],
      objective: ([noise, y], loss) =>
        acGanGenerator(networks, [noise as tf.Tensor2D, y as tf.Tensor2D], loss, classWeight),
    },
    penalty: { inputs: [], critic: () => (at) => heads(discriminator.apply(at) as tf.Tensor)[0] },
  });
};
