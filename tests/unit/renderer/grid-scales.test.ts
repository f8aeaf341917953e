import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifoldGrid } from '#shared/latent-math';
import type { Prior } from '#shared/domain';
import { cellAt, cellLatent, latentToPlace, placeToLatent } from '../../../src-renderer/charts/grid-scales';

const NORMAL: Prior = { kind: 'normal' };
const UNIFORM: Prior = { kind: 'uniform', low: -1, high: 1 };

describe.each([
  ['normal', NORMAL],
  ['uniform', UNIFORM],
] as const)('a place on the grid of a %s prior', (_, prior) => {
  const axis = (span: number) => ({ n: 7, span, prior, range: null });

  it('goes to a latent and back', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.double({ min: 0.5, max: 4, noNaN: true }), (u, v, span) => {
        const back = latentToPlace(placeToLatent({ u, v }, axis(span)), axis(span));
        expect(back.u).toBeCloseTo(u, 9);
        expect(back.v).toBeCloseTo(v, 9);
      }),
    );
  });

  it('grows to the right and upwards', () => {
    const low = placeToLatent({ u: 0.2, v: 0.8 }, axis(2.5));
    const high = placeToLatent({ u: 0.7, v: 0.1 }, axis(2.5));
    expect(high.x).toBeGreaterThan(low.x);
    expect(high.y).toBeGreaterThan(low.y);
  });

  it('in the middle of a cell is that cell’s latent, which is the one the engine decoded', () => {
    const [n, span] = [7, 2.5];
    const z = manifoldGrid(n, span, prior);
    for (let row = 0; row < n; row++) {
      for (let column = 0; column < n; column++) {
        const cell = cellLatent(column, row, axis(span));
        expect([cell.x, cell.y]).toEqual([...z.subarray(2 * (row * n + column), 2 * (row * n + column) + 2)]);
        const middle = placeToLatent({ u: (column + 0.5) / n, v: (row + 0.5) / n }, axis(span));
        expect(middle.x).toBeCloseTo(cell.x, 5);
        expect(cellAt({ u: (column + 0.5) / n, v: (row + 0.5) / n }, n)).toEqual({ column, row });
      }
    }
  });
});

it('ends at the span, and a place outside is the edge', () => {
  const axis = { n: 5, span: 2, prior: NORMAL, range: null };
  expect(placeToLatent({ u: 0, v: 1 }, axis).x).toBeCloseTo(-2, 9);
  expect(placeToLatent({ u: 7, v: -3 }, axis)).toEqual(placeToLatent({ u: 1, v: 0 }, axis));
  expect(cellAt({ u: 1, v: -0.1 }, 5)).toEqual({ column: 4, row: 0 });
});

it('in equal steps has the ends of its range in the middles of its outer cells', () => {
  const axis = { n: 5, span: 2, prior: NORMAL, range: [-0.5, 1.5] as const };
  expect(cellLatent(0, 4, axis)).toEqual({ x: -0.5, y: -0.5 });
  expect(cellLatent(4, 0, axis)).toEqual({ x: 1.5, y: 1.5 });
  expect(placeToLatent({ u: 0.1, v: 0.9 }, axis).x).toBeCloseTo(-0.5, 9);
  const { u, v } = latentToPlace({ x: 1, y: 0 }, axis);
  expect([u, v]).toEqual([0.7, 0.7]);
});
