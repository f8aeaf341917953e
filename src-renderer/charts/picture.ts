// Decoded pictures on canvases whose pixels are exactly the model's pixels; the style sheet makes them large and keeps them crisp.
import type { Pictures } from '#shared/domain';

export interface Picture {
  /** The fast way: on the screen with the next frame. */
  draw(pictures: Pictures): void;
}

export function picture(canvas: HTMLCanvasElement): Picture {
  const context = canvas.getContext('2d', { alpha: true });
  return {
    draw({ width, height, rgba }) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      context?.putImageData(imageOf(rgba, 0, width, height), 0, 0);
    },
  };
}

/** The picture number `index` of a buffer, without a copy. */
export function imageOf(rgba: Uint8Array, index: number, width: number, height: number): ImageData {
  const bytes = 4 * width * height;
  return new ImageData(
    new Uint8ClampedArray(rgba.buffer as ArrayBuffer, rgba.byteOffset + index * bytes, bytes),
    width,
    height,
  );
}

/** The first of these, or the only one. */
export const pictureImage = ({ rgba, width, height }: Pictures): ImageData => imageOf(rgba, 0, width, height);

/** A picture as an address that an SVG image takes. */
export function pictureAddress(pictures: Pictures): string {
  const canvas = document.createElement('canvas');
  picture(canvas).draw(pictures);
  return canvas.toDataURL();
}
