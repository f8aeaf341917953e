// The mathematics of maps against closed forms, brute force and numbers from numpy.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nearestRows, type Rows } from '#ml/maps/nearest';
import { principalBasis, projected } from '#ml/maps/pca';
import { trustworthiness } from '#ml/maps/trustworthiness';
import { fitUmap, placeByUmap } from '#ml/maps/umap';
import { seededNormal, seededRandom } from '#shared/random';

const rowsOf = (values: Float32Array, size: number): Rows => ({ values, count: values.length / size, size });
const { rows: numpyRows, ...numpy } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, 'pca-by-numpy.json'), 'utf8'),
) as { rows: number[][]; axes: number[][]; shares: number[]; scores: number[][] };

/** Three clouds far apart in ten dimensions. */
function clouds(
  each: number,
  seed: number,
): { readonly rows: Rows; readonly cloud: (row: number) => number } {
  const size = 10;
  const values = seededNormal(seed, 3 * each * size);
  for (let row = 0; row < 3 * each; row++) values[row * size + (row % 3)]! += 12;
  return { rows: rowsOf(values, size), cloud: (row) => row % 3 };
}

describe('nearest rows', () => {
  it('are those of brute force, nearest first, without the row itself', () => {
    const rows = rowsOf(seededNormal(1, 80 * 23), 23);
    const { indices, distances } = nearestRows(rows, rows, 5, (row) => row);
    for (let row = 0; row < rows.count; row++) {
      const all = Array.from({ length: rows.count }, (_, other) => ({
        other,
        d: Math.hypot(
          ...Array.from({ length: 23 }, (_, i) => rows.values[row * 23 + i]! - rows.values[other * 23 + i]!),
        ),
      }))
        .filter(({ other }) => other !== row)
        .sort((a, b) => a.d - b.d)
        .slice(0, 5);
      expect([...indices.slice(5 * row, 5 * row + 5)]).toEqual(all.map(({ other }) => other));
      all.forEach(({ d }, at) => expect(distances[5 * row + at]).toBeCloseTo(d, 4));
    }
  });

  it('of bytes are those of the same numbers, and fewer rows than asked for are all of them', () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256);
    const asBytes = nearestRows(rowsOf(bytes as never, 4), rowsOf(bytes as never, 4), 30, (row) => row);
    const floats = rowsOf(Float32Array.from(bytes), 4);
    expect(asBytes).toEqual(nearestRows(floats, floats, 30, (row) => row));
    expect(asBytes.indices).toHaveLength(10 * 9);
  });
});

describe('principal components', () => {
  it('agree with numpy to 1e-4', () => {
    const rows = rowsOf(Float32Array.from(numpyRows.flat()), numpyRows[0]!.length);
    const basis = principalBasis(rows, 3);
    basis.axes.forEach((axis, k) =>
      axis.forEach((value, i) => expect(value).toBeCloseTo(numpy.axes[k]![i]!, 4)),
    );
    basis.shares.forEach((share, k) => expect(share).toBeCloseTo(numpy.shares[k]!, 4));
    const scores = projected(rows, basis);
    numpy.scores.flat().forEach((score, at) => expect(Math.abs(scores[at]! - score)).toBeLessThan(1e-4));
  });

  it('of wide rows, by power steps, are those of the whole covariance', () => {
    // the same 12 columns, and 288 more that hold nothing: wide enough for the other way
    const narrow = numpyRows.map((row) => row.slice(0, 12));
    const wide = narrow.map((row) => [...row, ...Array.from({ length: 288 }, () => 0)]);
    const [a, b] = [narrow, wide].map((rows) =>
      principalBasis(rowsOf(Float32Array.from(rows.flat()), rows[0]!.length), 2),
    );
    for (const k of [0, 1]) {
      expect(a!.shares[k]).toBeCloseTo(b!.shares[k]!, 4);
      a!.axes[k]!.forEach((value, i) => expect(value).toBeCloseTo(b!.axes[k]![i]!, 3));
    }
  });
});

describe('trustworthiness', () => {
  it('is 1 for the data itself, about a half for chance, and falls by what the formula says for one intruder', () => {
    const rows = rowsOf(seededNormal(2, 300 * 2), 2);
    expect(trustworthiness(rows, rows, 10)).toBe(1);
    expect(trustworthiness(rows, rowsOf(seededNormal(3, 300 * 2), 2), 10)).toBeGreaterThan(0.4);
    expect(trustworthiness(rows, rowsOf(seededNormal(3, 300 * 2), 2), 10)).toBeLessThan(0.6);
    // five on a line; on the map the last has come to the place beside the first: by hand, with k = 1
    const line = rowsOf(Float32Array.of(0, 0, 1, 0, 2.1, 0, 3.3, 0, 4.6, 0), 2);
    const moved = rowsOf(Float32Array.of(0, 0, 1, 0, 2.1, 0, 3.3, 0, -0.5, 0), 2);
    // nearest on the map: 0 -> 4 (rank 4), 1 -> 0 (rank 1, nearer than 2), 2 -> 1, 3 -> 2 and 4 -> 0 (rank 4)
    expect(trustworthiness(line, moved, 1)).toBeCloseTo(1 - (2 / (5 * 1 * (10 - 3 - 1))) * (3 + 3), 6);
  });
});

describe('UMAP', () => {
  it('keeps clouds together and apart, the same for the same seed', () => {
    const { rows, cloud } = clouds(30, 4);
    const layout = fitUmap(rows, { neighbours: 10, seed: 7 });
    const map = rowsOf(layout, 2);
    const { indices } = nearestRows(map, map, 5, (row) => row);
    const same = Array.from(indices).filter((other, at) => cloud(other) === cloud(Math.floor(at / 5)));
    expect(same.length / indices.length).toBe(1);
    expect(trustworthiness(rows, map, 5)).toBeGreaterThan(0.75);
    expect(fitUmap(rows, { neighbours: 10, seed: 7 })).toEqual(layout);
    expect(fitUmap(rows, { neighbours: 10, seed: 8 })).not.toEqual(layout);
  });

  it('places further points among their own, and a fitted one where it lies', () => {
    const { rows, cloud } = clouds(30, 4);
    const layout = fitUmap(rows, { neighbours: 10, seed: 7 });
    const added = clouds(12, 5).rows;
    const placed = placeByUmap({ rows, layout }, added, { neighbours: 10, seed: 7 });
    const near = nearestRows(rowsOf(layout, 2), rowsOf(placed, 2), 3);
    near.indices.forEach((row, at) => expect(cloud(row)).toBe(Math.floor(at / 3) % 3));
    const again = placeByUmap({ rows, layout }, rows, { neighbours: 10, seed: 7 });
    expect(again).toEqual(layout);
  });

  it('stops when it is told to', () => {
    let asked = 0;
    const check = (): void => {
      if (++asked > 3) throw new Error('stopped');
    };
    const watch = () => ({ check });
    expect(() => fitUmap(clouds(30, 1).rows, { neighbours: 10, seed: 1, watch })).toThrow('stopped');
  });

  it('takes coinciding points', () => {
    const random = seededRandom(1);
    const values = Float32Array.from({ length: 3 * 90 }, (_, at) => (at < 150 ? 1 : random.normal()));
    expect(fitUmap(rowsOf(values, 3), { neighbours: 15, seed: 1 }).every(Number.isFinite)).toBe(true);
  });
});
