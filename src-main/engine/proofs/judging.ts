// What a judge makes of the pictures of a generator: are they of the class that was asked for, and as various as the real ones.
import * as tf from '@tensorflow/tfjs';
import type { Trainable } from '#ml/family';
import { seededRandom, shuffledIndices } from '#shared/random';
import { FEATURES, type Reading } from '../datasets/judge';
import type { Source } from '../training/source';

export const HELD_OUT_SEED = 0x4e1d;
const BATCH = 250;

export interface Drawn {
  readonly pictures: Float32Array; // [count, height, width, channels] in [0, 1]
  readonly inputs: Float32Array; // [count, latent + classes]
  readonly labels: Uint8Array; // [count], the classes that were asked for
}

/** Pictures from the prior, the classes in turn. */
export function drawPictures(trainable: Trainable, count: number, seed: number): Drawn {
  const { latent, classes } = trainable;
  const { size, prior } = latent;
  const width = size + classes;
  const random = seededRandom(seed);
  const inputs = new Float32Array(count * width);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++)
      inputs[row * width + i] =
        prior.kind === 'normal' ? random.normal() : prior.low + (prior.high - prior.low) * random.uniform();
    if (classes === 0) continue;
    labels[row] = row % classes;
    inputs[row * width + size + labels[row]!] = 1;
  }
  const parts: Float32Array[] = [];
  for (let from = 0; from < count; from += BATCH) {
    const rows = Math.min(BATCH, count - from);
    parts.push(
      tf.tidy(() => {
        const input = tf.tensor2d(inputs.slice(from * width, (from + rows) * width), [rows, width]);
        return Float32Array.from(trainable.generate(input).dataSync());
      }),
    );
  }
  return { pictures: joined(parts), inputs, labels };
}

export const allPictures = (source: Source): Promise<Float32Array> =>
  source.read(Uint32Array.from({ length: source.count }, (_, i) => i));

/** `count` pictures of a source, drawn by the seed, with their classes. The caller disposes both. */
export async function picturesOf(source: Source, count: number, seed: number) {
  const indices = shuffledIndices(seed, source.count).subarray(0, count);
  const { height, width, channels } = source.shape;
  const values = await source.read(indices);
  return {
    indices,
    x: tf.tensor4d(values, [indices.length, height, width, channels]),
    labels: Array.from(indices, (index) => source.labels?.[index] ?? 0),
  };
}

/** Share of pictures that the judge takes for what they were meant to be. */
export function agreement(seen: ArrayLike<number>, meant: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < seen.length; i++) right += Number(seen[i] === meant[i]);
  return right / seen.length;
}

/** Standard deviation of the judge's features within a class, over all classes: what one class has of variety. */
export function spreadWithinClasses(
  { features }: Reading,
  labels: ArrayLike<number>,
  classes: number,
): number {
  let variance = 0;
  for (let label = 0; label < classes; label++) {
    const sums = new Float64Array(FEATURES);
    const squares = new Float64Array(FEATURES);
    let count = 0;
    for (let row = 0; row < labels.length; row++) {
      if (labels[row] !== label) continue;
      count++;
      for (let i = 0; i < FEATURES; i++) {
        const value = features[row * FEATURES + i]!;
        sums[i]! += value;
        squares[i]! += value * value;
      }
    }
    for (let i = 0; i < FEATURES; i++) variance += squares[i]! / count - (sums[i]! / count) ** 2;
  }
  return Math.sqrt(variance / classes / FEATURES);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
