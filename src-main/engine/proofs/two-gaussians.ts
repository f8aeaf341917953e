// p = N(0, 1) and q = N(1, 1.3^2) on a line, and the divergences between them: by quadrature, and as what a network can bound.
//
// Nowozin, Cseke & Tomioka 2016 (arXiv 1606.00709), eq. 4: D_f(p || q) >= E_p[T] - E_q[f*(T)] for every T, with equality at
// T = f'(p / q). T = g(v) keeps T within the domain of f* (table 2); both are written in v, where neither overflows early.
import * as tf from '@tensorflow/tfjs';

const gaussian = (mean: number, sd: number) => ({
  mean,
  sd,
  at: (x: number): number => Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI)),
});

export const DENSITY = { p: gaussian(0, 1), q: gaussian(1, 1.3) } as const;

const STEP = 0.01;
/** Beyond it both densities are below 1e-8. */
export const GRID: readonly number[] = Array.from({ length: 1601 }, (_, i) => -7 + i * STEP);

export const integral = (f: (x: number, i: number) => number): number =>
  GRID.reduce((sum, x, i) => sum + f(x, i) * STEP, 0);

export interface Divergence {
  /** T = g(v). */
  readonly output: (v: tf.Tensor) => tf.Tensor;
  /** f*(g(v)). */
  readonly conjugate: (v: tf.Tensor) => tf.Tensor;
  readonly truth: number;
}

const truth = (f: (p: number, q: number) => number): number =>
  integral((x) => f(DENSITY.p.at(x), DENSITY.q.at(x)));

export const DIVERGENCES = {
  /** f*(t) = exp(t - 1) */
  kl: {
    output: (v) => v,
    conjugate: (v) => tf.exp(tf.sub(v, 1)),
    truth: truth((p, q) => p * Math.log(p / q)),
  },
  /** T = -exp(-v), f*(t) = -1 - ln(-t) */
  reverseKl: {
    output: (v) => tf.neg(tf.exp(tf.neg(v))),
    conjugate: (v) => tf.sub(v, 1),
    truth: truth((p, q) => q * Math.log(q / p)),
  },
  /** f*(t) = t^2 / 4 + t */
  pearson: {
    output: (v) => v,
    conjugate: (v) => tf.add(tf.mul(0.25, tf.square(v)), v),
    truth: truth((p, q) => (p - q) ** 2 / q),
  },
  /** T = 1 - exp(-v), f*(t) = t / (1 - t) */
  squaredHellinger: {
    output: (v) => tf.sub(1, tf.exp(tf.neg(v))),
    conjugate: (v) => tf.sub(tf.exp(v), 1),
    truth: truth((p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2),
  },
  /** T = ln 2 - softplus(-v), f*(t) = -ln(2 - exp t): ln 4 less the discriminator's loss, and so 2 JSD at its best. */
  jensenShannon: {
    output: (v) => tf.sub(Math.LN2, tf.softplus(tf.neg(v))),
    conjugate: (v) => tf.sub(tf.softplus(v), Math.LN2),
    truth: truth((p, q) => p * Math.log((2 * p) / (p + q)) + q * Math.log((2 * q) / (p + q))),
  },
} as const satisfies Readonly<Record<string, Divergence>>;
