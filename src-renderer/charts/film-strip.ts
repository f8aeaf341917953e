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
    const [first] = last;
    if (first === undefined) return;
    const share = canvas.width / last.length;
    // the pictures keep their shape, to a pixel; all have one size, and what is over lies between them
    const wide = Math.floor(Math.min(share, (canvas.height * first.width) / first.height));
    const tall = Math.min(canvas.height, Math.ceil((wide * first.height) / first.width) + 1);
    last.forEach(({ width, height, rgba }, i) => {
      if (small.width !== width) small.width = width;
      if (small.height !== height) small.height = height;
      small.getContext('2d')?.putImageData(imageOf(rgba, 0, width, height), 0, 0);
      const left = Math.round((i + 0.5) * share - wide / 2);
      context.drawImage(small, left, Math.floor((canvas.height - tall) / 2), wide, tall);
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
