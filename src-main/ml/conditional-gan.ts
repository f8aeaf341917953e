// The conditional GAN: both players are told the class (Mirza & Osindero 2014, arXiv 1411.1784).
//
//   min_G max_D  E ln D(x | y) + E ln(1 - D(G(z | y) | y))                                                              (eq. 2)
//
// G takes z and the class one-hot after it. D takes the picture and one plane for each class, 1 in the picture's own: it can ask
// whether this is a picture of that class, so a good picture of another class is as wrong as a bad one. Planes alone move the edges that
// its first layer looks for; what makes a coat of a pullover it can only ask of the whole picture. So what D has seen and the class meet
// once more in a hidden layer, as the perceptrons of the paper's section 4.1 have it.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import {
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
import { buildDiscriminator, buildGenerator, leaky, withClassPlanes } from './gan-networks';
import type { Objective } from './player';

export interface ConditionalGanConfig extends AveragedConfig {
  /** Width of what D keeps of the picture, and of its hidden layer over that and the class; 0: it has only the planes. */
  readonly jointUnits: number;
}

export const CONDITIONAL_GAN_DEFAULTS = { jointUnits: 128 } as const;

export interface ConditionalNetworks {
  readonly generator: tf.Sequential; // [batch, latent + classes] -> pictures
  readonly discriminator: tf.Sequential; // pictures with class planes -> [batch, 1], or [batch, joint] with a head
  readonly jointHead: tf.Sequential | null; // [batch, 1, 1, joint + classes] -> [batch, 1]
}

export function conditionalNetworks(
  config: ConditionalGanConfig,
  data: DataShape,
  seed: number,
): ConditionalNetworks {
  const { jointUnits } = config;
  const shapes = conditionalShapes(config, data);
  const joint = { height: 1, width: 1, channels: jointUnits + data.classes, outputs: 1, batchNorm: false };
  const body = { kind: 'dense', units: [jointUnits] } as const;
  return {
    generator: buildGenerator(shapes.generator, mixSeed(seed, 1)),
    discriminator: buildDiscriminator(shapes.discriminator, mixSeed(seed, 2)),
    jointHead: jointUnits > 0 ? buildDiscriminator({ ...joint, body }, mixSeed(seed, 3)) : null,
  };
}

/** D's logit for pictures of these classes. */
export function judgeAs(
  { discriminator, jointHead }: ConditionalNetworks,
  x: tf.Tensor,
  y: tf.Tensor2D,
): tf.Tensor {
  const seen = train(discriminator, withClassPlanes(x, y));
  if (jointHead === null) return seen;
  const both = tf.concat([leaky(seen) as tf.Tensor2D, y], 1);
  return train(jointHead, tf.reshape(both, [both.shape[0], 1, 1, both.shape[1]]));
}

function conditionalShapes(config: ConditionalGanConfig, { height, width, channels, classes }: DataShape) {
  const inputSize = config.latentSize + classes;
  return {
    generator: { ...config.generator, inputSize, height, width, channels, output: 'sigmoid' },
    discriminator: {
      ...config.discriminator,
      batchNorm: false,
      ...{ height, width, channels: channels + classes },
      outputs: Math.max(1, config.jointUnits),
    },
  } as const;
}

/** D's side of eq. 2: pictures of the data with their classes against pictures drawn for the same classes. */
export function conditionalDiscriminator(
  networks: ConditionalNetworks,
  [x, y, z]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const drawn = train(networks.generator, tf.concat([z, y], 1));
  const real = judgeAs(networks, x, y);
  const fake = judgeAs(networks, drawn, y);
  const { value, figures } = discriminatorFigures(loss, real, fake);
  return { loss: value, figures };
}

/** G's side, for classes drawn at random. */
export function conditionalGenerator(
  networks: ConditionalNetworks,
  [z, y]: readonly [tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const drawn = train(networks.generator, tf.concat([z, y], 1));
  const value = generatorLoss(loss, judgeAs(networks, drawn, y));
  return { loss: value, figures: [value] };
}

export const conditionalGan: Family<ConditionalGanConfig> = (config, data, seed) => {
  const { latentSize, batchSize } = config;
  const { classes } = data;
  const networks = conditionalNetworks(config, data, seed);
  const { generator, discriminator, jointHead } = networks;
  const z: InputSpec = { kind: 'normal', shape: [batchSize, latentSize] };
  return trainableGame({
    config,
    latent: { size: latentSize, prior: { kind: 'normal' } },
    classes,
    generatorShape: conditionalShapes(config, data).generator,
    generator,
    averageDecay: config.averageDecay,
    g: sideOf(config, 'generator', generator),
    d: sideOf(config, 'discriminator', discriminator, ...(jointHead === null ? [] : [jointHead])),
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
          judgeAs(networks, at, y as tf.Tensor2D),
    },
  });
};
