// The aggregate posterior q(z) = 1/N sum over n of q(z|x_n), which the prior p(z) stands for when pictures are drawn (Makhzani et al. 2016;
// Hoffman & Johnson 2016). Where p has mass and q has none is a hole: what is drawn there was never seen by the decoder.
//
// Where the spread of each q(z|x_n) is known the sum is taken as it is. Where only the means are known, each counts as a round Gaussian
// of one width, the one under which the points tell of each other best: the leave-one-out likelihood is the largest.
import type { Prior } from '#shared/domain';
import type { MapBox } from '#shared/map';
import { shuffledIndices } from '#shared/random';
import { latticeOver, logPrior, type Lattice } from './lattice';
import type { JobWatch } from './map-job';

export interface DensityResult {
  /** q at each cell. // [side, side] */
  readonly density: Float32Array;
  /** log10 q / p where the prior has 99 % of its mass, NaN elsewhere. // [side, side] */
  readonly ratio: Float32Array;
  /** Of each point, or the one that was found. */
  readonly width: number;
  /** Of q over the lattice: 1 but for what lies beyond its edge. */
  readonly integral: number;
  /** KL(q || p) in nats. */
  readonly kl: number;
  /** Mass of the prior where q is below a tenth of p. */
  readonly holeMass: number;
}

interface DensityJob {
  readonly mu: Float32Array;
  readonly sd: Float32Array | null;
  readonly prior: Prior;
  readonly box: MapBox;
  readonly side: number;
  readonly seed: number;
}

const HOLE = 0.1;
const WIDTHS = 12;
const JUDGED_POINTS = 300;
/** Standard deviations beyond which a Gaussian adds nothing that is seen. */
const REACH = 5;
/** Of the mass of the prior; log10 q/p is told inside this. */
const SHOWN_MASS = 0.99;
const LEAST_RATIO = -3;

export function densityOverlay(
  { mu, sd, prior, box, side, seed }: DensityJob,
  watch: JobWatch,
): DensityResult {
  const lattice = latticeOver(box, side);
  const width = sd === null ? bestWidth(mu, seed, watch) : meanOf(sd);
  const density = summed(mu, (at) => sd?.[at] ?? width, lattice, watch);
  const cell = lattice.stepX * lattice.stepY;
  const ratio = new Float32Array(side * side).fill(NaN);
  let [integral, kl, holeMass] = [0, 0, 0];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [lattice.xAt(column), lattice.yAt(row)];
      const q = density[row * side + column]!;
      const logP = logPrior(prior, x, y);
      integral += q * cell;
      if (q > 0 && logP > -Infinity) kl += q * (Math.log(q) - logP) * cell;
      if (q < HOLE * Math.exp(logP)) holeMass += Math.exp(logP) * cell;
      if (isShown(prior, x, y))
        ratio[row * side + column] = Math.max(
          LEAST_RATIO,
          q > 0 ? (Math.log(q) - logP) / Math.LN10 : -Infinity,
        );
    }
  }
  return { density, ratio, width, integral, kl, holeMass };
}

/** Of a standard normal in two dimensions, P(|z| > r) = exp(-r^2 / 2). */
const isShown = (prior: Prior, x: number, y: number): boolean =>
  prior.kind === 'normal'
    ? x * x + y * y <= -2 * Math.log(1 - SHOWN_MASS)
    : logPrior(prior, x, y) > -Infinity;

function summed(
  mu: Float32Array,
  sdOf: (at: number) => number,
  { box, side, stepX, stepY, xAt, yAt }: Lattice,
  { check, onProgress }: JobWatch,
): Float32Array<ArrayBuffer> {
  const count = mu.length / 2;
  const density = new Float32Array(side * side);
  const across = new Float64Array(side);
  for (let n = 0; n < count; n++) {
    if (n % 512 === 0) {
      check();
      onProgress('Density', n, count);
    }
    const [x, y] = [mu[2 * n]!, mu[2 * n + 1]!];
    // narrower than a cell, a Gaussian would be missed between two middles
    const sx = Math.max(sdOf(2 * n), stepX / 2);
    const sy = Math.max(sdOf(2 * n + 1), stepY / 2);
    const first = Math.max(0, Math.floor((x - REACH * sx - box.x[0]) / stepX));
    const last = Math.min(side - 1, Math.ceil((x + REACH * sx - box.x[0]) / stepX));
    const top = Math.max(0, Math.floor((box.y[1] - (y + REACH * sy)) / stepY));
    const bottom = Math.min(side - 1, Math.ceil((box.y[1] - (y - REACH * sy)) / stepY));
    const weight = 1 / (count * 2 * Math.PI * sx * sy);
    for (let column = first; column <= last; column++)
      across[column] = Math.exp(-0.5 * ((xAt(column) - x) / sx) ** 2);
    for (let row = top; row <= bottom; row++) {
      const up = weight * Math.exp(-0.5 * ((yAt(row) - y) / sy) ** 2);
      for (let column = first; column <= last; column++)
        density[row * side + column]! += up * across[column]!;
    }
  }
  return density;
}

/** The one of twelve widths, from a fiftieth of Scott's rule to all of it, whose leave-one-out likelihood is the largest. */
export function bestWidth(mu: Float32Array, seed: number, { check }: Pick<JobWatch, 'check'>): number {
  const count = mu.length / 2;
  const scott = Math.sqrt((varianceOf(mu, 0) + varianceOf(mu, 1)) / 2) * count ** (-1 / 6);
  const widths = Array.from({ length: WIDTHS }, (_, i) => scott * 50 ** (i / (WIDTHS - 1) - 1));
  const judged = shuffledIndices(seed, count).slice(0, JUDGED_POINTS);
  const sums = widths.map(() => 0);
  for (const i of judged) {
    check();
    const densities = widths.map(() => 0);
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      const square = (mu[2 * i]! - mu[2 * j]!) ** 2 + (mu[2 * i + 1]! - mu[2 * j + 1]!) ** 2;
      for (let w = WIDTHS - 1; w >= 0; w--) {
        const exponent = square / (2 * widths[w]! ** 2);
        // the narrower ones add even less
        if (exponent > 30) break;
        densities[w]! += Math.exp(-exponent);
      }
    }
    widths.forEach(
      (width, w) => (sums[w]! += Math.log(Math.max(1e-30, densities[w]! / (2 * Math.PI * width * width)))),
    );
  }
  return widths[sums.indexOf(Math.max(...sums))] ?? scott;
}

function varianceOf(mu: Float32Array, axis: 0 | 1): number {
  const count = mu.length / 2;
  let [sum, squares] = [0, 0];
  for (let n = 0; n < count; n++) {
    sum += mu[2 * n + axis]!;
    squares += mu[2 * n + axis]! ** 2;
  }
  return Math.max(1e-12, squares / count - (sum / count) ** 2);
}

const meanOf = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
