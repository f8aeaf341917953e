// UMAP (McInnes, Healy & Melville 2018, arXiv 1802.03426): a map that keeps who is near whom. Each point's neighbours are weighed by how
// much farther they are than the nearest one (section 3.1), the weights of both ends are joined, and points are moved along sampled edges
// until near ones attract and drawn ones repel each other in balance (section 3.2, algorithm 5).
//
// Written here and not taken from npm: umap-js keeps points as arrays of arrays, starts from noise and places further points a few at a
// time. Here the neighbours are exact, the start is the plane of the two principal components, and everything is a function of the seed.
import { mixSeed, seededRandom } from '#shared/random';
import { nearestRows, type Rows, type Watch } from './nearest';
import { principalBasis, projected } from './pca';

export interface UmapOptions {
  readonly neighbours: number;
  readonly seed: number;
  readonly watch?: ((stage: string) => Watch) | undefined;
}

/** Of 1 / (1 + a d^2b) fitted to min_dist .1 and spread 1, the paper's defaults. */
const A = 1.5769434603113077;
const B = 0.8950608779109733;
const NEGATIVES = 5;
const STEEPEST = 4;
/** Longest coordinate of the first layout. */
const EXTENT = 10;
const SMOOTH_STEPS = 64;
/** Least width of a neighbourhood, as a part of the mean distance in it. */
const LEAST_WIDTH = 1e-3;
/** Small sets need more rounds to come to rest. */
const epochsFor = (count: number): number => (count <= 2_500 ? 400 : 200);
const PLACING_EPOCHS = 60;

/** // [count, 2] */
export function fitUmap(rows: Rows, { neighbours, seed, watch }: UmapOptions): Float32Array<ArrayBuffer> {
  const near = nearestRows(rows, rows, neighbours, (row) => row, watch?.('Neighbours'));
  const k = near.indices.length / rows.count;
  const graph = symmetricGraph(near.indices, memberships(near.distances, k), k);
  const epochs = epochsFor(rows.count);
  const layout = firstLayout(rows, seed);
  const { heads, tails, weights } = graph;
  optimise(
    { moved: layout, fixed: layout, heads, tails, weights, both: true },
    { epochs, rate: 1, seed, watch: watch?.('Layout') },
  );
  return layout;
}

export interface FittedUmap {
  readonly rows: Rows;
  /** // [rows.count, 2] */
  readonly layout: Float32Array;
}

/** Further points onto a layout that stays as it is: each begins amid its nearest and is moved like the others were. // [count, 2] */
export function placeByUmap(
  { rows, layout }: FittedUmap,
  added: Rows,
  { neighbours, seed, watch }: UmapOptions,
): Float32Array<ArrayBuffer> {
  const near = nearestRows(rows, added, neighbours, undefined, watch?.('Neighbours of the rest'));
  const k = near.indices.length / Math.max(1, added.count);
  const weights = memberships(near.distances, k);
  const placed = new Float32Array(2 * added.count);
  for (let row = 0; row < added.count; row++) {
    let total = 0;
    for (let at = row * k; at < (row + 1) * k; at++) {
      const weight = weights[at]!;
      total += weight;
      placed[2 * row] = placed[2 * row]! + weight * layout[2 * near.indices[at]!]!;
      placed[2 * row + 1] = placed[2 * row + 1]! + weight * layout[2 * near.indices[at]! + 1]!;
    }
    placed[2 * row] = placed[2 * row]! / total;
    placed[2 * row + 1] = placed[2 * row + 1]! / total;
  }
  const heads = Int32Array.from(near.indices, (_, at) => Math.floor(at / k));
  // one that lies where a fitted one lies is there already: it is not sent elsewhere by chance
  const same = new Set<number>();
  for (let row = 0; row < added.count; row++) if (near.distances[row * k] === 0) same.add(row);
  const kept = weights.map((weight, at) => (same.has(heads[at]!) ? 0 : weight));
  optimise(
    { moved: placed, fixed: layout, heads, tails: near.indices, weights: kept, both: false },
    { epochs: PLACING_EPOCHS, rate: 0.25, seed: mixSeed(seed, 1), watch: watch?.('Placing the rest') },
  );
  for (const row of same) {
    const at = near.indices[row * k]!;
    placed.set(layout.subarray(2 * at, 2 * at + 2), 2 * row);
  }
  return placed;
}

/**
 * How much each neighbour belongs to its point: exp(-(d - rho) / sigma), rho the distance of the nearest, sigma such that they add up to
 * log2 k. // [points, k]
 */
function memberships(distances: Float32Array, k: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(distances.length);
  const wanted = Math.log2(Math.max(2, k));
  const all = distances.reduce((sum, d) => sum + d, 0) / Math.max(1, distances.length);
  for (let from = 0; from < distances.length; from += k) {
    const own = distances.subarray(from, from + k);
    const rho = own.find((d) => d > 0) ?? 0;
    let [low, high, sigma] = [0, Infinity, 1];
    for (let step = 0; step < SMOOTH_STEPS; step++) {
      let sum = 0;
      for (const d of own) sum += d > rho ? Math.exp(-(d - rho) / sigma) : 1;
      if (Math.abs(sum - wanted) < 1e-5) break;
      if (sum > wanted) high = sigma;
      else low = sigma;
      sigma = high === Infinity ? 2 * sigma : (low + high) / 2;
    }
    const mean = own.reduce((sum, d) => sum + d, 0) / k;
    sigma = Math.max(sigma, LEAST_WIDTH * (rho > 0 ? mean : all));
    for (let at = 0; at < k; at++) {
      const d = own[at]!;
      weights[from + at] = d > rho ? Math.exp(-(d - rho) / sigma) : 1;
    }
  }
  return weights;
}

interface Graph {
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  readonly weights: Float32Array;
}

/** a + b - ab of both ends: an edge is there if either end says so. Every edge once in each direction. */
function symmetricGraph(indices: Int32Array, weights: Float32Array, k: number): Graph {
  const heads: number[] = [];
  const tails: number[] = [];
  const joined: number[] = [];
  const weightOf = (i: number, j: number): number => {
    for (let at = i * k; at < (i + 1) * k; at++) if (indices[at] === j) return weights[at]!;
    return 0;
  };
  for (let at = 0; at < indices.length; at++) {
    const [i, j] = [Math.floor(at / k), indices[at]!];
    const [there, back] = [weights[at]!, weightOf(j, i)];
    // found from both ends, it is added from one of them
    if (back > 0 && j < i) continue;
    const weight = there + back - there * back;
    heads.push(i, j);
    tails.push(j, i);
    joined.push(weight, weight);
  }
  return {
    heads: Int32Array.from(heads),
    tails: Int32Array.from(tails),
    weights: Float32Array.from(joined),
  };
}

/** The two principal components, with a little noise: points that coincide must be able to part. */
function firstLayout(rows: Rows, seed: number): Float32Array<ArrayBuffer> {
  const basis = principalBasis(rows, 2, seed);
  const scores = projected(rows, basis);
  const width = basis.axes.length;
  const largest = scores.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  const random = seededRandom(mixSeed(seed, 2));
  return Float32Array.from(
    { length: 2 * rows.count },
    (_, at) =>
      (EXTENT / largest) * (at % 2 < width ? scores[(at >> 1) * width + (at % 2)]! : 0) +
      1e-4 * random.normal(),
  );
}

interface Layout extends Graph {
  /** Heads move in it. // [points, 2] */
  readonly moved: Float32Array;
  /** Tails and repelling points lie in it. // [points, 2] */
  readonly fixed: Float32Array;
  /** The tail moves as well: both are the same layout. */
  readonly both: boolean;
}

/** Stochastic gradient descent on the cross entropy of both graphs: an edge is drawn as often as it is strong. */
function optimise(
  { moved, fixed, heads, tails, weights, both }: Layout,
  {
    epochs,
    rate,
    seed,
    watch,
  }: {
    readonly epochs: number;
    readonly rate: number;
    readonly seed: number;
    readonly watch: Watch | undefined;
  },
): void {
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  if (strongest === 0) return;
  const points = fixed.length / 2;
  /** Epochs between two draws of an edge; Infinity: never in so few. */
  const every = Float64Array.from(weights, (weight) =>
    weight * epochs < strongest ? Infinity : strongest / weight,
  );
  const next = every.slice();
  const owed = new Float64Array(weights.length);
  const draw = quickDraw(mixSeed(seed, 3));
  for (let epoch = 0; epoch < epochs; epoch++) {
    watch?.check?.();
    watch?.onProgress?.(epoch, epochs);
    const alpha = rate * (1 - epoch / epochs);
    for (let edge = 0; edge < every.length; edge++) {
      if (next[edge]! > epoch + 1) continue;
      next[edge]! += every[edge]!;
      const [i, j] = [2 * heads[edge]!, 2 * tails[edge]!];
      let dx = moved[i]! - fixed[j]!;
      let dy = moved[i + 1]! - fixed[j + 1]!;
      let square = dx * dx + dy * dy;
      if (square > 0) {
        const power = square ** B;
        const pull = (-2 * A * B * (power / square)) / (A * power + 1);
        const [gx, gy] = [alpha * clip(pull * dx), alpha * clip(pull * dy)];
        moved[i]! += gx;
        moved[i + 1]! += gy;
        if (both) {
          fixed[j]! -= gx;
          fixed[j + 1]! -= gy;
        }
      }
      owed[edge]! += NEGATIVES;
      for (; owed[edge]! >= 1; owed[edge]!--) {
        const other = 2 * draw(points);
        if (both && other === i) continue;
        dx = moved[i]! - fixed[other]!;
        dy = moved[i + 1]! - fixed[other + 1]!;
        square = dx * dx + dy * dy;
        if (square === 0) continue;
        const push = (2 * B) / ((0.001 + square) * (A * square ** B + 1));
        moved[i]! += alpha * clip(push * dx);
        moved[i + 1]! += alpha * clip(push * dy);
      }
    }
  }
}

const clip = (value: number): number => Math.max(-STEEPEST, Math.min(STEEPEST, value));

/** Millions of draws: xorshift32 (Marsaglia 2003), whose quality is ample for choosing whom to push away. */
function quickDraw(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
