// What a person is told of data before anything is trained.
import { seededRandom } from '#shared/random';
import type { PictureFormat } from '#shared/domain';
import type { DataSummary } from '#shared/training';
import { floatsToRgba } from '../pictures';
import type { TrainingData } from '../training/data';

const SHEET = 64;
const SAMPLED = 1000;
const POINTS = 2000;

/** Statistics over a seeded draw of the pictures, in [0, 1]. */
export async function summarise({ title, training, unreadable, notes }: TrainingData): Promise<DataSummary> {
  const { count, shape, labels, classNames } = training;
  const { height, width, channels } = shape;
  const isPoints = height === 1 && width === 1;
  const random = seededRandom(1);
  const places = Uint32Array.from({ length: Math.min(SAMPLED, count) }, () => random.integer(count));
  const values = await training.read(places);
  let [sum, squares, min, max] = [0, 0, Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / values.length;
  const classCounts = classNames.map(() => 0);
  labels?.forEach((label) => (classCounts[label] = (classCounts[label] ?? 0) + 1));
  const format: PictureFormat = { height, width, channels: channels as 1 | 3, range: [0, 1], layout: 'NHWC' };
  const shown = Math.min(SHEET, places.length);
  const sheet = isPoints
    ? null
    : {
        count: shown,
        width,
        height,
        rgba: floatsToRgba(values.slice(0, shown * height * width * channels), format).rgba,
      };
  const points = isPoints
    ? await training.read(Uint32Array.from({ length: Math.min(POINTS, count) }, (_, i) => i))
    : null;
  return {
    title,
    count,
    height,
    width,
    channels,
    classNames,
    classCounts,
    statistics: { mean, sd: Math.sqrt(Math.max(0, squares / values.length - mean * mean)), min, max },
    unreadable,
    notes,
    sheet,
    points,
  };
}
