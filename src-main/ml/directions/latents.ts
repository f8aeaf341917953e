// What every finder of directions starts from: latents in rows, and some of these rows. Plain arithmetic in 64 bits: a direction must not
// depend on the engine that happens to be there, nor on the order of a sum in its kernels.

/** // z [count, size] */
export interface Latents {
  readonly z: Float32Array;
  readonly size: number;
  readonly count: number;
}

export function meanOfRows({ z, size }: Latents, rows: readonly number[]): Float64Array {
  const mean = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) mean[i]! += z[row * size + i]!;
  return mean.map((value) => value / rows.length);
}

/** Sums of (z - mean)(z - mean)^T over the rows. // [size, size] */
export function scatterOf({ z, size }: Latents, rows: readonly number[], mean: Float64Array): Float64Array {
  const scatter = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (const row of rows) {
    for (let i = 0; i < size; i++) centred[i] = z[row * size + i]! - mean[i]!;
    for (let i = 0; i < size; i++) {
      const value = centred[i]!;
      for (let j = 0; j <= i; j++) scatter[i * size + j]! += value * centred[j]!;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) scatter[j * size + i] = scatter[i * size + j]!;
  return scatter;
}

export function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** At length 1; a direction of no length stays as it is. */
export function unit(v: Float64Array): Float64Array {
  const length = Math.sqrt(inner(v, v));
  return length === 0 ? v : v.map((value) => value / length);
}

/** How far each row lies along v. // [rows] */
export function scoresAlong(
  { z, size }: Latents,
  rows: readonly number[],
  v: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(rows, (row) => inner(z.subarray(row * size, (row + 1) * size), v));
}
