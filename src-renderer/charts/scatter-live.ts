// A scatter that changes while it is looked at: codes of the encoder by class, or points of the data under points of the generator.
import { scaleLinear } from 'd3';
import { classColour, classShape, type ChartTheme } from './palette';
import { range } from './curve-maths';
import { inksOf } from './inks';

export interface ScatterLayer {
  /** Two columns of it are drawn. // [n, size] */
  readonly values: Float32Array;
  readonly size: number;
  readonly axes: readonly [number, number];
  readonly labels: Uint8Array | null;
  /** 'class': glyphs in the colours of their classes; the others are dots in the ink named. */
  readonly ink: 'class' | 'data' | 'generated';
}
export interface ScatterLiveProps {
  readonly layers: readonly ScatterLayer[];
  /** Circles of the standard normal prior. */
  readonly prior: boolean;
  readonly theme: ChartTheme;
}
export interface ScatterLive {
  update(props: ScatterLiveProps): void;
  destroy(): void;
}

const PAD = 14;
const RADIUS = { class: 2.6, data: 1.6, generated: 2 } as const;
/** The frame follows outliers only so far. */
const TAIL = 0.01;
const LEAST_REACH = 2.5;
/** A smaller frame has no room for numbers, nor a margin. */
const LEAST_NUMBERED = 120;

export function scatterLive(node: HTMLElement, first: ScatterLiveProps): ScatterLive {
  const canvas = node.appendChild(document.createElement('canvas'));
  const context = canvas.getContext('2d');
  let props = first;
  let frame = 0;
  let visible = true;
  /** Half the side of the frame. It grows at once and shrinks slowly, so that the cloud moves and not the frame. */
  let reach = LEAST_REACH;

  const schedule = (): void => {
    if (frame === 0 && visible) frame = requestAnimationFrame(draw);
  };

  function draw(): void {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = node;
    if (context === null || width === 0 || height === 0) return;
    const ratio = devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const room = Math.min(width, height);
    const side = room - 2 * (room < LEAST_NUMBERED ? 2 : PAD);
    const x = scaleLinear()
      .domain([-reach, reach])
      .range([(width - side) / 2, (width + side) / 2]);
    const y = scaleLinear()
      .domain([-reach, reach])
      .range([(height + side) / 2, (height - side) / 2]);
    const style = getComputedStyle(node);
    const inks = inksOf(props.theme);
    context.strokeStyle = inks.line;
    context.lineWidth = 1;
    context.beginPath();
    for (const zero of [0]) {
      context.moveTo(x(-reach), Math.round(y(zero)) + 0.5);
      context.lineTo(x(reach), Math.round(y(zero)) + 0.5);
      context.moveTo(Math.round(x(zero)) + 0.5, y(-reach));
      context.lineTo(Math.round(x(zero)) + 0.5, y(reach));
    }
    context.stroke();
    if (props.prior) {
      context.setLineDash([2, 3]);
      context.strokeStyle = inks.lineStrong;
      for (let sd = 1; sd < reach; sd++) {
        context.beginPath();
        context.arc(x(0), y(0), x(sd) - x(0), 0, 2 * Math.PI);
        context.stroke();
      }
      context.setLineDash([]);
    }
    context.fillStyle = inks.ink3;
    context.font = `11px ${style.fontFamily}`;
    context.textAlign = 'right';
    for (const value of side < LEAST_NUMBERED ? [] : x.ticks(4)) {
      if (value !== 0) context.fillText(String(value).replace('-', '−'), x(value) + 4, y(0) + 12);
    }
    for (const layer of props.layers) {
      if (layer.ink === 'class') drawGlyphs(context, layer, x, y, props.theme);
      else drawDots(context, layer, x, y, layer.ink === 'data' ? inks.ink2 : inks.accent);
    }
  }

  const sizes = new ResizeObserver(schedule);
  sizes.observe(node);
  const sight = new IntersectionObserver(([entry]) => {
    visible = entry?.isIntersecting ?? true;
    schedule();
  });
  sight.observe(node);

  const follow = (): void => {
    const wanted = Math.max(LEAST_REACH, ...props.layers.map(reachOf)) * 1.08;
    reach = wanted > reach ? wanted : reach + 0.15 * (wanted - reach);
    schedule();
  };
  follow();

  return {
    update(next) {
      props = next;
      follow();
    },
    destroy() {
      sizes.disconnect();
      sight.disconnect();
      cancelAnimationFrame(frame);
      node.replaceChildren();
    },
  };
}

function columnsOf({ values, size, axes }: ScatterLayer): readonly [number[], number[]] {
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let row = 0; row + size <= values.length; row += size) {
    xs.push(values[row + axes[0]] ?? NaN);
    ys.push(values[row + axes[1]] ?? NaN);
  }
  return [xs, ys];
}

/** How far out the layer goes, but for its outermost points. */
function reachOf(layer: ScatterLayer): number {
  const [xs, ys] = columnsOf(layer);
  const far = xs.map((value, i) => Math.max(Math.abs(value), Math.abs(ys[i] ?? 0))).filter(Number.isFinite);
  far.sort((a, b) => a - b);
  const inner = far.slice(0, Math.ceil(far.length * (1 - TAIL)));
  return range([inner])?.[1] ?? 0;
}

type Place = (value: number) => number;

function drawDots(
  context: CanvasRenderingContext2D,
  layer: ScatterLayer,
  x: Place,
  y: Place,
  colour: string,
): void {
  const [xs, ys] = columnsOf(layer);
  const radius = RADIUS[layer.ink];
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.globalAlpha = layer.ink === 'data' ? 0.6 : 0.75;
  // the data is small crosses, the generator's points are discs: told apart without colour
  for (let i = 0; i < xs.length; i++) {
    const [px, py] = [x(xs[i] ?? NaN), y(ys[i] ?? NaN)];
    context.beginPath();
    if (layer.ink === 'data') {
      context.moveTo(px - radius, py);
      context.lineTo(px + radius, py);
      context.moveTo(px, py - radius);
      context.lineTo(px, py + radius);
      context.stroke();
    } else {
      context.arc(px, py, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.globalAlpha = 1;
}

function drawGlyphs(
  context: CanvasRenderingContext2D,
  layer: ScatterLayer,
  x: Place,
  y: Place,
  theme: ChartTheme,
): void {
  const [xs, ys] = columnsOf(layer);
  const radius = RADIUS.class;
  const shapes = new Map<number, Path2D>();
  context.globalAlpha = theme === 'light' ? 0.8 : 0.88;
  for (let i = 0; i < xs.length; i++) {
    const label = layer.labels?.[i] ?? 0;
    let shape = shapes.get(label);
    if (shape === undefined) {
      shape = new Path2D();
      shape.addPath(new Path2D(classShape(label)), new DOMMatrix().scale(radius));
      shapes.set(label, shape);
    }
    const [px, py] = [x(xs[i] ?? NaN), y(ys[i] ?? NaN)];
    context.fillStyle =
      layer.labels === null ? getComputedStyle(context.canvas).color : classColour(label, theme);
    context.translate(px, py);
    context.fill(shape);
    context.translate(-px, -py);
  }
  context.globalAlpha = 1;
}
