// How a run does on pictures that it is not trained on, at the end of an epoch.
import * as tf from '@tensorflow/tfjs';
import { mixSeed } from '#shared/random';
import type { Trainable } from '#ml/family';
import type { Source } from './source';
import type { Figures } from './stepper';

const JUDGED = 2_000;
/** As many at once: a whole epoch's held-out pictures in one go would take more memory than the training itself. */
const BATCH = 500;
const SEED = 0x5eed;

/** Means over the pictures; the noise is the same in every epoch, so that epochs can be compared. null where the family has no judge. */
export async function judgeHeldOut(trainable: Trainable, heldOut: Source): Promise<Figures | null> {
  const { judge, range } = trainable;
  if (judge === undefined || range === 'points') return null;
  const count = Math.min(JUDGED, heldOut.count);
  const sums: Record<string, number> = {};
  for (let from = 0; from < count; from += BATCH) {
    const places = Uint32Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => from + i);
    const { x, y } = await tensorsAt(heldOut, places, range);
    const figures = judge(x, y, mixSeed(SEED, from));
    tf.dispose(y === null ? [x] : [x, y]);
    for (const [name, value] of Object.entries(figures))
      sums[name] = (sums[name] ?? 0) + (value * places.length) / count;
  }
  return sums;
}

async function tensorsAt(
  { shape, labels, read }: Source,
  places: Uint32Array,
  range: readonly [number, number],
): Promise<{ readonly x: tf.Tensor4D; readonly y: tf.Tensor2D | null }> {
  const { height, width, channels, classes } = shape;
  const pixels = await read(places);
  const scaled = range[0] === -1 ? pixels.map((value) => 2 * value - 1) : pixels;
  const x = tf.tensor4d(scaled, [places.length, height, width, channels]);
  if (labels === null) return { x, y: null };
  const own = Int32Array.from(places, (place) => labels[place]!);
  return { x, y: tf.tidy(() => tf.oneHot(tf.tensor1d(own, 'int32'), classes).toFloat() as tf.Tensor2D) };
}
