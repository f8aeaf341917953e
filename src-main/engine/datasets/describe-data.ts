// What a person is told of data before anything is trained: statistics, classes, and a sheet of some of the pictures.
import type { Pictures } from '#shared/domain';
import { mixSeed, shuffledIndices } from '#shared/random';
import { floatsToRgba } from '../pictures';
import { subsetSource, type Source } from '../training/source';

export interface Statistics {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** So many pictures tell mean and spread to three digits. */
const SAMPLE = 2000;
const AT_ONCE = 250;

/** Of all pixel values, from a sample where there are many pictures. */
export async function statisticsOf(source: Source): Promise<Statistics> {
  const sample = shuffledIndices(1, source.count).subarray(0, SAMPLE);
  let [count, sum, squares, min, max] = [0, 0, 0, Infinity, -Infinity];
  for (let from = 0; from < sample.length; from += AT_ONCE) {
    for (const value of await source.read(sample.subarray(from, from + AT_ONCE))) {
      count++;
      sum += value;
      squares += value * value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const mean = sum / count;
  return { mean, sd: Math.sqrt(Math.max(0, squares / count - mean * mean)), min, max };
}

export function classCountsOf({ labels, classNames }: Source): readonly number[] {
  const counts = classNames.map(() => 0);
  labels?.forEach((label) => counts[label]!++);
  return counts;
}

/** A seeded draw of `n` pictures. */
export async function contactSheet(source: Source, n: number, seed: number): Promise<Pictures> {
  const places = shuffledIndices(seed, source.count).subarray(0, n);
  return picturesOf(await source.read(places), source.shape);
}

/** Some of the pictures, each beside what its source makes of it in `epochs` epochs: rows of 1 + epochs. */
export async function variationSheet(
  source: Source,
  rows: number,
  epochs: number,
  seed: number,
): Promise<Pictures> {
  const places = shuffledIndices(seed, source.count).subarray(0, rows);
  const columns = await Promise.all(
    Array.from({ length: 1 + epochs }, (_, at) =>
      at === 0 ? source.read(places) : source.read(places, at - 1),
    ),
  );
  const stride = columns[0]!.length / places.length;
  const values = new Float32Array(columns.length * columns[0]!.length);
  for (let row = 0; row < places.length; row++)
    columns.forEach((column, at) =>
      values.set(column.subarray(row * stride, (row + 1) * stride), (row * columns.length + at) * stride),
    );
  return picturesOf(values, source.shape);
}

/** Channels beyond three are left out, and two are shown side by side in grey. */
function picturesOf(values: Float32Array, { height, width, channels }: Source['shape']): Pictures {
  const count = values.length / (height * width * channels);
  const shown = channels >= 3 ? 3 : 1;
  const across = channels === 2 ? 2 : 1;
  const picture = new Float32Array(count * height * width * shown * across);
  for (let row = 0; row < count * height; row++)
    for (let copy = 0; copy < across; copy++)
      for (let x = 0; x < width; x++)
        for (let channel = 0; channel < shown; channel++)
          picture[((row * across + copy) * width + x) * shown + channel] =
            values[(row * width + x) * channels + channel + copy]!;
  const format = { height, width: width * across, channels: shown, layout: 'NHWC', range: [0, 1] } as const;
  const { rgba } = floatsToRgba(picture, format);
  return { count, width: width * across, height, rgba };
}

export interface Split {
  readonly training: Source;
  readonly validation: Source | null;
}

const SPLIT_STREAM = 0x51;

/** The same part is held out for every run on the same data with the same seed. */
export function splitSource(source: Source, fraction: number, seed: number): Split {
  const heldOut = Math.floor(source.count * fraction);
  if (heldOut === 0) return { training: source, validation: null };
  const order = shuffledIndices(mixSeed(seed, SPLIT_STREAM), source.count);
  return {
    training: subsetSource(source, order.subarray(heldOut)),
    validation: subsetSource(source, order.subarray(0, heldOut)),
  };
}
