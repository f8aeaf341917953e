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
  const { values, count, size } = rows;
  const random = seededRandom(seed);
  const width = Math.min(size, count, wanted + MORE_THAN_WANTED);
  let axes: readonly Float64Array[] = orthonormal(
    Array.from({ length: width }, () => Float64Array.from({ length: size }, () => random.normal())),
  );
  let total = 0;
  let small = new Float64Array(0);
  const centred = new Float64Array(size);
  for (let step = 0; step <= POWER_STEPS; step++) {
    const k = axes.length;
    const next = axes.map(() => new Float64Array(size));
    small = new Float64Array(k * k);
    total = 0;
    const scores = new Float64Array(k);
    for (let row = 0; row < count; row++) {
      for (let i = 0; i < size; i++) centred[i] = values[row * size + i]! - mean[i]!;
      total += inner(centred, centred);
      for (let a = 0; a < k; a++) scores[a] = inner(axes[a]!, centred);
      for (let a = 0; a < k; a++) {
        for (let b = 0; b <= a; b++) small[a * k + b]! += scores[a]! * scores[b]!;
        if (step === POWER_STEPS) continue;
        const sum = next[a]!;
        for (let i = 0; i < size; i++) sum[i]! += scores[a]! * centred[i]!;
      }
    }
    if (step < POWER_STEPS) axes = orthonormal(next);
  }
  // within the subspace they are the eigenvectors of the scores' small covariance
  const k = axes.length;
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) small[b * k + a] = small[a * k + b]!;
  const { values: variances, vectors } = symmetricEigen(small, k);
  const order = Array.from(variances.keys()).sort((a, b) => variances[b]! - variances[a]!);
  const chosen = order.slice(0, wanted);
  return {
    mean,
    axes: chosen.map((at) => {
      const axis = new Float64Array(size);
      for (let j = 0; j < k; j++)
        for (let i = 0; i < size; i++) axis[i]! += vectors[j * k + at]! * axes[j]![i]!;
      return withSign(axis);
    }),
    shares: chosen.map((at) => (total > 0 ? variances[at]! / total : 0)),
  };
}
