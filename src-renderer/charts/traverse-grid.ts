// Rows of pictures on one canvas, drawn from one buffer; a click says which.
import type { Pictures } from '#shared/domain';
import { imageOf } from './picture';

export interface TraverseGrid {
  draw(pictures: Pictures, columns: number): void;
  destroy(): void;
}

export function traverseGrid(
  canvas: HTMLCanvasElement,
  onPick: (row: number, column: number, at: number) => void,
): TraverseGrid {
  const context = canvas.getContext('2d');
  const abort = new AbortController();
  let [rows, columns] = [0, 0];
  canvas.addEventListener(
    'click',
    (event) => {
      if (rows === 0) return;
      const box = canvas.getBoundingClientRect();
      const within = (share: number, count: number): number =>
        Math.max(0, Math.min(count - 1, Math.floor(share * count)));
      onPick(
        within((event.clientY - box.top) / box.height, rows),
        within((event.clientX - box.left) / box.width, columns),
        event.timeStamp,
      );
    },
    { signal: abort.signal },
  );
  return {
    draw({ count, width, height, rgba }, across) {
      columns = across;
      rows = Math.ceil(count / across);
      canvas.width = columns * width;
      canvas.height = rows * height;
      for (let i = 0; i < count; i++)
        context?.putImageData(
          imageOf(rgba, i, width, height),
          (i % columns) * width,
          Math.floor(i / columns) * height,
        );
      canvas.classList.toggle('crisp', canvas.clientWidth * devicePixelRatio >= 2 * canvas.width);
    },
    destroy: () => abort.abort(),
  };
}
