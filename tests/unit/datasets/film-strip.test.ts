import { expect, it } from 'vitest';
import { filmStrip, framesOf } from '#engine/datasets/procedural/film-strip';
import { valueSource } from '#engine/training/source';

// one picture of 1 x 2, four channels: 0 .1 .2 .3 | .4 .5 .6 .7
const source = valueSource(
  Float32Array.from({ length: 8 }, (_, i) => i / 10),
  { height: 1, width: 2, channels: 4, classes: 0 },
);
const read = async (frames: readonly (readonly number[])[]) =>
  Array.from(await filmStrip(source, frames).read([0]), (value) => Number(value.toFixed(1)));

it('lays frames beside each other, row by row', async () => {
  expect(await read(framesOf(4, 1))).toEqual([0, 0.4, 0.1, 0.5, 0.2, 0.6, 0.3, 0.7]);
  expect(filmStrip(source, framesOf(4, 1)).shape).toMatchObject({ height: 1, width: 8, channels: 1 });
});

it('makes a grey frame grey in all three colours beside a coloured one', async () => {
  expect(await read([[0], [1, 2, 3]])).toEqual([0, 0, 0, 0.4, 0.4, 0.4, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7]);
});
