// The VAE of vae.ts as a family: one update, Adam down -E_q[ln p(x | z)] + beta KL(q(z | x) || p(z)), and with labels y, which z is then to
// tell along straight lines, less alpha E_q[ln p(y | z)].
import * as tf from '@tensorflow/tfjs';
import type { Family } from './family';
import { createOptimiser, minimise, weightsOf, type LearningRate } from './minimise';
import { initialSeed, stepNoise } from './random';
import { klWeightAt } from './schedule';
import {
  buildEncoder,
  buildLabelReader,
  createVae,
  disposeVae,
  elboParts,
  klPerDimension,
  labelLogLikelihood,
  lossOf,
  meanIsSigmoid,
  pictureDecoder,
  posteriorOf,
  trainableVariables,
  type ElboParts,
  type LossParts,
  type Networks,
  type VaeConfig,
} from './vae';

export interface VaeTraining {
  readonly model: VaeConfig;
  readonly batchSize: number;
  readonly learningRate: LearningRate;
  /** Gradients with a larger joint norm are scaled down to it; null: never. */
  readonly clipNorm: number | null;
  /** Weight of the KL term: < 1 sharper pictures, > 1 the beta-VAE (Higgins et al. 2017). A person may change it while it trains. */
  readonly beta: number;
  readonly klWarmUpSteps: number;
  /** Nats of KL that each dimension has for nothing; 0 or absent: none. */
  readonly freeBits?: number;
  /**
   * Alpha, the weight of ln p(y | z) of what the pictures are labelled with; 0 or absent: labels are not looked at. A label is one number
   * beside thousands of pixels, so it takes hundreds to be heard (as alpha of Kingma et al. 2014, arXiv 1406.5298, eq. 9).
   */
  readonly labelWeight?: number;
}

const JUDGE_BATCH = 500;

export const vae: Family<VaeTraining> = (config, data, seed) => {
  const { model, batchSize, clipNorm, klWarmUpSteps, labelWeight = 0 } = config;
  const networks = createVae(model, initialSeed(seed));
  const { latentSize } = model;
  const { labels = 0 } = data;
  const reader = labelWeight > 0 && labels > 0 ? buildLabelReader(latentSize, labels) : null;
  const weights = [...trainableVariables(networks), ...(reader === null ? [] : weightsOf(reader))];
  const optimiser = createOptimiser(weights, config.learningRate, { clipNorm: clipNorm ?? undefined });
  return {
    latent: { size: latentSize, prior: { kind: 'normal' } },
    classes: 0,
    range: [0, 1],
    variables: optimiser.variables,
    networks: {
      encoder: weightsOf(networks.encoder),
      decoder: weightsOf(networks.decoder),
      ...(reader === null ? {} : { labels: weightsOf(reader) }),
    },
    updates: (live) => {
      const beta = typeof live['beta'] === 'number' ? live['beta'] : config.beta;
      const freeBits = typeof live['freeBits'] === 'number' ? live['freeBits'] : (config.freeBits ?? 0);
      return [
        {
          name: 'vae',
          due: () => 1,
          inputs: [
            { kind: 'x' },
            { kind: 'normal', shape: [batchSize, latentSize] },
            { kind: 'scalar', name: 'beta', at: ({ step }) => klWeightAt(beta, klWarmUpSteps, step) },
            optimiser.stepSize,
            ...(reader === null ? [] : [{ kind: 'labels' } as const]),
          ],
          figures: ['loss', 'reconstruction', 'kl', ...(reader === null ? [] : ['labels'])],
          variables: optimiser.variables,
          run: ([x, noise, klWeight, stepSize, y]) =>
            minimise(optimiser, stepSize as tf.Scalar, () => {
              const parts = elboParts(networks, x as tf.Tensor4D, noise as tf.Tensor2D);
              const { loss, reconstruction, kl } = freeBitsLoss(parts, klWeight as tf.Scalar, freeBits);
              if (reader === null) return [loss, reconstruction, kl];
              const told = tf.mean(labelLogLikelihood(reader, parts.z, y as tf.Tensor2D)) as tf.Scalar;
              return [tf.sub(loss, tf.mul(told, labelWeight)), reconstruction, kl, told];
            }),
        },
      ];
    },
    generate: (z) =>
      tf.tidy(() => {
        const output = networks.decoder.apply(z) as tf.Tensor4D;
        return meanIsSigmoid(model.likelihood) ? tf.sigmoid(output) : output;
      }),
    encode: (x) => tf.tidy(() => ({ ...posteriorOf(networks.encoder, x as tf.Tensor4D) })),
    klPerDimension: (x) =>
      tf.tidy(
        () => tf.mean(klPerDimension(posteriorOf(networks.encoder, x as tf.Tensor4D)), 0) as tf.Tensor1D,
      ),
    judge: (x, _y, noiseSeed) => judgeElbo(networks, x as tf.Tensor4D, noiseSeed),
    facts: () => {
      const sigma = networks.logSigma === undefined ? undefined : Math.exp(networks.logSigma.dataSync()[0]!);
      return sigma === undefined ? {} : { sigma };
    },
    products: () => {
      const encoder = buildEncoder(model, 0);
      encoder.setWeights(networks.encoder.getWeights());
      return { generator: pictureDecoder(networks), encoder };
    },
    dispose: () => {
      optimiser.dispose();
      disposeVae(networks);
      reader?.dispose();
    },
  };
};

/**
 * The loss with free bits (Kingma et al. 2016, arXiv 1606.04934, eq. 15): the KL term counts sum_j max(lambda, E_x[KL_j]) over the
 * dimensions j, so that a dimension which costs less than lambda nats is not pressed further towards the prior. The kl that is
 * returned is the true one. Without free bits this is the loss of vae.ts.
 */
export function freeBitsLoss(parts: ElboParts, beta: tf.Scalar, freeBits: number): LossParts {
  if (freeBits <= 0) return lossOf(parts, beta);
  const reconstruction = tf.mean(parts.reconstruction) as tf.Scalar;
  const perDimension = tf.mean(parts.kl, 0); // [latent]
  const counted = tf.sum(tf.maximum(perDimension, freeBits));
  return {
    loss: tf.sub(tf.mul(counted, beta), reconstruction),
    reconstruction,
    kl: tf.sum(perDimension) as tf.Scalar,
  };
}

/** ELBO and its two terms in nats per picture, with noise that is the same each time so that moments of a run can be compared. */
export function judgeElbo(
  networks: Networks,
  x: tf.Tensor4D,
  seed: number,
): Readonly<Record<string, number>> {
  const count = x.shape[0];
  let [reconstruction, kl] = [0, 0];
  for (let from = 0; from < count; from += JUDGE_BATCH) {
    const size = Math.min(JUDGE_BATCH, count - from);
    tf.tidy(() => {
      const noise = stepNoise(seed, from, size, networks.config.latentSize);
      const parts = elboParts(networks, tf.slice(x, [from], [size]), noise);
      reconstruction += tf.sum(parts.reconstruction).dataSync()[0]!;
      kl += tf.sum(parts.kl).dataSync()[0]!;
    });
  }
  return { elbo: (reconstruction - kl) / count, reconstruction: reconstruction / count, kl: kl / count };
}
