// The arithmetic of the curves: smoothing, thinning, labels that keep apart, and a table that goes back with a resumed run.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decimated,
  lowerBound,
  middleRange,
  nearestIndex,
  range,
  smoothed,
  spread,
  weightFor,
} from '../../../src-renderer/charts/curve-maths';
import { FigureTable } from '../../../src-renderer/state/figure-table';

describe('smoothed', () => {
  it('leaves a constant as it is, from the first value on', () => {
    for (const value of smoothed([3, 3, 3, 3], 0.99)) expect(value).toBeCloseTo(3, 12);
  });
  it('steps over what is not a number', () => {
    expect(smoothed([1, NaN, 1], 0.5)[2]).toBeCloseTo(1, 12);
  });
  it('averages the same share of a history, whatever its length', () => {
    // a step in the middle: how far along the mean has followed it half way
    const followed = (count: number): number => {
      const step = Array.from({ length: count }, (_, i) => (i < count / 2 ? 0 : 1));
      return smoothed(step, weightFor(0.9, count)).findIndex((value) => value > 0.5) / count;
    };
    for (const count of [200, 2000, 20_000]) expect(followed(count)).toBeCloseTo(0.53, 1.5);
    expect(weightFor(0, 100)).toBe(0);
  });
  it('does nothing with no weight', () => {
    const values = [1, 5, 2];
    expect(smoothed(values, 0)).toBe(values);
  });
});

describe('decimated', () => {
  it('keeps the ends and every extreme, and no more than four points a column', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 1, max: 200 }),
        (y, columns) => {
          const x = y.map((_, i) => 3 * i);
          const thin = decimated({ x, y }, columns);
          expect(thin.x.length).toBeLessThanOrEqual(Math.max(4 * columns, 4));
          expect(thin.x[0]).toBe(x[0]);
          expect(thin.x.at(-1)).toBe(x.at(-1));
          expect(range([thin.y])).toEqual(range([y]));
          expect(thin.x.every((value, i) => i === 0 || value >= (thin.x[i - 1] ?? 0))).toBe(true);
        },
      ),
    );
  });
  it('is quick with a long history', () => {
    const x = Array.from({ length: 20_000 }, (_, i) => i);
    const started = performance.now();
    decimated({ x, y: x.map(Math.sin) }, 800);
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('finding a step', () => {
  it('finds the first that is not before, and the nearest', () => {
    expect(lowerBound([0, 4, 8], 5)).toBe(2);
    expect(nearestIndex([0, 4, 8], 5)).toBe(1);
    expect(nearestIndex([], 5)).toBe(-1);
  });
});

describe('spread', () => {
  it('keeps labels apart and inside', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 8 }), (wanted) => {
        const places = spread(wanted, 14, 0, 300).sort((a, b) => a - b);
        places.forEach((place, i) => {
          expect(place).toBeLessThanOrEqual(300);
          if (i > 0) expect(place - (places[i - 1] ?? 0)).toBeGreaterThanOrEqual(14 - 1e-9);
        });
      }),
    );
  });
});

it('a single spike does not set the range', () => {
  const values = Array.from({ length: 200 }, (_, i) => (i === 100 ? 1e9 : 1));
  expect(middleRange(values)).toEqual([1, 1]);
  expect(middleRange([])).toBeNull();
});

describe('FigureTable', () => {
  it('keeps how far each network moved under names of their own', () => {
    const table = new FigureTable();
    table.add({ step: 1, figures: { dLoss: 1 }, updateRatio: { generator: 2e-3 } });
    table.add({ step: 2, figures: { dLoss: 1 } });
    expect(table.column('updateRatio.generator')).toEqual({ x: [1], y: [2e-3] });
  });
  it('keeps columns of their own length', () => {
    const table = new FigureTable();
    table.add({ step: 1, figures: { dLoss: 1, gLoss: 2 } });
    table.add({ step: 2, figures: { dLoss: 3 } });
    expect(table.column('dLoss')).toEqual({ x: [1, 2], y: [1, 3] });
    expect(table.column('gLoss').y).toEqual([2]);
    expect(table.last('kl')).toBeNull();
  });
  it('forgets the steps that a resumed run does again', () => {
    const table = new FigureTable();
    [10, 20, 30].forEach((step) => table.add({ step, figures: { loss: step } }));
    table.add({ step: 15, figures: { loss: -1 } });
    expect(table.column('loss')).toEqual({ x: [10, 15], y: [10, -1] });
  });
});
