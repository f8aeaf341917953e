// Where a map lies in its view, and which points lie where.
import { zoomIdentity } from 'd3';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#shared/random';
import { mapIndex } from '../../../src-renderer/charts/map-index';
import { mapSight } from '../../../src-renderer/charts/map-sight';

const SIZE = { width: 400, height: 300 };

describe('the sight of a map', () => {
  const xy = Float32Array.of(-2, -1, 2, 1, 0, 0);
  it('fits it in, its middle in the middle, what is up above', () => {
    const sight = mapSight();
    sight.fit(xy, SIZE);
    expect(sight.toPlot([0, 0])).toEqual([200, 150]);
    const [x, y] = sight.toPlot([2, 1]);
    expect(x).toBeGreaterThan(200);
    expect(x).toBeLessThanOrEqual(400);
    expect(y).toBeLessThan(150);
  });
  it('goes from pixels to the map and back, wherever a hand has moved it', () => {
    const sight = mapSight();
    sight.fit(xy, SIZE);
    sight.transform = zoomIdentity.translate(-37, 12).scale(3.5);
    const [x, y] = sight.toMap(...sight.toPlot([1.25, -0.4]));
    expect(x).toBeCloseTo(1.25, 10);
    expect(y).toBeCloseTo(-0.4, 10);
  });
  it('does not shrink the rest for one outlier, and can be of nothing or of one place', () => {
    const many = new Float32Array(2 * 5_000).map((_, i) => ((i * 7919) % 1000) / 1000);
    const scaleOf = (points: Float32Array): number => {
      const sight = mapSight();
      sight.fit(points, SIZE);
      return sight.view().scale;
    };
    const scale = scaleOf(many);
    many[0] = 1e6;
    expect(scaleOf(many)).toBeCloseTo(scale, 0);
    for (const few of [new Float32Array(0), Float32Array.of(3, 3), Float32Array.of(3, 3, 3, 3)])
      expect(Number.isFinite(scaleOf(few))).toBe(true);
  });
});

describe('points', () => {
  const random = seededRandom(5);
  const xy = Float32Array.from({ length: 600 }, () => random.uniform() * 2 - 1);
  it('are found nearest as a look at all of them finds them', () => {
    const index = mapIndex(xy);
    const counts = (at: number): boolean => at % 3 !== 0;
    for (let i = 0; i < 50; i++) {
      const [x, y] = [random.uniform() * 2 - 1, random.uniform() * 2 - 1];
      const far = (at: number): number => Math.hypot(xy[2 * at]! - x, xy[2 * at + 1]! - y);
      const best = Array.from({ length: 300 }, (_, at) => at)
        .filter((at) => counts(at) && far(at) <= 0.3)
        .sort((a, b) => far(a) - far(b))[0];
      expect(index.nearest(x, y, 0.3, counts)).toBe(best ?? null);
    }
  });
  it('within a box come in their order; a map of none has none', () => {
    const inside = Array.from({ length: 300 }, (_, at) => at).filter(
      (at) => Math.abs(xy[2 * at]!) <= 0.5 && Math.abs(xy[2 * at + 1]!) <= 0.25,
    );
    expect(mapIndex(xy).within(-0.5, -0.25, 0.5, 0.25)).toEqual(inside);
    const none = mapIndex(new Float32Array(0));
    expect(none.within(-9, -9, 9, 9)).toEqual([]);
    expect(none.nearest(0, 0, 9, () => true)).toBeNull();
  });
});
