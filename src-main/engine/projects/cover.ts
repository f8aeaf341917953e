// The picture by which a project is recognised: small, and made by anybody, so it is read as every stranger's picture is.
import { AppError } from '#shared/errors';
import type { Pictures } from '#shared/domain';
import { decodePicture, pictureFacts } from '../datasets/decode-picture';
import { bytesToRgba, encodePng } from '../pictures';
import { MAX_COVER_SIDE } from '../store/limits';

/** Pixels on a side, at most. */
const SIDE = 96;

export interface CoverPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export async function coverPng(picture: CoverPicture): Promise<Uint8Array> {
  const { width, height, rgba } = picture;
  if (rgba.length !== width * height * 4) throw wrongSize(picture);
  if (Math.max(width, height) <= SIDE) return encodePng(picture, {});
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .resize(SIDE, SIDE, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodePng({ width: info.width, height: info.height, rgba: new Uint8Array(data) }, {});
}

/** Null for one that is no picture: a project is more than its cover. */
export async function coverPictures(png: Uint8Array): Promise<Pictures | null> {
  try {
    const { width, height } = await pictureFacts(png, 'cover.png');
    if (Math.max(width, height) > MAX_COVER_SIDE) return null;
    const { pixels } = await decodePicture(png, 'cover.png', { width, height, channels: 3 }, 'contain');
    return { count: 1, width, height, rgba: bytesToRgba(pixels, 3) };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const wrongSize = ({ width, height, rgba }: CoverPicture): AppError =>
  new AppError({
    code: 'usage/pictures',
    headline: 'The cover is not as large as it says',
    cause: `${width} x ${height} take ${width * height * 4} bytes, ${rgba.length} are there`,
  });
