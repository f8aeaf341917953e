// Tables of numbers as pictures: what shape they have, and which range their values lie in.
import { MAX_DATA_SIDE } from '../store/limits';
import { badData } from './data-errors';
import type { LabelledImages } from './idx';

export interface NumberTable {
  readonly values: ArrayLike<number>;
  /** [count, …] */
  readonly shape: readonly number[];
}

export interface NumberPictures {
  readonly images: LabelledImages;
  readonly notes: readonly string[];
}

/** [n, pixels], [n, height, width], [n, height, width, channels] or [n, channels, height, width] -> bytes. */
export function picturesOfNumbers(
  { values, shape }: NumberTable,
  labels: Uint8Array | null,
  where: string,
): NumberPictures {
  const layout = layoutOf(shape, where);
  const { count, height, width, channels, channelsFirst } = layout;
  const notes: string[] = [];
  const toByte = byteScale(values, where, notes);
  const pixels = new Uint8Array(values.length);
  const plane = height * width;
  for (let i = 0; i < pixels.length; i++) {
    const within = i % (plane * channels);
    const from = channelsFirst ? i - within + (within % channels) * plane + Math.floor(within / channels) : i;
    pixels[i] = toByte(values[from]!);
  }
  return { images: { count, height, width, channels, pixels, labels }, notes };
}

function layoutOf(shape: readonly number[], where: string) {
  const [count = 0, a = 0, b = 0, c = 0] = shape;
  const fail = () =>
    badData(
      'format',
      'The numbers have no shape of pictures',
      where,
      `it is [${shape.join(', ')}]`,
      'bring [n, height, width], [n, height, width, channels] or rows of a square',
    );
  const layout = ((): { height: number; width: number; channels: number; channelsFirst: boolean } => {
    if (shape.length === 2) {
      const square = squareOf(a);
      if (square === null) throw fail();
      return { height: square.side, width: square.side, channels: square.channels, channelsFirst: false };
    }
    if (shape.length === 3) return { height: a, width: b, channels: 1, channelsFirst: false };
    if (shape.length !== 4) throw fail();
    if (c === 1 || c === 3) return { height: a, width: b, channels: c, channelsFirst: false };
    if (a === 1 || a === 3) return { height: b, width: c, channels: a, channelsFirst: true };
    throw fail();
  })();
  const { height, width } = layout;
  if (count === 0) throw badData('none', 'There are no pictures', where);
  if (height < 1 || width < 1 || height > MAX_DATA_SIDE || width > MAX_DATA_SIDE) throw fail();
  return { count, ...layout };
}

/** Rows of so many numbers are square pictures, grey or RGB; null where they are not. */
export function squareOf(columns: number): { readonly side: number; readonly channels: 1 | 3 } | null {
  for (const channels of [1, 3] as const) {
    const side = Math.sqrt(columns / channels);
    if (Number.isInteger(side) && side >= 2) return { side, channels };
  }
  return null;
}

/** Bytes as they are; [0, 1] and [-1, 1] are stretched. */
function byteScale(values: ArrayLike<number>, where: string, notes: string[]): (value: number) => number {
  let [low, high, whole] = [Infinity, -Infinity, true];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value))
      throw badData(
        'format',
        'The pictures hold values that are no numbers',
        where,
        `value ${i + 1} is ${value}`,
      );
    if (value < low) low = value;
    if (value > high) high = value;
    whole &&= Number.isInteger(value);
  }
  if (low >= 0 && high <= 255 && (high > 1 || (whole && values instanceof Uint8Array))) return Math.round;
  if (low >= 0 && high <= 1) return (value) => Math.round(255 * value);
  if (low >= -1 && high <= 1) {
    notes.push('The values lie in -1 to 1 and were brought to 0 to 1.');
    return (value) => Math.round(127.5 * (value + 1));
  }
  notes.push(`The values lie in ${low} to ${high} and were brought to 0 to 1.`);
  return (value) => Math.round((255 * (value - low)) / (high - low));
}

/** Classes as whole numbers, counted from the lowest. */
export function classesOf(
  values: ArrayLike<number>,
  where: string,
): { readonly labels: Uint8Array; readonly classNames: readonly string[] } {
  const names = [...new Set(Array.from(values))].sort((a, b) => a - b);
  const wrong = names.find((value) => !Number.isInteger(value));
  if (wrong !== undefined || names.length > 256) {
    const cause = wrong === undefined ? `${names.length} different ones` : `one is ${wrong}`;
    throw badData(
      'labels',
      'The labels are no classes',
      where,
      cause,
      'bring whole numbers, at most 256 different',
    );
  }
  const place = new Map(names.map((name, at) => [name, at]));
  return { labels: Uint8Array.from(values, (value) => place.get(value)!), classNames: names.map(String) };
}
