// What z moves by with a label while all other labels stay: least squares of z on all labels at once,
//   min over A, b of  sum over rows of |z - A y - b|^2,   A = Z^T Y (Y^T Y)^-1 with Z and Y centred,
// of which the wanted column is taken. It is the forward model of Haufe et al. 2014 (NeuroImage 87, section 2): the normal of a regression of
// y on z is how a label is best *read*, which need not be where the data goes when the label changes; a decoder has only learned the latter.
// Being partial effects, the columns do not take in what is merely correlated with their label.
import { choleskyOf, solveWith } from './cholesky';
import { meanOfRows, type Latents } from './latents';

/** Keeps labels that say the same apart, just: a share of a label's variance, which is 1. */
const RIDGE_SHARE = 1e-3;

/** What z moves by for one standard deviation of the label at `at`; 0 where it is the same in all rows. // columns: each [count] */
export function jointEffect(
  latents: Latents,
  rows: readonly number[],
  columns: readonly ArrayLike<number>[],
  at: number,
): Float64Array {
  const { z, size } = latents;
  const labels = columns.map((column) => standardised(rows, column));
  const n = labels.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let row = 0; row < rows.length; row++) sum += labels[i]![row]! * labels[j]![row]!;
      gram[i * n + j] = sum / rows.length + (i === j ? RIDGE_SHARE : 0);
    }
  }
  const wanted = new Float64Array(n);
  wanted[at] = 1;
  // (Y^T Y)^-1 is symmetric: its column weighs the labels into the part of y[at] that no other label explains
  const shares = solveWith(choleskyOf(gram, n)!, n, wanted); // positive definite by its ridge
  const mean = meanOfRows(latents, rows);
  const effect = new Float64Array(size);
  rows.forEach((row, place) => {
    let own = 0;
    for (let i = 0; i < n; i++) own += shares[i]! * labels[i]![place]!;
    for (let i = 0; i < size; i++) effect[i]! += (own * (z[row * size + i]! - mean[i]!)) / rows.length;
  });
  return effect;
}

/** At mean 0 and variance 1; all 0 where they are all alike. */
function standardised(rows: readonly number[], column: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(rows, (row) => column[row]!);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => (sd > 0 ? (value - mean) / sd : 0));
}
