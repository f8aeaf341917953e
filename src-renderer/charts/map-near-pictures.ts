// Small pictures in place of a map's points, where there is room: each cell of the view shows one of the points in it.
import type { Pictures } from '#shared/domain';
import type { Place } from './map-sight';
import { picture } from './picture';

export interface NearPictures {
  /** Draws those that are known, of points given in the order in which they are preferred. @returns those that there is room for. */
  draw(
    context: CanvasRenderingContext2D,
    points: readonly number[],
    plotOf: (point: number) => Place,
    known: ReadonlyMap<number, Pictures>,
  ): readonly number[];
}

const SIDE = 44;

export function nearPictures(): NearPictures {
  const thumbnails = new WeakMap<Pictures, HTMLCanvasElement>();
  function thumbnailOf(pictures: Pictures): HTMLCanvasElement {
    const known = thumbnails.get(pictures);
    if (known !== undefined) return known;
    const canvas = document.createElement('canvas');
    picture(canvas).draw(pictures);
    thumbnails.set(pictures, canvas);
    return canvas;
  }
  return {
    draw(context, points, plotOf, known) {
      const taken = new Map<string, Place>();
      const wanted: number[] = [];
      context.imageSmoothingEnabled = false;
      for (const point of points) {
        const [x, y] = plotOf(point);
        if (isTaken(taken, x, y)) continue;
        taken.set(`${Math.floor(x / SIDE)} ${Math.floor(y / SIDE)}`, [x, y]);
        wanted.push(point);
        const pictures = known.get(point);
        if (pictures === undefined) continue;
        const half = SIDE / 2 - 3;
        context.drawImage(thumbnailOf(pictures), x - half, y - half, 2 * half, 2 * half);
      }
      return wanted;
    },
  };
}

/** Does a picture lie here already? Each lies in the cell of its middle, and reaches into the next ones at most. */
function isTaken(taken: ReadonlyMap<string, Place>, x: number, y: number): boolean {
  const [column, row] = [Math.floor(x / SIDE), Math.floor(y / SIDE)];
  for (let across = column - 1; across <= column + 1; across++) {
    for (let down = row - 1; down <= row + 1; down++) {
      const [otherX, otherY] = taken.get(`${across} ${down}`) ?? [Infinity, Infinity];
      if (Math.max(Math.abs(otherX - x), Math.abs(otherY - y)) < SIDE - 4) return true;
    }
  }
  return false;
}
