// Planes: where their pictures lie, how they are drawn, and what spans none.
import { describe, expect, it } from 'vitest';
import { norm, onPlane, placeOnPlane } from '#shared/latent-math';
import { distanceTo, frameOf, latticeAxis, latticeLatents, type PlaneSpec } from '#shared/plane';
import { latentOfSeed, truncated } from '#shared/random';
import { randomRotation } from '#shared/rotation';
import { traversalLatents, valueAlong, withValueAlong } from '#shared/traversal';

const PRIOR = { kind: 'normal' } as const;
const SIZE = 32;
const seed = (n: number) => ({ z: latentOfSeed(n, SIZE, PRIOR), name: `Seed ${n}` });
const three: PlaneSpec = { kind: 'points', a: seed(1), b: seed(2), c: seed(3), fourth: null };
const LATTICE = { n: 5, span: 2, margin: 0 };
const dotOf = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('a plane through three points', () => {
  it('has them at its corners: A bottom left, B bottom right, C top left', () => {
    const { lattice, range } = frameOf(three, seed(9).z, LATTICE);
    const z = latticeLatents(lattice, latticeAxis(5, 2, PRIOR, range));
    const at = (row: number, column: number) =>
      z.subarray((row * 5 + column) * SIZE, (row * 5 + column + 1) * SIZE);
    expect([...at(4, 0)]).toEqual([...three.a.z]);
    at(4, 4).forEach((value, i) => expect(value).toBeCloseTo(three.b.z[i]!, 5));
    at(0, 0).forEach((value, i) => expect(value).toBeCloseTo(three.c.z[i]!, 5));
    // the middle of the lower side is the mean of its ends
    at(4, 2).forEach((value, i) => expect(value).toBeCloseTo((three.a.z[i]! + three.b.z[i]!) / 2, 5));
  });

  it('goes on beyond them by the margin', () => {
    const { range } = frameOf(three, seed(9).z, { ...LATTICE, margin: 0.5 });
    expect([...latticeAxis(5, 2, PRIOR, range)]).toEqual([-0.5, 0, 0.5, 1, 1.5]);
  });

  it('is drawn over two unit directions at right angles, about its point nearest to the origin', () => {
    const { drawn, height, lattice } = frameOf(three, seed(9).z, LATTICE);
    expect(norm(drawn.u)).toBeCloseTo(1, 5);
    expect(norm(drawn.v)).toBeCloseTo(1, 5);
    expect(dotOf(drawn.u, drawn.v)).toBeCloseTo(0, 5);
    expect(dotOf(drawn.origin, drawn.u)).toBeCloseTo(0, 4);
    expect(dotOf(drawn.origin, drawn.v)).toBeCloseTo(0, 4);
    expect(height).toBeCloseTo(norm(drawn.origin), 9);
    // the same plane: every corner lies on it, and Pythagoras gives its length
    for (const anchor of [three.a, three.b, three.c]) {
      expect(distanceTo(drawn, anchor.z)).toBeLessThan(1e-4);
      const { x, y } = placeOnPlane(drawn, anchor.z);
      expect(Math.hypot(x, y, height)).toBeCloseTo(norm(anchor.z), 4);
    }
    expect(distanceTo(lattice, onPlane(lattice, 0.3, 0.8))).toBeLessThan(1e-4);
  });

  it('of points on one line, or of one point twice, is refused in a sentence', () => {
    const middle = { z: onPlane(frameOf(three, seed(9).z, LATTICE).lattice, 0.5, 0), name: 'middle' };
    for (const c of [middle, three.b, three.a])
      expect(() => frameOf({ ...three, c }, seed(9).z, LATTICE)).toThrow(/span no plane.*one line/);
    const short = { z: new Float32Array(3), name: 'another model' };
    expect(() => frameOf({ ...three, b: short }, seed(9).z, LATTICE)).toThrow(/different sizes/);
  });
});

describe('a rotation', () => {
  it('is orthonormal, the same for a seed, and its first rows do not depend on how many are wanted', () => {
    const rows = randomRotation(7, SIZE);
    rows.forEach((row, i) =>
      rows.forEach((other, j) => expect(dotOf(row, other)).toBeCloseTo(i === j ? 1 : 0, 5)),
    );
    expect(randomRotation(7, SIZE, 2)).toEqual(rows.slice(0, 2));
    expect(randomRotation(8, SIZE, 1)[0]).not.toEqual(rows[0]);
  });

  it('has coordinates that are set one by one', () => {
    const [first, second] = randomRotation(7, SIZE, 2);
    const mean = new Float32Array(SIZE);
    const z = withValueAlong(seed(1).z, { direction: first!, mean }, 2.5);
    expect(valueAlong(z, { direction: first!, mean })).toBeCloseTo(2.5, 5);
    const before = valueAlong(seed(1).z, { direction: second!, mean });
    expect(valueAlong(z, { direction: second!, mean })).toBeCloseTo(before, 5);
  });
});

it('a traversal has a row for each coordinate, in which it alone goes from value to value', () => {
  const z = Float32Array.of(1, 2, 3);
  const all = traversalLatents(z, [{ axis: 2 }, { axis: 0 }], Float32Array.of(-1, 1));
  expect([...all]).toEqual([1, 2, -1, 1, 2, 1, -1, 2, 3, 1, 2, 3]);
});

it('truncation draws towards the mean of the prior', () => {
  expect([...truncated(Float32Array.of(2, -4), 0.5, PRIOR)]).toEqual([1, -2]);
  expect([...truncated(Float32Array.of(2, 4), 0, { kind: 'uniform', low: 1, high: 5 })]).toEqual([3, 3]);
  expect([...truncated(Float32Array.of(2, 4), 1, { kind: 'uniform', low: 1, high: 5 })]).toEqual([2, 4]);
});
