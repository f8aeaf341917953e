/** Networks that are something else, each with the sentence that says what, and what would help. */
import { AppError } from '#shared/errors';
import type { TensorPort } from '#shared/importing';
import { describe, isColourPicture, isPictureShape } from './ports';
import type { NotPicture } from './picture-reading';

export function notAGenerator(cause: string, remedy: string, where?: string): AppError {
  return new AppError({
    code: 'model/not-a-generator',
    headline: 'This network is no generator of pictures from a latent',
    where,
    cause,
    remedy,
  });
}

/** Rows of coordinates in, one pixel for each row out. */
export function isCoordinates(input: TensorPort, outputs: readonly TensorPort[]): boolean {
  const [rows, width] = input.shape;
  if (input.shape.length !== 2 || typeof rows !== 'number' || typeof width !== 'number') return false;
  if (rows < 16 || width > 16) return false;
  return outputs.some(({ shape }) => {
    const total = shape.reduce<number>((product, side) => product * (side ?? 1), 1);
    return [1, 3, 4].some((channels) => total === rows * channels);
  });
}

export const coordinatesNetwork = ({ name, shape }: TensorPort): AppError =>
  notAGenerator(
    `it takes ${shape[0]} rows of ${shape[1]} numbers and gives one pixel for each, so it draws by coordinates and has no latent`,
    'export a network that takes one z for a whole picture',
    `input ${name}`,
  );

export const autoencoder = (): AppError =>
  notAGenerator(
    'it takes a picture and gives a picture',
    'export its decoder alone; an encoder may lie beside it',
  );

export const wholeNumbers = (name: string): AppError =>
  notAGenerator(
    'its only input takes whole numbers, such as the entries of a codebook, between which nothing can move',
    'export the part of the network that comes after the codebook',
    `input ${name}`,
  );

/** A vector comes out where a picture should. `values` are a few of its rows. */
export function vectorFrom(
  row: readonly (number | null)[],
  width: number,
  values: Float32Array,
  output: string,
): AppError {
  const takes = isPictureShape(row) || isColourPicture(row) ? 'a picture' : describe(row);
  const where = `output ${output}`;
  if (isProbabilities(values, width) || /softmax|prob|logits|class/i.test(output)) {
    return notAGenerator(
      `it takes ${takes} and gives ${width} scores of classes, so it is a classifier`,
      'choose the network that makes the pictures',
      where,
    );
  }
  return notAGenerator(
    `it takes ${takes} and gives ${width === 1 ? 'one number' : `${width} numbers`}, as an encoder does`,
    'choose the decoder; an encoder is used beside it',
    where,
  );
}

/** Rows of numbers from 0 to 1 that add up to 1. */
export function isProbabilities(values: Float32Array, width: number): boolean {
  if (width < 2 || values.length < width) return false;
  for (let start = 0; start + width <= values.length; start += width) {
    const row = values.subarray(start, start + width);
    if (row.some((value) => !(value >= 0 && value <= 1.001))) return false;
    if (Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) > 1e-3) return false;
  }
  return true;
}

export function otherOutput(kind: NotPicture, shape: readonly number[], output: string): AppError {
  const sizes = describe(shape);
  const where = `output ${output}`;
  switch (kind) {
    case 'sound':
      return notAGenerator(
        `it gives ${sizes} values in a row, which is sound or another signal`,
        'only pictures are shown here',
        where,
      );
    case 'volume':
      return notAGenerator(
        `it gives ${sizes} values, which is a volume or a film`,
        'only flat pictures are shown here',
        where,
      );
    default:
      return notAGenerator(
        `it gives ${sizes} values, which is no picture with 1, 3 or 4 channels`,
        'export it together with the layers that end in pixels',
        where,
      );
  }
}
