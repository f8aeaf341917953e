// What hands do on the plane. A plain drag moves the point; the wheel zooms; space, the middle or right button, or two fingers pan.
import { select, zoom, zoomIdentity, type ZoomTransform } from 'd3';
import type { Undo } from '#shared/channel';
import { plotPoint, type PlotPoint } from '#shared/coords';

export interface GestureHandlers {
  onDragStart(at: number): void;
  onDrag(point: PlotPoint, at: number): void;
  onDragEnd(at: number): void;
  /** The pointer rests or moves without a button; null when it leaves. */
  onHover(point: PlotPoint | null): void;
  onZoom(transform: ZoomTransform): void;
}

export interface Gestures {
  zoomBy(factor: number): void;
  resetZoom(): void;
  destroy: Undo;
}

const ZOOM_LIMITS: [number, number] = [0.4, 60];

export function planeGestures(node: HTMLElement, handlers: GestureHandlers): Gestures {
  const abort = new AbortController();
  const { signal } = abort;
  let space = false;
  let dragging: number | null = null;

  // asking for it makes the browser lay the page out on the spot: once per drag is enough
  let box = node.getBoundingClientRect();
  const at = (event: PointerEvent): PlotPoint => {
    if (dragging === null) box = node.getBoundingClientRect();
    return plotPoint(event.clientX - box.left, event.clientY - box.top);
  };

  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent(ZOOM_LIMITS)
    .filter((event: Event) => {
      if (event.type === 'wheel') return true;
      if (event instanceof MouseEvent) return event.type !== 'dblclick' && (space || event.button !== 0);
      if (typeof TouchEvent !== 'undefined' && event instanceof TouchEvent) return event.touches.length >= 2;
      return false;
    })
    .on('zoom', (event: { readonly transform: ZoomTransform }) => handlers.onZoom(event.transform));
  const selection = select(node).call(behaviour).on('dblclick.zoom', null);
  selection.on('contextmenu', (event: Event) => event.preventDefault());

  const finish = (event: PointerEvent, moved: boolean): void => {
    if (dragging !== event.pointerId) return;
    if (moved) handlers.onDrag(at(event), event.timeStamp);
    dragging = null;
    node.classList.remove('dragging');
    handlers.onDragEnd(event.timeStamp);
  };

  let last: PlotPoint | null = null;
  const move = (event: PointerEvent): void => {
    if (dragging !== event.pointerId) return;
    const point = at(event);
    // pointermove repeats, frame-aligned, what pointerrawupdate said before
    if (point.x === last?.x && point.y === last.y) return;
    last = point;
    handlers.onDrag(point, event.timeStamp);
  };

  node.addEventListener(
    'pointerdown',
    (event) => {
      if (dragging !== null && event.pointerId !== dragging) {
        // a second finger: the hand wants to zoom
        dragging = null;
        handlers.onDragEnd(event.timeStamp);
        return;
      }
      if (event.button !== 0 || space || !event.isPrimary) return;
      last = at(event);
      dragging = event.pointerId;
      // a pointer that a script made up cannot be captured
      if (event.isTrusted) node.setPointerCapture(event.pointerId);
      node.classList.add('dragging');
      handlers.onDragStart(event.timeStamp);
      handlers.onDrag(last, event.timeStamp);
    },
    { signal },
  );
  node.addEventListener('pointerrawupdate', (event) => move(event as PointerEvent), { signal });
  node.addEventListener(
    'pointermove',
    (event) => {
      if (dragging !== null) move(event);
      else if (event.pointerType !== 'touch') handlers.onHover(at(event));
    },
    { signal },
  );
  node.addEventListener('pointerup', (event) => finish(event, true), { signal });
  node.addEventListener('pointercancel', (event) => finish(event, false), { signal });
  node.addEventListener('pointerleave', () => dragging === null && handlers.onHover(null), { signal });

  const onSpace = (down: boolean) => (event: KeyboardEvent) => {
    if (event.code !== 'Space') return;
    const typing =
      event.target instanceof HTMLElement &&
      event.target.matches('input, textarea, button, select, [role=button]');
    space = down && !typing;
    node.classList.toggle('panning', space);
    if (space && (event.target === node || event.target === document.body)) event.preventDefault();
  };
  window.addEventListener('keydown', onSpace(true), { signal });
  window.addEventListener('keyup', onSpace(false), { signal });

  return {
    zoomBy: (factor) => behaviour.scaleBy(selection, factor),
    resetZoom: () => behaviour.transform(selection, zoomIdentity),
    destroy() {
      abort.abort();
      selection.on('.zoom', null).on('contextmenu', null);
    },
  };
}
