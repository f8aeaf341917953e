import { describe, expect, it } from 'vitest';
import { builtInSource, BUILT_IN_DATA } from '#engine/datasets/built-in-data';
import { barsAndStripesCount, barsAndStripesSource } from '#engine/datasets/procedural/bars-and-stripes';
import { factorOf, type FactoredSource } from '#engine/datasets/procedural/factored-source';
import { glyphSource } from '#engine/datasets/procedural/glyphs';
import { HEAD_FACTORS, HEAD_FACTOR_RANGES, headSource } from '#engine/datasets/procedural/heads';
import { movingShapesSource } from '#engine/datasets/procedural/moving-shapes';
import { spriteSource } from '#engine/datasets/procedural/sprites';
import { GRID_25, modeCoverage, RING_8, TOY_NAMES, toySource } from '#engine/datasets/procedural/toy-points';
import type { Source } from '#engine/training/source';

const places = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
const everything = (source: Source) => source.read(places(source.count));
const builtIn = (name: string, count = 40) =>
  builtInSource({ kind: 'builtin', name, count, seed: 5, size: name === 'bars-and-stripes' ? 6 : 16 });

describe('every built-in data set', () => {
  it.each(Object.keys(BUILT_IN_DATA))('%s is a function of seed and index alone', async (name) => {
    const [one, again, longer] = [builtIn(name), builtIn(name), builtIn(name, 55)];
    const values = await everything(one);
    expect(await everything(again)).toEqual(values);
    expect(await longer.read(places(40))).toEqual(values);
    const other = builtInSource({
      kind: 'builtin',
      name,
      count: 40,
      seed: 6,
      size: 16 - 4 * Number(name === 'bars-and-stripes'),
    });
    expect(await everything(other)).not.toEqual(values);
  });

  it.each(Object.keys(BUILT_IN_DATA))('%s has balanced classes and values in range', async (name) => {
    const source = builtIn(name, 300);
    const { height, width, channels, classes } = source.shape;
    const values = await everything(source);
    expect(values.length).toBe(300 * height * width * channels);
    expect(source.classNames.length).toBe(classes);
    expect(values.every(Number.isFinite)).toBe(true);
    if (channels !== 2 || height > 1) expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    const counts = source.classNames.map((_, label) => source.labels!.filter((l) => l === label).length);
    const chosen = name === 'heads' || name === 'bars-and-stripes' ? 40 : 1; // drawn by lot, not in turn
    expect(Math.max(0, ...counts) - Math.min(...counts, 300)).toBeLessThanOrEqual(
      classes === 0 ? Infinity : chosen,
    );
  });

  it('reads in any order', async () => {
    const source = glyphSource({ size: 16, count: 20, seed: 1 });
    const [some, rest] = [await source.read([7, 3]), await everything(source)];
    expect(some.subarray(0, 256)).toEqual(rest.subarray(7 * 256, 8 * 256));
    expect(some.subarray(256)).toEqual(rest.subarray(3 * 256, 4 * 256));
  });
});

describe('points of a plane', () => {
  it.each([
    ['ring-8', RING_8],
    ['grid-25', GRID_25],
  ] as const)('%s covers its own modes', async (name, { centres, sd }) => {
    const coverage = modeCoverage(await everything(toySource(name, 5000, 3)), centres, sd);
    expect(coverage.modes).toBe(centres.length);
    expect(coverage.highQuality).toBeCloseTo(1 - Math.exp(-4.5), 2); // the Rayleigh tail beyond 3 sd
    expect(coverage.reverseKl).toBeLessThan(1e-9);
  });

  it('tells collapse, noise and nothing apart', () => {
    const one = Float32Array.from({ length: 200 }, (_, i) => RING_8.centres[2]![i % 2]!);
    expect(modeCoverage(one, RING_8.centres, RING_8.sd)).toEqual({
      modes: 1,
      highQuality: 1,
      reverseKl: Math.log(8),
    });
    const far = new Float32Array(200).fill(50);
    expect(modeCoverage(far, RING_8.centres, RING_8.sd)).toMatchObject({ modes: 0, highQuality: 0 });
    const nothing = new Float32Array(200).fill(NaN);
    expect(modeCoverage(nothing, RING_8.centres, RING_8.sd)).toMatchObject({ modes: 0, highQuality: 0 });
  });

  it('a mode counts from a fifth of its fair share', () => {
    const share = (own: number) => {
      const points = Array.from({ length: 400 }, (_, i) => RING_8.centres[i < own ? 0 : 1]!);
      return modeCoverage(Float32Array.from(points.flat()), RING_8.centres, RING_8.sd).modes;
    };
    expect([share(9), share(10), share(11)]).toEqual([1, 2, 2]);
  });

  it.each(TOY_NAMES)('%s stays within 5 of the origin', async (name) => {
    const values = await everything(toySource(name, 2000, 1));
    expect(values.every((value) => Math.abs(value) < 5)).toBe(true);
  });
});

describe('glyphs', () => {
  it('lie in the ranges of their factors', () => {
    const { factors } = glyphSource({ size: 16, count: 500, seed: 2 });
    for (const name of ['slant', 'thickness']) expectRange(factorOf(factors, name), -1, 1);
    expectRange(factorOf(factors, 'scale'), 0.8, 1);
    expect(Math.max(...factorOf(factors, 'class'))).toBe(9);
  });

  it('thick strokes cover more than thin ones', async () => {
    const source = glyphSource({ size: 28, count: 400, seed: 4 });
    expect(correlation(await ink(source), factorOf(source.factors, 'thickness'))).toBeGreaterThan(0.6);
  });
});

describe('heads', () => {
  it('have twelve factors in their ranges, independent by default', () => {
    const { factors } = headSource({ size: 16, count: 4000, seed: 1 });
    expect(factors.names.length).toBe(12);
    for (const name of HEAD_FACTORS) {
      const { low, high } = HEAD_FACTOR_RANGES[name];
      expectRange(factorOf(factors, name), low, high);
    }
    for (const [i, a] of HEAD_FACTORS.entries())
      for (const b of HEAD_FACTORS.slice(i + 1))
        expect(Math.abs(correlation(factorOf(factors, a), factorOf(factors, b))), `${a}, ${b}`).toBeLessThan(
          0.06,
        );
  });

  it.each([0.3, 0.8])('correlate by about rho = %f where asked', (rho) => {
    const correlate = { source: 'gender', target: 'hairLength', rho } as const;
    const { factors } = headSource({ size: 16, count: 4000, seed: 1, correlate });
    expect(correlation(factorOf(factors, 'gender'), factorOf(factors, 'hairLength'))).toBeCloseTo(rho, 1);
    expect(Math.abs(correlation(factorOf(factors, 'smile'), factorOf(factors, 'hairLength')))).toBeLessThan(
      0.06,
    );
  });

  it('are drawn again with one factor changed, and only where it shows', async () => {
    const source = headSource({ size: 32, count: 3, seed: 9 });
    const same = source.counterfactual(1, 'smile', factorOf(source.factors, 'smile')[1]!);
    const before = await source.read([1]);
    expect(same).toEqual(before);
    const row = (picture: Float32Array, from: number, to: number) => picture.subarray(from * 96, to * 96);
    const smiling = source.counterfactual(1, 'smile', 1);
    const sad = source.counterfactual(1, 'smile', -1);
    expect(row(smiling, 0, 8)).toEqual(row(before, 0, 8)); // hair does not smile
    expect(row(smiling, 16, 28)).not.toEqual(row(sad, 16, 28));
  });
});

describe('pictures with an open half', () => {
  it.each(['colour', 'motion'] as const)('%s: four different outcomes of one condition', async (task) => {
    const source = spriteSource({ task, count: 12, seed: 3 });
    const pictures = await everything(source);
    const { channels } = source.shape;
    for (let index = 0; index < 12; index++) {
      const outcomes = source.outcomes(index);
      expect(new Set(outcomes.map((outcome) => outcome.join())).size).toBe(4);
      const picture = pictures.subarray(index * 256 * channels, (index + 1) * 256 * channels);
      const target = picture.filter((_, i) => i % channels >= source.conditionChannels);
      expect(target).toEqual(outcomes[source.labels![index]!]);
      expect(picture.filter((_, i) => i % channels === 0).some((value) => value > 0.9)).toBe(true);
    }
  });

  it('moving shapes: identity and motion in every pair', () => {
    const { factors } = movingShapesSource({ count: 96, seed: 1 });
    const [identity, motion] = [factorOf(factors, 'identity'), factorOf(factors, 'motion')];
    expect(new Set(Array.from(identity, (id, i) => `${id} ${motion[i]!}`)).size).toBe(48);
  });

  it('bars and stripes: all 126 patterns, each wholly bars or stripes', async () => {
    expect(barsAndStripesCount(6)).toBe(126);
    const values = await everything(barsAndStripesSource(4000, 1));
    const patterns = new Set(
      Array.from({ length: 4000 }, (_, i) => values.subarray(i * 36, (i + 1) * 36).join('')),
    );
    expect(patterns.size).toBe(126);
  });
});

function expectRange(values: Float32Array, low: number, high: number): void {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  expect(least).toBeGreaterThanOrEqual(low - 1e-6);
  expect(most).toBeLessThanOrEqual(high + 1e-6);
  expect(most - least).toBeGreaterThan(0.97 * (high - low));
}

async function ink(source: FactoredSource): Promise<Float32Array> {
  const values = await everything(source);
  const stride = values.length / source.count;
  return Float32Array.from({ length: source.count }, (_, i) =>
    values.subarray(i * stride, (i + 1) * stride).reduce((sum, value) => sum + value, 0),
  );
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    const [da, db] = [value - meanA, b[i]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return ab / Math.sqrt(aa * bb);
}
