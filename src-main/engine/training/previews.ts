// What a run makes at present, for a person who watches: pictures of fixed latents, originals beside their reconstructions, the codes of
// held-out pictures, the manifold. The latents never change during a run, so that moments can be compared.
import * as tf from '@tensorflow/tfjs';
import { manifoldGrid } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';
import type { PictureFormat, Pictures } from '#shared/domain';
import type { Preview } from '#shared/training';
import type { Trainable } from '#ml/family';
import { floatsToRgba } from '../pictures';
import type { Source } from './source';

const SAMPLES = 64;
const ORIGINALS = 8;
const CODES = 1000;
const POINTS = 1000;
const MANIFOLD = { side: 12, span: 2.5 } as const;

export type Previewer = (step: number) => Promise<Preview>;

export function createPreviewer(trainable: Trainable, held: Source, seed: number): Previewer {
  const { latent, classes, range } = trainable;
  const format: PictureFormat | null =
    range === 'points'
      ? null
      : {
          height: held.shape.height,
          width: held.shape.width,
          channels: held.shape.channels as PictureFormat['channels'],
          range,
          layout: 'NHWC',
        };
  const places = Array.from({ length: Math.min(CODES, held.count) }, (_, i) => i);
  let watched: Promise<Float32Array> | undefined;

  /** Latents with their classes after them: class i % classes for row i, so that a wall shows each class in a column. */
  const latents = (count: number): Float32Array => {
    const z = new Float32Array(count * (latent.size + classes));
    for (let row = 0; row < count; row++) {
      const at = row * (latent.size + classes);
      z.set(latentOfSeed(seed + row, latent.size, latent.prior), at);
      if (classes > 0) z[at + latent.size + (row % classes)] = 1;
    }
    return z;
  };

  function decode(z: Float32Array): Float32Array {
    const width = latent.size + classes;
    return tf.tidy(() =>
      Float32Array.from(trainable.generate(tf.tensor2d(z, [z.length / width, width])).dataSync()),
    );
  }

  const toPictures = (values: Float32Array, pictureFormat: PictureFormat): Pictures => {
    const { height, width, channels } = pictureFormat;
    const { rgba } = floatsToRgba(values, pictureFormat);
    return { count: values.length / (height * width * channels), width, height, rgba };
  };

  return async (step) => {
    if (format === null) {
      return {
        step,
        samples: null,
        reconstructions: null,
        codes: null,
        manifold: null,
        points: decode(latents(POINTS)),
      };
    }
    const samples = toPictures(decode(latents(SAMPLES)), format);
    const hasManifold = latent.size === 2 && classes === 0;
    const manifold = hasManifold
      ? toPictures(decode(manifoldGrid(MANIFOLD.side, MANIFOLD.span, latent.prior)), format)
      : null;
    const encode = trainable.encode;
    if (encode === undefined)
      return { step, samples, reconstructions: null, codes: null, manifold, points: null };
    const pixels = await (watched ??= held.read(places));
    const mu = tf.tidy(() => {
      const { height, width, channels } = held.shape;
      const x = tf.tensor4d(inRange(pixels, range), [places.length, height, width, channels]);
      return Float32Array.from(encode(x).mu.dataSync());
    });
    const labels = held.labels?.slice(0, places.length) ?? null;
    const codes = { mu, size: latent.size, labels };
    return {
      step,
      samples,
      reconstructions: classes > 0 ? null : reconstructions(),
      codes,
      manifold,
      points: null,
    };

    function reconstructions(): Pictures {
      const stride = pixels.length / places.length;
      const count = Math.min(ORIGINALS, places.length);
      const remade = decode(mu.slice(0, count * latent.size));
      const original = inRange(pixels.slice(0, count * stride), range);
      const both = new Float32Array(2 * count * stride);
      both.set(original);
      both.set(remade, count * stride);
      return toPictures(both, format!);
    }
  };
}

const inRange = (pixels: Float32Array, range: Trainable['range']): Float32Array =>
  range !== 'points' && range[0] === -1 ? pixels.map((value) => 2 * value - 1) : pixels;
