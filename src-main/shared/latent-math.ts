// The geometry of latent spaces on plain Float32Arrays: paths between points, and grids over a prior.
import type { Prior } from './domain';

/** Standard normal density. */
export const normalPdf = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** Standard normal CDF, |error| < 1e-15: series for small |x|, continued fraction for the tails (Abramowitz & Stegun 26.2). */
export function normalCdf(x: number): number {
  if (x < -38) return 0;
  if (x > 38) return 1;
  if (Math.abs(x) < 3) {
    // Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...), A&S 26.2.11
    let term = x;
    let sum = x;
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + normalPdf(x) * sum;
  }
  // Q(x) = phi(x) / (x + 1/(x + 2/(x + 3/...))), A&S 26.2.14
  const a = Math.abs(x);
  let fraction = a;
  for (let k = 60; k >= 1; k--) fraction = a + k / fraction;
  const tail = normalPdf(a) / fraction;
  return x < 0 ? tail : 1 - tail;
}

/** Inverse of the standard normal CDF: Acklam's rational approximation and one step of Halley's method. p in (0, 1). */
export function inverseNormalCdf(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  const [a, b, c, d] = ACKLAM;
  const low = 0.02425;
  let x: number;
  if (p < low || p > 1 - low) {
    const q = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
    x = horner(c, q) / (horner(d, q) * q + 1);
    if (p > 0.5) x = -x;
  } else {
    const q = p - 0.5;
    const r = q * q;
    x = (horner(a, r) * q) / (horner(b, r) * r + 1);
  }
  const error = x < 0 ? normalCdf(x) - p : 1 - p - normalCdf(-x);
  const u = error / normalPdf(x);
  return x - u / (1 + (x * u) / 2);
}

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

const ACKLAM: readonly [readonly number[], readonly number[], readonly number[], readonly number[]] = [
  [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ],
  [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572],
  [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416],
];

/**
 * The coordinates of a manifold grid along one axis, low to high. For a normal prior the inverse CDF of `n` equal steps of
 * probability (Kingma & Welling 2014, figure 4), restricted to [-span, span] standard deviations; for a uniform prior equal steps.
 */
export function gridAxis(n: number, span: number, prior: Prior): Float32Array<ArrayBuffer> {
  if (prior.kind === 'uniform') {
    return Float32Array.from({ length: n }, (_, i) => prior.low + ((i + 0.5) / n) * (prior.high - prior.low));
  }
  const from = normalCdf(-span);
  const mass = 1 - 2 * from;
  return Float32Array.from({ length: n }, (_, i) => inverseNormalCdf(from + (mass * (i + 0.5)) / n));
}

/** The latents of an n x n manifold grid of a 2-d prior, row by row from the top: z1 grows to the right, z2 upwards. // [n*n, 2] */
export function manifoldGrid(n: number, span: number, prior: Prior): Float32Array<ArrayBuffer> {
  const axis = gridAxis(n, span, prior);
  const z = new Float32Array(n * n * 2);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      z[2 * (row * n + column)] = axis[column]!;
      z[2 * (row * n + column) + 1] = axis[n - 1 - row]!;
    }
  }
  return z;
}

/** A flat piece of a latent space: (x, y) stands for origin + x u + y v. // [size] each */
export interface LatentPlane {
  readonly origin: Float32Array;
  readonly u: Float32Array;
  readonly v: Float32Array;
}

/** Two of the latent's own axes; all other coordinates stay as they are in `base`. */
export function axisPlane(base: Float32Array, [across, up]: readonly [number, number]): LatentPlane {
  const unit = (axis: number): Float32Array =>
    Float32Array.from({ length: base.length }, (_, i) => (i === axis ? 1 : 0));
  const origin = base.slice();
  origin[across] = origin[up] = 0;
  return { origin, u: unit(across), v: unit(up) };
}

export function onPlane({ origin, u, v }: LatentPlane, x: number, y: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(origin, (value, i) => value + x * u[i]! + y * v[i]!);
}

/** The (x, y) whose point on the plane is nearest to z: least squares over u and v, which need not be orthogonal. */
export function placeOnPlane(
  { origin, u, v }: LatentPlane,
  z: Float32Array,
): { readonly x: number; readonly y: number } {
  const from = z.map((value, i) => value - origin[i]!);
  const [uu, uv, vv, uf, vf] = [dot(u, u), dot(u, v), dot(v, v), dot(u, from), dot(v, from)];
  const determinant = uu * vv - uv * uv;
  // parallel directions span a line: y says nothing there
  if (!(determinant > 1e-12 * uu * vv)) return { x: uu > 0 ? uf / uu : 0, y: 0 };
  return { x: (vv * uf - uv * vf) / determinant, y: (uu * vf - uv * uf) / determinant };
}

/** Straight line: (1 - t) a + t b. */
export function lerp(a: Float32Array, b: Float32Array, t: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(a, (value, i) => (1 - t) * value + t * b[i]!);
}

/**
 * Spherical interpolation (White 2016, arXiv:1609.04468): the angle is that of the normalised ends, the ends keep their norms.
 * Falls back to lerp where the angle is 0 or pi and the great circle is not defined.
 */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array<ArrayBuffer> {
  const cosine = dot(a, b) / (norm(a) * norm(b));
  const omega = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(omega);
  if (!(sine > 1e-6)) return lerp(a, b, t);
  const wa = Math.sin((1 - t) * omega) / sine;
  const wb = Math.sin(t * omega) / sine;
  return Float32Array.from(a, (value, i) => wa * value + wb * b[i]!);
}

export const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
export const norm = (a: Float32Array): number => Math.sqrt(dot(a, a));
