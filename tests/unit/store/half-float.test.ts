import { expect, test } from 'vitest';
import { fromHalf, fromHalves, toHalf, toHalves } from '#engine/store/half-float';

test('every half survives the way to a single and back', () => {
  for (let half = 0; half < 0x10000; half++) {
    const value = fromHalf(half);
    if (Number.isNaN(value)) expect(toHalf(value) & 0x7fff).toBe(0x7e00);
    else if (toHalf(value) !== half) expect.fail(`${half.toString(16)} became ${toHalf(value).toString(16)}`);
  }
});

test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [-Infinity, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000], // a tie, to even
  [1.5 * 2 ** -24, 0x0002], // a tie, to even
  [2 ** -14 - 2 ** -26, 0x0400], // the largest subnormal rounds up into the normal range
  [1 + 2 ** -11, 0x3c00], // a tie, to even
  [1 + 3 * 2 ** -11, 0x3c02], // a tie, to even
  [-0, 0x8000],
])('%d is %i', (value, half) => {
  expect(toHalf(value)).toBe(half);
});

test('arrays', () => {
  expect([...fromHalves(toHalves(Float32Array.of(0.5, -3, 1e9)))]).toEqual([0.5, -3, Infinity]);
});
