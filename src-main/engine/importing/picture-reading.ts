/**
 * How the numbers of an output may be read as a picture. The shape mostly decides; where it leaves a choice (a flat row of
 * numbers, three rows of three channels), the reading in which neighbours are most alike is taken: pictures are smooth.
 */
import type { PictureLayout } from '#shared/importing';
import { channelOrder, toChannelsLast } from '../picture-order';

export interface PictureReading {
  readonly layout: PictureLayout;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

const CHANNELS = [1, 3, 4] as const;
type Channels = (typeof CHANNELS)[number];
const isChannels = (count: number | undefined): count is Channels => CHANNELS.includes(count as Channels);

/** Below this side nothing is called a picture: ten class scores are none, a 4 x 4 toy is. */
const LEAST_SIDE = 4;
/** Of a flat picture, whose sides are found by factoring: longer ones are hardly ever meant. */
const MOST_ASPECT = 2;
/** Of rows and columns without channels: what is longer is a sequence, such as the styles of each layer of a style generator. */
export const MOST_ASPECT_OF_ROWS = 4;
/** A row of this many numbers with an axis of its own for the channel is sound, not a flat picture. */
const SOUND_LENGTH = 4_000;

export type NotPicture = 'few' | 'sound' | 'volume' | 'features';

export type Readings =
  { readonly kind: 'pictures'; readonly readings: readonly PictureReading[] } | { readonly kind: NotPicture };

/** Readings of one picture's shape, batch taken off, the likeliest first. `batched` says whether there was one. */
export function readingsOf(shape: readonly number[], batched: boolean): Readings {
  const many = (layout: PictureLayout, one: PictureLayout): PictureLayout => (batched ? layout : one);
  const [a = 1, b = 1, c = 1] = shape;
  const total = shape.reduce((product, side) => product * side, 1);
  if (shape.length === 0 || total < LEAST_SIDE * LEAST_SIDE) return { kind: 'few' };
  if (shape.length === 1) return pictures(flatReadings(total), 'features');
  if (shape.length === 2) {
    if (a === 1 || b === 1)
      return total >= SOUND_LENGTH ? { kind: 'sound' } : pictures(flatReadings(total), 'features');
    if (Math.min(a, b) < LEAST_SIDE) return { kind: Math.max(a, b) >= SOUND_LENGTH ? 'sound' : 'features' };
    if (Math.max(a, b) > MOST_ASPECT_OF_ROWS * Math.min(a, b)) return { kind: 'features' };
    return pictures([{ layout: many('NHW', 'HW'), height: a, width: b, channels: 1 }], 'features');
  }
  if (shape.length === 3) {
    const readings: PictureReading[] = [];
    if (isChannels(c) && Math.min(a, b) >= LEAST_SIDE)
      readings.push({ layout: many('NHWC', 'HWC'), height: a, width: b, channels: c });
    if (isChannels(a) && Math.min(b, c) >= LEAST_SIDE)
      readings.push({ layout: many('NCHW', 'CHW'), height: b, width: c, channels: a });
    const square = ({ height, width }: PictureReading): number => (height === width ? 0 : 1);
    readings.sort((one, other) => square(one) - square(other));
    if (readings.length === 0 && isChannels(c) && Math.max(a, b) >= SOUND_LENGTH) return { kind: 'sound' };
    return pictures(readings, Math.min(a, b, c) >= LEAST_SIDE && isVolume(a, b, c) ? 'volume' : 'features');
  }
  return { kind: 'volume' };
}

function pictures(readings: readonly PictureReading[], otherwise: NotPicture): Readings {
  return readings.length > 0 ? { kind: 'pictures', readings } : { kind: otherwise };
}

/** Three sides of about one length. */
const isVolume = (...sides: readonly number[]): boolean =>
  Math.max(...sides) <= MOST_ASPECT * Math.min(...sides);

/** Squares first, grey before colour; else the sides nearest to a square. */
function flatReadings(total: number): readonly PictureReading[] {
  const squares: PictureReading[] = [];
  const others: PictureReading[] = [];
  for (const channels of CHANNELS) {
    const pixels = total / channels;
    if (!Number.isInteger(pixels)) continue;
    const orders: readonly PictureLayout[] = channels === 1 ? ['flat'] : ['flat', 'flat-channels-first'];
    const side = Math.sqrt(pixels);
    for (const layout of orders) {
      if (Number.isInteger(side) && side >= LEAST_SIDE) {
        squares.push({ layout, height: side, width: side, channels });
        continue;
      }
      for (
        let short = Math.floor(side);
        short * short * MOST_ASPECT >= pixels && short >= LEAST_SIDE;
        short--
      ) {
        if (pixels % short !== 0) continue;
        const long = pixels / short;
        others.push({ layout, height: long, width: short, channels });
        others.push({ layout, height: short, width: long, channels });
      }
    }
  }
  return squares.length > 0 ? squares : others;
}

/**
 * Mean difference of neighbours, across and down, in units of the pictures' own spread: 0 for one colour, about 1.1 for
 * noise. // [count, ...picture]
 */
export function roughness(values: Float32Array, { layout, height, width, channels }: PictureReading): number {
  const each = height * width * channels;
  const pictures = toChannelsLast(values, { height, width, channels }, channelOrder(layout));
  let sum = 0;
  let pairs = 0;
  for (let start = 0; start + each <= pictures.length; start += each) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = start + (y * width + x) * channels + channel;
          const value = pictures[at] ?? 0;
          if (x + 1 < width) sum += Math.abs((pictures[at + channels] ?? 0) - value);
          if (y + 1 < height) sum += Math.abs((pictures[at + width * channels] ?? 0) - value);
          pairs += (x + 1 < width ? 1 : 0) + (y + 1 < height ? 1 : 0);
        }
      }
    }
  }
  const spread = deviation(pictures);
  return spread === 0 || pairs === 0 ? 0 : sum / pairs / spread;
}

export interface ReadingChoice {
  readonly reading: PictureReading;
  /** True where the shape alone decides. */
  readonly certain: boolean;
  readonly why: string;
}

/** A later reading must be this much smoother than the first to be taken instead of it. */
const CLEARLY = 0.85;

export function chooseReading(
  readings: readonly PictureReading[],
  values: Float32Array,
): ReadingChoice | null {
  const [first] = readings;
  if (first === undefined) return null;
  if (readings.length === 1) {
    const certain = !first.layout.startsWith('flat') || first.channels === 1;
    return { reading: first, certain, why: `Its shape is that of ${nameOf(first)}.` };
  }
  const measured = readings
    .map((reading) => ({ reading, rough: roughness(values, reading) }))
    .sort((one, other) => one.rough - other.rough);
  const [best = { reading: first, rough: 0 }] = measured;
  const ofFirst = measured.find(({ reading }) => reading === first)?.rough ?? 0;
  const reading = best.rough < CLEARLY * ofFirst ? best.reading : first;
  return {
    reading,
    certain: false,
    why: `Of ${readings.length} ways to read its numbers, ${nameOf(reading)} ${reading === first ? 'is the usual one, and no other is clearly smoother' : 'gives the smoothest pictures'}.`,
  };
}

const nameOf = ({ layout, width, height, channels }: PictureReading): string =>
  `${width} x ${height} with ${channels === 1 ? 'one channel' : `${channels} channels`}${
    layout === 'flat-channels-first' || layout === 'NCHW' || layout === 'CHW' ? ', one after another' : ''
  }`;

function deviation(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
}
