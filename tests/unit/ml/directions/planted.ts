// Latents in which the truth is planted: z = sum over labels of label x axis, the axes orthonormal, the rest noise.
import { mixSeed, seededRandom } from '#shared/random';
import type { Latents } from '#ml/directions/latents';

export interface Planted extends Latents {
  /** Standard normal both, with correlation rho. */
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly axisA: Float64Array;
  readonly axisB: Float64Array;
}

export function planted(count: number, size: number, rho: number, seed: number): Planted {
  const { normal } = seededRandom(seed);
  const axisA = Float64Array.from({ length: size }, normal);
  const axisB = Float64Array.from({ length: size }, normal);
  scale(axisA);
  const along = axisA.reduce((sum, value, i) => sum + value * axisB[i]!, 0);
  axisA.forEach((value, i) => (axisB[i]! -= along * value));
  scale(axisB);
  const a = new Float64Array(count);
  const b = new Float64Array(count);
  const z = new Float64Array(count * size);
  for (let row = 0; row < count; row++) {
    const random = seededRandom(mixSeed(seed, row + 1));
    a[row] = random.normal();
    b[row] = rho * a[row]! + Math.sqrt(1 - rho * rho) * random.normal();
    const noise = Float64Array.from({ length: size }, () => 0.5 * random.normal());
    for (const axis of [axisA, axisB]) {
      const part = noise.reduce((sum, value, i) => sum + value * axis[i]!, 0);
      axis.forEach((value, i) => (noise[i]! -= part * value));
    }
    for (let i = 0; i < size; i++) z[row * size + i] = a[row]! * axisA[i]! + b[row]! * axisB[i]! + noise[i]!;
  }
  return { z: Float32Array.from(z), size, count, a, b, axisA, axisB };
}

function scale(v: Float64Array): void {
  const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  v.forEach((value, i) => (v[i] = value / length));
}

export const rowsOf = (values: Float64Array, test: (value: number) => boolean): number[] =>
  Array.from(values.keys()).filter((row) => test(values[row]!));

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
