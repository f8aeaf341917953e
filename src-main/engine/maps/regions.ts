// Which class a place of the latent space belongs to, by a vote of the nearest codes: nothing is fitted, and what it says is where pictures
// of a class were encoded to, not what a classifier makes of the decoded picture.
import type { MapBox } from '#shared/map';
import { nearestRows } from '#ml/maps/nearest';
import { latticeOver } from './lattice';
import type { JobWatch } from './map-job';

export const VOTERS = 15;
/** Farther than this from every code a place belongs to nobody. */
export const NOBODYS = 0.5;

/** The number of the class, NaN where no code is near. // [side, side] */
export function classRegions(
  {
    mu,
    labels,
    classes,
    box,
    side,
  }: {
    readonly mu: Float32Array;
    readonly labels: Uint8Array;
    readonly classes: number;
    readonly box: MapBox;
    readonly side: number;
  },
  { check, onProgress }: JobWatch,
): Float32Array<ArrayBuffer> {
  const { xAt, yAt } = latticeOver(box, side);
  const places = Float32Array.from({ length: 2 * side * side }, (_, at) => {
    const cell = at >> 1;
    return at % 2 === 0 ? xAt(cell % side) : yAt(Math.floor(cell / side));
  });
  const { indices, distances } = nearestRows(
    { values: mu, count: mu.length / 2, size: 2 },
    { values: places, count: side * side, size: 2 },
    VOTERS,
    undefined,
    { check, onProgress: (done, total) => onProgress('Votes', done, total) },
  );
  const k = indices.length / (side * side);
  const votes = new Int32Array(classes);
  return Float32Array.from({ length: side * side }, (_, cell) => {
    if (distances[cell * k]! > NOBODYS) return NaN;
    votes.fill(0);
    let best = labels[indices[cell * k]!]!;
    for (let at = cell * k; at < (cell + 1) * k; at++) {
      const label = labels[indices[at]!]!;
      // a tie goes to the class that reached the number first, from nearer points
      if (++votes[label]! > votes[best]!) best = label;
    }
    return best;
  });
}
