// Pictures of a source as proofs want them.
import * as tf from '@tensorflow/tfjs';
import { shuffledIndices } from '#shared/random';
import type { Source } from '../training/source';

export const HELD_OUT_SEED = 0x4e1d;

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
