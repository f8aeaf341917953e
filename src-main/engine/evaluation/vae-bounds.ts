// What a VAE is worth on pictures it has not seen, in nats per picture.

import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import { mixSeed, seededNormal, shuffledIndices } from '#shared/random';
import { importanceSample, importanceWeightedBound, klPerDimension, posteriorOf } from '#ml/vae';
import type { Trainable } from '#ml/family';
import type { Likelihood, Networks } from '#ml/vae';
import type { Source } from '../training/source';

export interface MeasureOptions {
  /** Pictures, drawn by the seed when fewer than there are. */
  readonly n: number;
  readonly seed: number;
  readonly importanceSamples: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface VaeMeasures {
  /** E_q[ln p(x|z)] - KL, a lower bound of ln p(x). */
  readonly elbo: number;
  /** The importance-weighted bound with `importanceSamples` samples: tighter, never below the ELBO but for chance. */
  readonly iwae: number;
  readonly reconstruction: number;
  readonly kl: number;
  readonly klPerDimension: readonly number[];
  /** Dimensions in use: Var_x(E_q[z]) > 0.01 (Burda et al. 2016, section 5.1). */
  readonly activeUnits: number;
  readonly importanceSamples: number;
  readonly n: number;
  readonly seed: number;
}

export interface MeasuredCodes {
  readonly mu: Float32Array; // [n, latent]
  readonly logVar: Float32Array; // [n, latent]
}

const BATCH = 250;
const ACTIVE_VARIANCE = 0.01;

export async function measureVae(
  networks: Networks,
  source: Source,
  { n, seed, importanceSamples, onProgress }: MeasureOptions,
): Promise<{ readonly measures: VaeMeasures; readonly codes: MeasuredCodes }> {
  const { latentSize } = networks.config;
  const { height, width, channels } = source.shape;
  const order =
    n < source.count ? shuffledIndices(seed, source.count) : Uint32Array.from({ length: n }, (_, i) => i);
  const codes = { mu: new Float32Array(n * latentSize), logVar: new Float32Array(n * latentSize) };
  const klSums = new Float64Array(latentSize);
  let reconstruction = 0;
  let iwae = 0;
  for (let from = 0; from < n; from += BATCH) {
    const size = Math.min(BATCH, n - from);
    const pixels = await source.read(order.subarray(from, from + size));
    tf.tidy(() => {
      const x = tf.tensor4d(pixels, [size, height, width, channels]);
      const posterior = posteriorOf(networks.encoder, x);
      codes.mu.set(posterior.mu.dataSync(), from * latentSize);
      codes.logVar.set(posterior.logVar.dataSync(), from * latentSize);
      const kl = tf.sum(klPerDimension(posterior), 0).dataSync();
      klSums.forEach((sum, dimension) => (klSums[dimension] = sum + kl[dimension]!));
      const noise = seededNormal(mixSeed(seed, from), importanceSamples * size * latentSize);
      const logWeights = Array.from({ length: importanceSamples }, (_, k) =>
        tf.tidy(() => {
          const values = noise.slice(k * size * latentSize, (k + 1) * size * latentSize);
          const sample = importanceSample(networks, x, posterior, tf.tensor2d(values, [size, latentSize]));
          reconstruction += tf.sum(sample.reconstruction).dataSync()[0]! / importanceSamples;
          return sample.logWeight;
        }),
      );
      iwae += tf.sum(importanceWeightedBound(tf.stack(logWeights) as tf.Tensor2D)).dataSync()[0]!;
    });
    onProgress?.(from + size, n);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const perDimension = Array.from(klSums, (sum) => sum / n);
  const kl = perDimension.reduce((sum, value) => sum + value, 0);
  const measures = {
    elbo: reconstruction / n - kl,
    iwae: iwae / n,
    reconstruction: reconstruction / n,
    kl,
    klPerDimension: perDimension,
    activeUnits: activeUnits(codes.mu, latentSize),
    importanceSamples,
    n,
    seed,
  };
  return { measures, codes };
}

/** The ELBO as a family itself measures it, one draw of z for each picture: for networks that are not those of a plain VAE. */
export async function averagedJudgement(
  judge: NonNullable<Trainable['judge']>,
  { count, shape, labels, read }: Source,
  { n, seed }: Pick<MeasureOptions, 'n' | 'seed'>,
): Promise<Pick<VaeMeasures, 'elbo' | 'reconstruction' | 'kl'>> {
  const { height, width, channels, classes } = shape;
  const order = shuffledIndices(seed, count);
  const sums: Record<string, number> = {};
  for (let from = 0; from < n; from += BATCH) {
    const places = order.subarray(from, Math.min(from + BATCH, n));
    const pixels = await read(places);
    tf.tidy(() => {
      const x = tf.tensor4d(pixels, [places.length, height, width, channels]);
      const own = labels === null ? null : Array.from(places, (place) => labels[place]!);
      const y =
        own === null ? null : (tf.oneHot(tf.tensor1d(own, 'int32'), classes).toFloat() as tf.Tensor2D);
      for (const [name, value] of Object.entries(judge(x, y, mixSeed(seed, from))))
        sums[name] = (sums[name] ?? 0) + value * places.length;
    });
  }
  const mean = (name: string): number => (sums[name] ?? NaN) / n;
  return { elbo: mean('elbo'), reconstruction: mean('reconstruction'), kl: mean('kl') };
}

/**
 * Networks of a finished pack in the form that the bounds need: the decoder up to its logits. The inner model shares its
 * weights with `decoder`; dispose only `encoder` and `decoder`.
 */
export function storedNetworks(
  encoder: tf.LayersModel,
  decoder: tf.LayersModel,
  likelihood: Likelihood,
  latentSize: number,
): Networks {
  const config = { likelihood, latentSize };
  const logSigma = undefined;
  if (likelihood.kind === 'gaussian' && likelihood.mean === 'linear')
    return { config, encoder, decoder, logSigma };
  const last = decoder.layers.at(-1);
  const before = decoder.layers.at(-2);
  if (
    last?.getClassName() !== 'Activation' ||
    last.getConfig()['activation'] !== 'sigmoid' ||
    before === undefined
  ) {
    throw new AppError({
      code: 'model/likelihood',
      headline: 'The likelihood of this model cannot be computed',
      cause: 'its decoder does not end in a sigmoid of its own',
      remedy: 'evaluate a VAE that was trained here',
    });
  }
  const logits = tf.model({ inputs: decoder.inputs, outputs: before.output as tf.SymbolicTensor });
  return { config, encoder, decoder: logits, logSigma };
}

/** Dimensions in use: Var_x(E_q[z]) > 0.01. // mu [n, latent] */
export function activeUnits(mu: Float32Array, latentSize: number): number {
  const rows = mu.length / latentSize;
  let active = 0;
  for (let dimension = 0; dimension < latentSize; dimension++) {
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const value = mu[row * latentSize + dimension]!;
      sum += value;
      squares += value * value;
    }
    if (squares / rows - (sum / rows) ** 2 > ACTIVE_VARIANCE) active++;
  }
  return active;
}
