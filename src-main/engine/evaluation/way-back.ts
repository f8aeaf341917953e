// Pictures through an encoder and back: how like they stay, and what the codes hold. For every family that has an encoder.
import * as tf from '@tensorflow/tfjs';
import type { Subject } from './subject';
import { psnrOf, ssim } from './likeness';
import { activeUnits } from './vae-bounds';
import type { Source } from '../training/source';

export interface WayBack {
  /** Of the mean squared error of all pixels, dB. */
  readonly psnr: number;
  /** Mean over the pictures. */
  readonly ssim: number;
  /** KL(q(z | x) || N(0, 1)) in nats; null where the encoder gives points. */
  readonly kl: number | null;
  readonly activeUnits: number;
  /** Share of reconstructions that keep the class of their picture; null where nobody can tell. */
  readonly classKept: number | null;
}

/** How many of these reconstructions are of the class of their picture. */
export type CountKept = (reconstructions: Float32Array, places: Uint32Array) => number;

const BATCH = 250;

export interface WayBackOptions {
  /** The pictures. */
  readonly places: Uint32Array;
  readonly countKept: CountKept | null;
  /** Class of the model to ask for, for each class of the data, where the model takes one. */
  readonly modelClassOf: readonly number[] | null;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Through the posterior's mean. */
export async function measureWayBack(
  { latent, draw }: Pick<Subject, 'latent' | 'draw'>,
  encode: NonNullable<Subject['encode']>,
  source: Source,
  { places, countKept, modelClassOf, onProgress = () => undefined }: WayBackOptions,
): Promise<WayBack> {
  const { height, width, channels } = source.shape;
  const n = places.length;
  const mu = new Float32Array(n * latent.size);
  let [squares, likeness, kl, kept] = [0, 0, 0, 0];
  let isProbabilistic = true;
  for (let from = 0; from < n; from += BATCH) {
    const some = places.subarray(from, from + BATCH);
    const pixels = await source.read(some);
    const posterior = await encode(pixels, some.length);
    mu.set(posterior.mu, from * latent.size);
    if (posterior.logVar === null) isProbabilistic = false;
    else kl += klOf(posterior.mu, posterior.logVar);
    const labels = Uint8Array.from(some, (place) => modelClassOf?.[source.labels?.[place] ?? 0] ?? 0);
    const again = await draw({ z: posterior.mu, labels });
    squares += again.reduce((sum, value, i) => sum + (value - pixels[i]!) ** 2, 0);
    likeness += tf.tidy(() => {
      const shape: [number, number, number, number] = [some.length, height, width, channels];
      return tf.sum(ssim(tf.tensor4d(pixels, shape), tf.tensor4d(again, shape))).dataSync()[0]!;
    });
    kept += countKept?.(again, some) ?? 0;
    onProgress(from + some.length, n);
  }
  return {
    psnr: psnrOf(squares / (n * height * width * channels)),
    ssim: likeness / n,
    kl: isProbabilistic ? kl / n : null,
    activeUnits: activeUnits(mu, latent.size),
    classKept: countKept === null ? null : kept / n,
  };
}

/** (mu^2 + exp(logVar) - 1 - logVar) / 2, summed (Kingma & Welling 2014, appendix B). */
const klOf = (mu: Float32Array, logVar: Float32Array): number =>
  mu.reduce((sum, m, i) => sum + 0.5 * (m * m + Math.exp(logVar[i]!) - 1 - logVar[i]!), 0);
