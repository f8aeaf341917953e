// Nearest neighbours, exactly: every distance is looked at, and given up as soon as it is too long to matter. Approximate trees are
// quicker from some hundred thousand points on, and would have to be explained in every figure that rests on them.

/** Rows of numbers. // values [count, size] */
export interface Rows {
  readonly values: Float32Array | Uint8Array;
  readonly count: number;
  readonly size: number;
}

export interface Nearest {
  /** Nearest first. // [queries, k] */
  readonly indices: Int32Array;
  /** Euclidean. // [queries, k] */
  readonly distances: Float32Array;
}

/** Coordinates that are summed between two looks at the bound. */
const STRIDE = 16;
/** Queries between two words about how far it is. */
const AT_ONCE = 64;

export interface Watch {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Asked now and then; throws to stop. */
  readonly check?: (() => void) | undefined;
}

/** Of each query the k nearest rows; `skip` leaves one row out for each query, e.g. itself. */
export function nearestRows(
  rows: Rows,
  queries: Rows,
  k: number,
  skip?: (query: number) => number,
  watch: Watch = {},
): Nearest {
  const most = Math.min(k, rows.count - (skip === undefined ? 0 : 1));
  const indices = new Int32Array(queries.count * most);
  const distances = new Float32Array(queries.count * most);
  for (let query = 0; query < queries.count; query++) {
    if (query % AT_ONCE === 0) {
      watch.check?.();
      watch.onProgress?.(query, queries.count);
    }
    nearestOfOne(rows, queries, query, skip?.(query) ?? -1, {
      indices: indices.subarray(query * most, (query + 1) * most),
      squares: distances.subarray(query * most, (query + 1) * most),
    });
  }
  for (let i = 0; i < distances.length; i++) distances[i] = Math.sqrt(distances[i]!);
  return { indices, distances };
}

/** Keeps the best so far in order: insertion into a short list. */
function nearestOfOne(
  { values, count, size }: Rows,
  queries: Rows,
  query: number,
  skipped: number,
  { indices, squares }: { readonly indices: Int32Array; readonly squares: Float32Array },
): void {
  const k = indices.length;
  if (k === 0) return;
  const q = queries.values;
  const from = query * size;
  squares.fill(Infinity);
  indices.fill(-1);
  for (let row = 0; row < count; row++) {
    if (row === skipped) continue;
    const bound = squares[k - 1]!;
    const start = row * size;
    let sum = 0;
    for (let i = 0; i < size;) {
      const end = Math.min(size, i + STRIDE);
      for (; i < end; i++) {
        const difference = q[from + i]! - values[start + i]!;
        sum += difference * difference;
      }
      if (sum >= bound) break;
    }
    if (sum >= bound) continue;
    let place = k - 1;
    while (place > 0 && squares[place - 1]! > sum) {
      squares[place] = squares[place - 1]!;
      indices[place] = indices[place - 1]!;
      place--;
    }
    squares[place] = sum;
    indices[place] = row;
  }
}
