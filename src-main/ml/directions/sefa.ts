// Closed-form factorisation (SeFa, Shen & Zhou 2021, arXiv 2007.06600, section 3.2): a generator's first layer is affine, y = A z + b, so a
// step along n changes y by A n whatever z is. The directions that change it most are the eigenvectors of A^T A of the largest eigenvalues:
//   n* = argmax over |n| = 1 of |A n|^2.
// A is taken with what follows it and is linear too: batch norm rescales each unit by gamma / sd. No samples, no labels, no training.
import { symmetricEigen } from '../symmetric-eigen';

export interface Factor {
  /** Length 1; its largest coordinate is positive, so that the sign is the same everywhere. // [size] */
  readonly direction: Float64Array;
  /** |A n|^2 */
  readonly value: number;
}

/** Largest first. // weights [units, size] */
export function closedFormFactors(weights: Float64Array, size: number): readonly Factor[] {
  const units = weights.length / size;
  const gram = new Float64Array(size * size);
  for (let at = 0; at < units; at++) {
    for (let i = 0; i < size; i++) {
      const value = weights[at * size + i]!;
      for (let j = 0; j <= i; j++) gram[i * size + j]! += value * weights[at * size + j]!;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) gram[j * size + i] = gram[i * size + j]!;
  const { values, vectors } = symmetricEigen(gram, size);
  return Array.from(values, (value, at) => ({
    value,
    direction: withSign(Float64Array.from({ length: size }, (_, i) => vectors[i * size + at]!)),
  })).sort((a, b) => b.value - a.value);
}

/** An eigenvector is one up to its sign. */
export function withSign(v: Float64Array): Float64Array {
  const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? v.map((value) => -value) : v;
}
