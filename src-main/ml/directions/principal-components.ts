// Principal components of what the first layer makes of z (GANSpace, Härkönen et al. 2020, arXiv 2004.02546, section 2.2). PCA of z itself
// would say nothing, since the prior is the same in every direction. Of the activations Y = f(Z), centred, the largest components are
// found, and each is carried back into latent space by the regression of z on its scores:
//   u_k = Z^T c_k / (c_k^T c_k),   c_k = Y p_k   (the components' scores are uncorrelated, so one at a time is the whole regression).
// The components come from a random subspace that is refined by power steps (Halko, Martinsson & Tropp 2011, arXiv 0909.4061, algorithm
// 4.4): Y may be thousands of units wide, and only a few components are wanted.
import { seededRandom } from '#shared/random';
import { symmetricEigen } from '../symmetric-eigen';
import { orthonormal } from './conditional';
import { inner, meanOfRows, unit, type Latents } from './latents';
import { withSign } from './sefa';

export interface Component {
  /** Length 1. // [size] */
  readonly direction: Float64Array;
  /** Share of the activations' variance. */
  readonly share: number;
}

const MORE_THAN_WANTED = 8;
const POWER_STEPS = 4;

/** Largest share first. // activations [count, width] of the same rows as the latents */
export function principalComponents(
  latents: Latents,
  activations: Float32Array,
  wanted: number,
  seed: number,
): readonly Component[] {
  const { count, size, z } = latents;
  const width = activations.length / count;
  const rows = Array.from({ length: count }, (_, row) => row);
  const meanY = meanOfRows({ z: activations, size: width, count }, rows);
  const rowOf = (row: number): Float64Array =>
    Float64Array.from({ length: width }, (_, i) => activations[row * width + i]! - meanY[i]!);
  const random = seededRandom(seed);
  const columns = Math.min(width, count - 1, wanted + MORE_THAN_WANTED);
  let basis: readonly Float64Array[] = orthonormal(
    Array.from({ length: columns }, () => Float64Array.from({ length: width }, () => random.normal())),
  );
  let scores: Float64Array[] = [];
  for (let step = 0; step <= POWER_STEPS; step++) {
    scores = basis.map(() => new Float64Array(count));
    const next = basis.map(() => new Float64Array(width));
    for (let row = 0; row < count; row++) {
      const y = rowOf(row);
      basis.forEach((q, k) => {
        const score = inner(y, q);
        scores[k]![row] = score;
        const sum = next[k]!;
        for (let i = 0; i < width; i++) sum[i]! += score * y[i]!;
      });
    }
    if (step < POWER_STEPS) basis = orthonormal(next);
  }
  // within the subspace the components are the eigenvectors of the scores' small covariance
  const k = basis.length;
  const small = Float64Array.from({ length: k * k }, (_, at) =>
    inner(scores[Math.floor(at / k)]!, scores[at % k]!),
  );
  const { values, vectors } = symmetricEigen(small, k);
  let total = 0;
  for (let row = 0; row < count; row++) {
    const y = rowOf(row);
    total += inner(y, y);
  }
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  const meanZ = meanOfRows(latents, rows);
  return order.slice(0, wanted).map((at) => {
    const back = new Float64Array(size);
    for (let row = 0; row < count; row++) {
      let score = 0;
      for (let j = 0; j < k; j++) score += scores[j]![row]! * vectors[j * k + at]!;
      for (let i = 0; i < size; i++) back[i]! += score * (z[row * size + i]! - meanZ[i]!);
    }
    return { direction: withSign(unit(back)), share: total > 0 ? values[at]! / total : 0 };
  });
}
