/**
 * Centripetal Catmull-Rom: a curve through all its points without loops or cusps inside a leg (Yuksel, Schaefer & Keyser, "On the
 * Parameterization of Catmull-Rom Curves", 2009), evaluated by the pyramid of Barry & Goldman (1988).
 */
import { lerp } from './latent-math';

/** The point at x in [0, 1] between `from` and `to`. A neighbour that is not there is the other end mirrored. // [size] */
export function splinePoint(
  before: Float32Array | null,
  from: Float32Array,
  to: Float32Array,
  after: Float32Array | null,
  x: number,
): Float32Array<ArrayBuffer> {
  const span = knotStep(from, to);
  // a leg between equal keys stands still
  if (span === 0) return from.slice() as Float32Array<ArrayBuffer>;
  const mirrored = (end: Float32Array, other: Float32Array): Float32Array => lerp(other, end, 2);
  const first = before !== null && knotStep(before, from) > 0 ? before : mirrored(from, to);
  const last = after !== null && knotStep(to, after) > 0 ? after : mirrored(to, from);

  const t0 = -knotStep(first, from);
  const t3 = span + knotStep(to, last);
  const t = x * span; // from lies at 0, to at span
  const between = (a: Float32Array, ta: number, b: Float32Array, tb: number) =>
    lerp(a, b, (t - ta) / (tb - ta));
  const a1 = between(first, t0, from, 0);
  const a2 = between(from, 0, to, span);
  const a3 = between(to, span, last, t3);
  const b1 = between(a1, t0, a2, span);
  const b2 = between(a2, 0, a3, t3);
  return between(b1, 0, b2, span);
}

/** The square root of the distance: what makes it centripetal. */
function knotStep(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(Math.sqrt(sum));
}
