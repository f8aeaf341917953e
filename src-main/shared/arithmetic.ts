// Vector arithmetic on concepts (Radford, Metz & Chintala 2016, section 6.3.2): each term is the mean of several exemplars, because a
// single z is unstable; the signed sum of the means is decoded. mean(smiling women) - mean(neutral women) + mean(neutral men).
import type { LatentVector, Prior } from './domain';
import { AppError } from './errors';
import { dot, norm } from './latent-math';
import { mixSeed, seededRandom } from './random';

export interface Term {
  /** Signed: +1 and -1 in the paper. */
  readonly weight: number;
  /** At least one. // [size] each */
  readonly exemplars: readonly LatentVector[];
}

/**
 * What becomes of the sum's length. The mean of n draws of N(0, I) is sqrt(n) times shorter than a draw, and a sum of three means is
 * longer again: either way the sum leaves the shell on which the prior has its mass, and where a GAN was trained.
 */
export const NORM_RULES = ['none', 'shell', 'slerp'] as const;
export type NormRule = (typeof NORM_RULES)[number];

/** z of the sum. @throws AppError input/well for a term without exemplars, input/latent where their sizes differ. */
export function evaluateTerms(
  terms: readonly Term[],
  rule: NormRule,
  prior: Prior,
): Float32Array<ArrayBuffer> {
  const means = terms.map(({ exemplars }) => meanOf(exemplars));
  const [first] = means;
  if (first === undefined) throw emptyWell();
  if (means.some((mean) => mean.length !== first.length)) throw otherModel();
  const weighted = terms.map(({ weight }, i) => ({ weight, mean: means[i]! }));
  switch (rule) {
    case 'none':
      return sumOf(weighted);
    case 'shell':
      return rescaled(sumOf(weighted), shellRadius(first.length, prior));
    case 'slerp':
      return sphericalSum(weighted, shellRadius(first.length, prior));
  }
}

export function meanOf(exemplars: readonly LatentVector[]): Float32Array<ArrayBuffer> {
  const [first] = exemplars;
  if (first === undefined) throw emptyWell();
  if (exemplars.some(({ length }) => length !== first.length)) throw otherModel();
  const mean = new Float32Array(first.length);
  for (const z of exemplars) for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + z[i]!;
  return mean.map((value) => value / exemplars.length);
}

interface WeightedMean {
  readonly weight: number;
  readonly mean: Float32Array;
}

function sumOf(terms: readonly WeightedMean[]): Float32Array<ArrayBuffer> {
  const sum = new Float32Array(terms[0]!.mean.length);
  for (const { weight, mean } of terms)
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * mean[i]!;
  return sum;
}

/**
 * The same sum on the sphere: every mean is first put on the shell, so that no term weighs more because it was averaged over fewer
 * exemplars, and the result is put there too. For weights (1 - t, t) of two means it is the point at which the chord crosses slerp's arc.
 */
function sphericalSum(terms: readonly WeightedMean[], radius: number): Float32Array<ArrayBuffer> {
  return rescaled(sumOf(terms.map(({ weight, mean }) => ({ weight, mean: rescaled(mean, radius) }))), radius);
}

/** The length of a typical draw: sqrt(d - 1/2) of N(0, I), to within 1 % of E|z|; sqrt(d E z_i^2) of a uniform prior. */
export function shellRadius(size: number, prior: Prior): number {
  if (prior.kind === 'normal') return Math.sqrt(Math.max(size - 0.5, 0.5));
  const { low, high } = prior;
  return Math.sqrt((size * (low * low + low * high + high * high)) / 3);
}

export function rescaled(z: LatentVector, radius: number): Float32Array<ArrayBuffer> {
  const length = norm(z);
  return Float32Array.from(z, (value) => (length === 0 ? 0 : (value * radius) / length));
}

/**
 * Exemplars that lie far from the others: beyond the median distance to the mean of the rest by more than `FAR` times the median
 * deviation. Fewer than four say nothing.
 */
export function outliersOf(exemplars: readonly LatentVector[]): readonly number[] {
  if (exemplars.length < 4) return [];
  const distances = exemplars.map((z, i) => {
    const rest = meanOf(exemplars.filter((_, other) => other !== i));
    return norm(z.map((value, at) => value - rest[at]!));
  });
  const middle = medianOf(distances);
  const deviation = medianOf(distances.map((distance) => Math.abs(distance - middle)));
  const far = middle + Math.max(FAR * 1.4826 * deviation, LEAST_SHARE * middle);
  return distances.flatMap((distance, i) => (distance > far ? [i] : []));
}
/** In standard deviations, as the median deviation estimates them; and never for less than this share of the usual distance. */
const FAR = 3;
const LEAST_SHARE = 0.25;

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};

/** The seed by which a term's exemplars are drawn: "smiling woman" in the first place and in the third are other pictures. */
export const seedOfTerm = (seed: number, place: number): number => mixSeed(seed, place);

/** The paper's 3 x 3: the result in the middle, around it the same with uniform noise of +-0.25. // [9][size] */
export function withNoise(z: LatentVector, seed: number, scale = 0.25): readonly LatentVector[] {
  const random = seededRandom(seed);
  return Array.from({ length: 9 }, (_, place) =>
    place === 4 ? z : z.map((value) => value + scale * (2 * random.uniform() - 1)),
  );
}

/** v without its parts along the locked directions: what moves along it leaves them where they are (Gram-Schmidt on both). */
export function orthogonalTo(v: LatentVector, locked: readonly LatentVector[]): Float32Array<ArrayBuffer> {
  const basis: Float32Array[] = [];
  for (const direction of locked) {
    const rest = without(direction, basis);
    const length = norm(rest);
    // a direction that the others span already locks nothing more
    if (length > 1e-6 * norm(direction)) basis.push(rest.map((value) => value / length));
  }
  return without(v, basis);
}

function without(v: LatentVector, basis: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  let rest = Float32Array.from(v);
  for (const unit of basis) {
    const along = dot(rest, unit);
    rest = rest.map((value, i) => value - along * unit[i]!);
  }
  return rest;
}

function emptyWell(): AppError {
  return new AppError({
    code: 'input/well',
    headline: 'A term has no exemplars',
    remedy: 'give each term at least one picture or seed',
  });
}

function otherModel(): AppError {
  return new AppError({
    code: 'input/latent',
    headline: 'The exemplars come from different models',
    cause: 'their latents have different sizes',
    remedy: 'take all of them from one model',
  });
}
