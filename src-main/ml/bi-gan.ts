// The bidirectional GAN (Donahue, Krahenbuhl & Darrell 2017, arXiv 1605.09782; adversarially learned inference, Dumoulin et al. 2017,
// arXiv 1606.00704, is the same game): an encoder learns beside the generator, and the discriminator looks at pairs.
//
//   min_{G,E} max_D  E ln D(x, E(x)) + E ln(1 - D(G(z), z))                                                             (eq. 2)
//
// Where the two joint distributions agree, E inverts G. On the way there they agree only roughly, and E(x) may decode to another
// picture of x's kind; so the reconstruction is held by a term of its own, lambda |x - G(E(x))|_1 (ALICE, Li et al. 2017, eq. 9).
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
} from './adversarial';
import type { DataShape, Family, InputSpec } from './family';
import { generatorLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator, leaky } from './gan-networks';
import { weightsOf } from './minimise';
import type { Objective } from './player';

export interface BiGanConfig extends AdversarialConfig {
  /** lambda, for the sum over all pixels; 0: the plain BiGAN. */
  readonly reconstructionWeight: number;
  /** Width of what D keeps of the picture, and of its hidden layer over the pair. */
  readonly jointUnits: number;
}

export const BI_GAN_DEFAULTS = { reconstructionWeight: 0.02, jointUnits: 128 } as const;

export interface BiGanNetworks {
  readonly generator: tf.Sequential; // z -> pictures
  readonly encoder: tf.Sequential; // pictures -> z
  readonly pictureBody: tf.Sequential; // pictures -> [batch, joint]
  readonly pairHead: tf.Sequential; // [batch, 1, 1, joint + latent] -> [batch, 1]
}

export function createBiGan(
  config: BiGanConfig,
  { height, width, channels }: DataShape,
  seed: number,
): BiGanNetworks {
  const { latentSize, jointUnits } = config;
  const picture = { height, width, channels };
  const { encoder, generator } = biGanShapes(config, { ...picture, classes: 0 });
  const pair = { height: 1, width: 1, channels: jointUnits + latentSize, outputs: 1 };
  const body = { kind: 'dense', units: [jointUnits] } as const;
  return {
    generator: buildGenerator(generator, mixSeed(seed, 1)),
    encoder: buildDiscriminator(encoder, mixSeed(seed, 2)),
    pictureBody: buildDiscriminator(
      { ...config.discriminator, ...picture, batchNorm: false, outputs: jointUnits },
      mixSeed(seed, 3),
    ),
    pairHead: buildDiscriminator({ ...pair, body, batchNorm: false }, mixSeed(seed, 4)),
  };
}

function biGanShapes(config: BiGanConfig, { height, width, channels }: DataShape) {
  const picture = { height, width, channels };
  const { latentSize, generator } = config;
  return {
    generator: { ...generator, ...picture, inputSize: latentSize, output: 'sigmoid' },
    /** Its rectifier is a layer that ships; no penalty goes through it. */
    encoder: { ...generator, ...picture, outputs: latentSize, rectifier: 'plain' },
  } as const;
}

/** D's logit for pairs. The picture's features are rectified before z lies beside them. */
export function judgePair({ pictureBody, pairHead }: BiGanNetworks, x: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const features = pictureBody.apply(x) as tf.Tensor2D;
  const pair = tf.concat([leaky(features) as tf.Tensor2D, z as tf.Tensor2D], 1);
  return pairHead.apply(tf.reshape(pair, [pair.shape[0]!, 1, 1, pair.shape[1]!])) as tf.Tensor;
}

export function biGanDiscriminator(
  networks: BiGanNetworks,
  [x, z]: readonly [tf.Tensor, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const real = judgePair(networks, x, train(networks.encoder, x));
  const fake = judgePair(networks, train(networks.generator, z), z);
  const { value, figures } = discriminatorFigures(loss, real, fake);
  return { loss: value, figures };
}

/** G and E want D to be wrong about both kinds of pair: the generator's loss on the one, and on the other with its sign turned. */
export function biGanGenerator(
  networks: BiGanNetworks,
  [x, z]: readonly [tf.Tensor, tf.Tensor2D],
  loss: AdversarialLoss,
  reconstructionWeight: number,
): Objective {
  const code = train(networks.encoder, x);
  const real = judgePair(networks, x, code);
  const fake = judgePair(networks, train(networks.generator, z), z);
  // least squares pulls D of the data to 0 where it pulls D of the drawn to 1
  const turned = loss === 'least-squares' ? tf.sub(1, real) : tf.neg(real);
  const value = tf.add(generatorLoss(loss, fake), generatorLoss(loss, turned)) as tf.Scalar;
  const again = train(networks.generator, code);
  const distance = tf.mean(tf.sum(tf.abs(tf.sub(x, again)), [1, 2, 3])) as tf.Scalar;
  return { loss: tf.add(value, tf.mul(distance, reconstructionWeight)), figures: [value, distance] };
}

export const biGan: Family<BiGanConfig> = (config, data, seed) => {
  const { latentSize, batchSize, reconstructionWeight } = config;
  const networks = createBiGan(config, data, seed);
  const { generator, encoder, pictureBody, pairHead } = networks;
  const shapes = biGanShapes(config, data);
  const inputs: readonly InputSpec[] = [{ kind: 'x' }, { kind: 'normal', shape: [batchSize, latentSize] }];
  const game = trainableGame({
    config,
    latent: { size: latentSize, prior: { kind: 'normal' } },
    classes: 0,
    generatorShape: shapes.generator,
    generator,
    averageDecay: 0, // the encoder inverts the generator itself
    g: sideOf(config, 'generator', generator, encoder),
    d: sideOf(config, 'discriminator', pictureBody, pairHead),
    discriminatorMove: {
      inputs,
      figures: DISCRIMINATOR_FIGURES,
      objective: ([x, z], loss) => biGanDiscriminator(networks, [x!, z as tf.Tensor2D], loss),
    },
    generatorMove: {
      inputs,
      figures: ['gLoss', 'reconstruction'],
      objective: ([x, z], loss) =>
        biGanGenerator(networks, [x!, z as tf.Tensor2D], loss, reconstructionWeight),
    },
    penalty: {
      inputs: [],
      critic: ([x]) => {
        const code = train(encoder, x!); // where x stands; the penalty holds it still
        return (at) => judgePair(networks, at, code);
      },
    },
  });
  return {
    ...game,
    networks: { ...game.networks, encoder: weightsOf(encoder) },
    encode: (x) => ({ mu: tf.tidy(() => encoder.apply(x) as tf.Tensor2D), logVar: null }),
    judge: (x) =>
      tf.tidy(() => {
        const again = generator.apply(encoder.apply(x) as tf.Tensor) as tf.Tensor;
        return { squareError: tf.mean(tf.square(tf.sub(x, again))).dataSync()[0]! };
      }),
    products: () => {
      const shipped = buildDiscriminator(shapes.encoder, 0);
      shipped.setWeights(encoder.getWeights());
      return { ...game.products(), encoder: shipped };
    },
  };
};
