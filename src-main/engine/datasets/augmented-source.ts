// Pictures that are a little different in every epoch: mirrored, moved by some pixels, lighter or darker. What is done to a picture is a
// function of (seed, epoch, picture), so a run that is killed and resumed sees the same pictures as one that is not.
import type { DataShape } from '#ml/family';
import { mixSeed, seededRandom } from '#shared/random';
import type { Augmentation } from '#shared/training';
import type { Source } from '../training/source';

const STREAM = 0xa06;

export const changesAnything = ({ mirror, shift, brightness }: Augmentation): boolean =>
  mirror || shift > 0 || brightness > 0;

/** Read without an epoch, the pictures come as they are: for previews, codes and statistics. Points of a plane are never changed. */
export function augmentedSource(source: Source, augmentation: Augmentation, seed: number): Source {
  const { shape } = source;
  const isPoints = shape.height === 1 && shape.width === 1;
  if (isPoints || !changesAnything(augmentation)) return source;
  const stride = shape.height * shape.width * shape.channels;
  return {
    ...source,
    async read(indices, epoch) {
      const values = await source.read(indices, epoch);
      if (epoch === undefined) return values;
      const stream = mixSeed(mixSeed(seed, STREAM), epoch);
      for (let row = 0; row < indices.length; row++) {
        const picture = values.subarray(row * stride, (row + 1) * stride);
        changePicture(picture, shape, augmentation, mixSeed(stream, indices[row]!));
      }
      return values;
    },
  };
}

/** In place. // picture: [height, width, channels] in [0, 1] */
export function changePicture(
  picture: Float32Array,
  shape: DataShape,
  { mirror, shift, brightness }: Augmentation,
  seed: number,
): void {
  const random = seededRandom(seed);
  // always drawn in the same order: switching one of them on leaves the others as they were
  const isMirrored = random.uniform() < 0.5 && mirror;
  const across = random.integer(2 * shift + 1) - shift;
  const down = random.integer(2 * shift + 1) - shift;
  const light = 1 + brightness * (2 * random.uniform() - 1);
  if (isMirrored || across !== 0 || down !== 0) place(picture, shape, isMirrored, across, down);
  if (brightness > 0) for (let i = 0; i < picture.length; i++) picture[i] = Math.min(1, light * picture[i]!);
}

function place(
  picture: Float32Array,
  { height, width, channels }: DataShape,
  isMirrored: boolean,
  across: number,
  down: number,
): void {
  const before = picture.slice();
  const inside = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  for (let y = 0; y < height; y++) {
    const fromRow = inside(y - down, height) * width;
    for (let x = 0; x < width; x++) {
      const column = inside(x - across, width);
      const from = (fromRow + (isMirrored ? width - 1 - column : column)) * channels;
      const to = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) picture[to + channel] = before[from + channel]!;
    }
  }
}
