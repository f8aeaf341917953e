// How far a map can be believed (Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection methods"):
//   T(k) = 1 - 2 / (n k (2n - 3k - 1)) * sum over i, over j among the k nearest of i on the map but not in the data, of (r(i, j) - k)
// with r(i, j) the rank of j among the neighbours of i in the data. 1: whoever is near on the map is near in the data; about .5: chance.
import { nearestRows, type Rows } from './nearest';

/** k must be below n / 2, where the formula is normalised. */
export function trustworthiness(data: Rows, map: Rows, k: number): number {
  const { count: n, size, values } = data;
  const { indices } = nearestRows(map, map, k, (row) => row);
  const squares = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let square = 0;
      for (let at = 0; at < size; at++) square += (values[i * size + at]! - values[j * size + at]!) ** 2;
      squares[j] = square;
    }
    for (let at = 0; at < k; at++) {
      const j = indices[i * k + at]!;
      let rank = 1;
      for (let other = 0; other < n; other++)
        if (other !== i && other !== j && squares[other]! < squares[j]!) rank++;
      if (rank > k) sum += rank - k;
    }
  }
  return 1 - (2 / (n * k * (2 * n - 3 * k - 1))) * sum;
}
