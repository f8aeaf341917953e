// A direction that leaves other attributes where they are (InterFaceGAN, Shen et al. 2020, section 3.2): their normals n_1 ... n_k are
// projected out of it,
//   v - Q Q^T v   with N = Q R the normals as columns.
// It is their hyperplanes' normals that must be projected out: differences of means point along what is correlated with them, and the
// attribute itself would go with it. Two conditions are the paper's 2 x 2 system; QR does any number.
import { inner, unit } from './latents';

/** Part of a normal's length below which the others span it already. */
const SPANNED = 1e-8;

/** At length 1; null where nothing is left of v. // [size] each */
export function conditional(v: Float64Array, normals: readonly Float64Array[]): Float64Array | null {
  const rest = withoutAll(unit(v), orthonormal(normals));
  return Math.sqrt(inner(rest, rest)) < SPANNED ? null : unit(rest);
}

/** Q by Gram and Schmidt, done twice, which is as orthogonal as Householder's reflections ("twice is enough", Giraud et al. 2005). */
export function orthonormal(columns: readonly Float64Array[]): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (const column of columns) {
    const rest = withoutAll(unit(column), basis);
    if (Math.sqrt(inner(rest, rest)) > SPANNED) basis.push(unit(rest));
  }
  return basis;
}

function withoutAll(v: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = v.slice();
  for (let time = 0; time < 2; time++) {
    for (const q of basis) {
      const along = inner(rest, q);
      for (let i = 0; i < rest.length; i++) rest[i]! -= along * q[i]!;
    }
  }
  return rest;
}
