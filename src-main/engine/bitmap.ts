/** Uncompressed Windows bitmaps with 8, 24 or 32 bits a pixel: what drawing programs write, and sharp does not read. */
import { noPicture } from './picture-header';

export interface Rgb {
  readonly width: number;
  readonly height: number;
  /** // [height, width, 3] */
  readonly pixels: Uint8Array;
}

/** The header has been read and its size checked; see picture-header.ts. */
export function decodeBitmap(bytes: Uint8Array, where: string): Rgb {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = view.getUint32(10, true);
  const headerEnd = 14 + view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = bytes.byteLength >= 34 ? view.getUint32(30, true) : 0;
  if (![8, 24, 32].includes(bits) || compression !== 0) {
    throw noPicture(
      where,
      `it is a BMP with ${bits} bits a pixel, compression ${compression}, which is not read`,
    );
  }
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (dataStart + rowBytes * height > bytes.byteLength) throw noPicture(where, 'it is cut short');
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = dataStart + rowBytes * (signedHeight > 0 ? height - 1 - row : row);
    for (let column = 0; column < width; column++) {
      // Blue, green, red; with 8 bits an index into a table of four bytes a colour.
      const at = bits === 8 ? headerEnd + 4 * (bytes[from + column] ?? 0) : from + (column * bits) / 8;
      pixels.set([bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, bytes[at] ?? 0], (row * width + column) * 3);
    }
  }
  return { width, height, pixels };
}
