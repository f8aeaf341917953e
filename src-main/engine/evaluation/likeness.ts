// How like two pictures are: PSNR and SSIM. Both read pictures in [0, 1].
import * as tf from '@tensorflow/tfjs';

/** 10 log10(1 / mean squared error), of all pictures together; infinite where they are equal. */
export const psnrOf = (squareError: number): number => -10 * Math.log10(squareError);

const WINDOW = { side: 11, sd: 1.5 } as const;
/** (K1 L)^2 and (K2 L)^2 with L = 1: keep the quotients of flat pictures defined. */
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

/**
 * Structural similarity (Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13), the mean over all windows and channels:
 *   (2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2))
 * with moments under a Gaussian window of 11 x 11 and sd 1.5. Pictures that are smaller get the largest window that fits.
 * // x, y [n, height, width, channels] -> [n]
 */
export function ssim(x: tf.Tensor4D, y: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => {
    const [n, height, width, channels] = x.shape;
    const side = Math.min(WINDOW.side, largestOdd(height), largestOdd(width));
    const kernel = tf.tensor4d(gaussianWindow(side), [side, side, 1, 1]);
    // a channel is a picture of its own
    const alone = (pictures: tf.Tensor): tf.Tensor4D =>
      tf.reshape(tf.transpose(pictures, [0, 3, 1, 2]), [n * channels, height, width, 1]);
    const blurred = (pictures: tf.Tensor): tf.Tensor =>
      tf.conv2d(pictures as tf.Tensor4D, kernel, 1, 'valid');
    const [a, b] = [alone(x), alone(y)];
    const [meanA, meanB] = [blurred(a), blurred(b)];
    const [squareA, squareB, productAB] = [tf.square(meanA), tf.square(meanB), tf.mul(meanA, meanB)];
    const varianceA = tf.sub(blurred(tf.square(a)), squareA);
    const varianceB = tf.sub(blurred(tf.square(b)), squareB);
    const covariance = tf.sub(blurred(tf.mul(a, b)), productAB);
    const above = tf.mul(tf.add(tf.mul(productAB, 2), C1), tf.add(tf.mul(covariance, 2), C2));
    const below = tf.mul(tf.add(tf.add(squareA, squareB), C1), tf.add(tf.add(varianceA, varianceB), C2));
    const perChannel = tf.mean(tf.reshape(tf.div(above, below), [n, channels, -1]), 2);
    return tf.mean(perChannel, 1) as tf.Tensor1D;
  });
}

const largestOdd = (side: number): number => (side % 2 === 1 ? side : side - 1);

/** Sums to 1. // [side, side] */
function gaussianWindow(side: number): Float32Array {
  const middle = (side - 1) / 2;
  const line = Array.from({ length: side }, (_, i) => Math.exp(-0.5 * ((i - middle) / WINDOW.sd) ** 2));
  const sum = line.reduce((a, b) => a + b, 0);
  return Float32Array.from({ length: side * side }, (_, at) => {
    const [row, column] = [Math.floor(at / side), at % side];
    return (line[row]! * line[column]!) / sum ** 2;
  });
}
