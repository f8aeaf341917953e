// What a chart of thousands of figures needs: smoothing that does not lag at the start, and so few points that they fit the pixels.

/** With so many figures the smoothing is the weight that is set. */
const FULL_SMOOTHING = 200;

export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** An exponential mean, divided by the weights it has seen (as Adam does), so that the first values are not drawn to zero. */
export function smoothed(y: readonly number[], weight: number): readonly number[] {
  if (weight <= 0) return y;
  const out = new Array<number>(y.length);
  let mean = 0;
  let seen = 0;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] ?? NaN;
    if (Number.isFinite(value)) {
      mean = weight * mean + (1 - weight) * value;
      seen = weight * seen + (1 - weight);
    }
    out[i] = seen > 0 ? mean / seen : NaN;
  }
  return out;
}

/**
 * The same share of a history is averaged, whatever its length: the mean of a short one would lag behind it for most of its length, and
 * that of a long one would be as wild as its figures.
 */
export const weightFor = (weight: number, count: number): number =>
  weight <= 0 ? 0 : weight ** (FULL_SMOOTHING / Math.max(1, count));

/** The first index whose x is at least `at`. */
export function lowerBound(x: readonly number[], at: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index whose x is nearest, or -1 where there is none. */
export function nearestIndex(x: readonly number[], at: number): number {
  if (x.length === 0) return -1;
  const above = Math.min(x.length - 1, lowerBound(x, at));
  const below = Math.max(0, above - 1);
  return Math.abs((x[below] ?? 0) - at) <= Math.abs((x[above] ?? 0) - at) ? below : above;
}

/**
 * At most about four points for each of `columns` columns of pixels: the first, the lowest, the highest and the last of the figures
 * that fall into it, in their order. The drawn line covers the very pixels that all figures would cover.
 */
export function decimated({ x, y }: Curve, columns: number): Curve {
  if (x.length <= 4 * columns) return { x, y };
  const first = x[0] ?? 0;
  const width = ((x.at(-1) ?? 1) - first) / columns || 1;
  const [outX, outY]: [number[], number[]] = [[], []];
  const keep = (index: number): void => {
    outX.push(x[index] ?? NaN);
    outY.push(y[index] ?? NaN);
  };
  let from = 0;
  for (let column = 0; column < columns && from < x.length; column++) {
    const to = column === columns - 1 ? x.length : lowerBound(x, first + (column + 1) * width);
    if (to <= from) continue;
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if ((y[i] ?? NaN) < (y[low] ?? NaN)) low = i;
      if ((y[i] ?? NaN) > (y[high] ?? NaN)) high = i;
    }
    for (const index of new Set([from, Math.min(low, high), Math.max(low, high), to - 1])) keep(index);
    from = to;
  }
  return { x: outX, y: outY };
}

/** The lowest and highest finite value of all curves, or null where there is none. */
export function range(values: Iterable<readonly number[]>): readonly [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const each of values) {
    for (const value of each) {
      if (value < low && Number.isFinite(value)) low = value;
      if (value > high && Number.isFinite(value)) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Between these lie all but the outermost of the values: one spike does not press the rest flat. Looks at some hundreds of them. */
export function middleRange(values: readonly number[]): readonly [number, number] | null {
  const every = Math.max(1, Math.floor(values.length / 400));
  const some = values.filter((value, i) => i % every === 0 && Number.isFinite(value)).sort((a, b) => a - b);
  const at = (share: number): number => some[Math.round(share * (some.length - 1))] ?? NaN;
  return some.length === 0 ? null : [at(0.02), at(0.98)];
}

/** Places for labels of one height along a line, as near to where they belong as they can be without lying on each other. */
export function spread(wanted: readonly number[], height: number, top: number, bottom: number): number[] {
  const order = wanted.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const placed: number[] = [];
  let floor = top;
  for (const { at } of order) {
    const y = Math.max(floor, at);
    placed.push(y);
    floor = y + height;
  }
  let ceiling = bottom;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? 0, ceiling);
    ceiling = (placed[i] ?? 0) - height;
  }
  const result = new Array<number>(wanted.length);
  order.forEach(({ index }, i) => (result[index] = placed[i] ?? 0));
  return result;
}
