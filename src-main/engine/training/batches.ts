// Pictures from bytes to the tensors that a step reads.

import * as tf from '@tensorflow/tfjs';
import type { ImageSet } from '../datasets/idx';

/** The pictures at `order[from .. from + size)`, scaled to [0, 1]. // [size, height, width, channels] */
export function pictureBatch(
  images: ImageSet,
  order: ArrayLike<number>,
  from: number,
  size: number,
): tf.Tensor4D {
  const { height, width, channels, pixels } = images;
  const stride = height * width * channels;
  const values = new Float32Array(size * stride);
  for (let row = 0; row < size; row++) {
    const start = order[from + row]! * stride;
    for (let pixel = 0; pixel < stride; pixel++) values[row * stride + pixel] = pixels[start + pixel]! / 255;
  }
  return tf.tensor4d(values, [size, height, width, channels]);
}
