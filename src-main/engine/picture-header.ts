/**
 * What a picture file is and how large, from its first bytes and before any decoder sees it: 400 kB of PNG can ask for
 * gigabytes of pixels. SVG and HTML are no pictures here: they can name other files and run scripts.
 */
import { AppError } from '#shared/errors';
import { MAX_PICTURE_FILE_BYTES, MAX_PICTURE_PIXELS, MAX_PICTURE_SIDE } from './store/limits';

export type PictureKind = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'BMP';

export interface PictureHeader {
  readonly kind: PictureKind;
  readonly width: number;
  readonly height: number;
}

/** @throws AppError input/picture, input/picture-size: no picture, or one that is too large. */
export function readPictureHeader(bytes: Uint8Array, where: string): PictureHeader {
  if (bytes.byteLength === 0) throw noPicture(where, 'it is empty');
  if (bytes.byteLength > MAX_PICTURE_FILE_BYTES) {
    throw tooLarge(
      where,
      `the file is ${bytes.byteLength} bytes long, and at most ${MAX_PICTURE_FILE_BYTES} are read`,
    );
  }
  const kind = kindOf(bytes);
  if (kind === undefined) throw noPicture(where, 'it is none of PNG, JPEG, GIF, WebP and BMP');
  const size = SIZE_READERS[kind](new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (size === undefined) throw noPicture(where, `its ${kind} header is cut short or damaged`);
  const [width, height] = size;
  if (width < 1 || height < 1) throw noPicture(where, `its ${kind} header says ${width} x ${height} pixels`);
  if (width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE || width * height > MAX_PICTURE_PIXELS) {
    const limit = `at most ${MAX_PICTURE_SIDE} a side and ${MAX_PICTURE_PIXELS / 1e6} million in all are read`;
    throw tooLarge(where, `it is ${width} x ${height} pixels, and ${limit}`);
  }
  return { kind, width, height };
}

export function noPicture(where: string, cause: string): AppError {
  return new AppError({
    code: 'input/picture',
    headline: 'This is no picture that can be read',
    where,
    cause,
    remedy: 'give a PNG, JPEG, GIF, WebP or BMP file',
  });
}

function tooLarge(where: string, cause: string): AppError {
  return new AppError({
    code: 'input/picture-size',
    headline: 'The picture is too large',
    where,
    cause,
    remedy: 'make it smaller and try again',
  });
}

function kindOf(bytes: Uint8Array): PictureKind | undefined {
  const starts = (signature: readonly number[], at = 0): boolean =>
    signature.every((byte, i) => bytes[at + i] === byte);
  const text = (value: string): number[] => [...value].map((letter) => letter.charCodeAt(0));
  if (starts([0x89, ...text('PNG\r\n'), 0x1a, 0x0a])) return 'PNG';
  if (starts([0xff, 0xd8, 0xff])) return 'JPEG';
  if (starts(text('GIF87a')) || starts(text('GIF89a'))) return 'GIF';
  if (starts(text('RIFF')) && starts(text('WEBP'), 8)) return 'WebP';
  if (starts(text('BM'))) return 'BMP';
  return undefined;
}

type Size = readonly [width: number, height: number];

const SIZE_READERS: Readonly<Record<PictureKind, (view: DataView) => Size | undefined>> = {
  PNG: (view) => {
    if (view.byteLength < 24 || view.getUint32(12) !== 0x49484452) return undefined; // IHDR comes first
    return [view.getUint32(16), view.getUint32(20)];
  },
  JPEG: jpegSize,
  GIF: (view) => (view.byteLength < 10 ? undefined : [view.getUint16(6, true), view.getUint16(8, true)]),
  WebP: webpSize,
  BMP: (view) => {
    if (view.byteLength < 30 || view.getUint32(14, true) < 40) return undefined;
    return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))]; // a negative height: rows from the top
  },
};

/** Walks the segments to the frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff)
      at += 1; // fill byte
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    } else {
      const length = view.getUint16(at + 2);
      if (length < 2) return undefined;
      at += 2 + length;
    }
  }
  return undefined;
}

/** Three kinds of first chunk: extended, lossless, lossy. https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(view: DataView): Size | undefined {
  if (view.byteLength < 30) return undefined;
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return [uint24(24) + 1, uint24(27) + 1];
    case 0x5650384c: {
      // VP8L: two times 14 bits
      const bits = view.getUint32(21, true);
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    }
    case 0x56503820: // VP8
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    default:
      return undefined;
  }
}
