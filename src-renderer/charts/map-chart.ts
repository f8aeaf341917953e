// A map: what lies under it, its points, small pictures where there is room for them, marks, and the loop that a hand draws.
//
//   node > canvas (ground), canvas (points), canvas (pictures, marks, loop)
//
// Drawn once in a frame however often it is asked for; what only the pointer changes redraws the last canvas alone.
import KDBush from 'kdbush';
import { select, zoom, zoomIdentity, type ZoomTransform } from 'd3';
import type { ColourTheme } from '#shared/class-colours';
import type { Pictures } from '#shared/domain';
import type { MapOverlay } from '#shared/map';
import { inksOf } from './inks';
import { drawGround, groundOf, type Ground } from './map-ground';
import { pointsInside, type Loop } from './map-lasso';
import { mapRaster, NO_GLYPH, type Glyphs, type PixelView } from './map-raster';
import { picture } from './picture';

export interface MapChartMark {
  readonly name: string;
  readonly at: readonly [number, number];
  readonly kind: 'here' | 'own';
}

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
const PICTURE_SIDE = 44;
/** Pictures come where this many points or fewer are in sight. */
const NEAR = 900;
const FILL = 0.92;

export function mapChart(node: HTMLElement, first: MapChartProps): MapChart {
  const canvases = ['map-ground', 'map-points', 'map-over'].map((name) => {
    const canvas = node.appendChild(document.createElement('canvas'));
    canvas.className = name;
    return canvas;
  }) as [HTMLCanvasElement, HTMLCanvasElement, HTMLCanvasElement];
  const [below, middle, above] = canvases;
  const raster = mapRaster(middle);
  let props = first;
  let transform: ZoomTransform = zoomIdentity;
  let base: PixelView = { scale: 1, left: 0, top: 0 };
  let index = indexOf(first.xy);
  let ground: Ground | null = null;
  let hovered: number | null = null;
  let loop: number[] | null = null; // plot pixels
  let rectangle: { x: number; y: number; width: number; height: number } | null = null;
  let press: { id: number; x: number; y: number; moved: boolean; draws: boolean } | null = null;
  let size = { width: 0, height: 0 };
  let frame = 0;
  /** Points, as they were last drawn. */
  let inSight = 0;
  let stale = { ground: true, points: true };
  const thumbnails = new WeakMap<Pictures, HTMLCanvasElement>();

  const fit = (): void => {
    const { low, high } = extentOf(props.xy);
    const scale =
      FILL *
      Math.min(size.width / Math.max(1e-9, high[0] - low[0]), size.height / Math.max(1e-9, high[1] - low[1]));
    base = {
      scale,
      left: size.width / 2 - (scale * (low[0] + high[0])) / 2,
      top: size.height / 2 + (scale * (low[1] + high[1])) / 2,
    };
  };
  /** CSS pixels. */
  const view = (): PixelView => ({
    scale: transform.k * base.scale,
    left: transform.k * base.left + transform.x,
    top: transform.k * base.top + transform.y,
  });
  const toMap = (x: number, y: number): readonly [number, number] => {
    const { scale, left, top } = view();
    return [(x - left) / scale, (top - y) / scale];
  };
  const toPlot = ([x, y]: readonly [number, number]): readonly [number, number] => {
    const { scale, left, top } = view();
    return [scale * x + left, top - scale * y];
  };
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
    const { scale, left, top } = view();
    const pixels = { scale: scale * ratio, left: left * ratio, top: top * ratio };
    const isWhole = stale.points;
    if (stale.ground) drawBelow(pixels);
    if (stale.points) {
      const radius = Math.max(
        1.3,
        Math.min(6, 150 / Math.sqrt(props.xy.length / 2)) * Math.min(2.6, transform.k ** 0.35),
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
    for (const mark of props.marks) {
      const [x, y] = toPlot(mark.at);
      context.strokeStyle = inks.panel;
      context.lineWidth = 5;
      ring(context, x, y, mark.kind === 'here' ? 8 : 6);
      context.strokeStyle = mark.kind === 'here' ? inks.accent : inks.ink;
      context.lineWidth = 2;
      ring(context, x, y, mark.kind === 'here' ? 8 : 6);
      if (mark.kind === 'here') {
        context.beginPath();
        context.moveTo(x - 13, y);
        context.lineTo(x + 13, y);
        context.moveTo(x, y - 13);
        context.lineTo(x, y + 13);
        context.stroke();
        continue;
      }
      context.font = '11px sans-serif';
      context.textAlign = 'center';
      context.lineWidth = 4;
      context.strokeStyle = inks.panel;
      context.strokeText(mark.name, x, y - 12);
      context.fillStyle = inks.ink;
      context.fillText(mark.name, x, y - 12);
    }
    for (const [at, ink] of [
      [hovered, inks.ink],
      [props.selected, inks.accent],
    ] as const) {
      if (at === null || at >= props.xy.length / 2) continue;
      const [x, y] = toPlot([props.xy[2 * at]!, props.xy[2 * at + 1]!]);
      context.strokeStyle = inks.panel;
      context.lineWidth = 4;
      ring(context, x, y, 9);
      context.strokeStyle = ink;
      context.lineWidth = 1.8;
      ring(context, x, y, 9);
    }
    context.strokeStyle = inks.accent;
    context.lineWidth = 1.5;
    context.setLineDash([5, 4]);
    if (loop !== null && loop.length > 2) {
      context.beginPath();
      for (let i = 0; i < loop.length; i += 2) context.lineTo(loop[i]!, loop[i + 1]!);
      context.closePath();
      context.globalAlpha = 0.1;
      context.fillStyle = inks.accent;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
    if (rectangle !== null) context.strokeRect(rectangle.x, rectangle.y, rectangle.width, rectangle.height);
    context.setLineDash([]);
  }

  /** Near enough, each cell of the view shows the picture of one of the points in it. */
  function drawPictures(context: CanvasRenderingContext2D): void {
    if (!props.withPictures || inSight > NEAR) return props.onPicturesWanted([]);
    const [left, bottom] = toMap(0, size.height);
    const [right, top] = toMap(size.width, 0);
    const taken = new Map<string, readonly [number, number]>();
    const wanted: number[] = [];
    context.imageSmoothingEnabled = false;
    for (const at of index
      .range(left, bottom, right, top)
      .filter(isShown)
      .sort((a, b) => a - b)) {
      const [x, y] = toPlot([props.xy[2 * at]!, props.xy[2 * at + 1]!]);
      if (isTaken(taken, x, y)) continue;
      taken.set(`${Math.floor(x / PICTURE_SIDE)} ${Math.floor(y / PICTURE_SIDE)}`, [x, y]);
      wanted.push(at);
      const known = props.pictures.get(at);
      if (known === undefined) continue;
      const half = PICTURE_SIDE / 2 - 3;
      context.drawImage(thumbnailOf(known), x - half, y - half, 2 * half, 2 * half);
    }
    props.onPicturesWanted(wanted);
  }
  function thumbnailOf(pictures: Pictures): HTMLCanvasElement {
    const known = thumbnails.get(pictures);
    if (known !== undefined) return known;
    const canvas = document.createElement('canvas');
    picture(canvas).draw(pictures);
    thumbnails.set(pictures, canvas);
    return canvas;
  }

  function nearest(x: number, y: number, reach: number): number | null {
    const [mapX, mapY] = toMap(x, y);
    let best: number | null = null;
    let bestSquare = Infinity;
    for (const at of index.within(mapX, mapY, reach / view().scale)) {
      if (!isShown(at)) continue;
      const square = (props.xy[2 * at]! - mapX) ** 2 + (props.xy[2 * at + 1]! - mapY) ** 2;
      if (square < bestSquare) [best, bestSquare] = [at, square];
    }
    return best;
  }
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
      transform = event.transform;
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
    if (isFirst || transform === zoomIdentity) fit();
    stale = { ground: true, points: true };
    draw();
  });
  watcher.observe(node);

  return {
    update(next) {
      const last = props;
      props = next;
      if (next.xy !== last.xy) {
        index = indexOf(next.xy);
        hovered = null;
        rectangle = null;
        transform = zoomIdentity;
        selection.call(behaviour.transform, zoomIdentity);
        fit();
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
        (x * size.width) / transform.k,
        (y * size.height) / transform.k,
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

/** Does a picture lie here already? Each lies in the cell of its middle, and reaches into the next ones at most. */
function isTaken(taken: ReadonlyMap<string, readonly [number, number]>, x: number, y: number): boolean {
  const [column, row] = [Math.floor(x / PICTURE_SIDE), Math.floor(y / PICTURE_SIDE)];
  for (let across = column - 1; across <= column + 1; across++) {
    for (let down = row - 1; down <= row + 1; down++) {
      const [otherX, otherY] = taken.get(`${across} ${down}`) ?? [Infinity, Infinity];
      if (Math.max(Math.abs(otherX - x), Math.abs(otherY - y)) < PICTURE_SIDE - 4) return true;
    }
  }
  return false;
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

function indexOf(xy: Float32Array): KDBush {
  const index = new KDBush(Math.max(1, xy.length / 2), 64, Float32Array);
  for (let at = 0; at < xy.length; at += 2) index.add(xy[at]!, xy[at + 1]!);
  if (xy.length === 0) index.add(NaN, NaN);
  return index.finish();
}

/** All but the farthest thousandth: one outlier must not make the rest a dot. */
function extentOf(xy: Float32Array): {
  readonly low: readonly [number, number];
  readonly high: readonly [number, number];
} {
  if (xy.length === 0) return { low: [-1, -1], high: [1, 1] };
  const ends = ([0, 1] as const).map((axis) => {
    const values = Float32Array.from({ length: xy.length / 2 }, (_, at) => xy[2 * at + axis]!).sort();
    const end = (share: number): number => values[Math.round(share * (values.length - 1))]!;
    const [low, high] = [end(0.0005), end(0.9995)];
    return high > low ? ([low, high] as const) : ([low - 1, high + 1] as const);
  });
  return { low: [ends[0]![0], ends[1]![0]], high: [ends[0]![1], ends[1]![1]] };
}
