// Pictures side by side over the width of their box, each in the middle of its share of the time.
import type { Pictures } from '#shared/domain';
import { imageOf } from './picture';

export interface FilmStrip {
  update(pictures: readonly Pictures[]): void;
  destroy(): void;
}

/** How many pictures of this shape fill a box. */
export const picturesInStrip = (width: number, height: number, aspect: number): number =>
  width <= 0 || height <= 0 ? 0 : Math.max(1, Math.round(width / (height * aspect)));

export function filmStrip(canvas: HTMLCanvasElement): FilmStrip {
  const context = canvas.getContext('2d');
  const small = document.createElement('canvas');
  let last: readonly Pictures[] = [];

  function draw(): void {
    const { clientWidth, clientHeight } = canvas;
    if (context === null || clientWidth === 0) return;
    const ratio = devicePixelRatio;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    context.imageSmoothingEnabled = false;
    last.forEach(({ width, height, rgba }, i) => {
      if (small.width !== width) small.width = width;
      if (small.height !== height) small.height = height;
      small.getContext('2d')?.putImageData(imageOf(rgba, 0, width, height), 0, 0);
      const from = Math.round((i * canvas.width) / last.length);
      const to = Math.round(((i + 1) * canvas.width) / last.length);
      // the picture keeps its shape; what its share of the width has over stays free
      const tall = Math.min(canvas.height, ((to - from) * height) / width);
      const wide = (tall * width) / height;
      context.drawImage(small, (from + to - wide) / 2, (canvas.height - tall) / 2, wide, tall);
    });
  }

  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  return {
    update(pictures) {
      last = pictures;
      draw();
    },
    destroy: () => sizes.disconnect(),
  };
}
