// A hand takes a marker elsewhere on the plane. The press never reaches the plane below, which would move the point.
import type { Undo } from '#shared/channel';
import { plotPoint, type LatentPoint, type PlotPoint } from '#shared/coords';

interface Movable {
  readonly id: number | string;
  readonly at: LatentPoint;
  readonly onMove?: ((to: LatentPoint, at: number, isLast: boolean) => void) | undefined;
}

interface Moves {
  markerOf(element: Element): Movable;
  toLatent(point: PlotPoint): LatentPoint;
  current(id: Movable['id']): Movable | undefined;
}

export function markerMoves(
  svg: SVGSVGElement,
  node: HTMLElement,
  { markerOf, toLatent, current }: Moves,
): Undo {
  const abort = new AbortController();
  const { signal } = abort;
  /** From the tip of the marker to where it was taken hold of. */
  let held: {
    readonly pointer: number;
    readonly id: Movable['id'];
    readonly x: number;
    readonly y: number;
  } | null = null;
  let last: LatentPoint | null = null;

  const at = (event: PointerEvent): LatentPoint => {
    const box = node.getBoundingClientRect();
    return toLatent(plotPoint(event.clientX - box.left, event.clientY - box.top));
  };

  svg.addEventListener(
    'pointerdown',
    (event) => {
      const element = event.target instanceof Element ? event.target.closest('.movable') : null;
      if (element === null || event.button !== 0 || !event.isPrimary) return;
      event.stopPropagation();
      const marker = markerOf(element);
      const from = at(event);
      held = { pointer: event.pointerId, id: marker.id, x: marker.at.x - from.x, y: marker.at.y - from.y };
      last = null;
      if (event.isTrusted) svg.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  const move = (event: PointerEvent, isLast: boolean): void => {
    if (held?.pointer !== event.pointerId) return;
    event.stopPropagation();
    const point = at(event);
    if (!isLast) last = { x: point.x + held.x, y: point.y + held.y };
    // a press that never moved leaves it where it is
    if (last !== null) current(held.id)?.onMove?.(last, event.timeStamp, isLast);
    if (isLast) held = null;
  };
  svg.addEventListener('pointermove', (event) => move(event, false), { signal });
  svg.addEventListener('pointerup', (event) => move(event, true), { signal });
  svg.addEventListener('pointercancel', (event) => move(event, true), { signal });
  return () => abort.abort();
}
