// Which two of many dimensions to look at: those whose codes differ most between pictures.
import { variancesOf } from '../../state/latent-use';

/** // mu: [n, size] */
export function widestAxes(mu: Float32Array, size: number): readonly [number, number] {
  if (size <= 2) return [0, 1];
  const variances = variancesOf(mu, size).map((variance, axis) => ({ axis, variance }));
  const [first, second] = variances.sort((a, b) => b.variance - a.variance);
  const pair = [first?.axis ?? 0, second?.axis ?? 1].sort((a, b) => a - b);
  return [pair[0] ?? 0, pair[1] ?? 1];
}
