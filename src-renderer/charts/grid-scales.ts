// From a place on the manifold grid to a latent point and back. Along each axis a cell is an equal share of the prior's probability,
// so the latent coordinate is the inverse CDF of the place; between the cells it goes on continuously.
import { inverseNormalCdf, normalCdf, gridAxis } from '#shared/latent-math';
import type { LatentPoint } from '#shared/coords';
import type { Prior } from '#shared/domain';

/** A place on the grid: 0 to 1 from the left, 0 to 1 from the top. */
export interface GridPlace {
  readonly u: number;
  readonly v: number;
}

export function placeToLatent({ u, v }: GridPlace, span: number, prior: Prior): LatentPoint {
  return { x: along(u, span, prior), y: along(1 - v, span, prior) };
}

export function latentToPlace({ x, y }: LatentPoint, span: number, prior: Prior): GridPlace {
  return { u: share(x, span, prior), v: 1 - share(y, span, prior) };
}

/** The very latent that this cell of the grid was decoded from. */
export function cellLatent(column: number, row: number, n: number, span: number, prior: Prior): LatentPoint {
  const axis = gridAxis(n, span, prior);
  return { x: axis[column] ?? NaN, y: axis[n - 1 - row] ?? NaN };
}

export const cellAt = (place: GridPlace, n: number): { readonly column: number; readonly row: number } => ({
  column: within(Math.floor(place.u * n), n),
  row: within(Math.floor(place.v * n), n),
});

const within = (index: number, n: number): number => Math.max(0, Math.min(n - 1, index));

function along(t: number, span: number, prior: Prior): number {
  const inside = Math.max(0, Math.min(1, t));
  if (prior.kind === 'uniform') return prior.low + inside * (prior.high - prior.low);
  const from = normalCdf(-span);
  return inverseNormalCdf(from + (1 - 2 * from) * inside);
}

/** Below 0 or above 1 where the value lies outside the grid. */
function share(value: number, span: number, prior: Prior): number {
  if (prior.kind === 'uniform') return (value - prior.low) / (prior.high - prior.low);
  const from = normalCdf(-span);
  return (normalCdf(value) - from) / (1 - 2 * from);
}
