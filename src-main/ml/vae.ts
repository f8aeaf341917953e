// The variational autoencoder, whole, on one page: networks, posterior, likelihoods, ELBO, importance-weighted bound.
//
//   x --encoder--> mu, logVar --z = mu + exp(logVar / 2) * noise--> z --decoder--> logits (or mean) of p(x | z)
//
// Kingma & Welling 2014, "Auto-Encoding Variational Bayes" (arXiv 1312.6114); importance weights: Burda, Grosse &
// Salakhutdinov 2016 (arXiv 1509.00519). Everything is summed per picture and counted in nats, so that the reconstruction
// and the KL term stay on the same scale (an average over pixels would let the KL term win).

import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';

export type HiddenActivation = 'relu' | 'elu' | 'selu' | 'swish' | 'tanh';

/** `dense`: flat pictures through fully connected layers. `conv`: halves the picture once per entry of `filters`. */
export interface BodyConfig {
  readonly kind: 'dense' | 'conv';
  /** Encoder order, picture side first. The decoder takes its own list, latent side first. Empty for `dense`. */
  readonly filters: readonly number[];
  /** Widths of the fully connected layers between the convolutions and the latent space. */
  readonly units: readonly number[];
}

/** p(x | z): a coin per pixel (grey pixels count as the chance of white), or a Gaussian whose width all pixels share. */
export type Likelihood =
  | { readonly kind: 'bernoulli' }
  | { readonly kind: 'gaussian'; readonly sigma: number | 'learned'; readonly mean: 'sigmoid' | 'linear' };

export interface VaeConfig {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly latentSize: number;
  readonly encoder: BodyConfig;
  readonly decoder: BodyConfig;
  readonly activation: HiddenActivation;
  readonly likelihood: Likelihood;
}

export interface Vae {
  readonly config: VaeConfig;
  readonly encoder: tf.Sequential; // [batch, height, width, channels] -> [batch, 2 * latent], mu then logVar
  readonly decoder: tf.Sequential; // [batch, latent] -> [batch, height, width, channels], before the sigmoid
  /** ln sigma of the Gaussian likelihood when it is learned (Rybkin et al. 2021, "sigma-VAE"). */
  readonly logSigma: tf.Variable | undefined;
}

/** Outside these, exp(logVar) says nothing more about a picture and soon overflows. */
export const LOG_VARIANCE = { low: -10, high: 4 } as const;
/** Kernel 4 with stride 2: every output pixel is touched equally often, so no checkerboard (Odena et al. 2016). */
const HALVE_OR_DOUBLE = { kernelSize: 4, strides: 2, padding: 'same' } as const;

// ---- networks ------------------------------------------------------------------------------------------------------------

export function createVae(config: VaeConfig, seed: number): Vae {
  const { likelihood } = config;
  const learned = likelihood.kind === 'gaussian' && likelihood.sigma === 'learned';
  return {
    config,
    encoder: buildEncoder(config, mixSeed(seed, 1)),
    decoder: buildDecoder(config, mixSeed(seed, 2)),
    logSigma: learned ? tf.tidy(() => tf.variable(tf.scalar(0), true)) : undefined,
  };
}

/** [batch, height, width, channels] -> [batch, 2 * latent] */
export function buildEncoder(config: VaeConfig, seed: number): tf.Sequential {
  const { height, width, channels, encoder, activation, latentSize } = config;
  const initial = initialisers(seed);
  const layers: tf.layers.Layer[] = [
    tf.layers.inputLayer({ inputShape: [height, width, channels], name: 'picture' }),
  ];
  const { act, nth } = naming(activation);
  for (const filters of encoder.filters) {
    layers.push(
      tf.layers.conv2d({ name: nth('conv'), filters, ...HALVE_OR_DOUBLE, ...initial.hidden() }),
      act(),
    );
  }
  layers.push(tf.layers.flatten({ name: 'flat' }));
  for (const units of encoder.units) {
    layers.push(tf.layers.dense({ name: nth('dense'), units, ...initial.hidden() }), act());
  }
  layers.push(tf.layers.dense({ name: 'posterior', units: 2 * latentSize, ...initial.output() }));
  return tf.sequential({ name: 'encoder', layers });
}

/** [batch, latent] -> [batch, height, width, channels]: logits (or a mean before its sigmoid), or with `asPicture` the mean itself. */
export function buildDecoder(config: VaeConfig, seed: number, asPicture = false): tf.Sequential {
  const { height, width, channels, decoder, activation, latentSize } = config;
  const initial = initialisers(seed);
  const layers: tf.layers.Layer[] = [tf.layers.inputLayer({ inputShape: [latentSize], name: 'z' })];
  const { act, nth } = naming(activation);
  decoder.units.forEach((units, depth) => {
    const start = depth === 0 ? initial.first() : initial.hidden();
    layers.push(tf.layers.dense({ name: nth('dense'), units, ...start }), act());
  });
  const [deepest, ...shallower] = decoder.filters;
  if (decoder.kind === 'dense' || deepest === undefined) {
    const units = height * width * channels;
    layers.push(tf.layers.dense({ name: 'pixels', units, ...initial.output() }));
    layers.push(tf.layers.reshape({ name: 'logits', targetShape: [height, width, channels] }));
  } else {
    const shrink = 2 ** decoder.filters.length;
    const targetShape = [height / shrink, width / shrink, deepest];
    const units = targetShape.reduce((product, size) => product * size, 1);
    layers.push(tf.layers.dense({ name: nth('dense'), units, ...initial.hidden() }), act());
    layers.push(tf.layers.reshape({ name: 'layout', targetShape }));
    for (const filters of shallower) {
      const start = initial.hidden();
      layers.push(
        tf.layers.conv2dTranspose({ name: nth('deconv'), filters, ...HALVE_OR_DOUBLE, ...start }),
        act(),
      );
    }
    const last = { filters: channels, ...HALVE_OR_DOUBLE, ...initial.output() };
    layers.push(tf.layers.conv2dTranspose({ name: 'logits', ...last }));
  }
  if (asPicture && meanIsSigmoid(config.likelihood)) {
    layers.push(tf.layers.activation({ name: 'picture', activation: 'sigmoid' }));
  }
  return tf.sequential({ name: 'decoder', layers });
}

/** Names that do not depend on what else the process has built, so that a pack's files are the same each time. */
function naming(activation: HiddenActivation) {
  const used = new Map<string, number>();
  const nth = (kind: string): string => {
    used.set(kind, (used.get(kind) ?? 0) + 1);
    return `${kind}_${used.get(kind)}`;
  };
  return { nth, act: () => tf.layers.activation({ name: nth(activation), activation }) };
}

/**
 * Seeded starting weights, one seed per layer. The decoder's first layer reads only `latentSize` numbers: with zero biases
 * each unit would bend along a line through the origin, so its biases are spread over the prior's width.
 */
function initialisers(seed: number) {
  let layer = 0;
  const scaled = (scale: number) => ({
    kernelInitializer: tf.initializers.varianceScaling({
      scale,
      mode: 'fanIn',
      distribution: 'uniform',
      seed: mixSeed(seed, layer++),
    }),
  });
  return {
    hidden: () => scaled(2), // He et al. 2015: keeps the variance through rectifiers
    output: () => scaled(0.1), // near zero: the first pictures are grey, the first posteriors are the prior
    first: () => ({
      ...scaled(2),
      biasInitializer: tf.initializers.randomUniform({ minval: -2, maxval: 2, seed: mixSeed(seed, layer++) }),
    }),
  };
}

/** The decoder that people use: a copy of the trained one that ends in the likelihood's mean. The caller disposes it. */
export function pictureDecoder(vae: Vae): tf.Sequential {
  const decoder = buildDecoder(vae.config, 0, true);
  decoder.setWeights(vae.decoder.getWeights());
  return decoder;
}

export function meanIsSigmoid(likelihood: Likelihood): boolean {
  return likelihood.kind === 'bernoulli' || likelihood.mean === 'sigmoid';
}

export function trainableVariables(vae: Vae): tf.Variable[] {
  const weights = [...vae.encoder.trainableWeights, ...vae.decoder.trainableWeights];
  const variables = weights.map((weight) => weight.read() as tf.Variable);
  return vae.logSigma ? [...variables, vae.logSigma] : variables;
}

export function disposeVae(vae: Vae): void {
  vae.encoder.dispose();
  vae.decoder.dispose();
  vae.logSigma?.dispose();
}

// ---- posterior -----------------------------------------------------------------------------------------------------------

export interface Posterior {
  readonly mu: tf.Tensor2D; // [batch, latent]
  readonly logVar: tf.Tensor2D; // [batch, latent]
}

export function posteriorOf(encoder: tf.LayersModel, x: tf.Tensor4D): Posterior {
  const [mu, logVar] = tf.split(encoder.apply(x) as tf.Tensor2D, 2, 1);
  return {
    mu: mu as tf.Tensor2D,
    logVar: tf.clipByValue(logVar as tf.Tensor2D, LOG_VARIANCE.low, LOG_VARIANCE.high),
  };
}

/** z = mu + sigma * noise: the sample as a function of mu and sigma, so that gradients pass (1312.6114, section 2.4). */
export function reparameterise({ mu, logVar }: Posterior, noise: tf.Tensor2D): tf.Tensor2D {
  return tf.add(mu, tf.mul(tf.exp(tf.mul(logVar, 0.5)), noise)); // [batch, latent]
}

/** KL(N(mu, exp logVar) || N(0, 1)) = (mu^2 + exp(logVar) - 1 - logVar) / 2, for each dimension (1312.6114, appendix B). */
export function klPerDimension({ mu, logVar }: Posterior): tf.Tensor2D {
  return tf.mul(0.5, tf.sub(tf.add(tf.square(mu), tf.exp(logVar)), tf.add(logVar, 1))); // [batch, latent]
}

// ---- likelihood ----------------------------------------------------------------------------------------------------------

/**
 * ln p(x | z) per picture. Bernoulli with logits l: x ln s(l) + (1 - x) ln(1 - s(l)) = x l - softplus(l), which neither
 * overflows nor takes the logarithm of 0; grey pixels are allowed. Gaussian: with its constant, so that sigma can be learned.
 */
export function logLikelihood(
  likelihood: Likelihood,
  x: tf.Tensor4D,
  output: tf.Tensor4D,
  logSigma?: tf.Tensor,
): tf.Tensor1D {
  if (likelihood.kind === 'bernoulli') return sumPerPicture(tf.sub(tf.mul(x, output), tf.softplus(output)));
  const mean = likelihood.mean === 'sigmoid' ? tf.sigmoid(output) : output;
  const lnSigma = logSigma ?? tf.scalar(Math.log(likelihood.sigma === 'learned' ? 1 : likelihood.sigma));
  const scaled = tf.mul(tf.sub(x, mean), tf.exp(tf.neg(lnSigma)));
  const perPixel = tf.add(
    tf.mul(-0.5, tf.square(scaled)),
    tf.neg(tf.add(lnSigma, 0.5 * Math.log(2 * Math.PI))),
  );
  return sumPerPicture(perPixel as tf.Tensor4D);
}

const sumPerPicture = (perPixel: tf.Tensor): tf.Tensor1D => tf.sum(perPixel, [1, 2, 3]); // [batch]

// ---- labels --------------------------------------------------------------------------------------------------------------

/** Chances of labels as a straight line through z, before the sigmoid. // [batch, latent] -> [batch, labels] */
export function buildLabelReader(latentSize: number, labels: number): tf.Sequential {
  return tf.sequential({
    name: 'labels',
    layers: [
      tf.layers.inputLayer({ inputShape: [latentSize], name: 'z' }),
      tf.layers.dense({ name: 'chances', units: labels, kernelInitializer: 'zeros' }),
    ],
  });
}

/**
 * ln p(y | z) of labels in [0, 1], a coin for each as for a grey pixel. A label that is NaN is not known and says nothing. Added to
 * ln p(x | z) it makes the bound one of pictures and labels together, which are independent once z is given: p(x, y | z) = p(x | z) p(y | z)
 * (Suzuki, Nakayama & Matsuo 2016, arXiv 1611.01891, eq. 3), here with q(z | x), so that a picture alone can be encoded.
 */
export function labelLogLikelihood(reader: tf.LayersModel, z: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D {
  const logits = reader.apply(z) as tf.Tensor2D;
  const isKnown = tf.logicalNot(tf.isNaN(y));
  const known = tf.where(isKnown, y, tf.zerosLike(y));
  const each = tf.sub(tf.mul(known, logits), tf.softplus(logits));
  return tf.sum(tf.mul(each, tf.cast(isKnown, 'float32')), 1); // [batch]
}

// ---- bounds --------------------------------------------------------------------------------------------------------------

/** The two networks and what is needed to read them: a Vae in training, or the decoder and encoder of a finished pack. */
export type Networks = Pick<Vae, 'logSigma'> & {
  readonly config: Pick<VaeConfig, 'likelihood' | 'latentSize'>;
  readonly encoder: tf.LayersModel;
  readonly decoder: tf.LayersModel;
};

export interface ElboParts {
  readonly z: tf.Tensor2D; // [batch, latent]
  readonly reconstruction: tf.Tensor1D; // [batch], ln p(x | z), one z for each picture
  readonly kl: tf.Tensor2D; // [batch, latent]
}

/** ELBO = E_q[ln p(x | z)] - KL(q(z | x) || p(z)), estimated with one z for each picture (1312.6114, eq. 3 and 10). */
export function elboParts(networks: Networks, x: tf.Tensor4D, noise: tf.Tensor2D): ElboParts {
  const posterior = posteriorOf(networks.encoder, x);
  const z = reparameterise(posterior, noise);
  const output = networks.decoder.apply(z) as tf.Tensor4D;
  return {
    z,
    reconstruction: logLikelihood(networks.config.likelihood, x, output, networks.logSigma),
    kl: klPerDimension(posterior),
  };
}

export interface LossParts {
  readonly loss: tf.Scalar;
  readonly reconstruction: tf.Scalar;
  readonly kl: tf.Scalar;
}

/** What training minimises, per picture: -E_q[ln p(x | z)] + beta KL; beta < 1 during warm-up, > 1 for a beta-VAE. */
export function vaeLoss(
  networks: Networks,
  x: tf.Tensor4D,
  noise: tf.Tensor2D,
  beta: tf.Scalar | number,
): LossParts {
  return lossOf(elboParts(networks, x, noise), beta);
}

export function lossOf(parts: ElboParts, beta: tf.Scalar | number): LossParts {
  const reconstruction = tf.mean(parts.reconstruction) as tf.Scalar;
  const kl = tf.mean(tf.sum(parts.kl, 1)) as tf.Scalar;
  return { loss: tf.sub(tf.mul(kl, beta), reconstruction), reconstruction, kl };
}

/**
 * ln w = ln p(x | z) + ln p(z) - ln q(z | x) for one z for each picture. With z = mu + sigma * noise the Gaussian constants of
 * prior and posterior cancel: ln p(z) - ln q(z | x) = (noise^2 - z^2 + logVar) / 2, summed over the dimensions.
 */
export function importanceSample(
  networks: Networks,
  x: tf.Tensor4D,
  posterior: Posterior,
  noise: tf.Tensor2D,
): { readonly logWeight: tf.Tensor1D; readonly reconstruction: tf.Tensor1D } {
  const z = reparameterise(posterior, noise); // [batch, latent]
  const output = networks.decoder.apply(z) as tf.Tensor4D;
  const reconstruction = logLikelihood(networks.config.likelihood, x, output, networks.logSigma);
  const ratio = tf.mul(0.5, tf.add(tf.sub(tf.square(noise), tf.square(z)), posterior.logVar));
  return { logWeight: tf.add(reconstruction, tf.sum(ratio, 1)), reconstruction }; // [batch], [batch]
}

/** L_k = E[ln 1/k sum_i w_i] (Burda et al. 2016, eq. 8), from the logarithms of the weights. L_1 is the ELBO; L_k rises with k. */
export function importanceWeightedBound(logWeights: tf.Tensor2D): tf.Tensor1D {
  const k = logWeights.shape[0];
  return tf.sub(tf.logSumExp(logWeights, 0), Math.log(k)) as tf.Tensor1D; // [k, batch] -> [batch]
}
