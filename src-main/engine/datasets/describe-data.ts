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

/** A seeded draw of `n` pictures. Channels beyond three are left out, and two are shown side by side in grey. */
export async function contactSheet(source: Source, n: number, seed: number): Promise<Pictures> {
  const { height, width, channels } = source.shape;
  const places = shuffledIndices(seed, source.count).subarray(0, n);
  const values = await source.read(places);
  const shown = channels >= 3 ? 3 : 1;
  const across = channels === 2 ? 2 : 1;
  const picture = new Float32Array(places.length * height * width * shown * across);
  for (let row = 0; row < places.length * height; row++)
    for (let copy = 0; copy < across; copy++)
      for (let x = 0; x < width; x++)
        for (let channel = 0; channel < shown; channel++)
          picture[((row * across + copy) * width + x) * shown + channel] =
            values[(row * width + x) * channels + channel + copy]!;
  const format = { height, width: width * across, channels: shown, layout: 'NHWC', range: [0, 1] } as const;
  const { rgba } = floatsToRgba(picture, format);
  return { count: places.length, width: width * across, height, rgba };
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

/** Each picture and its mirror image: twice as many. */
export function mirroredSource(source: Source): Source {
  const { count, labels } = source;
  const { height, width, channels } = source.shape;
  const stride = height * width * channels;
  return {
    ...source,
    count: 2 * count,
    labels: labels === null ? null : Uint8Array.from({ length: 2 * count }, (_, at) => labels[at % count]!),
    async read(indices) {
      const values = await source.read(Uint32Array.from(indices, (index) => index % count));
      for (let row = 0; row < indices.length; row++) {
        if (indices[row]! >= count)
          mirror(values.subarray(row * stride, (row + 1) * stride), width, channels);
      }
      return values;
    },
  };
}

function mirror(picture: Float32Array, width: number, channels: number): void {
  for (let start = 0; start < picture.length; start += width * channels) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      for (let channel = 0; channel < channels; channel++) {
        const [a, b] = [start + left * channels + channel, start + right * channels + channel];
        [picture[a], picture[b]] = [picture[b]!, picture[a]!];
      }
    }
  }
}
