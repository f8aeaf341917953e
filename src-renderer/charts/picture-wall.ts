// Many small pictures on one canvas, in rows, pixel for pixel; the style sheet makes them large.
import type { Pictures } from '#shared/domain';
import { imageOf } from './picture';

export interface WallLayout {
  readonly columns: number;
  /** Pixels of the pictures between two of them. */
  readonly gap: number;
  /** Which picture comes where; all of them in their order where it is left out. */
  readonly order?: readonly number[] | undefined;
}

export function drawWall(canvas: HTMLCanvasElement, pictures: Pictures, layout: WallLayout): void {
  const { width, height, rgba, count } = pictures;
  const { columns, gap, order } = layout;
  const places = order ?? Array.from({ length: count }, (_, i) => i);
  const rows = Math.ceil(places.length / columns);
  canvas.width = Math.max(1, columns * (width + gap) - gap);
  canvas.height = Math.max(1, rows * (height + gap) - gap);
  const context = canvas.getContext('2d');
  places.forEach((index, place) => {
    if (index >= count) return;
    const [column, row] = [place % columns, Math.floor(place / columns)];
    context?.putImageData(imageOf(rgba, index, width, height), column * (width + gap), row * (height + gap));
  });
  const isEnlarged = canvas.clientWidth * devicePixelRatio >= 1.5 * canvas.width;
  canvas.style.imageRendering = isEnlarged ? 'pixelated' : 'auto';
}
