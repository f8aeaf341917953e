// Figures of a list of measurements.

/** The p-quantile (0..1) by linear interpolation between the two nearest, NaN of nothing. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? NaN : low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Slope of the least-squares line through the points. */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [above, below] = [0, 0];
  x.forEach((at, i) => {
    above += (at - meanX) * (y[i]! - meanY);
    below += (at - meanX) ** 2;
  });
  return above / below;
}
