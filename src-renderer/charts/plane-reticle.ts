// The point in hand: a ring, two hairlines to the axes, and the two values where they meet them.
//
// Everything here moves by CSS transforms of boxes that contain their own layout, so that a move of the hand costs the browser neither
// layout nor paint: measured, SVG attributes cost 2 ms a frame here.
import type { LatentPoint } from '#shared/coords';
import { MARGIN, type PlaneScales, type PlaneSize } from './plane-scales';

export interface PlaneReticle {
  place(point: LatentPoint, scales: PlaneScales, size: PlaneSize): void;
}

const FLAG = { width: 44, height: 18 } as const;
/** Nobody reads faster; on the beat of the other numbers of the page, so that they share a frame. */
const TEXT_EVERY_MS = 32;

export function planeReticle(node: HTMLElement): PlaneReticle {
  const root = child(node, 'plane-hand');
  const inside = child(root, 'plane-hand-inside');
  Object.assign(inside.style, {
    top: px(MARGIN.top),
    right: px(MARGIN.right),
    bottom: px(MARGIN.bottom),
    left: px(MARGIN.left),
  });
  const across = child(inside, 'hair across');
  const upright = child(inside, 'hair upright');
  const ring = child(inside, 'ring');
  const flags = [child(root, 'flag'), child(root, 'flag')] as const;
  let values: readonly [number, number] = [NaN, NaN];
  let scheduled = false;

  const write = (): void => {
    scheduled = false;
    flags.forEach((flag, axis) => (flag.textContent = (values[axis] ?? NaN).toFixed(3).replace('-', '−')));
  };

  return {
    place(point, scales, size) {
      const { x, y } = scales.toPlot(point);
      const right = size.width - MARGIN.right;
      const bottom = size.height - MARGIN.bottom;
      move(across, 0, Math.round(y - MARGIN.top));
      move(upright, Math.round(x - MARGIN.left), 0);
      move(ring, x - MARGIN.left, y - MARGIN.top);
      const flagX = clamp(x - FLAG.width / 2, MARGIN.left, right - FLAG.width);
      const flagY = clamp(y - FLAG.height / 2, MARGIN.top, bottom - FLAG.height);
      move(flags[0], Math.round(flagX), bottom + 5);
      move(flags[1], MARGIN.left - FLAG.width + 4, Math.round(flagY));
      values = [point.x, point.y];
      if (scheduled) return;
      scheduled = true;
      setTimeout(write, TEXT_EVERY_MS - (performance.now() % TEXT_EVERY_MS));
    },
  };
}

function child(parent: HTMLElement, className: string): HTMLElement {
  const element = parent.appendChild(document.createElement('div'));
  element.className = className;
  return element;
}

const px = (length: number): string => `${length}px`;
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

function move(element: HTMLElement, x: number, y: number): void {
  element.style.transform = `translate(${x}px, ${y}px)`;
}
