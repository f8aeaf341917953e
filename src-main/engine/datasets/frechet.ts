// The Frechet distance between two sets of features taken as Gaussians (Heusel et al. 2017, arXiv 1706.08500):
//   d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))
// It is never 0 between two finite samples of one distribution: read it beside the real-against-real floor, at the same counts.
import { symmetricEigen } from '#ml/symmetric-eigen';

export interface Moments {
  readonly mean: Float64Array; // [width]
  readonly covariance: Float64Array; // [width, width]
}

/** // features [n, width] */
export function momentsOf(features: Float32Array, width: number): Moments {
  const count = features.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]! / count;
  const covariance = new Float64Array(width * width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) {
      const di = (features[row * width + i]! - mean[i]!) / Math.max(1, count - 1);
      for (let j = i; j < width; j++)
        covariance[i * width + j]! += di * (features[row * width + j]! - mean[j]!);
    }
  }
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) covariance[i * width + j] = covariance[j * width + i]!;
  return { mean, covariance };
}

/** // features [n, width] each */
export const frechetDistance = (a: Float32Array, b: Float32Array, width: number): number =>
  frechetOfMoments(momentsOf(a, width), momentsOf(b, width));

export function frechetOfMoments(a: Moments, b: Moments): number {
  const width = a.mean.length;
  // tr (C1 C2)^(1/2) is the sum of the roots of the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2), which has the same ones.
  const root = squareRoot(a.covariance, width);
  const between = product(product(root, b.covariance, width), root, width);
  const { values } = symmetricEigen(symmetrised(between, width), width);
  let distance = 0;
  for (let i = 0; i < width; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2;
    distance += a.covariance[i * width + i]! + b.covariance[i * width + i]!;
    distance -= 2 * Math.sqrt(Math.max(0, values[i]!));
  }
  return Math.max(0, distance);
}

function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const value = Math.sqrt(Math.max(0, values[k]!));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) root[i * n + j]! += value * vectors[i * n + k]! * vectors[j * n + k]!;
  }
  return root;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++)
      for (let j = 0; j < n; j++) result[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
  return result;
}

const symmetrised = (matrix: Float64Array, n: number): Float64Array =>
  matrix.map((value, at) => (value + matrix[(at % n) * n + Math.floor(at / n)]!) / 2);
