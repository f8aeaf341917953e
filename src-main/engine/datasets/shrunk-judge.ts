// A judge of larger pictures than it looks at: each is shrunk first, by the mean of squares of pixels. It learns from pictures that were
// shrunk alike, so its report holds for it as it is. What a head of 64 pixels shows is read at a quarter of the price.
import type { Source } from '../training/source';
import type { Judge } from './judge';

/** `times` pixels a side become one. It owns the judge of small pictures. */
export function shrunkJudge(judge: Judge, times: number): Judge {
  const [, height, width, channels] = judge.network.inputs[0]!.shape as [null, number, number, number];
  const small = (pictures: Float32Array): Float32Array =>
    shrink(pictures, { height: height * times, width: width * times, channels }, times);
  return {
    ...judge,
    read: (pictures) => judge.read(small(pictures)),
    features: (pictures) => judge.features(small(pictures)),
  };
}

/** What such a judge learns from. */
export function shrunkSource<S extends Source>(source: S, times: number): S {
  const { shape } = source;
  return {
    ...source,
    shape: { ...shape, height: shape.height / times, width: shape.width / times },
    read: async (indices: ArrayLike<number>, epoch?: number) =>
      shrink(await source.read(indices, epoch), shape, times),
  };
}

interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Means of squares of `times` pixels a side. // [n, height, width, channels] -> [n, height / times, width / times, channels] */
export function shrink(
  pictures: Float32Array,
  { height, width, channels }: Shape,
  times: number,
): Float32Array {
  const [rows, columns] = [height / times, width / times];
  const count = pictures.length / (height * width * channels);
  const small = new Float32Array(count * rows * columns * channels);
  for (let y = 0; y < count * height; y++) {
    const row = Math.floor(y / times); // pictures lie below one another, and each is a whole number of squares high
    for (let x = 0; x < width; x++) {
      const to = (row * columns + Math.floor(x / times)) * channels;
      const from = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) small[to + channel]! += pictures[from + channel]!;
    }
  }
  return small.map((sum) => sum / times ** 2);
}
