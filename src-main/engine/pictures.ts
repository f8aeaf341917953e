/** From the numbers of a network to the bytes of a screen, and many pictures on one sheet. */
import type { PictureFormat, Pictures } from '#shared/domain';

export { encodePng } from './png';
export { readPicture, type ReadOptions, type ReadPicture } from './read-picture';

export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface RgbaBytes {
  readonly rgba: Uint8Array;
  /** Values that were no numbers and became 0. */
  readonly notNumbers: number;
}

/** Network output -> RGBA. Rounds half up, so that the same value is the same byte everywhere. // [count, height, width, channels] */
export function floatsToRgba(values: Float32Array, format: PictureFormat): RgbaBytes {
  const { height, width, channels, layout, range } = format;
  const [low, high] = range;
  const scale = 255 / (high - low);
  const pixels = height * width;
  const size = pixels * channels;
  const [perPixel, perChannel] = layout === 'NHWC' ? [channels, 1] : [1, pixels];
  const rgba = new Uint8Array((values.length / channels) * 4).fill(255);
  let notNumbers = 0;
  // a channel at a time and without a call for each value: four times as fast, and a grid has three million
  for (let channel = 0; channel < channels; channel++) {
    for (let start = 0, to = channel; start < values.length; start += size) {
      let at = start + channel * perChannel;
      for (let pixel = 0; pixel < pixels; pixel++, at += perPixel, to += 4) {
        const level = (values[at]! - low) * scale + 0.5;
        rgba[to] = level >= 255 ? 255 : level > 0 ? level : 0; // a byte has no fraction: it is cut off
        if (level !== level) notNumbers++; // NaN alone
      }
    }
  }
  if (channels === 1) for (let at = 0; at < rgba.length; at += 4) rgba[at + 1] = rgba[at + 2] = rgba[at]!;
  return { rgba, notNumbers };
}

/** Grey, RGB or RGBA bytes -> RGBA. // [count, height, width, channels] */
export function bytesToRgba(bytes: Uint8Array, channels: number): Uint8Array {
  if (channels === 4) return Uint8Array.from(bytes);
  const rgba = new Uint8Array((bytes.length / channels) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += channels, to += 4) {
    rgba[to] = bytes[from] ?? 0;
    rgba[to + 1] = bytes[channels === 1 ? from : from + 1] ?? 0;
    rgba[to + 2] = bytes[channels === 1 ? from : from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}

/** Bytes -> what an encoder reads, in the range and layout of its model. */
export function bytesToFloats(bytes: Uint8Array, format: PictureFormat): Float32Array {
  const { height, width, channels, layout } = format;
  const [low, high] = format.range;
  const scaled = Float32Array.from(bytes, (byte) => low + (byte / 255) * (high - low));
  if (layout === 'NHWC') return scaled;
  const pixels = height * width;
  return scaled.map((_, at) => {
    const [start, inside] = [at - (at % (pixels * channels)), at % (pixels * channels)];
    return scaled[start + (inside % pixels) * channels + Math.floor(inside / pixels)] ?? 0;
  });
}

export interface MontageOptions {
  readonly columns: number;
  /** Transparent pixels between pictures, before scaling; none outside. */
  readonly gap?: number;
  /** A whole number: each pixel becomes a square, never a blur. */
  readonly scale?: number;
}

/** Pictures row by row on one sheet. */
export function montage(pictures: Pictures, { columns, gap = 0, scale = 1 }: MontageOptions): RgbaPicture {
  const { count, width, height } = pictures;
  const across = Math.max(1, Math.min(columns, count));
  const rows = Math.max(1, Math.ceil(count / across));
  const sheetWidth = (across * (width + gap) - gap) * scale;
  const sheetHeight = (rows * (height + gap) - gap) * scale;
  // Whole pixels are copied at once; four bytes each in the machine's own order.
  const source = asPixels(pictures.rgba);
  const sheet = new Uint32Array(sheetWidth * sheetHeight);
  for (let index = 0; index < count; index++) {
    const left = (index % across) * (width + gap) * scale;
    const top = Math.floor(index / across) * (height + gap) * scale;
    for (let y = 0; y < height; y++) {
      const first = (top + y * scale) * sheetWidth + left;
      for (let x = 0; x < width; x++) {
        const pixel = source[(index * height + y) * width + x] ?? 0;
        sheet.fill(pixel, first + x * scale, first + (x + 1) * scale);
      }
      for (let copy = 1; copy < scale; copy++) {
        sheet.copyWithin(first + copy * sheetWidth, first, first + width * scale);
      }
    }
  }
  return { width: sheetWidth, height: sheetHeight, rgba: new Uint8Array(sheet.buffer) };
}

function asPixels(rgba: Uint8Array): Uint32Array {
  const aligned = rgba.byteOffset % 4 === 0 ? rgba : rgba.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
