import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { encodePng, readPicture, type ReadOptions } from '#engine/pictures';
import { readPictureHeader } from '#engine/picture-header';
import { MAX_PICTURE_SIDE } from '#engine/store/limits';

const model: ReadOptions = { name: 'mine.png', format: { width: 28, height: 28, channels: 1 } };
const colour: ReadOptions = { name: 'mine.png', format: { width: 8, height: 8, channels: 3 } };

/** Light on dark: a bright square in the middle. */
const drawing = Uint8Array.from({ length: 28 * 28 }, (_, at) => {
  const [x, y] = [at % 28, Math.floor(at / 28)];
  return x > 9 && x < 18 && y > 9 && y < 18 ? 200 + (at % 50) : 0;
});
const raw = (pixels: Uint8Array, width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(pixels, { raw: { width, height, channels } });

async function sentence(bytes: Uint8Array, options = model): Promise<string> {
  try {
    await readPicture(bytes, options);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.sentence}`;
    throw error;
  }
  return 'accepted';
}

describe('a picture of the right size is taken as it is', () => {
  test('grey PNG, from another writer and from our own', async () => {
    const other = await raw(drawing, 28, 28, 1).png().toBuffer();
    const rgba = Uint8Array.from({ length: 28 * 28 * 4 }, (_, at) =>
      at % 4 === 3 ? 255 : (drawing[at >> 2] ?? 0),
    );
    const own = await encodePng({ width: 28, height: 28, rgba });
    for (const png of [other, own]) {
      const { pixels, notes } = await readPicture(png, model);
      expect([...pixels]).toEqual([...drawing]);
      expect(notes).toEqual([]);
    }
  });

  test('dark on light is turned round, and that is said', async () => {
    const paper = await raw(
      drawing.map((value) => 255 - value),
      28,
      28,
      1,
    )
      .png()
      .toBuffer();
    const { pixels, notes } = await readPicture(paper, model);
    expect([...pixels]).toEqual([...drawing]);
    expect(notes.join()).toMatch(/turned into light on dark/);
    expect((await readPicture(paper, { ...model, invert: 'no' })).pixels[0]).toBe(255);
    expect(
      (await readPicture(await raw(drawing, 28, 28, 1).png().toBuffer(), { ...model, invert: 'yes' }))
        .pixels[0],
    ).toBe(255);
  });
});

describe('formats', () => {
  const photo = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => [200, 100, 50][at % 3] ?? 0);
  const source = raw(photo, 16, 16, 3);
  const files: [string, () => Promise<Uint8Array>][] = [
    ['PNG', () => source.clone().png().toBuffer()],
    ['JPEG', () => source.clone().jpeg({ quality: 100 }).toBuffer()],
    ['progressive JPEG', () => source.clone().jpeg({ progressive: true, quality: 100 }).toBuffer()],
    ['CMYK JPEG', () => source.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()],
    ['GIF', () => source.clone().gif().toBuffer()],
    ['WebP', () => source.clone().webp({ quality: 100 }).toBuffer()],
    ['lossless WebP', () => source.clone().webp({ lossless: true }).toBuffer()],
    ['WebP with transparency', () => source.clone().ensureAlpha(0.999).webp().toBuffer()],
    ['BMP', () => Promise.resolve(bitmap(photo, 16, 16))],
  ];
  test.each(files)('%s', async (_, make) => {
    const file = await make();
    expect(readPictureHeader(file, 'x')).toMatchObject({ width: 16, height: 16 });
    const { pixels } = await readPicture(file, colour);
    expect(pixels).toHaveLength(8 * 8 * 3);
    pixels.forEach((value, at) => expect(Math.abs(value - (photo[at] ?? 0))).toBeLessThan(40));
  });

  test('a wide picture is cropped in the middle, and that is said', async () => {
    const wide = Uint8Array.from({ length: 32 * 8 * 3 }, (_, at) => {
      const column = Math.floor(at / 3) % 32;
      return column >= 12 && column < 20 ? 255 : 0;
    });
    const { pixels, notes } = await readPicture(await raw(wide, 32, 8, 3).png().toBuffer(), colour);
    expect(pixels.every((value) => value === 255)).toBe(true);
    expect(notes.join()).toMatch(/cropped/);
  });

  test('upright by EXIF', async () => {
    const half = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (Math.floor(at / 3) % 8 < 4 ? 255 : 0)); // left half white
    const turned = await raw(half, 8, 8, 3).png().withMetadata({ orientation: 6 }).toBuffer(); // to be turned right
    const { pixels } = await readPicture(turned, colour);
    expect([pixels[0], pixels[7 * 8 * 3]]).toEqual([255, 0]); // now the upper half is white
  });

  test('transparent pixels lie on white paper', async () => {
    const clear = await raw(new Uint8Array(8 * 8 * 4), 8, 8, 4)
      .png()
      .toBuffer();
    expect((await readPicture(clear, colour)).pixels.every((value) => value === 255)).toBe(true);
  });
});

describe('what is refused, and in which words', () => {
  const png = (width: number, height: number) => {
    const bytes = new Uint8Array(64);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
    new DataView(bytes.buffer).setUint32(16, width);
    new DataView(bytes.buffer).setUint32(20, height);
    return bytes;
  };
  const text = (value: string) => new TextEncoder().encode(value.padEnd(64));

  test.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /empty/],
    ['one byte', new Uint8Array(1), /none of PNG/],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'), /none of PNG/],
    ['HTML', text('<!doctype html>'), /none of PNG/],
    ['only a signature', png(1, 1).subarray(0, 8), /cut short/],
    ['0 x 0', png(0, 0), /0 x 0 pixels/],
    ['60,000 px wide', png(60_000, 60_000), /input\/picture-size.*60000 x 60000/],
    ['2^32-1', png(2 ** 32 - 1, 1), /picture-size/],
    ['too many pixels', png(12_000, 12_000), /picture-size/],
    ['a header and nothing behind it', png(28, 28), /damaged/],
    ['JPEG of two bytes', Uint8Array.of(0xff, 0xd8, 0xff), /cut short/],
    ['JPEG segment of length 0', Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0, 0, 0, 0, 0, 0, 0, 0, 0), /damaged/],
    [
      'JPEG 65,535 squared',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 255, 255, 255, 255, 3, 0, 0),
      /picture-size/,
    ],
    ['GIF of five bytes', text('GIF89').subarray(0, 5), /none of PNG/],
    ['BMP without a header', text('BM').subarray(0, 20), /cut short/],
    [
      'BMP with a packed header',
      bitmap(new Uint8Array(12), 2, 2).map((byte, at) => (at === 30 ? 1 : byte)),
      /compression 1/,
    ],
    ['BMP cut short', bitmap(new Uint8Array(12), 2, 2).subarray(0, 60), /cut short/],
  ])('%s', async (_, bytes, expected) => {
    expect(await sentence(bytes)).toMatch(expected);
  });

  test('every cut of a real file is one sentence or a picture', async () => {
    for (const file of [
      await raw(drawing, 28, 28, 1).png().toBuffer(),
      await raw(drawing, 28, 28, 1).jpeg().toBuffer(),
      await raw(drawing, 28, 28, 1).webp().toBuffer(),
      await raw(drawing, 28, 28, 1).gif().toBuffer(),
    ]) {
      for (const part of [0.1, 0.25, 0.5, 0.75, 0.9])
        await sentence(file.subarray(0, Math.floor(file.length * part)));
    }
    const half = await raw(drawing, 28, 28, 1).jpeg().toBuffer();
    expect(await sentence(half.subarray(0, half.length >> 1))).toMatch(/cut short|damaged/);
  });

  test('limits, at one below, at, and one above', () => {
    const accepts = (width: number, height: number) => {
      try {
        readPictureHeader(png(width, height), 'x');
        return true;
      } catch {
        return false;
      }
    };
    expect([-1, 0, 1].map((more) => accepts(MAX_PICTURE_SIDE + more, 1))).toEqual([true, true, false]);
    expect([-1, 0, 1].map((more) => accepts(8_000 + more, 8_000))).toEqual([true, true, false]);
  });
});

/** A 24-bit bitmap, rows from the bottom. // [height, width, 3] */
function bitmap(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const row = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(54 + row * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((height - 1 - y) * width + x) * 3;
      bytes.set([rgb[from + 2] ?? 0, rgb[from + 1] ?? 0, rgb[from] ?? 0], 54 + y * row + x * 3);
    }
  }
  return bytes;
}
