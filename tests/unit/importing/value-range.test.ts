import { describe, expect, test } from 'vitest';
import { seededRandom } from '#shared/random';
import { chooseRange } from '#engine/importing/value-range';

const spread = (low: number, high: number): Float32Array =>
  Float32Array.from({ length: 1000 }, (_, at) => low + ((high - low) * at) / 999);

describe('the values of black and white', () => {
  test.each([
    [0, 1, [0, 1], true],
    [-1, 1, [-1, 1], true],
    [-0.97, 0.99, [-1, 1], true],
    [0, 255, [0, 255], true],
    [0.4, 0.6, [0, 1], false],
    [-0.1, 1.1, [0, 1], false],
    [-1.4, 1.3, [-1, 1], false],
    [-9, 270, [0, 255], false],
  ])('%d to %d', (low, high, range, certain) => {
    expect(chooseRange(spread(low, high))).toMatchObject({ range, certain });
  });

  test('bytes are bytes, however few are seen', () => {
    expect(chooseRange(spread(0, 3), 'uint8')).toMatchObject({ range: [0, 255], certain: true });
  });

  test('unbounded values are cut at their outermost hundredth, and a person should look', () => {
    const random = seededRandom(3);
    const values = Float32Array.from({ length: 5000 }, () => 1000 * random.normal());
    const { range, certain } = chooseRange(values);
    expect(certain).toBe(false);
    expect(range[0]).toBeLessThan(-2000);
    expect(range[0]).toBeGreaterThan(-3300);
    expect(range[1]).toBeGreaterThan(2000);
  });

  test('what is no number is counted and left out; one value alone gives a range all the same', () => {
    const values = spread(0, 1);
    values.fill(NaN, 0, 500);
    expect(chooseRange(values)).toMatchObject({ range: [0, 1], notNumbers: 0.5 });
    expect(chooseRange(new Float32Array(10).fill(NaN))).toMatchObject({ notNumbers: 1, certain: false });
    const { range } = chooseRange(new Float32Array(10).fill(-40));
    expect(range[0]).toBeLessThan(range[1]);
  });
});
