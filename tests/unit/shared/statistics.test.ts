import { describe, expect, it } from 'vitest';
import { quantile, slopeOf } from '#shared/statistics';

describe('figures of a list', () => {
  it('a quantile lies between the two nearest', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('the slope is that of the line, whatever lies evenly about it', () => {
    expect(slopeOf([1, 2, 3], [5, 7, 9])).toBeCloseTo(2, 12);
    expect(slopeOf([0, 0, 1, 1], [-1, 1, -2, 0])).toBeCloseTo(-1, 12);
    expect(slopeOf([0, 1, 2], [4, 4, 4])).toBe(0);
  });
});
