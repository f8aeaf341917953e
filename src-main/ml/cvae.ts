// The conditional VAE: what a picture is, given something that is known of it.
//
//   ln p(x | c) >= E_q(z|x,c)[ln p(x | z, c)] - KL(q(z | x, c) || p(z | c))            (Sohn, Lee & Yan 2015, eq. 4)
//
// What is known is a class, or a picture: the grey one of a colour picture, the frame before. z then holds only what c leaves open, so
// E[KL] is at least the mutual information of x and z given c: where c leaves four equally likely outcomes that can be told apart, at
// least ln 4. p(z | c) is N(0, 1), or a network of c. The networks are those of vae.ts, with c beside their input.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import type { Family, InputSpec } from './family';
import { createOptimiser, minimise, weightsOf } from './minimise';
import { initialSeed, stepNoise } from './random';
import { klWeightAt } from './schedule';
import {
  buildDecoder,
  buildEncoder,
  logLikelihood,
  meanIsSigmoid,
  posteriorOf,
  reparameterise,
  type LossParts,
  type Posterior,
  type VaeConfig,
} from './vae';
import type { VaeTraining } from './vae-family';

export type Condition =
  /** The classes of the data; the generator takes them one-hot after z. */
  | { readonly kind: 'classes' }
  /** The first channels of the data are known and the others are to be drawn; the generator takes the known ones, flat, after z. */
  | { readonly kind: 'channels'; readonly channels: number };

export interface CvaeTraining extends Omit<VaeTraining, 'freeBits' | 'labelWeight'> {
  /** Its channels are those that are drawn. */
  readonly model: VaeConfig;
  readonly condition: Condition;
  /** p(z | c). Learned only where c is a picture: given a class, the decoder can shift and scale N(0, 1) by itself. */
  readonly prior: 'standard' | 'learned';
}

export interface Cvae {
  readonly config: VaeConfig;
  readonly encoder: tf.Sequential; // x and c as channels -> mu, logVar of q(z | x, c)
  readonly decoder: tf.Sequential; // z, c flat -> logits
  readonly priorNetwork: tf.Sequential | null; // c -> mu, logVar of p(z | c)
  /** A class as a picture of one channel, to lie beside x. // [batch, classes] -> [batch, height, width, 1] */
  readonly classPlane: tf.Sequential | null;
  readonly logSigma: tf.Variable | undefined;
}

export function createCvae(
  { model, condition, prior }: Pick<CvaeTraining, 'model' | 'condition' | 'prior'>,
  classes: number,
  seed: number,
): Cvae {
  const { height, width, channels, latentSize, likelihood } = model;
  const byClass = condition.kind === 'classes';
  const known = byClass ? 1 : condition.channels;
  const conditionSize = byClass ? classes : height * width * known;
  const learnsPrior = prior === 'learned' && !byClass;
  const learnsSigma = likelihood.kind === 'gaussian' && likelihood.sigma === 'learned';
  return {
    config: model,
    encoder: buildEncoder({ ...model, channels: channels + known }, mixSeed(seed, 1)),
    decoder: buildDecoder({ ...model, latentSize: latentSize + conditionSize }, mixSeed(seed, 2)),
    priorNetwork: learnsPrior ? buildEncoder({ ...model, channels: known }, mixSeed(seed, 3)) : null,
    classPlane: byClass ? buildClassPlane(classes, height, width, mixSeed(seed, 4)) : null,
    logSigma: learnsSigma ? tf.tidy(() => tf.variable(tf.scalar(0), true)) : undefined,
  };
}

/** A picture for each class, learned: one channel more instead of one for each class. */
export function buildClassPlane(classes: number, height: number, width: number, seed: number): tf.Sequential {
  const kernelInitializer = tf.initializers.randomUniform({ minval: -1, maxval: 1, seed });
  const units = height * width;
  return tf.sequential({
    name: 'class-plane',
    layers: [
      tf.layers.inputLayer({ inputShape: [classes], name: 'classes' }),
      tf.layers.dense({ name: 'plane', units, useBias: false, kernelInitializer }),
      tf.layers.reshape({ name: 'layout', targetShape: [height, width, 1] }),
    ],
  });
}

export function cvaeVariables({ encoder, decoder, priorNetwork, classPlane, logSigma }: Cvae): tf.Variable[] {
  const optional = [priorNetwork, classPlane].filter((network) => network !== null);
  return [...weightsOf(encoder, decoder, ...optional), ...(logSigma ? [logSigma] : [])];
}

/** KL(N(m, e^s) || N(n, e^t)) = (t - s + (e^s + (m - n)^2) / e^t - 1) / 2 for each dimension. // [batch, latent] */
export function klBetween(q: Posterior, p: Posterior): tf.Tensor2D {
  const spread = tf.exp(tf.sub(q.logVar, p.logVar));
  const distance = tf.mul(tf.square(tf.sub(q.mu, p.mu)), tf.exp(tf.neg(p.logVar)));
  return tf.mul(0.5, tf.sub(tf.add(spread, distance), tf.add(tf.sub(q.logVar, p.logVar), 1)));
}

/** What is known, as a picture beside x and as numbers after z. */
interface Known {
  readonly plane: tf.Tensor4D; // [batch, height, width, known]
  readonly flat: tf.Tensor2D; // [batch, condition]
}

function knownOf({ classPlane }: Cvae, condition: tf.Tensor): Known {
  if (classPlane !== null)
    return { plane: classPlane.apply(condition) as tf.Tensor4D, flat: condition as tf.Tensor2D };
  return {
    plane: condition as tf.Tensor4D,
    flat: tf.reshape(condition, [condition.shape[0]!, -1]),
  };
}

/** p(z | c) */
export function priorOf(cvae: Cvae, condition: tf.Tensor): Posterior {
  if (cvae.priorNetwork !== null) return posteriorOf(cvae.priorNetwork, condition as tf.Tensor4D);
  const zeros = tf.zeros<tf.Rank.R2>([condition.shape[0]!, cvae.config.latentSize]);
  return { mu: zeros, logVar: zeros };
}

export interface CvaeParts {
  readonly reconstruction: tf.Tensor1D; // [batch], ln p(x | z, c)
  readonly kl: tf.Tensor2D; // [batch, latent]
}

/** Both terms of eq. 4, one z for each picture. `condition` is the classes, one-hot, or the known channels. */
export function cvaeParts(cvae: Cvae, x: tf.Tensor4D, condition: tf.Tensor, noise: tf.Tensor2D): CvaeParts {
  const { plane, flat } = knownOf(cvae, condition);
  const q = posteriorOf(cvae.encoder, tf.concat([x, plane], 3));
  const z = reparameterise(q, noise);
  const output = cvae.decoder.apply(tf.concat([z, flat], 1)) as tf.Tensor4D;
  return {
    reconstruction: logLikelihood(cvae.config.likelihood, x, output, cvae.logSigma),
    kl: klBetween(q, priorOf(cvae, condition)),
  };
}

export function cvaeLoss(
  cvae: Cvae,
  x: tf.Tensor4D,
  condition: tf.Tensor,
  noise: tf.Tensor2D,
  beta: tf.Scalar,
): LossParts {
  const parts = cvaeParts(cvae, x, condition, noise);
  const reconstruction = tf.mean(parts.reconstruction) as tf.Scalar;
  const kl = tf.mean(tf.sum(parts.kl, 1)) as tf.Scalar;
  return { loss: tf.sub(tf.mul(kl, beta), reconstruction), reconstruction, kl };
}

export const cvae: Family<CvaeTraining> = (config, data, seed) => {
  const { model, batchSize, condition, klWarmUpSteps } = config;
  const networks = createCvae(config, data.classes, initialSeed(seed));
  const optimiser = createOptimiser(cvaeVariables(networks), config.learningRate, {
    clipNorm: config.clipNorm ?? undefined,
  });
  const byClass = condition.kind === 'classes';
  /** The picture to draw, and what is known of it. */
  const split = (x: tf.Tensor4D, y: tf.Tensor | null): readonly [tf.Tensor4D, tf.Tensor] => {
    if (byClass) return [x, y!];
    const { channels } = condition;
    const known = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, channels]);
    return [tf.slice(x, [0, 0, 0, channels], [-1, -1, -1, -1]), known];
  };
  return {
    latent: { size: model.latentSize, prior: { kind: 'normal' } },
    classes: byClass ? data.classes : 0,
    range: [0, 1],
    variables: optimiser.variables,
    networks: {
      encoder: weightsOf(networks.encoder),
      decoder: weightsOf(networks.decoder),
      ...(networks.priorNetwork === null ? {} : { prior: weightsOf(networks.priorNetwork) }),
    },
    updates: (live) => {
      const beta = typeof live['beta'] === 'number' ? live['beta'] : config.beta;
      const classInput: readonly InputSpec[] = byClass ? [{ kind: 'y' }] : [];
      return [
        {
          name: 'cvae',
          due: () => 1,
          inputs: [
            { kind: 'x' },
            ...classInput,
            { kind: 'normal', shape: [batchSize, model.latentSize] },
            { kind: 'scalar', name: 'beta', at: ({ step }) => klWeightAt(beta, klWarmUpSteps, step) },
            optimiser.stepSize,
          ],
          figures: ['loss', 'reconstruction', 'kl'],
          variables: optimiser.variables,
          run: (inputs) => {
            const [noise, klWeight, stepSize] = inputs.slice(-3) as [tf.Tensor2D, tf.Scalar, tf.Scalar];
            return minimise(optimiser, stepSize, () => {
              const [x, known] = split(inputs[0] as tf.Tensor4D, inputs[1]!);
              const { loss, reconstruction, kl } = cvaeLoss(networks, x, known, noise, klWeight);
              return [loss, reconstruction, kl];
            });
          },
        },
      ];
    },
    generate: (z) =>
      tf.tidy(() => {
        const output = networks.decoder.apply(z) as tf.Tensor4D;
        return meanIsSigmoid(model.likelihood) ? tf.sigmoid(output) : output;
      }),
    klPerDimension: (pictures, y) =>
      tf.tidy(() => {
        const [x, known] = split(pictures as tf.Tensor4D, y);
        const { plane } = knownOf(networks, known);
        const q = posteriorOf(networks.encoder, tf.concat([x, plane], 3));
        return tf.mean(klBetween(q, priorOf(networks, known)), 0) as tf.Tensor1D;
      }),
    judge: (pictures, y, noiseSeed) =>
      tf.tidy(() => {
        const [x, known] = split(pictures as tf.Tensor4D, y);
        const noise = stepNoise(noiseSeed, 0, x.shape[0], model.latentSize);
        const parts = cvaeParts(networks, x, known, noise);
        const reconstruction = tf.mean(parts.reconstruction).dataSync()[0]!;
        const kl = tf.mean(tf.sum(parts.kl, 1)).dataSync()[0]!;
        return { elbo: reconstruction - kl, reconstruction, kl };
      }),
    facts: () => {
      const { logSigma } = networks;
      return logSigma === undefined ? {} : { sigma: Math.exp(logSigma.dataSync()[0]!) };
    },
    products: () => {
      const latentSize = networks.decoder.inputs[0]!.shape[1]!;
      const generator = buildDecoder({ ...model, latentSize }, 0, true);
      generator.setWeights(networks.decoder.getWeights());
      return { generator };
    },
    dispose: () => {
      optimiser.dispose();
      networks.logSigma?.dispose();
      for (const network of [networks.encoder, networks.decoder, networks.priorNetwork, networks.classPlane])
        network?.dispose();
    },
  };
};
