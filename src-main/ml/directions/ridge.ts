// Ridge regression of a label on z (Hoerl & Kennard 1970): the w and b of least
//   sum over rows of (y - w.z - b)^2 + lambda |w|^2,   w = (Z^T Z + lambda I)^-1 Z^T y with Z and y centred.
// w is the normal of the label's level sets, so what is correlated with it in the data, and has a direction of its own, drops out; the same
// w reads the label off a z. lambda is a share of the mean variance of z, so that coordinates in which the data hardly varies (which a VAE
// does not use) get no weight out of their noise.
import { choleskyOf, solveWith } from './cholesky';
import { inner, meanOfRows, scatterOf, type Latents } from './latents';

export interface LinearReading {
  readonly weights: Float64Array; // [size]
  readonly intercept: number;
}

export const RIDGE_SHARE = 1e-3;

/** Labels on the same rows share the work. // columns: each [count]; the result in their order */
export function ridgeRegressions(
  latents: Latents,
  rows: readonly number[],
  columns: readonly ArrayLike<number>[],
  share = RIDGE_SHARE,
): readonly LinearReading[] {
  const { z, size } = latents;
  const mean = meanOfRows(latents, rows);
  const scatter = scatterOf(latents, rows, mean);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += scatter[i * size + i]!;
  // latents that are all alike say nothing: any positive number gives w = 0
  const lambda = trace > 0 ? (share * trace) / size : 1;
  for (let i = 0; i < size; i++) scatter[i * size + i]! += lambda;
  const factor = choleskyOf(scatter, size)!; // positive definite: lambda > 0
  return columns.map((y) => {
    let meanY = 0;
    for (const row of rows) meanY += y[row]! / rows.length;
    const moments = new Float64Array(size);
    for (const row of rows) {
      const from = y[row]! - meanY;
      for (let i = 0; i < size; i++) moments[i]! += from * (z[row * size + i]! - mean[i]!);
    }
    const weights = solveWith(factor, size, moments);
    return { weights, intercept: meanY - inner(weights, mean) };
  });
}

/** What a label reads at one z. // [size] */
export const readAt = ({ weights, intercept }: LinearReading, z: ArrayLike<number>): number =>
  intercept + inner(weights, z);
