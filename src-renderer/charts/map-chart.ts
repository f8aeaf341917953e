// A map: what lies under it, its points, small pictures where there is room for them, marks, and the loop that a hand draws.
//
//   node > canvas (ground), canvas (points), canvas (pictures, marks, loop)
//
// Drawn once in a frame however often it is asked for; what only the pointer changes redraws the last canvas alone.
import { select, zoom, zoomIdentity, type ZoomTransform } from 'd3';
import type { ColourTheme } from '#shared/class-colours';
import type { Pictures } from '#shared/domain';
import type { MapOverlay } from '#shared/map';
import { inksOf } from './inks';
import { drawGround, groundOf, type Ground } from './map-ground';
import { mapIndex } from './map-index';
import { pointsInside, type Loop } from './map-lasso';
import { nearPictures } from './map-near-pictures';
import { mapRaster, NO_GLYPH, type Glyphs, type PixelView } from './map-raster';
import { mapSight, type Place } from './map-sight';
import { drawMark, drawOutline, drawRing, type MapChartMark, type PlotRectangle } from './map-signs';

export interface MapChartProps {
  readonly theme: ColourTheme;
  /** // [count, 2] */
  readonly xy: Float32Array;
  readonly glyphs: Glyphs;
  /** 1 for each point that stands out; null: all alike. */
  readonly apart: Uint8Array | null;
  readonly overlay: MapOverlay | null;
  readonly marks: readonly MapChartMark[];
  readonly selected: number | null;
  /** A drag draws a loop; otherwise it moves the map, and Shift draws one. */
  readonly lasso: boolean;
  /** Pictures are shown where there is room. */
  readonly withPictures: boolean;
  readonly pictures: ReadonlyMap<number, Pictures>;
  readonly onHover: (index: number | null) => void;
  readonly onSelect: (index: number) => void;
  readonly onGroup: (indices: Uint32Array) => void;
  readonly onPicturesWanted: (indices: readonly number[]) => void;
  readonly onZoomed: (zoomed: boolean) => void;
}

export interface MapChart {
  update(props: MapChartProps): void;
  zoomBy(factor: number): void;
  resetZoom(): void;
  /** In parts of the view. */
  panBy(x: number, y: number): void;
  selectMiddle(): void;
  /** A rectangle that keys move and size, in the middle of the view. */
  beginRectangle(): void;
  moveRectangle(x: number, y: number): void;
  sizeRectangle(x: number, y: number): void;
  takeRectangle(): void;
  dropRectangle(): void;
  readonly hasRectangle: boolean;
  destroy(): void;
}

const ZOOM_LIMITS: [number, number] = [0.5, 400];
const PICK_PIXELS = 12;
/** A press that goes no farther than this is a click. */
const CLICK_PIXELS = 4;
/** Pictures come where this many points or fewer are in sight. */
const NEAR = 900;

export function mapChart(node: HTMLElement, first: MapChartProps): MapChart {
  const canvases = ['map-ground', 'map-points', 'map-over'].map((name) => {
    const canvas = node.appendChild(document.createElement('canvas'));
    canvas.className = name;
    return canvas;
  }) as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  const [below, middle, above] = canvases;
  const raster = mapRaster(middle);
  let props = first;
  const near = nearPictures();
  const sight = mapSight();
  const { toMap, toPlot } = sight;
  let index = mapIndex(first.xy);
  let ground: Ground | null = null;
  let hovered: number | null = null;
  let loop: number[] | null = null; // plot pixels
  let rectangle: PlotRectangle | null = null;
  let press: { id: number; x: number; y: number; moved: boolean; draws: boolean } | null = null;
  let size = { width: 0, height: 0 };
  let frame = 0;
  /** Points, as they were last drawn. */
  let inSight = 0;
  let stale = { ground: true, points: true };

  const plotOf = (at: number): Place => toPlot([props.xy[2 * at]!, props.xy[2 * at + 1]!]);
  const isShown = (at: number): boolean => props.glyphs.of[at] !== NO_GLYPH;

  function schedule(what: Partial<typeof stale> = {}): void {
    stale = { ground: stale.ground || what.ground === true, points: stale.points || what.points === true };
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    frame = 0;
    if (size.width === 0) return;
    const started = performance.now();
    const ratio = devicePixelRatio;
    const { scale, left, top } = sight.view();
    const pixels = { scale: scale * ratio, left: left * ratio, top: top * ratio };
    const isWhole = stale.points;
    if (stale.ground) drawBelow(pixels);
    if (stale.points) {
      const radius = Math.max(
        1.3,
        Math.min(6, 150 / Math.sqrt(props.xy.length / 2)) * Math.min(2.6, sight.transform.k ** 0.35),
      );
      inSight = raster.draw(props.xy, props.glyphs, pixels, {
        radius: Math.round(2 * ratio * Math.min(6, radius)) / 2,
        theme: props.theme,
        apart: props.apart,
      });
    }
    stale = { ground: false, points: false };
    drawAbove(ratio);
    if (isWhole)
      performance.measure('map', {
        start: started,
        end: performance.now(),
        detail: { points: props.xy.length / 2 },
      });
  }

  function drawBelow({ scale, left, top }: PixelView): void {
    const context = below.getContext('2d');
    context?.clearRect(0, 0, below.width, below.height);
    if (context === null || props.overlay === null) return;
    if (ground?.overlay !== props.overlay || ground.theme !== props.theme)
      ground = groundOf(props.overlay, props.theme);
    const { x, y } = props.overlay.box;
    const [from, to] = [scale * x[0] + left, top - scale * y[1]];
    drawGround(context, ground, {
      x: from,
      y: to,
      width: scale * (x[1] - x[0]),
      height: scale * (y[1] - y[0]),
    });
  }

  function drawAbove(ratio: number): void {
    const context = above.getContext('2d');
    if (context === null) return;
    const inks = inksOf(props.theme);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    drawPictures(context);
    for (const mark of props.marks) drawMark(context, mark, toPlot(mark.at), inks);
    for (const [at, ink] of [
      [hovered, inks.ink],
      [props.selected, inks.accent],
    ] as const)
      if (at !== null && at < props.xy.length / 2) drawRing(context, plotOf(at), ink, inks);
    drawOutline(context, loop, rectangle, inks);
  }

  function drawPictures(context: CanvasRenderingContext2D): void {
    if (!props.withPictures || inSight > NEAR) return props.onPicturesWanted([]);
    const points = index.within(...toMap(0, size.height), ...toMap(size.width, 0)).filter(isShown);
    props.onPicturesWanted(near.draw(context, points, plotOf, props.pictures));
  }

  const nearest = (x: number, y: number, reach: number): number | null =>
    index.nearest(...toMap(x, y), reach / sight.view().scale, isShown);
  function hover(next: number | null): void {
    if (next === hovered) return;
    hovered = next;
    schedule();
    props.onHover(next);
  }
  function take(corners: Loop): void {
    const inMap = Array.from({ length: corners.length / 2 }, (_, i) =>
      toMap(corners[2 * i]!, corners[2 * i + 1]!),
    ).flat();
    props.onGroup(pointsInside(props.xy, inMap, isShown));
  }

  // ---- hands ----------------------------------------------------------------------------------------------------------------

  const draws = (event: MouseEvent): boolean => event.button === 0 && (props.lasso || event.shiftKey);
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent(ZOOM_LIMITS)
    .clickDistance(CLICK_PIXELS)
    .filter(
      (event: Event) =>
        event.type === 'wheel' ||
        !(event instanceof MouseEvent) ||
        (event.type !== 'dblclick' && !draws(event)),
    )
    .on('zoom', (event: { readonly transform: ZoomTransform }) => {
      const { transform } = event;
      sight.transform = transform;
      schedule({ ground: true, points: true });
      props.onZoomed(transform.k !== 1 || transform.x !== 0 || transform.y !== 0);
    });
  const selection = select(node).call(behaviour).on('dblclick.zoom', null);
  const abort = new AbortController();
  const { signal } = abort;
  const placeOf = (event: PointerEvent): readonly [number, number] => {
    const box = node.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  node.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      const [x, y] = placeOf(event);
      press = { id: event.pointerId, x, y, moved: false, draws: draws(event) };
      if (press.draws) {
        loop = [x, y];
        if (event.isTrusted) node.setPointerCapture(event.pointerId);
      }
      hover(null);
    },
    { signal },
  );
  node.addEventListener(
    'pointermove',
    (event) => {
      const [x, y] = placeOf(event);
      if (press === null) return hover(nearest(x, y, PICK_PIXELS));
      if (press.id !== event.pointerId) return;
      if (Math.hypot(x - press.x, y - press.y) > CLICK_PIXELS) press.moved = true;
      if (loop === null) return;
      loop.push(x, y);
      schedule();
    },
    { signal },
  );
  const release = (event: PointerEvent): void => {
    if (press?.id !== event.pointerId) return;
    const { moved } = press;
    const drawn = loop;
    press = null;
    loop = null;
    schedule();
    if (event.type === 'pointercancel') return;
    if (!moved) {
      const at = nearest(...placeOf(event), PICK_PIXELS);
      if (at !== null) props.onSelect(at);
    } else if (drawn !== null) take(drawn);
  };
  // d3 keeps the release of a pan to itself: it is heard on the window
  addEventListener('pointerup', release, { signal });
  addEventListener('pointercancel', release, { signal });
  node.addEventListener('pointerleave', () => press === null && hover(null), { signal });

  const watcher = new ResizeObserver(() => {
    const isFirst = size.width === 0;
    size = { width: node.clientWidth, height: node.clientHeight };
    for (const canvas of canvases) {
      canvas.width = Math.round(size.width * devicePixelRatio);
      canvas.height = Math.round(size.height * devicePixelRatio);
    }
    if (isFirst || sight.transform === zoomIdentity) sight.fit(props.xy, size);
    stale = { ground: true, points: true };
    draw();
  });
  watcher.observe(node);

  return {
    update(next) {
      const last = props;
      props = next;
      if (next.xy !== last.xy) {
        index = mapIndex(next.xy);
        hovered = null;
        rectangle = null;
        sight.transform = zoomIdentity;
        selection.call(behaviour.transform, zoomIdentity);
        sight.fit(next.xy, size);
      }
      const isOther = next.xy !== last.xy || next.theme !== last.theme;
      schedule({
        ground: isOther || next.overlay !== last.overlay,
        points: isOther || next.glyphs !== last.glyphs || next.apart !== last.apart,
      });
    },
    zoomBy: (factor) => void selection.call(behaviour.scaleBy, factor),
    resetZoom: () => void selection.call(behaviour.transform, zoomIdentity),
    panBy: (x, y) =>
      void selection.call(
        behaviour.translateBy,
        (x * size.width) / sight.transform.k,
        (y * size.height) / sight.transform.k,
      ),
    selectMiddle() {
      const at = nearest(size.width / 2, size.height / 2, size.width + size.height);
      if (at !== null) props.onSelect(at);
    },
    beginRectangle() {
      rectangle = {
        x: 0.375 * size.width,
        y: 0.375 * size.height,
        width: size.width / 4,
        height: size.height / 4,
      };
      schedule();
    },
    moveRectangle(x, y) {
      if (rectangle === null) return;
      rectangle = { ...rectangle, x: rectangle.x + x * size.width, y: rectangle.y + y * size.height };
      schedule();
    },
    sizeRectangle(x, y) {
      if (rectangle === null) return;
      const width = Math.max(8, rectangle.width + x * size.width);
      const height = Math.max(8, rectangle.height + y * size.height);
      rectangle = { ...rectangle, width, height };
      schedule();
    },
    takeRectangle() {
      if (rectangle === null) return;
      const { x, y, width, height } = rectangle;
      rectangle = null;
      schedule();
      take([x, y, x + width, y, x + width, y + height, x, y + height]);
    },
    dropRectangle() {
      rectangle = null;
      schedule();
    },
    get hasRectangle() {
      return rectangle !== null;
    },
    destroy() {
      cancelAnimationFrame(frame);
      abort.abort();
      watcher.disconnect();
      selection.on('.zoom', null);
      node.replaceChildren();
    },
  };
}
