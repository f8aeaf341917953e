// From a place on the manifold grid to a position of its lattice and back. Along each axis a cell is an equal share of the prior's
// probability, so the position is the inverse CDF of the place; or the cells go in equal steps from one end of a range to the other.
// Between the cells it goes on continuously.
import { inverseNormalCdf, normalCdf } from '#shared/latent-math';
import type { LatentPoint } from '#shared/coords';
import type { Prior } from '#shared/domain';
import { latticeAxis } from '#shared/plane';

/** How the positions go along a side. */
export interface GridAxis {
  readonly n: number;
  readonly span: number;
  readonly prior: Prior;
  /** Positions of the first and the last picture; null: through the inverse CDF. */
  readonly range: readonly [number, number] | null;
}

/** A place on the grid: 0 to 1 from the left, 0 to 1 from the top. */
export interface GridPlace {
  readonly u: number;
  readonly v: number;
}

export function placeToLatent({ u, v }: GridPlace, axis: GridAxis): LatentPoint {
  return { x: along(u, axis), y: along(1 - v, axis) };
}

export function latentToPlace({ x, y }: LatentPoint, axis: GridAxis): GridPlace {
  return { u: share(x, axis), v: 1 - share(y, axis) };
}

/** The very position that this cell of the grid was decoded from. */
export function cellLatent(column: number, row: number, axis: GridAxis): LatentPoint {
  const { n, span, prior, range } = axis;
  const positions = latticeAxis(n, span, prior, range);
  return { x: positions[column] ?? NaN, y: positions[n - 1 - row] ?? NaN };
}

export const cellAt = (place: GridPlace, n: number): { readonly column: number; readonly row: number } => ({
  column: within(Math.floor(place.u * n), n),
  row: within(Math.floor(place.v * n), n),
});

const within = (index: number, n: number): number => Math.max(0, Math.min(n - 1, index));

function along(t: number, { n, span, prior, range }: GridAxis): number {
  const inside = Math.max(0, Math.min(1, t));
  // the first picture's middle lies half a cell from the edge
  if (range !== null) return range[0] + ((inside * n - 0.5) / (n - 1)) * (range[1] - range[0]);
  if (prior.kind === 'uniform') return prior.low + inside * (prior.high - prior.low);
  const from = normalCdf(-span);
  return inverseNormalCdf(from + (1 - 2 * from) * inside);
}

/** Below 0 or above 1 where the value lies outside the grid. */
function share(value: number, { n, span, prior, range }: GridAxis): number {
  if (range !== null) return (((value - range[0]) / (range[1] - range[0])) * (n - 1) + 0.5) / n;
  if (prior.kind === 'uniform') return (value - prior.low) / (prior.high - prior.low);
  const from = normalCdf(-span);
  return (normalCdf(value) - from) / (1 - 2 * from);
}
