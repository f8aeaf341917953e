/** A picture file as a model wants it: upright, cropped to the model's shape, in its size and channels. */
import { AppError } from '#shared/errors';
import type { PictureFormat } from '#shared/domain';
import { decodeBitmap } from './bitmap';
import { noPicture, readPictureHeader } from './picture-header';
import { MAX_PICTURE_PIXELS } from './store/limits';

export interface ReadOptions {
  /** The file's name, for sentences only. */
  readonly name: string;
  readonly format: Pick<PictureFormat, 'width' | 'height' | 'channels'>;
  /** Dark drawings on light paper for a model of light on dark: `auto` looks at the border. */
  readonly invert?: 'auto' | 'yes' | 'no';
}

export interface ReadPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** // [height, width, channels] */
  readonly pixels: Uint8Array;
  /** What was done to the picture, each a sentence. */
  readonly notes: readonly string[];
}

export async function readPicture(
  bytes: Uint8Array,
  { name, format, invert = 'auto' }: ReadOptions,
): Promise<ReadPicture> {
  const { width, height, channels } = format;
  const header = readPictureHeader(bytes, name);
  const notes: string[] = [];
  if (header.width * height !== header.height * width)
    notes.push('The picture was cropped to the shape of the model.');
  const sharp = await loadSharp();
  try {
    const options = { limitInputPixels: MAX_PICTURE_PIXELS, failOn: 'error', animated: false } as const;
    const bitmap = header.kind === 'BMP' ? decodeBitmap(bytes, name) : undefined;
    const opened =
      bitmap === undefined
        ? sharp(bytes, options)
        : sharp(bitmap.pixels, {
            ...options,
            raw: { width: bitmap.width, height: bitmap.height, channels: 3 },
          });
    // Upright by EXIF first; transparent pixels lie on white paper, unless the model knows transparency.
    let pipeline = opened.autoOrient();
    pipeline = channels === 4 ? pipeline.ensureAlpha() : pipeline.flatten({ background: '#ffffff' });
    pipeline = pipeline.resize(width, height, { fit: 'cover', position: 'centre' });
    pipeline = pipeline.toColourspace(channels === 1 ? 'b-w' : 'srgb');
    const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== channels)
      throw noPicture(name, `it has ${info.channels} channels after conversion`);
    const pixels = Uint8Array.from(data);
    const drawing =
      channels === 1 && (invert === 'yes' || (invert === 'auto' && isDarkOnLight(pixels, width, height)));
    if (drawing) {
      pixels.forEach((value, at) => (pixels[at] = 255 - value));
      notes.push('Dark on light was turned into light on dark, as the model knows it.');
    }
    return { width, height, channels, pixels, notes };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw noPicture(name, `the ${header.kind} data are damaged`);
  }
}

const BORDER = 2;
const CLEARLY_BRIGHTER = 8;

/** Paper is bright at the border and darker where something is drawn. // [height, width] */
function isDarkOnLight(grey: Uint8Array, width: number, height: number): boolean {
  const border = { sum: 0, count: 0 };
  const middle = { sum: 0, count: 0 };
  grey.forEach((value, at) => {
    const x = at % width;
    const y = Math.floor(at / width);
    const edge = Math.min(x, y, width - 1 - x, height - 1 - y);
    if (edge < BORDER) {
      border.sum += value;
      border.count++;
    } else if (edge >= Math.min(width, height) / 4) {
      middle.sum += value;
      middle.count++;
    }
  });
  if (border.count === 0 || middle.count === 0) return false;
  const [outside, inside] = [border.sum / border.count, middle.sum / middle.count];
  return outside >= 128 && outside > inside + CLEARLY_BRIGHTER;
}

async function loadSharp(): Promise<(typeof import('sharp'))['default']> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.cache(false); // each picture is read once
    return sharp;
  } catch (error) {
    throw new AppError({
      code: 'engine/sharp',
      headline: 'The picture reader does not load',
      cause: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      remedy: 'install the packages again with npm ci',
    });
  }
}
