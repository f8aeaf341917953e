// Figures over the steps of a run, on a canvas: lines with their names at their ends, levels to compare with, and a cursor that reads
// the figures off. Drawn at most once a frame, and not at all while nobody sees it. The cursor has a canvas of its own, so that reading
// off a history of tens of thousands of figures draws none of them again.
import { scaleLinear, scaleLog, scaleSymlog } from 'd3';
import { hairline, keepTick, readoutRow, tickText, type Inner, type Scale } from './curve-axes';
import {
  decimated,
  middleRange,
  nearestIndex,
  range,
  smoothed,
  spread,
  weightFor,
  type Curve,
} from './curve-maths';
import { inksOf } from './inks';
import { lineStyle } from './line-styles';
import type { ChartTheme } from './palette';

export interface CurveLine {
  readonly label: string;
  readonly curve: Curve;
  /** Which of the line styles. */
  readonly style: number;
}
export interface CurveLevel {
  readonly value: number;
  readonly label: string;
}
export interface CurvesProps {
  readonly lines: readonly CurveLine[];
  readonly levels: readonly CurveLevel[];
  readonly log: boolean;
  /** 0 (as measured) to just below 1. */
  readonly smoothing: number;
  /** Fixed ends of the figures' axis, for what lies between 0 and 1. */
  readonly extent?: readonly [number, number] | undefined;
  readonly theme: ChartTheme;
  readonly format: (value: number) => string;
  /** The step under the pointer, or null. */
  readonly onCursor: (step: number | null) => void;
}
export interface Curves {
  update(props: CurvesProps): void;
  setCursor(step: number | null): void;
  /** Moves the cursor by so many pixels, from the last step where there is none. */
  nudge(pixels: number): void;
  destroy(): void;
}

const MARGIN = { top: 10, right: 116, bottom: 22, left: 52 } as const;
const NARROW = { below: 420, right: 108 } as const;
const LABEL = 14;
/** Pixels of a column in which the extremes of a long history are kept. */
const COLUMN = 2;

export function curves(node: HTMLElement, first: CurvesProps): Curves {
  const canvas = node.appendChild(document.createElement('canvas'));
  const overlay = node.appendChild(document.createElement('canvas'));
  const readout = node.appendChild(document.createElement('div'));
  readout.className = 'curve-readout';
  readout.hidden = true;
  const context = canvas.getContext('2d');
  const overlayContext = overlay.getContext('2d');
  const abort = new AbortController();
  let props = first;
  let cursor: number | null = null;
  let frame = 0;
  let visible = true;
  /** The lines are not on the canvas as they are now. */
  let stale = true;
  let x: Scale = scaleLinear();
  let y: Scale = scaleLinear();
  let inner: Inner = { left: 0, right: 0, top: 0, bottom: 0 };
  let drawnLines: readonly { readonly line: CurveLine; readonly y: readonly number[] }[] = [];

  const drawSoon = (): void => {
    if (frame === 0 && visible) frame = requestAnimationFrame(draw);
  };
  const schedule = (): void => {
    stale = true;
    drawSoon();
  };
  const right = (width: number): number => (width < NARROW.below ? NARROW.right : MARGIN.right);

  function scaleY(height: number): Scale {
    const { extent, levels, log } = props;
    const levelValues = levels.map(({ value }) => value);
    const measured = props.smoothing > 0 ? props.lines.map(({ curve }) => middleRange(curve.y) ?? []) : [];
    const [low, high] = extent ??
      range([...drawnLines.map(({ y }) => y), ...measured, levelValues]) ?? [0, 1];
    const ends = [height - MARGIN.bottom, MARGIN.top] as const;
    if (log && low > 0)
      return scaleLog()
        .domain([low * 0.9, high * 1.1])
        .range(ends);
    if (log) return scaleSymlog().domain([low, high]).range(ends).nice();
    if (extent !== undefined) return scaleLinear().domain(extent).range(ends);
    const pad = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
    return scaleLinear()
      .domain([low - pad, high + pad])
      .range(ends);
  }

  function draw(): void {
    frame = 0;
    if (stale) drawLines();
    drawCursor();
  }

  function drawLines(): void {
    if (context === null) return;
    const { clientWidth: width, clientHeight: height } = node;
    if (width === 0 || height === 0) return;
    stale = false;
    const ratio = devicePixelRatio;
    canvas.width = overlay.width = Math.round(width * ratio);
    canvas.height = overlay.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(node);
    const inks = inksOf(props.theme);
    inner = {
      left: MARGIN.left,
      right: width - right(width),
      top: MARGIN.top,
      bottom: height - MARGIN.bottom,
    };
    drawnLines = props.lines.map((line) => ({
      line,
      y: smoothed(line.curve.y, weightFor(props.smoothing, line.curve.y.length)),
    }));
    const lastStep = Math.max(1, ...props.lines.map(({ curve }) => curve.x.at(-1) ?? 0));
    x = scaleLinear().domain([0, lastStep]).range([inner.left, inner.right]);
    y = scaleY(height);

    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    context.lineWidth = 1;
    context.strokeStyle = inks.line;
    context.fillStyle = inks.ink3;
    context.textAlign = 'right';
    for (const tick of y
      .ticks(Math.max(2, Math.floor((inner.bottom - inner.top) / 36)))
      .filter(keepTick(y))) {
      hairline(context, inner, y(tick));
      context.fillText(tickText(tick), inner.left - 8, y(tick));
    }
    context.textAlign = 'center';
    const ticks = x.ticks(Math.max(2, Math.floor((inner.right - inner.left) / 90)));
    for (const tick of ticks) context.fillText(tickText(tick), x(tick), height - 9);
    context.save();
    context.beginPath();
    context.rect(inner.left, inner.top - 4, inner.right - inner.left + 1, inner.bottom - inner.top + 8);
    context.clip();
    const columns = Math.max(1, Math.round((inner.right - inner.left) / COLUMN));
    context.lineJoin = 'bevel'; // of thousands of short strokes round corners are most of the cost
    for (const { line, y: values } of drawnLines) {
      const { colour, dash } = lineStyle(line.style, props.theme);
      context.strokeStyle = colour;
      if (props.smoothing > 0) {
        context.globalAlpha = 0.22;
        context.lineWidth = 1;
        context.setLineDash([]);
        trace(decimated(line.curve, columns), x, y);
      }
      context.globalAlpha = 1;
      context.lineWidth = 1.75;
      context.setLineDash([...dash]);
      trace(decimated({ x: line.curve.x, y: values }, columns), x, y);
    }
    context.restore();
    context.lineWidth = 1;
    context.strokeStyle = inks.ink3;
    context.setLineDash([1.5, 3]);
    for (const { value } of props.levels) hairline(context, inner, y(value));
    context.setLineDash([]);
    drawNames();
  }

  function trace(curve: Curve, xScale: Scale, yScale: Scale): void {
    if (context === null) return;
    context.beginPath();
    let pen = false;
    for (let i = 0; i < curve.x.length; i++) {
      const at = yScale(curve.y[i] ?? NaN);
      // what is not a number leaves a gap
      if (!Number.isFinite(at)) pen = false;
      else if (pen) context.lineTo(xScale(curve.x[i] ?? 0), at);
      else {
        context.moveTo(xScale(curve.x[i] ?? 0), at);
        pen = true;
      }
    }
    context.stroke();
  }

  /** The name of each line where it ends, and of each level, none on another. */
  function drawNames(): void {
    if (context === null) return;
    const entries = [
      ...drawnLines.flatMap(({ line, y: values }) => {
        const value = values.findLast(Number.isFinite);
        return value === undefined
          ? []
          : [
              {
                text: line.label,
                at: y(value),
                style: lineStyle(line.style, props.theme),
                lastX: x(line.curve.x.at(-1) ?? 0),
              },
            ];
      }),
      ...props.levels.map(({ label, value }) => ({
        text: label,
        at: y(value),
        style: null,
        lastX: inner.right,
      })),
    ];
    const places = spread(
      entries.map(({ at }) => at),
      LABEL,
      inner.top,
      inner.bottom,
    );
    context.textAlign = 'left';
    entries.forEach(({ text, at, style, lastX }, i) => {
      const place = places[i] ?? at;
      const colour = style?.colour ?? inksOf(props.theme).ink3;
      if (style !== null) {
        context.fillStyle = colour;
        context.beginPath();
        context.arc(lastX, at, 2.5, 0, 2 * Math.PI);
        context.fill();
        context.strokeStyle = colour;
        context.lineWidth = 1.75;
        context.setLineDash([...style.dash]);
        context.beginPath();
        context.moveTo(inner.right + 6, place);
        context.lineTo(inner.right + 22, place);
        context.stroke();
        context.setLineDash([]);
      }
      context.fillStyle = colour;
      context.fillText(text, inner.right + (style === null ? 6 : 27), place);
    });
  }

  function drawCursor(): void {
    readout.hidden = true;
    const context = overlayContext;
    if (context === null) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, overlay.width, overlay.height);
    if (cursor === null) return;
    const places = drawnLines.flatMap(({ line, y: values }) => {
      const index = nearestIndex(line.curve.x, cursor ?? 0);
      const value = values[index];
      return value === undefined ? [] : [{ line, value, step: line.curve.x[index] ?? 0 }];
    });
    const step = places[0]?.step;
    if (step === undefined) return;
    const at = Math.round(x(step)) + 0.5;
    context.strokeStyle = inksOf(props.theme).ink3;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(at, inner.top);
    context.lineTo(at, inner.bottom);
    context.stroke();
    for (const { line, value } of places) {
      context.fillStyle = lineStyle(line.style, props.theme).colour;
      context.beginPath();
      context.arc(x(step), y(value), 3, 0, 2 * Math.PI);
      context.fill();
    }
    readout.replaceChildren(
      readoutRow('step', step.toLocaleString('en')),
      ...places.map(({ line, value }) => readoutRow(line.label, props.format(value))),
    );
    readout.hidden = false;
    const left = at + 12 + readout.offsetWidth > inner.right ? at - 12 - readout.offsetWidth : at + 12;
    readout.style.transform = `translate(${Math.max(0, left)}px, ${inner.top}px)`;
  }

  function setCursor(step: number | null): void {
    if (step === cursor) return;
    cursor = step;
    drawSoon();
  }
  function point(event: PointerEvent): void {
    const box = node.getBoundingClientRect();
    const step = x.invert(event.clientX - box.left);
    const [low = 0, high = 1] = x.domain();
    props.onCursor(Math.max(low, Math.min(high, step)));
  }
  node.addEventListener('pointermove', point, { signal: abort.signal });
  node.addEventListener('pointerleave', () => props.onCursor(null), { signal: abort.signal });
  const sizes = new ResizeObserver(schedule);
  sizes.observe(node);
  const sight = new IntersectionObserver(([entry]) => {
    visible = entry?.isIntersecting ?? true;
    drawSoon();
  });
  sight.observe(node);
  schedule();

  return {
    update(next) {
      props = next;
      schedule();
    },
    setCursor,
    nudge(pixels) {
      const last = Math.max(0, ...props.lines.map(({ curve }) => curve.x.at(-1) ?? 0));
      const [low = 0, high = 1] = x.domain();
      const next = x.invert(x(cursor ?? last) + pixels);
      props.onCursor(Math.max(low, Math.min(high, next)));
    },
    destroy() {
      abort.abort();
      sizes.disconnect();
      sight.disconnect();
      cancelAnimationFrame(frame);
      node.replaceChildren();
    },
  };
}
