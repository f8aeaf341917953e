// Which points of a map lie where: within a box, and nearest to a place.
import KDBush from 'kdbush';

export interface MapIndex {
  /** In the order of their numbers. */
  within(left: number, bottom: number, right: number, top: number): readonly number[];
  /** Of those that count, within this reach; null where there is none. */
  nearest(x: number, y: number, reach: number, counts: (at: number) => boolean): number | null;
}

/** // xy [count, 2] */
export function mapIndex(xy: Float32Array): MapIndex {
  const index = new KDBush(Math.max(1, xy.length / 2), 64, Float32Array);
  for (let at = 0; at < xy.length; at += 2) index.add(xy[at]!, xy[at + 1]!);
  if (xy.length === 0) index.add(NaN, NaN);
  index.finish();
  return {
    within: (left, bottom, right, top) => index.range(left, bottom, right, top).sort((a, b) => a - b),
    nearest(x, y, reach, counts) {
      let best: number | null = null;
      let bestSquare = Infinity;
      for (const at of index.within(x, y, reach)) {
        if (!counts(at)) continue;
        const square = (xy[2 * at]! - x) ** 2 + (xy[2 * at + 1]! - y) ** 2;
        if (square < bestSquare) [best, bestSquare] = [at, square];
      }
      return best;
    },
  };
}
