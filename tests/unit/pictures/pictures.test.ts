import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { PictureFormat } from '#shared/domain';
import { bytesToFloats, bytesToRgba, encodePng, floatsToRgba, montage } from '#engine/pictures';

const grey: PictureFormat = { height: 1, width: 2, channels: 1, range: [0, 1], layout: 'NHWC' };

describe('numbers to bytes', () => {
  test.each<[string, Partial<PictureFormat>, number[], number[]]>([
    ['grey', {}, [0, 1], [0, 0, 0, 255, 255, 255, 255, 255]],
    ['half a step rounds up', {}, [0.5 / 255, 1.49 / 255], [1, 1, 1, 255, 1, 1, 1, 255]],
    ['beyond the range', {}, [-3, Infinity], [0, 0, 0, 255, 255, 255, 255, 255]],
    ['from -1 to 1', { range: [-1, 1] }, [-1, 0], [0, 0, 0, 255, 128, 128, 128, 255]],
    ['colour', { channels: 3 }, [0, 0.2, 1, 1, 0, 0], [0, 51, 255, 255, 255, 0, 0, 255]],
    [
      'colour, channels first',
      { channels: 3, layout: 'NCHW' },
      [0, 1, 0.2, 0, 1, 0],
      [0, 51, 255, 255, 255, 0, 0, 255],
    ],
    ['with transparency', { channels: 4, width: 1 }, [0, 0.2, 1, 0.4], [0, 51, 255, 102]],
    ['two pictures', { width: 1 }, [0, 1], [0, 0, 0, 255, 255, 255, 255, 255]],
  ])('%s', (_, changes, values, expected) => {
    const { rgba, notNumbers } = floatsToRgba(Float32Array.from(values), { ...grey, ...changes });
    expect([...rgba]).toEqual(expected);
    expect(notNumbers).toBe(0);
  });

  test('what is no number is 0 and is counted', () => {
    const { rgba, notNumbers } = floatsToRgba(Float32Array.of(NaN, 1), grey);
    expect([...rgba]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
    expect(notNumbers).toBe(1);
  });

  test('bytes survive the way to numbers and back, in every format', () => {
    const formats = fc.record({
      height: fc.integer({ min: 1, max: 4 }),
      width: fc.integer({ min: 1, max: 4 }),
      channels: fc.constantFrom(1 as const, 3 as const, 4 as const),
      range: fc.constantFrom([0, 1] as const, [-1, 1] as const),
      layout: fc.constantFrom('NHWC' as const, 'NCHW' as const),
    });
    fc.assert(
      fc.property(
        formats,
        fc.integer({ min: 1, max: 3 }),
        fc.uint8Array({ minLength: 192, maxLength: 192 }),
        (format, count, supply) => {
          const bytes = supply.slice(0, count * format.height * format.width * format.channels);
          expect(floatsToRgba(bytesToFloats(bytes, format), format).rgba).toEqual(
            bytesToRgba(bytes, format.channels),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('many pictures on a sheet', () => {
  const pictures = {
    count: 3,
    width: 1,
    height: 1,
    rgba: Uint8Array.of(1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255),
  };
  const reds = (sheet: { readonly rgba: Uint8Array; readonly width: number }) =>
    Array.from({ length: sheet.rgba.length / 4 / sheet.width }, (_, row) =>
      Array.from({ length: sheet.width }, (_unused, column) => sheet.rgba[(row * sheet.width + column) * 4]),
    );

  test('row by row; the last row may be short', () => {
    expect(reds(montage(pictures, { columns: 2 }))).toEqual([
      [1, 2],
      [3, 0],
    ]);
  });
  test('gaps between, none outside', () => {
    expect(reds(montage(pictures, { columns: 2, gap: 1 }))).toEqual([
      [1, 0, 2],
      [0, 0, 0],
      [3, 0, 0],
    ]);
  });
  test('each pixel becomes a square', () => {
    expect(reds(montage(pictures, { columns: 3, scale: 2 }))).toEqual([
      [1, 1, 2, 2, 3, 3],
      [1, 1, 2, 2, 3, 3],
    ]);
  });
  test('no more columns than pictures', () => {
    expect(montage(pictures, { columns: 50 }).width).toBe(3);
  });
  test('bytes that do not start at a multiple of four', () => {
    const shifted = new Uint8Array([0, ...pictures.rgba]).subarray(1);
    expect(reds(montage({ ...pictures, rgba: shifted }, { columns: 3 }))).toEqual([[1, 2, 3]]);
  });
});

describe('PNG', () => {
  test('another reader gives back every pixel: grey, colour, transparent', async () => {
    const kinds = fc.constantFrom('grey', 'colour', 'transparent');
    const sizes = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, kinds, fc.integer(), async (width, height, kind, seed) => {
        const rgba = Uint8Array.from({ length: width * height * 4 }, (_, at) => {
          const value = Math.imul((kind === 'grey' ? at >> 2 : at) + seed, 2654435761) >>> 24;
          return at % 4 === 3 && kind !== 'transparent' ? 255 : value;
        });
        const png = await encodePng({ width, height, rgba }, { Source: 'z = [0, 1]', Name: 'Ünïcode' });
        expect(await encodePng({ width, height, rgba }, { Source: 'z = [0, 1]', Name: 'Ünïcode' })).toEqual(
          png,
        );
        const back = await sharp(png).ensureAlpha().toColourspace('srgb').raw().toBuffer();
        expect(Buffer.compare(back, rgba)).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('the text is inside', async () => {
    const png = await encodePng(
      { width: 1, height: 1, rgba: Uint8Array.of(1, 2, 3, 255) },
      { Source: 'z = é' },
    );
    expect(Buffer.from(png).includes(Buffer.from('iTXtSource\0\0\0\0\0z = é'))).toBe(true);
    expect((await sharp(png).metadata()).comments).toEqual([{ keyword: 'Source', text: 'z = é' }]);
  });
});
