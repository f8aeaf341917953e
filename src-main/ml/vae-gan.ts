// A VAE whose pictures are compared by what a discriminator sees in them (Larsen, Sonderby, Larochelle & Winther 2016,
// arXiv 1512.09300), so that a picture moved by a pixel is not a wrong one.
//
//   L_prior = KL(q(z | x) || p(z))
//   L_like  = -E_q ln N(D_l(x) | D_l(x~), I) = 1/2 |D_l(x) - D_l(x~)|^2 + constant,  x~ = decoder(z)                    (eq. 7)
//   L_GAN   = ln D(x) + ln(1 - D(x~)) + ln(1 - D(decoder(z_p))),  z_p ~ N(0, I)                                         (eq. 8)
//
// Algorithm 1: the encoder goes down L_prior + L_like, the decoder down gamma L_like - L_GAN, the discriminator down -L_GAN. D_l is
// its last hidden layer. The two kinds of drawn pictures count half each, so that D = 1/2 stays the equilibrium.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import {
  DISCRIMINATOR_FIGURES,
  discriminatorFigures,
  liveGame,
  sideOf,
  train,
  type AdversarialConfig,
  type AdversarialLoss,
} from './adversarial';
import type { DataShape, Family, InputSpec, Live, Update } from './family';
import { countedBySteps } from './gan';
import { generateNow } from './gan-average';
import { generatorLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator } from './gan-networks';
import { gradientPenalty } from './gan-penalties';
import { descend, disposePlayer, everyWeightOf, type Objective } from './player';
import { shippedGenerator } from './shipped-generator';
import { klPerDimension, LOG_VARIANCE, reparameterise, type Posterior } from './vae';

export interface VaeGanConfig extends AdversarialConfig {
  /** gamma: what a likeness in D_l counts for the decoder beside fooling D. */
  readonly likenessWeight: number;
  /** Weight of L_prior for the encoder; 1 in the paper. */
  readonly beta: number;
}

export const VAE_GAN_DEFAULTS = { likenessWeight: 0.05, beta: 1 } as const;

export interface VaeGanNetworks {
  readonly encoder: tf.Sequential; // pictures -> [batch, 2 latent]
  readonly generator: tf.Sequential; // z -> pictures
  readonly discriminator: tf.Sequential; // pictures -> [batch, 1]
  /** The discriminator again, with its last hidden layer beside its logit; it owns nothing. */
  readonly seen: tf.LayersModel; // pictures -> [[batch, features], [batch, 1]]
}

function vaeGanShapes(config: VaeGanConfig, { height, width, channels }: DataShape) {
  const picture = { height, width, channels };
  const { latentSize, generator, discriminator } = config;
  return {
    generator: { ...generator, ...picture, inputSize: latentSize, output: 'sigmoid' },
    encoder: { ...generator, ...picture, outputs: 2 * latentSize, rectifier: 'plain' },
    discriminator: { ...discriminator, ...picture, batchNorm: false, outputs: 1 },
  } as const;
}

export function createVaeGan(config: VaeGanConfig, data: DataShape, seed: number): VaeGanNetworks {
  const shapes = vaeGanShapes(config, data);
  const discriminator = buildDiscriminator(shapes.discriminator, mixSeed(seed, 3));
  const lastHidden = discriminator.layers.at(-2)!.output as tf.SymbolicTensor;
  return {
    generator: buildGenerator(shapes.generator, mixSeed(seed, 1)),
    encoder: buildDiscriminator(shapes.encoder, mixSeed(seed, 2)),
    discriminator,
    seen: tf.model({ inputs: discriminator.inputs, outputs: [lastHidden, discriminator.outputs[0]!] }),
  };
}

function posterior(encoder: tf.Sequential, x: tf.Tensor, training: boolean): Posterior {
  const [mu, logVar] = tf.split(encoder.apply(x, { training }) as tf.Tensor2D, 2, 1);
  return {
    mu: mu as tf.Tensor2D,
    logVar: tf.clipByValue(logVar as tf.Tensor2D, LOG_VARIANCE.low, LOG_VARIANCE.high),
  };
}

const look = ({ seen }: VaeGanNetworks, x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] =>
  seen.apply(x) as [tf.Tensor, tf.Tensor];

/** L_like without its constant, per picture. */
const unlikeness = (one: tf.Tensor, other: tf.Tensor): tf.Scalar => {
  const distance = tf.square(tf.sub(one, other));
  return tf.mul(0.5, tf.mean(tf.sum(tf.reshape(distance, [distance.shape[0]!, -1]), 1)));
};

export function vaeGanEncoder(
  networks: VaeGanNetworks,
  [x, noise]: readonly [tf.Tensor, tf.Tensor2D],
  beta: number,
): Objective {
  const q = posterior(networks.encoder, x, true);
  const kl = tf.mean(tf.sum(klPerDimension(q), 1)) as tf.Scalar;
  const again = train(networks.generator, reparameterise(q, noise));
  const likeness = unlikeness(look(networks, x)[0], look(networks, again)[0]);
  return { loss: tf.add(tf.mul(kl, beta), likeness), figures: [kl, likeness] };
}

export function vaeGanDecoder(
  networks: VaeGanNetworks,
  [x, noise, z]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
  likenessWeight: number,
): Objective {
  const q = posterior(networks.encoder, x, true);
  const [features] = look(networks, x);
  const [featuresAgain, again] = look(networks, train(networks.generator, reparameterise(q, noise)));
  const [, fresh] = look(networks, train(networks.generator, z));
  const value = tf.mul(0.5, tf.add(generatorLoss(loss, again), generatorLoss(loss, fresh))) as tf.Scalar;
  const likeness = unlikeness(features, featuresAgain);
  return { loss: tf.add(value, tf.mul(likeness, likenessWeight)), figures: [value] };
}

export function vaeGanDiscriminator(
  networks: VaeGanNetworks,
  [x, noise, z]: readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D],
  loss: AdversarialLoss,
): Objective {
  const q = posterior(networks.encoder, x, true);
  const again = train(networks.generator, reparameterise(q, noise));
  const fresh = train(networks.generator, z);
  const [, real] = look(networks, x);
  const [, drawn] = look(networks, tf.concat([again, fresh], 0));
  const { value, figures } = discriminatorFigures(loss, real, drawn);
  return { loss: value, figures };
}

export const vaeGan: Family<VaeGanConfig> = (config, data, seed) => {
  const { latentSize, batchSize } = config;
  const networks = createVaeGan(config, data, seed);
  const { encoder, generator, discriminator } = networks;
  const shapes = vaeGanShapes(config, data);
  const e = sideOf(config, 'generator', encoder);
  const g = sideOf(config, 'generator', generator);
  const d = sideOf(config, 'discriminator', discriminator);
  const latent = { size: latentSize, prior: { kind: 'normal' } } as const;
  const normal: InputSpec = { kind: 'normal', shape: [batchSize, latentSize] };
  const updates = (live: Live): readonly Update[] => {
    const { loss, r1 } = liveGame(config, live);
    type Triple = readonly [tf.Tensor, tf.Tensor2D, tf.Tensor2D];
    const encoding: Update = {
      name: 'encoder',
      due: () => 1,
      inputs: [{ kind: 'x' }, normal, e.optimiser.stepSize],
      figures: ['kl', 'likeness', 'eGradientNorm'],
      variables: [...everyWeightOf(generator), ...everyWeightOf(discriminator), ...e.variables],
      run: ([x, noise, stepSize]) =>
        descend(e, stepSize as tf.Scalar, () =>
          vaeGanEncoder(networks, [x!, noise as tf.Tensor2D], config.beta),
        ),
    };
    const decoding: Update = {
      name: 'generator',
      due: () => 1,
      inputs: [{ kind: 'x' }, normal, normal, g.optimiser.stepSize],
      figures: ['gLoss', 'gGradientNorm'],
      variables: [...everyWeightOf(encoder), ...everyWeightOf(discriminator), ...g.variables],
      run: (inputs) =>
        descend(g, inputs[3] as tf.Scalar, () =>
          vaeGanDecoder(networks, inputs as unknown as Triple, loss, config.likenessWeight),
        ),
    };
    const judging: Update = {
      name: 'discriminator',
      due: () => 1,
      inputs: [{ kind: 'x' }, normal, normal, d.optimiser.stepSize],
      figures: [...DISCRIMINATOR_FIGURES, 'dGradientNorm'],
      variables: [...everyWeightOf(encoder), ...everyWeightOf(generator), ...d.variables],
      run: (inputs) =>
        descend(d, inputs[3] as tf.Scalar, () =>
          vaeGanDiscriminator(networks, inputs as unknown as Triple, loss),
        ),
    };
    const regulariser: Update = {
      name: 'regulariser',
      due: (step) => (step % config.r1Every === 0 ? 1 : 0),
      inputs: [{ kind: 'x' }, countedBySteps(d.optimiser.stepSize)],
      figures: ['penalty', 'penaltyGradientNorm'],
      variables: d.variables,
      run: ([x, stepSize]) =>
        descend(d, stepSize as tf.Scalar, () => {
          const critic = (at: tf.Tensor): tf.Tensor => discriminator.apply(at) as tf.Tensor;
          const cost = tf.mul(r1, gradientPenalty(critic, x!)) as tf.Scalar;
          return { loss: tf.mul(cost, config.r1Every), figures: [cost] };
        }),
    };
    return [judging, ...(r1 > 0 ? [regulariser] : []), encoding, decoding];
  };
  return {
    latent,
    classes: 0,
    range: [0, 1],
    variables: [...e.variables, ...g.variables, ...d.variables],
    networks: {
      encoder: e.optimiser.weights,
      generator: g.optimiser.weights,
      discriminator: d.optimiser.weights,
    },
    updates,
    generate: (z) => generateNow(generator, z),
    encode: (x) => tf.tidy(() => ({ ...posterior(encoder, x, false) })),
    klPerDimension: (x) =>
      tf.tidy(() => tf.mean(klPerDimension(posterior(encoder, x, false)), 0) as tf.Tensor1D),
    judge: (x) =>
      tf.tidy(() => {
        const q = posterior(encoder, x, false);
        const again = generator.apply(q.mu) as tf.Tensor;
        const squareError = tf.mean(tf.square(tf.sub(x, again))).dataSync()[0]!;
        return { squareError, kl: tf.mean(tf.sum(klPerDimension(q), 1)).dataSync()[0]! };
      }),
    products: () => {
      const shipped = buildDiscriminator(shapes.encoder, 0);
      shipped.setWeights(encoder.getWeights());
      const { generator: shape } = shapes;
      return { generator: shippedGenerator(shape, generator, latent, 0, batchSize), encoder: shipped };
    },
    dispose: () => [e, g, d].forEach(disposePlayer),
  };
};
