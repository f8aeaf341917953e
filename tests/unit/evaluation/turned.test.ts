import { expect, it } from 'vitest';
import { turned } from '#engine/datasets/data-judge';
import { valueSource } from '#engine/training/source';

const shape = (height: number, width: number) => ({ height, width, channels: 1, classes: 0 });

it('a square picture stands upright, on its head and on either side; the turn is the class', async () => {
  const source = turned(valueSource(Float32Array.of(1, 2, 3, 4, 9, 9, 9, 9), shape(2, 2)));
  expect(source.count).toBe(8);
  expect(source.shape.classes).toBe(4);
  expect(Array.from(source.labels!)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  const read = async (place: number) => Array.from(await source.read([place]));
  expect(await read(0)).toEqual([1, 2, 3, 4]);
  expect(await read(2)).toEqual([4, 3, 2, 1]);
  expect(await read(4)).toEqual([2, 4, 1, 3]);
  expect(await read(6)).toEqual([3, 1, 4, 2]);
  expect(await read(7)).toEqual([9, 9, 9, 9]);
});

it('an oblong picture is only stood on its head, in all its colours', async () => {
  const colours = { height: 1, width: 2, channels: 3, classes: 0 };
  const source = turned(valueSource(Float32Array.of(1, 2, 3, 4, 5, 6), colours));
  expect(source.count).toBe(2);
  expect(Array.from(await source.read([0, 1]))).toEqual([1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3]);
});
