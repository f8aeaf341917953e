// Principal components of rows. Up to a few hundred coordinates from the whole covariance, exact to rounding; of wider rows (pictures) the
// largest ones by power steps on a random subspace (Halko, Martinsson & Tropp 2011, arXiv 0909.4061, algorithm 4.4).
import { seededRandom } from '#shared/random';
import { orthonormal } from '../directions/conditional';
import { inner } from '../directions/latents';
import { withSign } from '../directions/sefa';
import { symmetricEigen } from '../symmetric-eigen';
import type { Rows } from './nearest';

export interface Basis {
  readonly mean: Float64Array; // [size]
  /** Orthonormal, largest variance first; the largest coordinate of each is positive. // [wanted][size] */
  readonly axes: readonly Float64Array[];
  /** Share of the whole variance that lies along each. */
  readonly shares: readonly number[];
}

const WHOLE_UP_TO = 256;
const MORE_THAN_WANTED = 8;
const POWER_STEPS = 8;

export function principalBasis(rows: Rows, wanted: number, seed = 0): Basis {
  const mean = meanOf(rows);
  const most = Math.min(wanted, rows.size, Math.max(1, rows.count - 1));
  return rows.size <= WHOLE_UP_TO ? wholeBasis(rows, mean, most) : subspaceBasis(rows, mean, most, seed);
}

/** // [count, axes] */
export function projected({ values, count, size }: Rows, { mean, axes }: Basis): Float32Array<ArrayBuffer> {
  const scores = new Float32Array(count * axes.length);
  const centred = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) centred[i] = values[row * size + i]! - mean[i]!;
    for (let k = 0; k < axes.length; k++) scores[row * axes.length + k] = inner(axes[k]!, centred);
  }
  return scores;
}

function meanOf({ values, count, size }: Rows): Float64Array {
  const mean = new Float64Array(size);
  for (let row = 0; row < count; row++) for (let i = 0; i < size; i++) mean[i]! += values[row * size + i]!;
  return mean.map((value) => value / count);
}

function wholeBasis({ values, count, size }: Rows, mean: Float64Array, wanted: number): Basis {
  const covariance = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < size; i++) centred[i] = values[row * size + i]! - mean[i]!;
    for (let i = 0; i < size; i++) {
      const value = centred[i]!;
      for (let j = 0; j <= i; j++) covariance[i * size + j]! += (value * centred[j]!) / count;
    }
  }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) covariance[j * size + i] = covariance[i * size + j]!;
  const { values: variances, vectors } = symmetricEigen(covariance, size);
  const total = variances.reduce((sum, value) => sum + value, 0);
  const order = Array.from(variances.keys()).sort((a, b) => variances[b]! - variances[a]!);
  const chosen = order.slice(0, wanted);
  return {
    mean,
    axes: chosen.map((at) =>
      withSign(Float64Array.from({ length: size }, (_, i) => vectors[i * size + at]!)),
    ),
    shares: chosen.map((at) => (total > 0 ? variances[at]! / total : 0)),
  };
}

function subspaceBasis(rows: Rows, mean: Float64Array, wanted: number, seed: number): Basis {
  const { count, size } = rows;
  const random = seededRandom(seed);
  const width = Math.min(size, count, wanted + MORE_THAN_WANTED);
  const centred = centredRows(rows, mean);
  let axes: readonly Float64Array[] = orthonormal(
    Array.from({ length: width }, () => Float64Array.from({ length: size }, () => random.normal())),
  );
  for (let step = 0; step < POWER_STEPS; step++)
    axes = orthonormal(axes.map((axis) => timesGram(centred, axis)));
  // within the subspace they are the eigenvectors of the scores' small covariance
  const k = axes.length;
  const scores = axes.map((axis) => timesRows(centred, axis));
  const small = Float64Array.from({ length: k * k }, (_, at) =>
    inner(scores[Math.floor(at / k)]!, scores[at % k]!),
  );
  let total = 0;
  for (let at = 0; at < centred.length; at++) total += centred[at]! * centred[at]!;
  const { values: variances, vectors } = symmetricEigen(small, k);
  const order = Array.from(variances.keys()).sort((a, b) => variances[b]! - variances[a]!);
  const chosen = order.slice(0, wanted);
  return {
    mean,
    axes: chosen.map((at) => {
      const axis = new Float64Array(size);
      for (let j = 0; j < k; j++) {
        const weight = vectors[j * k + at]!;
        const own = axes[j]!;
        for (let i = 0; i < size; i++) axis[i]! += weight * own[i]!;
      }
      return withSign(axis);
    }),
    shares: chosen.map((at) => (total > 0 ? variances[at]! / total : 0)),
  };
}

function centredRows({ values, count, size }: Rows, mean: Float64Array): Float32Array {
  const centred = new Float32Array(count * size);
  for (let row = 0; row < count; row++)
    for (let i = 0; i < size; i++) centred[row * size + i] = values[row * size + i]! - mean[i]!;
  return centred;
}

/** X v // [count] */
function timesRows(rows: Float32Array, v: Float64Array): Float64Array {
  const size = v.length;
  return Float64Array.from({ length: rows.length / size }, (_, row) => {
    let sum = 0;
    const from = row * size;
    for (let i = 0; i < size; i++) sum += rows[from + i]! * v[i]!;
    return sum;
  });
}

/** X^T X v // [size] */
function timesGram(rows: Float32Array, v: Float64Array): Float64Array {
  const size = v.length;
  const sums = new Float64Array(size);
  const scores = timesRows(rows, v);
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    const from = row * size;
    for (let i = 0; i < size; i++) sums[i]! += score * rows[from + i]!;
  }
  return sums;
}
