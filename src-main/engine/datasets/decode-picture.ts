// One picture file as bytes of the size that is trained on. Sharp decodes on threads of its own, so a training step is not held up.
import type { Metadata } from 'sharp';
import { decodeBitmap } from '../bitmap';
import { noPicture, readPictureHeader } from '../picture-header';
import { MAX_PICTURE_PIXELS } from '../store/limits';

export interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface DecodedPicture {
  readonly pixels: Uint8Array; // [height, width, channels]
  /** What was done, without the picture's name: the same words for the same deed, so that they can be counted. */
  readonly deeds: readonly string[];
  /** It had another size. */
  readonly isResized: boolean;
}

export interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly isGrey: boolean;
}

const OPTIONS = { limitInputPixels: MAX_PICTURE_PIXELS, failOn: 'error', animated: false } as const;

/** Its upright size and whether it has colour, without decoding it. */
export async function pictureFacts(bytes: Uint8Array, name: string): Promise<PictureFacts> {
  const { kind, width, height } = readPictureHeader(bytes, name);
  if (kind === 'BMP') return { width, height, isGrey: false };
  const found = await metadataOf(bytes, name);
  const turned = (found.orientation ?? 1) >= 5;
  const size = turned ? { width: height, height: width } : { width, height };
  return { ...size, isGrey: isGrey(found) };
}

export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  { height, width, channels }: PictureShape,
  crop: 'cover' | 'contain',
): Promise<DecodedPicture> {
  const header = readPictureHeader(bytes, name);
  const { default: sharp } = await import('sharp');
  const deeds: string[] = [];
  try {
    const bitmap = header.kind === 'BMP' ? decodeBitmap(bytes, name) : undefined;
    const facts = bitmap === undefined ? await metadataOf(bytes, name) : null;
    if (facts !== null) deeds.push(...deedsFor(facts, channels));
    const turned = (facts?.orientation ?? 1) >= 5;
    const isResized =
      (turned ? header.width : header.height) !== height || (turned ? header.height : header.width) !== width;
    const opened =
      bitmap === undefined
        ? sharp(bytes, OPTIONS)
        : sharp(bitmap.pixels, {
            ...OPTIONS,
            raw: { width: bitmap.width, height: bitmap.height, channels: 3 },
          });
    const { data, info } = await opened
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .resize(width, height, { fit: crop, position: 'centre', background: '#ffffff' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== channels)
      throw noPicture(name, `it has ${info.channels} channels after conversion`);
    return { pixels: data, deeds, isResized };
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    throw noPicture(name, `the ${header.kind} data are damaged`);
  }
}

function deedsFor(found: Metadata, channels: number): readonly string[] {
  return [
    ...((found.pages ?? 1) > 1 ? ['animated: the first frame was used'] : []),
    ...(found.space === 'cmyk' ? ['CMYK: converted to RGB'] : []),
    ...(found.depth === 'ushort' ? ['16 bits a channel: reduced to 8'] : []),
    ...(found.hasAlpha ? ['transparent: laid on white'] : []),
    ...(channels === 1 && !isGrey(found) ? ['in colour: turned grey'] : []),
  ];
}

const isGrey = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16';

async function metadataOf(bytes: Uint8Array, name: string): Promise<Metadata> {
  const { default: sharp } = await import('sharp');
  try {
    return await sharp(bytes, OPTIONS).metadata();
  } catch {
    throw noPicture(name, 'its data are damaged');
  }
}
