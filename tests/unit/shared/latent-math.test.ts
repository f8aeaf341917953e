import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  axisPlane,
  dot,
  gridAxis,
  inverseNormalCdf,
  lerp,
  manifoldGrid,
  norm,
  normalCdf,
  onPlane,
  placeOnPlane,
  slerp,
} from '#shared/latent-math';

const normal = { kind: 'normal' } as const;
const close = (actual: number, expected: number, within: number): void =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(within);

describe('normal CDF', () => {
  it('agrees with tables', () => {
    // scipy.stats.norm.cdf
    for (const [x, p] of [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1.959963984540054, 0.025],
      [3, 0.9986501019683699],
      [-5, 2.866515718791939e-7],
      [-10, 7.61985302416052e-24],
    ] as const) {
      close(normalCdf(x) / p, 1, 1e-12);
    }
  });

  it('is undone by its inverse, tails included', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        close(normalCdf(inverseNormalCdf(p)), p, 1e-13);
      }),
    );
    expect(inverseNormalCdf(0)).toBe(-Infinity);
    expect(inverseNormalCdf(1)).toBe(Infinity);
    expect(inverseNormalCdf(1.5)).toBeNaN();
  });
});

describe('manifold grid', () => {
  it('cuts the prior into cells of equal probability', () => {
    const axis = gridAxis(20, 40, normal);
    axis.forEach((z, i) => close(normalCdf(z), (i + 0.5) / 20, 1e-6));
    close(dot(axis, axis) / 20, 0.938, 0.001); // scipy: mean of ppf((i + .5) / 20)^2
  });

  it('keeps within the span, symmetric', () => {
    const axis = gridAxis(15, 2.5, normal);
    expect(Math.max(...axis)).toBeLessThan(2.5);
    axis.forEach((z, i) => close(z, -axis[14 - i]!, 1e-6));
  });

  it('goes row by row from the upper left', () => {
    const z = manifoldGrid(3, 2, normal);
    expect(z[0]).toBeLessThan(0);
    expect(z[1]).toBeGreaterThan(0);
    expect(z[2 * 8]).toBeGreaterThan(0);
    expect(z[2 * 8 + 1]).toBeLessThan(0);
  });

  it('is even for a uniform prior', () => {
    expect([...gridAxis(4, 2, { kind: 'uniform', low: 0, high: 1 })]).toEqual([0.125, 0.375, 0.625, 0.875]);
  });
});

describe('paths', () => {
  const a = Float32Array.of(3, 0, 0);
  const b = Float32Array.of(0, 4, 0);

  it('slerp keeps its ends and runs along the great circle', () => {
    expect([...slerp(a, b, 0)]).toEqual([3, 0, 0]);
    slerp(a, b, 1).forEach((value, i) => close(value, b[i]!, 1e-6));
    const unitA = Float32Array.of(1, 0);
    const unitB = Float32Array.of(0, 1);
    for (const t of [0.1, 0.5, 0.9]) {
      const point = slerp(unitA, unitB, t);
      close(norm(point), 1, 1e-6);
      close(Math.atan2(point[1]!, point[0]!), (t * Math.PI) / 2, 1e-6);
    }
  });

  it('slerp of parallel ends is lerp', () => {
    expect([...slerp(a, a, 0.3)]).toEqual([...lerp(a, a, 0.3)]);
  });
});

describe('planes through many dimensions', () => {
  const base = Float32Array.of(1, 2, 3, 4);

  it('an axis plane goes through its point and leaves the other coordinates', () => {
    const plane = axisPlane(base, [3, 1]);
    expect(placeOnPlane(plane, base)).toEqual({ x: 4, y: 2 });
    expect([...onPlane(plane, 0.5, -1)]).toEqual([1, -1, 3, 0.5]);
  });

  it('a place and its point are each other’s inverse, also where the directions are oblique', () => {
    const plane = {
      origin: base,
      u: Float32Array.of(1, 0, 2, 0),
      v: Float32Array.of(1, 1, 0, -1),
    };
    const { x, y } = placeOnPlane(plane, onPlane(plane, 0.75, -1.5));
    expect(x).toBeCloseTo(0.75, 5);
    expect(y).toBeCloseTo(-1.5, 5);
    // what stands upright on the plane does not move the place: u x v in the span of the other two
    const upright = onPlane(plane, 0.75, -1.5).map((value, i) => value + [2, -1, -1, 1][i]!);
    expect(placeOnPlane(plane, upright).x).toBeCloseTo(0.75, 5);
    expect(placeOnPlane(plane, upright).y).toBeCloseTo(-1.5, 5);
  });

  it('two directions on one line give a place on that line', () => {
    const line = { origin: new Float32Array(2), u: Float32Array.of(2, 0), v: Float32Array.of(1, 0) };
    expect(placeOnPlane(line, Float32Array.of(3, 5))).toEqual({ x: 1.5, y: 0 });
  });
});
