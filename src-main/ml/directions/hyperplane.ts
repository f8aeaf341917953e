// The normal of the hyperplane that separates those with an attribute from those without (InterFaceGAN, Shen et al. 2020, arXiv
// 1907.10786, section 3.1, with the logistic loss in place of the SVM's hinge: smooth, so Newton's method ends at the one minimum):
//   least of sum over rows of log(1 + exp(-y (w.z + b))) + lambda/2 |w|^2, y = +-1.
// Iteratively reweighted least squares: each step solves (X^T P X + lambda I) d = gradient with P = p (1 - p).
import { choleskyOf, solveWith } from './cholesky';
import { inner, meanOfRows, type Latents } from './latents';
import type { LinearReading } from './ridge';

export interface HyperplaneOptions {
  /** On w for z at unit spread; keeps w finite where the classes do not overlap. */
  readonly lambda: number;
  readonly steps: number;
  /** The gradient's largest part, for each row, at which it is found. */
  readonly tolerance: number;
}

export const HYPERPLANE_DEFAULTS: HyperplaneOptions = { lambda: 1, steps: 50, tolerance: 1e-9 };

/** Both classes weigh the same, however many rows they have. */
export function hyperplane(
  { z, size, count }: Latents,
  withIt: readonly number[],
  without: readonly number[],
  { lambda, steps, tolerance }: HyperplaneOptions = HYPERPLANE_DEFAULTS,
): LinearReading {
  const latents = { z, size, count };
  const rows = [...withIt, ...without];
  const mean = meanOfRows(latents, rows);
  const spread = spreadOf(latents, rows, mean);
  const width = size + 1; // the last column is the intercept's
  const x = new Float64Array(rows.length * width);
  rows.forEach((row, at) => {
    for (let i = 0; i < size; i++) x[at * width + i] = (z[row * size + i]! - mean[i]!) / spread;
    x[at * width + size] = 1;
  });
  const weightOf = (at: number): number =>
    rows.length / 2 / (at < withIt.length ? withIt.length : without.length);

  const lossOf = (w: Float64Array): number => {
    let loss = 0;
    for (let at = 0; at < rows.length; at++) {
      const margin = (at < withIt.length ? 1 : -1) * inner(x.subarray(at * width, (at + 1) * width), w);
      // log(1 + exp(-m)) without overflow
      loss += weightOf(at) * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin));
    }
    return loss + (lambda / 2) * inner(w.subarray(0, size), w.subarray(0, size));
  };

  let w: Float64Array = new Float64Array(width);
  let loss = lossOf(w);
  for (let step = 0; step < steps; step++) {
    const { gradient, hessian } = slopes(x, w, withIt.length, rows.length, width, lambda, weightOf);
    if (gradient.every((part) => Math.abs(part) <= tolerance * rows.length)) break;
    const factor = choleskyOf(hessian, width);
    if (factor === null) break;
    const move = solveWith(factor, width, gradient);
    // Newton's step may overshoot far from the minimum: halve it until the loss falls
    let size = 1;
    let next = w;
    for (let halving = 0; halving < 30; halving++, size /= 2) {
      next = w.map((value, i) => value - size * move[i]!);
      if (lossOf(next) <= loss) break;
    }
    const nextLoss = lossOf(next);
    if (!(nextLoss < loss)) break;
    [w, loss] = [next, nextLoss];
  }
  const weights = w.subarray(0, size).map((value) => value / spread);
  return { weights, intercept: w[size]! - inner(weights, mean) };
}

function slopes(
  x: Float64Array,
  w: Float64Array,
  positives: number,
  count: number,
  width: number,
  lambda: number,
  weightOf: (at: number) => number,
) {
  const gradient = new Float64Array(width);
  const hessian = new Float64Array(width * width);
  for (let at = 0; at < count; at++) {
    const row = x.subarray(at * width, (at + 1) * width);
    const p = 1 / (1 + Math.exp(-inner(row, w)));
    const error = weightOf(at) * (p - (at < positives ? 1 : 0));
    const curvature = weightOf(at) * p * (1 - p);
    for (let i = 0; i < width; i++) {
      gradient[i]! += error * row[i]!;
      const part = curvature * row[i]!;
      for (let j = 0; j <= i; j++) hessian[i * width + j]! += part * row[j]!;
    }
  }
  for (let i = 0; i < width - 1; i++) {
    gradient[i]! += lambda * w[i]!;
    hessian[i * width + i]! += lambda;
  }
  hessian[width * width - 1]! += 1e-12; // the intercept has no penalty
  return { gradient, hessian };
}

/** One spread for all coordinates: to scale each by its own would blow up those that the model does not use. */
function spreadOf({ z, size }: Latents, rows: readonly number[], mean: Float64Array): number {
  let sum = 0;
  for (const row of rows) for (let i = 0; i < size; i++) sum += (z[row * size + i]! - mean[i]!) ** 2;
  return Math.sqrt(sum / (rows.length * size)) || 1;
}
