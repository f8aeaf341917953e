// All coordinates of a point as bars on one canvas: hover says which, a drag sets them, like the bars of an equaliser.
import type { ChartTheme } from './palette';
import { inksOf } from './inks';

export interface DimensionStripProps {
  readonly theme: ChartTheme;
  readonly values: Float32Array;
  /** Which coordinate each bar is, from the left. */
  readonly order: readonly number[];
  readonly isDim: (coordinate: number) => boolean;
  /** The height of a full bar. */
  readonly reach: number;
  readonly onDragStart: () => void;
  readonly onDrag: (coordinate: number, value: number, at: number) => void;
  readonly onDragEnd: (at: number) => void;
  readonly onHover: (coordinate: number | null) => void;
}

export interface DimensionStrip {
  update(props: DimensionStripProps): void;
  destroy(): void;
}

export function dimensionStrip(canvas: HTMLCanvasElement, first: DimensionStripProps): DimensionStrip {
  const context = canvas.getContext('2d');
  const abort = new AbortController();
  const { signal } = abort;
  let props = first;
  let held: { readonly pointer: number; readonly place: number } | null = null;
  let scheduled = 0;

  function draw(): void {
    scheduled = 0;
    const { clientWidth, clientHeight } = canvas;
    if (context === null || clientWidth === 0) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const inks = inksOf(props.theme);
    const { values, order, isDim, reach } = props;
    context.clearRect(0, 0, width, height);
    const middle = height / 2;
    const step = width / Math.max(1, order.length);
    const gap = step > 4 * ratio ? ratio : 0;
    order.forEach((coordinate, place) => {
      const value = values[coordinate] ?? 0;
      const share = Math.max(-1, Math.min(1, value / reach));
      const from = Math.floor(place * step);
      const bar = Math.max(1, Math.floor((place + 1) * step) - from - gap);
      context.fillStyle = isDim(coordinate) ? inks.lineStrong : inks.accent;
      // a bar of no height still shows where it is
      const tall = Math.max(ratio, Math.abs(share) * middle);
      context.fillRect(from, share > 0 ? middle - tall : middle, bar, tall);
      if (Math.abs(value) > reach) {
        context.fillStyle = inks.ink;
        context.fillRect(from, value > 0 ? 0 : height - 2 * ratio, bar, 2 * ratio);
      }
    });
    context.fillStyle = inks.lineStrong;
    context.fillRect(0, Math.round(middle), width, 1);
  }
  const schedule = (): void => {
    if (scheduled === 0) scheduled = requestAnimationFrame(draw);
  };

  const placeOf = (event: PointerEvent): { readonly place: number; readonly value: number } => {
    const box = canvas.getBoundingClientRect();
    const { length } = props.order;
    const across = (event.clientX - box.left) / box.width;
    const up = 1 - (2 * (event.clientY - box.top)) / box.height;
    return {
      place: Math.max(0, Math.min(length - 1, Math.floor(across * length))),
      value: Math.max(-1, Math.min(1, up)) * props.reach,
    };
  };
  const set = (event: PointerEvent): void => {
    if (held === null) return;
    const coordinate = props.order[held.place];
    if (coordinate !== undefined) props.onDrag(coordinate, placeOf(event).value, event.timeStamp);
  };

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || !event.isPrimary || props.order.length === 0) return;
      // one bar from the press to the end: the hand may wander
      held = { pointer: event.pointerId, place: placeOf(event).place };
      if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
      props.onDragStart();
      set(event);
    },
    { signal },
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      if (held?.pointer === event.pointerId) set(event);
      else if (held === null) props.onHover(props.order[placeOf(event).place] ?? null);
    },
    { signal },
  );
  const finish = (event: PointerEvent): void => {
    if (held?.pointer !== event.pointerId) return;
    held = null;
    props.onDragEnd(event.timeStamp);
  };
  canvas.addEventListener('pointerup', finish, { signal });
  canvas.addEventListener('pointercancel', finish, { signal });
  canvas.addEventListener('pointerleave', () => held === null && props.onHover(null), { signal });

  const watcher = new ResizeObserver(schedule);
  watcher.observe(canvas);

  return {
    update(next) {
      props = next;
      schedule();
    },
    destroy() {
      cancelAnimationFrame(scheduled);
      watcher.disconnect();
      abort.abort();
    },
  };
}
