// What takes the time of a map, as plain data in and plain data out: run in a thread of its own, where it blocks nobody.
import { mixSeed, shuffledIndices } from '#shared/random';
import type { Prior } from '#shared/domain';
import type { MapBox } from '#shared/map';
import { nearestRows, type Rows, type Watch } from '#ml/maps/nearest';
import { principalBasis, projected, type Basis } from '#ml/maps/pca';
import { trustworthiness } from '#ml/maps/trustworthiness';
import { fitUmap, placeByUmap } from '#ml/maps/umap';
import { densityOverlay, type DensityResult } from './density';
import { classRegions } from './regions';

export type MapJob =
  | { readonly kind: 'project'; readonly method: 'pca' | 'umap'; readonly rows: Rows; readonly seed: number }
  | {
      readonly kind: 'density';
      /** // [count, 2] */
      readonly mu: Float32Array;
      /** Standard deviations of each q(z|x); null where only the means are known. // [count, 2] */
      readonly sd: Float32Array | null;
      readonly prior: Prior;
      readonly box: MapBox;
      readonly side: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'regions';
      readonly mu: Float32Array;
      readonly labels: Uint8Array;
      readonly classes: number;
      readonly box: MapBox;
      readonly side: number;
    }
  | {
      readonly kind: 'nearest';
      readonly rows: Rows;
      readonly queries: Rows;
      readonly k: number;
      /** The row that each query is, which is not its own neighbour. */
      readonly own: Int32Array | null;
    };

export interface Projection {
  /** // [count, 2] */
  readonly xy: Float32Array;
  readonly shares: readonly number[];
  /** Of the rows as they were given: what new ones are projected by first. Null where they are taken whole. */
  readonly basis: Basis | null;
  /** What UMAP was fitted to, projected: further points are placed among these. */
  readonly fitted: { readonly rows: Rows; readonly layout: Float32Array } | null;
  readonly trust: { readonly value: number; readonly points: number; readonly neighbours: number };
}

export interface MapJobResults {
  readonly project: Projection;
  readonly density: DensityResult;
  readonly regions: Float32Array;
  readonly nearest: { readonly indices: Int32Array; readonly distances: Float32Array };
}

export interface JobWatch {
  readonly onProgress: (stage: string, done: number, total: number) => void;
  /** Throws to stop. */
  readonly check: () => void;
}

export type RunMapJob = <Job extends MapJob>(
  job: Job,
  watch: JobWatch & { readonly onCancel: (listener: () => void) => () => void },
) => Promise<MapJobResults[Job['kind']]>;

/** More points than these are placed among those that UMAP was fitted to. */
export const UMAP_FITTED = 5_000;
export const UMAP_NEIGHBOURS = 15;
/** UMAP begins with so many principal components of wider rows. */
export const UMAP_WIDTH = 50;
const TRUST_POINTS = 1_000;
/** Of wide rows fewer are looked at: every pair of them is compared. */
const TRUST_NUMBERS = 1e9;
const LEAST_TRUST_POINTS = 200;
const TRUST_NEIGHBOURS = 12;
/** The basis of pictures is found on so many of them. */
const BASIS_ROWS = 2_000;
const BASIS_ROWS_OF_WIDE = 1_000;
const WIDE = 2_048;

export function runMapJob(job: MapJob, watch: JobWatch): MapJobResults[MapJob['kind']] {
  switch (job.kind) {
    case 'project':
      return project(job, watch);
    case 'density':
      return densityOverlay(job, watch);
    case 'regions':
      return classRegions(job, watch);
    case 'nearest': {
      const { rows, queries, k, own } = job;
      return nearestRows(rows, queries, k, own === null ? undefined : (query) => own[query]!, {
        check: watch.check,
        onProgress: (done, total) => watch.onProgress('Comparing', done, total),
      });
    }
  }
}

function project(
  { method, rows, seed }: Extract<MapJob, { kind: 'project' }>,
  { onProgress, check }: JobWatch,
): Projection {
  onProgress('Principal components', 0, 1);
  if (method === 'pca') {
    const basis = principalBasis(someRows(rows, basisRows(rows), mixSeed(seed, 4)), 2, seed);
    const xy = flat(projected(rows, basis), basis.axes.length);
    return { xy, shares: basis.shares, basis, fitted: null, trust: trustOf(rows, xy, seed) };
  }
  const basis =
    rows.size > UMAP_WIDTH
      ? principalBasis(someRows(rows, basisRows(rows), mixSeed(seed, 4)), UMAP_WIDTH, seed)
      : null;
  const narrow: Rows =
    basis === null ? rows : { values: projected(rows, basis), count: rows.count, size: basis.axes.length };
  const watch = (stage: string): Watch => ({
    check,
    onProgress: (done, total) => onProgress(stage, done, total),
  });
  const options = { neighbours: UMAP_NEIGHBOURS, seed, watch };
  const order = shuffledIndices(mixSeed(seed, 5), rows.count);
  const chosen = rows.count <= UMAP_FITTED ? null : order.slice(0, UMAP_FITTED).sort();
  const fittedRows = chosen === null ? narrow : rowsAt(narrow, chosen);
  const layout = fitUmap(fittedRows, options);
  const fitted = { rows: fittedRows, layout };
  const xy = chosen === null ? layout : placeByUmap(fitted, narrow, options);
  return { xy, shares: [], basis, fitted, trust: trustOf(rows, xy, seed) };
}

const basisRows = ({ size }: Rows): number => (size > WIDE ? BASIS_ROWS_OF_WIDE : BASIS_ROWS);

/** All of them where they are few or narrow: narrow ones cost nothing. */
function someRows(rows: Rows, most: number, seed: number): Rows {
  if (rows.size <= 256 || rows.count <= most) return rows;
  return rowsAt(rows, shuffledIndices(seed, rows.count).slice(0, most).sort());
}

function trustOf(rows: Rows, xy: Float32Array, seed: number): Projection['trust'] {
  const affordable = Math.floor(Math.sqrt(TRUST_NUMBERS / rows.size));
  const points = Math.min(TRUST_POINTS, rows.count, Math.max(LEAST_TRUST_POINTS, affordable));
  const neighbours = Math.min(TRUST_NEIGHBOURS, Math.max(1, Math.floor(points / 4)));
  const chosen = shuffledIndices(mixSeed(seed, 6), rows.count).slice(0, points);
  const value = trustworthiness(
    rowsAt(rows, chosen),
    rowsAt({ values: xy, count: rows.count, size: 2 }, chosen),
    neighbours,
  );
  return { value, points, neighbours };
}

export function rowsAt({ values, size }: Rows, chosen: ArrayLike<number>): Rows {
  const some =
    values instanceof Uint8Array
      ? new Uint8Array(chosen.length * size)
      : new Float32Array(chosen.length * size);
  for (let at = 0; at < chosen.length; at++)
    some.set(values.subarray(chosen[at]! * size, (chosen[at]! + 1) * size), at * size);
  return { values: some, count: chosen.length, size };
}

/** Two coordinates for each point, the second 0 where there is only one. */
export function flat(scores: Float32Array, width: number): Float32Array<ArrayBuffer> {
  if (width === 2) return Float32Array.from(scores);
  return Float32Array.from({ length: (2 * scores.length) / width }, (_, at) =>
    at % 2 < width ? scores[(at >> 1) * width + (at % 2)]! : 0,
  );
}
