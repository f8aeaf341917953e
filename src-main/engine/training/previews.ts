// What a run makes at present, for a person who watches: pictures of fixed latents, originals beside their reconstructions, the codes of
// held-out pictures, the manifold, and how much of the data is covered. The latents never change during a run, so that moments can be
// compared.
import * as tf from '@tensorflow/tfjs';
import { manifoldGrid } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';
import type { PictureFormat, Pictures } from '#shared/domain';
import type { Preview } from '#shared/training';
import type { Trainable } from '#ml/family';
import { floatsToRgba } from '../pictures';
import { createCoverage } from './coverage';
import type { TrainingData } from './data';

const SAMPLES = 64;
/** Classes that are shown beside each other at most. */
const COLUMNS = 10;
const ORIGINALS = 8;
const CODES = 1000;
const POINTS = 1000;
/** Pictures of which the classes are counted: a class of one in ten is missed by chance once in 10^12 times. */
const COUNTED = 256;
const MANIFOLD = { side: 12, span: 2.5 } as const;

export type Previewer = (step: number) => Promise<Preview>;

export function createPreviewer(trainable: Trainable, data: TrainingData, seed: number): Previewer {
  const { latent, classes, range, categoryNames } = trainable;
  const held = data.heldOut ?? data.training;
  const { height, width, channels } = held.shape;
  const format: PictureFormat = {
    ...{ height, width, channels: channels as PictureFormat['channels'], layout: 'NHWC' },
    range: range === 'points' ? [0, 1] : range,
  };
  const size = latent.size + classes;
  const judge = createCoverage(data);
  const shown = Math.min(classes, COLUMNS);
  const places = Uint32Array.from({ length: Math.min(CODES, held.count) }, (_, i) => i);
  let watched: Promise<Float32Array> | undefined;

  /** Row `row` is the latent of seed `seedOf(row)`, with its class, if any, after it. */
  function latents(count: number, seedOf: (row: number) => number, classOf: (row: number) => number) {
    const z = new Float32Array(count * size);
    for (let row = 0; row < count; row++) {
      z.set(latentOfSeed(seed + seedOf(row), latent.size, latent.prior), row * size);
      if (classes > 0) z[row * size + latent.size + classOf(row)] = 1;
    }
    return z;
  }
  const inTurn = (row: number): number => row % Math.max(1, classes);
  const free = (count: number): Float32Array => latents(count, (row) => row, inTurn);
  /** One latent a row, one class a column, as conditional models are always shown (Mirza & Osindero 2014, figure 2). */
  const samples = (): Float32Array =>
    shown === 0
      ? free(SAMPLES)
      : latents(
          shown * Math.floor(SAMPLES / shown),
          (row) => Math.floor(row / shown),
          (row) => row % shown,
        );

  const decode = (z: Float32Array): Float32Array =>
    tf.tidy(() => Float32Array.from(trainable.generate(tf.tensor2d(z, [z.length / size, size])).dataSync()));
  const toPictures = (values: Float32Array): Pictures => ({
    ...{ count: values.length / (height * width * channels), width, height },
    rgba: floatsToRgba(values, format).rgba,
  });

  async function judged(made: Float32Array, count: number) {
    const isAsked = classes > 0 && categoryNames === undefined; // a category is no class of the data
    const asked = !isAsked ? null : Array.from({ length: count }, (_, row) => inTurn(row));
    return judge(fromRange(made, range), asked);
  }

  async function encoded(): Promise<Pick<Preview, 'codes' | 'reconstructions'>> {
    const { encode } = trainable;
    if (encode === undefined) return { codes: null, reconstructions: null };
    const pixels = intoRange(await (watched ??= held.read(places)), range);
    const mu = tf.tidy(() => {
      const x = tf.tensor4d(pixels, [places.length, height, width, channels]);
      return Float32Array.from(encode(x).mu.dataSync());
    });
    const labels = held.labels?.slice(0, places.length) ?? null;
    const codes = { mu, size: latent.size, labels };
    if (classes > 0) return { codes, reconstructions: null };
    const count = Math.min(ORIGINALS, places.length);
    const original = pixels.subarray(0, count * height * width * channels);
    const remade = decode(mu.slice(0, count * latent.size));
    const both = new Float32Array(2 * original.length);
    both.set(original);
    both.set(remade, original.length);
    return { codes, reconstructions: toPictures(both) };
  }

  return async (step) => {
    const columnNames = (categoryNames ?? held.classNames).slice(0, shown);
    const nothing = {
      ...{ step, samples: null, columns: 1, columnNames, reconstructions: null, codes: null },
      ...{ manifold: null, points: null },
    };
    if (range === 'points') {
      const points = decode(free(POINTS));
      return { ...nothing, points, ...(await judged(points, POINTS)) };
    }
    const hasManifold = latent.size === 2 && classes === 0;
    return {
      ...nothing,
      samples: toPictures(decode(samples())),
      columns: shown === 0 ? Math.round(Math.sqrt(SAMPLES)) : shown,
      manifold: hasManifold
        ? toPictures(decode(manifoldGrid(MANIFOLD.side, MANIFOLD.span, latent.prior)))
        : null,
      ...(await encoded()),
      ...(await judged(decode(free(COUNTED)), COUNTED)),
    };
  };
}

const isSigned = (range: Trainable['range']): boolean => range !== 'points' && range[0] === -1;

const intoRange = (pixels: Float32Array, range: Trainable['range']): Float32Array =>
  isSigned(range) ? pixels.map((value) => 2 * value - 1) : pixels;

const fromRange = (values: Float32Array, range: Trainable['range']): Float32Array =>
  isSigned(range) ? values.map((value) => (value + 1) / 2) : values;
