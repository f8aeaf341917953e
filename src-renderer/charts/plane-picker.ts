// The encoded pictures as points: which one is under the pointer, and where the middle of each class lies.
import KDBush from 'kdbush';
import type { LatentPoint } from '#shared/coords';

export interface Scatter {
  readonly count: number;
  /** // [count, 2] */
  readonly mu: Float32Array;
  readonly labels: Uint8Array | null;
  readonly classNames: readonly string[];
}

export interface Picker {
  /** The nearest visible picture within `reach` latent units, or null. */
  nearest(point: LatentPoint, reach: number, hidden: ReadonlySet<number>): number | null;
}

export function createPicker(scatter: Scatter): Picker {
  const index = new KDBush(scatter.count, 32, Float32Array);
  for (let i = 0; i < scatter.count; i++) index.add(scatter.mu[2 * i] ?? 0, scatter.mu[2 * i + 1] ?? 0);
  index.finish();
  return {
    nearest(point, reach, hidden) {
      let best: number | null = null;
      let bestDistance = Infinity;
      for (const i of index.within(point.x, point.y, reach)) {
        if (hidden.has(scatter.labels?.[i] ?? 0)) continue;
        const distance =
          ((scatter.mu[2 * i] ?? 0) - point.x) ** 2 + ((scatter.mu[2 * i + 1] ?? 0) - point.y) ** 2;
        if (distance < bestDistance) {
          best = i;
          bestDistance = distance;
        }
      }
      return best;
    },
  };
}

/** Where the name of each class is written: the median of its points, which outliers do not move. */
export function classCentres(scatter: Scatter): readonly LatentPoint[] {
  return scatter.classNames.map((_, label) => {
    const xs: number[] = [];
    const ys: number[] = [];
    for (let i = 0; i < scatter.count; i++) {
      if (scatter.labels?.[i] !== label) continue;
      xs.push(scatter.mu[2 * i] ?? 0);
      ys.push(scatter.mu[2 * i + 1] ?? 0);
    }
    return { x: median(xs), y: median(ys) };
  });
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? NaN;
}
