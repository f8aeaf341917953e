import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { dot, norm } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';
import {
  EASINGS,
  ease,
  frameCount,
  frameTimes,
  latentAt,
  normsAlong,
  pointAt,
  walkSeconds,
  type Keyframe,
  type Walk,
} from '#shared/walk';
import { coefficientOfVariation, priorShell } from '#shared/walk-pace';
import { splinePoint } from '#shared/walk-spline';

const key = (z: readonly number[] | Float32Array, rest: Partial<Keyframe> = {}): Keyframe => ({
  z: Float32Array.from(z),
  seconds: 1,
  easing: 'linear',
  ...rest,
});
const walk = (keys: readonly Keyframe[], rest: Partial<Walk> = {}): Walk => ({
  path: 'lerp',
  closed: false,
  keys,
  ...rest,
});
const normal = { kind: 'normal' } as const;
const random = (seed: number, size = 64) => latentOfSeed(seed, size, normal);
const distance = (a: Float32Array, b: Float32Array): number => norm(a.map((value, i) => value - b[i]!));

describe('time', () => {
  const three = walk([
    key([0], { hold: 0.5 }),
    key([1], { seconds: 2, hold: 1 }),
    key([3], { seconds: 9, hold: 0.25 }),
  ]);

  it('sums legs and holds; the last leg counts only where the walk is closed', () => {
    expect(walkSeconds(three)).toBe(0.5 + 1 + 1 + 2 + 0.25);
    expect(walkSeconds({ ...three, closed: true })).toBe(4.75 + 9);
  });

  it('stands at a key for its hold and moves between', () => {
    const at = (seconds: number) => latentAt(three, seconds).z[0];
    expect([-1, 0, 0.5, 1, 1.5, 2.4, 3.5, 4.5, 4.75, 99].map(at)).toEqual([0, 0, 0, 0.5, 1, 1, 2, 3, 3, 3]);
  });

  it('shows both ends of an open walk, and the start of a closed one once', () => {
    const open = walk([key([0]), key([1])]);
    expect(frameCount(open, 4)).toBe(4);
    expect([...frameTimes(open, 4)].map((t) => latentAt(open, t).z[0])).toEqual([
      0,
      Math.fround(1 / 3),
      Math.fround(2 / 3),
      1,
    ]);
    const loop = { ...open, closed: true };
    expect(frameCount(loop, 2)).toBe(4);
    expect([...frameTimes(loop, 4)].map((t) => latentAt(loop, t).z[0])).toEqual([0, 0.5, 1, 0.5]);
  });

  it('eases from 0 to 1 without ever going back, the symmetric ones through the middle', () => {
    for (const easing of EASINGS) {
      const values = Array.from({ length: 101 }, (_, i) => ease(easing, i / 100));
      expect(values[0]).toBe(0);
      expect(values[100]).toBeCloseTo(1, 12);
      expect(values.every((value, i) => i === 0 || value > values[i - 1]!)).toBe(true);
    }
    for (const easing of ['linear', 'ease-in-out', 'cosine'] as const)
      expect(ease(easing, 0.5)).toBeCloseTo(0.5, 12);
    expect(ease('ease-in', 0.5)).toBeLessThan(0.5);
    expect(ease('ease-out', 0.5)).toBeGreaterThan(0.5);
  });

  it('changes the class half-way', () => {
    const classes = walk([key([0], { condition: 3 }), key([1], { condition: 7 })]);
    expect([0, 0.49, 0.51, 1].map((t) => latentAt(classes, t).condition)).toEqual([3, 3, 7, 7]);
  });
});

describe('paths', () => {
  it('slerp is the great circle: in the plane of its ends, at even angles, with the norms of the ends', () => {
    // two unit axes: (cos, sin) of an even angle is the closed form
    const quarter = walk([key([2, 0, 0]), key([0, 2, 0])], { path: 'slerp' });
    for (let i = 0; i <= 10; i++) {
      const [x, y, rest] = latentAt(quarter, i / 10).z;
      expect(x).toBeCloseTo(2 * Math.cos((i / 10) * (Math.PI / 2)), 6);
      expect(y).toBeCloseTo(2 * Math.sin((i / 10) * (Math.PI / 2)), 6);
      expect(rest).toBe(0);
    }
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.double({ min: 0, max: 1, noNaN: true }), (s1, s2, t) => {
        fc.pre(s1 !== s2);
        const [a, b] = [random(s1), random(s2)];
        const unit = (z: Float32Array) => z.map((value) => value / norm(z));
        const { z } = latentAt(walk([key(unit(a)), key(unit(b))], { path: 'slerp' }), t);
        expect(norm(z)).toBeCloseTo(1, 5);
        const angle = Math.acos(dot(unit(a), unit(b)));
        expect(dot(z, unit(a))).toBeCloseTo(Math.cos(t * angle), 5);
      }),
      { numRuns: 50 },
    );
  });

  it('lerp dives under the shell of the prior by about 1/sqrt 2, slerp stays on it', () => {
    const shell = priorShell(normal, 64);
    const middle = (path: Walk['path'], keepNorm: boolean) =>
      Array.from({ length: 40 }, (_, i) => {
        const between = walk([key(random(2 * i + 1)), key(random(2 * i + 2))], { path, keepNorm });
        return normsAlong(between, [0.5])[0]! / shell.mean;
      }).reduce((sum, ratio) => sum + ratio / 40, 0);
    expect(middle('lerp', false)).toBeCloseTo(Math.SQRT1_2, 1);
    expect(middle('slerp', false)).toBeCloseTo(1, 1);
    expect(middle('lerp', true)).toBeCloseTo(1, 1);
  });

  it('a spline goes through every key, open and closed, and leaves a key as it came', () => {
    const keys = [1, 2, 3, 4, 5].map((seed) => key(random(seed, 8)));
    for (const closed of [false, true]) {
      const spline = walk(keys, { path: 'spline', closed });
      keys.forEach(({ z }, i) => {
        expect(latentAt(spline, i).z).toEqual(z);
        expect(distance(latentAt(spline, i + 1e-4).z, latentAt(spline, i).z)).toBeLessThan(0.01);
      });
      // one direction on both sides of an inner key
      const direction = (from: number, to: number) => {
        const [a, b] = [latentAt(spline, from).z, latentAt(spline, to).z];
        const step = b.map((value, i) => value - a[i]!);
        return step.map((value) => value / norm(step));
      };
      for (const i of closed ? [0, 1, 2, 3, 4] : [1, 2, 3]) {
        const before = direction((i === 0 ? 5 : i) - 1e-3, i === 0 ? 5 : i);
        expect(dot(before, direction(i, i + 1e-3))).toBeGreaterThan(0.995);
      }
    }
    const loop = walk(keys, { path: 'spline', closed: true });
    expect(latentAt(loop, walkSeconds(loop)).z).toEqual(keys[0]!.z);
  });

  it('a spline of evenly spaced points on a line is the line, and of two points too', () => {
    const line = walk(
      [0, 1, 2, 3].map((x) => key([x, 2 * x])),
      { path: 'spline' },
    );
    for (let t = 0; t <= 3; t += 0.125) {
      expect(latentAt(line, t).z[0]).toBeCloseTo(t, 5);
      expect(latentAt(line, t).z[1]).toBeCloseTo(2 * t, 5);
    }
    const two = walk([key([0, 0]), key([4, 2])], { path: 'spline' });
    expect(latentAt(two, 0.25).z[0]).toBeCloseTo(1, 5);
  });

  it('a spline survives keys that are equal', () => {
    const [a, b] = [Float32Array.of(0, 0), Float32Array.of(1, 1)];
    expect(splinePoint(a, a, b, b, 0.5)[0]).toBeCloseTo(0.5, 6);
    expect([...splinePoint(null, a, a, b, 0.3)]).toEqual([0, 0]);
    const doubled = walk([key(a), key(a), key(b), key(b)], { path: 'spline', closed: true });
    for (let t = 0; t <= 4; t += 0.1) expect([...latentAt(doubled, t).z].every(Number.isFinite)).toBe(true);
  });

  it('ends are the keys themselves, whatever the path', () => {
    for (const path of ['lerp', 'slerp', 'spline'] as const) {
      const between = walk([key(random(1)), key(random(2))], { path, keepNorm: true });
      expect(pointAt(between, { leg: 0, fraction: 0 }).z).toEqual(random(1));
      expect(pointAt(between, { leg: 0, fraction: 1 }).z).toEqual(random(2));
    }
  });
});

describe('the shell of a prior', () => {
  it.each([1, 2, 3, 32, 513])('agrees with samples in %i dimensions', (size) => {
    for (const prior of [normal, { kind: 'uniform', low: -1, high: 1 } as const]) {
      const norms = Array.from({ length: 4000 }, (_, seed) => norm(latentOfSeed(seed, size, prior)));
      const { mean, deviation } = priorShell(prior, size);
      const measured = norms.reduce((sum, value) => sum + value / norms.length, 0);
      // first order in 1/size for the uniform prior
      const allowed = prior.kind === 'normal' ? 4 * (deviation / Math.sqrt(4000)) : mean * (0.2 / size);
      expect(Math.abs(measured - mean)).toBeLessThan(allowed + 1e-3);
      if (prior.kind === 'normal' || size > 8)
        expect(coefficientOfVariation(norms) / (deviation / mean)).toBeCloseTo(1, 0.9);
    }
  });
});
