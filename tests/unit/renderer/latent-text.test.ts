import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exactText,
  gridFileName,
  onRaster,
  parseCoordinate,
  parsePoints,
  pictureFileName,
  pointsAsJson,
} from '../../../src-renderer/state/latent-text';

describe('a number in its box', () => {
  it('is the shortest text of exactly that 32-bit float', () => {
    expect(exactText(Math.fround(0.1))).toBe('0.1');
    expect(exactText(Math.fround(-1.2345))).toBe('-1.2345');
    expect(exactText(0)).toBe('0');
    expect(exactText(-0)).toBe('0');
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(exactText(value)))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('stays short after a drag', () => {
    fc.assert(
      fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (value) => {
        expect(exactText(onRaster(value)).length).toBeLessThanOrEqual('-1.2345'.length);
      }),
    );
  });

  it.each([
    ['0.5', 0.5],
    [' -1.25 ', -1.25],
    ['−2', -2],
    ['1,5', 1.5],
    ['.5', 0.5],
    ['3.', 3],
    ['1e-3', 0.001],
  ])('reads %j', (text, value) => expect(parseCoordinate(text)).toEqual({ ok: true, value }));

  it.each(['', '   ', 'abc', 'NaN', 'Infinity', '1e99', '0x10', '1 2', '--1', '1,2,3'])(
    'refuses %j',
    (text) => {
      const parsed = parseCoordinate(text);
      expect(parsed.ok).toBe(false);
      expect(parsed).toHaveProperty('why', expect.stringMatching(/^.+\.$/));
    },
  );
});

describe('points as text', () => {
  const size = 3;
  const point = fc.record({
    z: fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: size, maxLength: size })
      .map((numbers) => Float32Array.from(numbers, (value) => value + 0)), // no negative zeros
    condition: fc.constantFrom(undefined, 0, 3),
  });
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (points) => {
        // a class is said of each or of none
        const classes = points.every(({ condition }) => condition !== undefined) ? points : null;
        const written = classes ?? points.map(({ z }) => ({ z, condition: undefined }));
        const parsed = parsePoints(pointsAsJson('a-model', written), size);
        expect(parsed).toEqual({ ok: true, value: { model: 'a-model', points: written } });
      }),
    );
  });

  const one = { condition: undefined, z: Float32Array.of(1, 2) };
  it.each([
    ['[1, 2]', [one]],
    ['[[1, 2]]', [one]],
    ['[[1, 2], [1, 2]]', [one, one]],
    ['1, 2', [one]],
    ['  1.0 \n 2 ', [one]],
    ['{"z": [1, 2], "class": 4}', [{ ...one, condition: 4 }]],
    ['{"z": [[1, 2], [1, 2]], "class": [4, -1]}', [{ ...one, condition: 4 }, one]],
  ])('may be %j', (text, points) =>
    expect(parsePoints(text, 2)).toEqual({ ok: true, value: { model: null, points } }),
  );

  it.each([
    ['[1, 2, 3]', /has 3 numbers, but the model takes 2/],
    ['{"z": [1]}', /has 1 number, but the model takes 2/],
    ['[[1, 2], [3]]', /^Point 2 of 2 has 1 number/],
    ['[[1, 2], 3]', /no point/],
    ['[1, null]', /not a finite number/],
    ['[1, "2"]', /not a finite number/],
    ['[1, 1e99]', /not a finite number/],
    ['{"w": [1, 2]}', /no point/],
    ['[]', /no point/],
    ['hello', /no point/],
    ['1, two', /no point/],
    ['7', /no point/],
    ['null', /no point/],
    [JSON.stringify(Array.from({ length: 1001 }, () => [1, 2])), /1001 points; 1000 at once/],
  ])('%#: what is wrong is one sentence', (text, why) => {
    expect(parsePoints(text, 2)).toEqual({ ok: false, why: expect.stringMatching(why) as string });
  });
});

it('files are named by what they show', () => {
  expect(pictureFileName('m', Float32Array.of(0.12345, -1.2))).toBe('m_z_0.123_-1.2.png');
  expect(gridFileName('m', 20, 2.5)).toBe('m_grid_20x20_span_2.5.png');
});
