/** Large pictures are shrunk by the mean of squares of pixels before a judge of small ones looks at them, and so is what it learns from. */
import { describe, expect, it } from 'vitest';
import { shrink, shrunkSource } from '#engine/datasets/shrunk-judge';
import { valueSource } from '#engine/training/source';

describe('shrink', () => {
  it('takes the mean of each square, channel by channel and picture by picture', () => {
    const shape = { height: 2, width: 4, channels: 2 };
    // [2, 2, 4, 2]: the first channel counts up, the second is ten times the picture's number
    const pictures = Float32Array.from({ length: 32 }, (_, i) =>
      i % 2 === 0 ? i / 2 : 10 * Math.floor(i / 16),
    );
    expect([...shrink(pictures, shape, 2)]).toEqual([
      ...[(0 + 1 + 4 + 5) / 4, 0, (2 + 3 + 6 + 7) / 4, 0],
      ...[(8 + 9 + 12 + 13) / 4, 10, (10 + 11 + 14 + 15) / 4, 10],
    ]);
  });

  it('leaves pictures as they are where one pixel becomes one', () => {
    const pictures = Float32Array.of(0.25, 0.5, 0.75, 1);
    expect(shrink(pictures, { height: 2, width: 2, channels: 1 }, 1)).toEqual(pictures);
  });
});

it('a shrunk source says and reads the smaller size', async () => {
  const shape = { height: 2, width: 2, channels: 1, classes: 0 };
  const small = shrunkSource(valueSource(Float32Array.of(0, 0, 1, 1, 1, 1, 1, 0), shape), 2);
  expect(small.shape).toMatchObject({ height: 1, width: 1, channels: 1 });
  expect([...(await small.read([1, 0]))]).toEqual([0.75, 0.5]);
});
