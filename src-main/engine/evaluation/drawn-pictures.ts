// Draws from the prior of a generator, and what a family in training makes of them: what it is judged by.
import * as tf from '@tensorflow/tfjs';
import type { Trainable } from '#ml/family';
import { seededRandom } from '#shared/random';

export interface PriorDraws {
  readonly z: Float32Array; // [count, latent]
  /** Classes to ask for; zeros where none can be. // [count] */
  readonly labels: Uint8Array;
}

/** The classes in turn, or those that are given. */
export function drawPrior(
  { latent, classes }: Pick<Trainable, 'latent' | 'classes'>,
  count: number,
  seed: number,
  asked?: Uint8Array,
): PriorDraws {
  const { size, prior } = latent;
  const random = seededRandom(seed);
  const z = Float32Array.from({ length: count * size }, () =>
    prior.kind === 'normal' ? random.normal() : prior.low + (prior.high - prior.low) * random.uniform(),
  );
  const labels = Uint8Array.from({ length: count }, (_, row) =>
    classes === 0 ? 0 : (asked?.[row] ?? row % classes),
  );
  return { z, labels };
}

/** Each z with its class one-hot after it. // [count, latent + classes] */
export function withClasses(z: Float32Array, labels: Uint8Array, classes: number): Float32Array {
  if (classes === 0) return z;
  const size = z.length / labels.length;
  const rows = new Float32Array(labels.length * (size + classes));
  labels.forEach((label, row) => {
    rows.set(z.subarray(row * size, (row + 1) * size), row * (size + classes));
    rows[row * (size + classes) + size + label] = 1;
  });
  return rows;
}

const BATCH = 250;

/** What `generate` makes of them, in parts that bound the memory. // [count, height, width, channels] in [0, 1]; points as they are */
export function picturesOfDraws(
  { classes, range, generate }: Pick<Trainable, 'classes' | 'range' | 'generate'>,
  { z, labels }: PriorDraws,
): Float32Array {
  const inputs = withClasses(z, labels, classes);
  const width = inputs.length / labels.length;
  const parts: Float32Array[] = [];
  for (let start = 0; start < labels.length; start += BATCH) {
    const rows = Math.min(BATCH, labels.length - start);
    parts.push(
      tf.tidy(() => {
        const input = tf.tensor2d(inputs.slice(start * width, (start + rows) * width), [rows, width]);
        return Float32Array.from(toUnit(generate(input), range).dataSync());
      }),
    );
  }
  return joined(parts);
}

export interface Drawn extends PriorDraws {
  readonly pictures: Float32Array; // [count, height, width, channels] in [0, 1]; points as they are
}

/** Pictures from the prior, the classes in turn. */
export function drawPictures(
  trainable: Pick<Trainable, 'latent' | 'classes' | 'range' | 'generate'>,
  count: number,
  seed: number,
): Drawn {
  const draws = drawPrior(trainable, count, seed);
  return { ...draws, pictures: picturesOfDraws(trainable, draws) };
}

/** Pictures of a family's range in [0, 1], as data and judges have them. */
const toUnit = (pictures: tf.Tensor, range: Trainable['range']): tf.Tensor =>
  range === 'points' || range[0] === 0 ? pictures : tf.mul(tf.add(pictures, 1), 0.5);

/** And back, as an encoder reads them. */
export const fromUnit = (pictures: tf.Tensor, range: Trainable['range']): tf.Tensor =>
  range === 'points' || range[0] === 0 ? pictures : tf.sub(tf.mul(pictures, 2), 1);

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
