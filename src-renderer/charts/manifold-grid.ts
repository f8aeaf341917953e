// The manifold grid: n x n pictures on one canvas, drawn from one buffer. Click a cell to go to its very latent, drag to scrub between.
import type { LatentPoint } from '#shared/coords';
import type { Pictures, Prior } from '#shared/domain';
import {
  cellAt,
  cellLatent,
  latentToPlace,
  placeToLatent,
  type GridAxis,
  type GridPlace,
} from './grid-scales';
import { imageOf } from './picture';

export interface ManifoldGridProps {
  readonly prior: Prior;
  readonly onDragStart: (at: number) => void;
  /** `exact`: the very latent of a cell. */
  readonly onDrag: (point: LatentPoint, at: number, exact: boolean) => void;
  readonly onDragEnd: (at: number) => void;
}

export interface ManifoldGrid {
  update(props: ManifoldGridProps): void;
  draw(pictures: Pictures, lattice: Omit<GridAxis, 'prior'>): void;
  /** In positions of the lattice. */
  setPoint(point: LatentPoint): void;
  /** From the cell that holds the point to its neighbour. */
  stepCell(right: number, up: number, at: number): void;
  destroy(): void;
}

/** A press that stays within this many pixels is a click. */
const CLICK_PIXELS = 3;

export function manifoldGrid(node: HTMLElement, first: ManifoldGridProps): ManifoldGrid {
  const canvas = node.appendChild(document.createElement('canvas'));
  canvas.dataset.testid = 'grid';
  const marker = node.appendChild(document.createElement('div'));
  marker.className = 'grid-marker';
  const context = canvas.getContext('2d');
  const abort = new AbortController();
  const { signal } = abort;
  let props = first;
  let shown: Omit<GridAxis, 'prior'> = { n: 0, span: 1, range: null };
  const axis = (): GridAxis => ({ ...shown, prior: props.prior });
  let point: LatentPoint = { x: 0, y: 0 };
  let press: { readonly id: number; readonly x: number; readonly y: number; scrubbing: boolean } | null =
    null;
  let last = { x: NaN, y: NaN };

  function placeMarker(): void {
    const { u, v } = latentToPlace(point, axis());
    const outside = u < 0 || u > 1 || v < 0 || v > 1;
    marker.classList.toggle('outside', outside);
    marker.hidden = shown.n === 0;
    marker.style.left = `${100 * Math.max(0, Math.min(1, u))}%`;
    marker.style.top = `${100 * Math.max(0, Math.min(1, v))}%`;
  }

  const placeOf = (event: PointerEvent): GridPlace => {
    const box = canvas.getBoundingClientRect();
    return { u: (event.clientX - box.left) / box.width, v: (event.clientY - box.top) / box.height };
  };

  function move(event: PointerEvent): void {
    if (press === null || press.id !== event.pointerId || shown.n === 0) return;
    if (event.clientX === last.x && event.clientY === last.y) return;
    last = { x: event.clientX, y: event.clientY };
    press.scrubbing ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > CLICK_PIXELS;
    if (press.scrubbing) props.onDrag(placeToLatent(placeOf(event), axis()), event.timeStamp, false);
  }

  function finish(event: PointerEvent): void {
    if (press?.id !== event.pointerId) return;
    move(event);
    press = null;
    props.onDragEnd(event.timeStamp);
  }

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || !event.isPrimary || shown.n === 0) return;
      press = { id: event.pointerId, x: event.clientX, y: event.clientY, scrubbing: false };
      last = { x: event.clientX, y: event.clientY };
      if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
      const { column, row } = cellAt(placeOf(event), shown.n);
      props.onDragStart(event.timeStamp);
      props.onDrag(cellLatent(column, row, axis()), event.timeStamp, true);
    },
    { signal },
  );
  canvas.addEventListener('pointerrawupdate', (event) => move(event as PointerEvent), { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', finish, { signal });
  canvas.addEventListener('pointercancel', finish, { signal });

  /** Large pixels stay pixels; where several share one of the screen, they are averaged. */
  const keepCrisp = (): void => {
    canvas.classList.toggle('crisp', canvas.clientWidth * devicePixelRatio >= 2 * canvas.width);
  };
  const watcher = new ResizeObserver(keepCrisp);
  watcher.observe(canvas);

  return {
    update(next) {
      props = next;
      placeMarker();
    },
    draw({ width, height, rgba }, lattice) {
      const { n } = lattice;
      shown = lattice;
      canvas.width = n * width;
      canvas.height = n * height;
      for (let i = 0; i < n * n; i++) {
        context?.putImageData(imageOf(rgba, i, width, height), (i % n) * width, Math.floor(i / n) * height);
      }
      keepCrisp();
      placeMarker();
    },
    setPoint(next) {
      point = next;
      placeMarker();
    },
    stepCell(right, up, at) {
      if (shown.n === 0) return;
      const { column, row } = cellAt(latentToPlace(point, axis()), shown.n);
      const inside = (index: number): number => Math.max(0, Math.min(shown.n - 1, index));
      props.onDrag(cellLatent(inside(column + right), inside(row - up), axis()), at, true);
    },
    destroy() {
      watcher.disconnect();
      abort.abort();
      node.replaceChildren();
    },
  };
}
