// Which two of many dimensions to look at: those whose codes differ most between pictures.

/** // mu: [n, size] */
export function widestAxes(mu: Float32Array, size: number): readonly [number, number] {
  if (size <= 2) return [0, 1];
  const variances = Array.from({ length: size }, (_, axis) => {
    let [sum, squares, count] = [0, 0, 0];
    for (let at = axis; at < mu.length; at += size) {
      const value = mu[at] ?? 0;
      sum += value;
      squares += value * value;
      count++;
    }
    return { axis, variance: count > 0 ? squares / count - (sum / count) ** 2 : 0 };
  });
  const [first, second] = variances.sort((a, b) => b.variance - a.variance);
  const pair = [first?.axis ?? 0, second?.axis ?? 1].sort((a, b) => a - b);
  return [pair[0] ?? 0, pair[1] ?? 1];
}
