// A lattice over a flat piece of a latent space, row by row from the top; its points are the middles of its cells.
import type { Prior } from '#shared/domain';
import type { MapBox } from '#shared/map';

export interface Lattice {
  readonly box: MapBox;
  readonly side: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly xAt: (column: number) => number;
  readonly yAt: (row: number) => number;
}

export function latticeOver(box: MapBox, side: number): Lattice {
  const stepX = (box.x[1] - box.x[0]) / side;
  const stepY = (box.y[1] - box.y[0]) / side;
  return {
    ...{ box, side, stepX, stepY },
    xAt: (column) => box.x[0] + (column + 0.5) * stepX,
    yAt: (row) => box.y[1] - (row + 0.5) * stepY,
  };
}

/** Room for the prior and for all points but the farthest thousandth. */
export function boxAround(mu: Float32Array, prior: Prior): MapBox {
  const reach = prior.kind === 'normal' ? 4 : 1.15 * Math.max(Math.abs(prior.low), Math.abs(prior.high));
  const lengths = Float32Array.from(mu, Math.abs).sort();
  const far = lengths[Math.floor(0.999 * (lengths.length - 1))] ?? 0;
  const most = Math.max(reach, 1.05 * far);
  return { x: [-most, most], y: [-most, most] };
}

/** ln p of a 2-d prior. */
export function logPrior(prior: Prior, x: number, y: number): number {
  if (prior.kind === 'normal') return -0.5 * (x * x + y * y) - Math.log(2 * Math.PI);
  const isInside = Math.min(x, y) >= prior.low && Math.max(x, y) <= prior.high;
  return isInside ? -2 * Math.log(prior.high - prior.low) : -Infinity;
}
