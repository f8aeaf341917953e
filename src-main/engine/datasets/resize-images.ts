// Pictures that lie in memory as bytes, in another size or without colour.
import type { DataOptions } from '#shared/training';
import type { LabelledImages } from './idx';

export async function resizedImages(
  images: LabelledImages,
  { size, crop, grey }: DataOptions,
): Promise<LabelledImages> {
  const { count, height, width, channels, pixels } = images;
  const [toHeight, toWidth] = size === null ? [height, width] : [size, size];
  const toChannels = grey ? 1 : channels;
  if (toHeight === height && toWidth === width && toChannels === channels) return images;
  const { default: sharp } = await import('sharp');
  const stride = height * width * channels;
  const toStride = toHeight * toWidth * toChannels;
  const resized = new Uint8Array(count * toStride);
  for (let index = 0; index < count; index++) {
    const raw = { width, height, channels: channels as 1 | 3 };
    const picture = await sharp(pixels.subarray(index * stride, (index + 1) * stride), { raw })
      .resize(toWidth, toHeight, { fit: crop, background: '#000000' })
      .toColourspace(toChannels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
    resized.set(picture, index * toStride);
  }
  return { ...images, height: toHeight, width: toWidth, channels: toChannels, pixels: resized };
}
