// The encoded pictures as glyphs on a canvas. Drawn when the view changes, never while the point is dragged.
import { classColour, classShape, type ChartTheme } from './palette';
import type { Scatter } from './plane-picker';
import { MARGIN, type PlaneScales, type PlaneSize } from './plane-scales';

const ALPHA: Readonly<Record<ChartTheme, number>> = { light: 0.78, dark: 0.85 };
/** Glyphs grow as one comes nearer, from dust to shapes. */
const radiusAt = (zoom: number): number => Math.min(7, 2.1 * Math.pow(zoom, 0.4));

export function drawScatter(
  canvas: HTMLCanvasElement,
  scatter: Scatter,
  view: {
    readonly scales: PlaneScales;
    readonly size: PlaneSize;
    readonly zoom: number;
    readonly hidden: ReadonlySet<number>;
    readonly theme: ChartTheme;
  },
): void {
  const { scales, size, zoom, hidden, theme } = view;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const context = canvas.getContext('2d');
  if (context === null) return;
  // points beyond the frame would lie under the numbers of the axes
  context.beginPath();
  context.rect(
    MARGIN.left * ratio,
    MARGIN.top * ratio,
    (size.width - MARGIN.left - MARGIN.right) * ratio,
    (size.height - MARGIN.top - MARGIN.bottom) * ratio,
  );
  context.clip();
  const radius = radiusAt(zoom);
  const classes = Math.max(1, scatter.classNames.length);
  const sprites = Array.from({ length: classes }, (_, i) => sprite(i, radius * ratio, theme));
  const half = (sprites[0]?.width ?? 0) / 2;
  context.globalAlpha = ALPHA[theme];
  for (let i = 0; i < scatter.count; i++) {
    const label = scatter.labels?.[i] ?? 0;
    if (hidden.has(label)) continue;
    const x = scales.x(scatter.mu[2 * i] ?? NaN) * ratio;
    const y = scales.y(scatter.mu[2 * i + 1] ?? NaN) * ratio;
    const picture = sprites[label];
    if (
      picture === undefined ||
      x < -half ||
      y < -half ||
      x > canvas.width + half ||
      y > canvas.height + half
    )
      continue;
    context.drawImage(picture, x - half, y - half);
  }
}

/** One glyph, drawn once and stamped ten thousand times. */
function sprite(index: number, radius: number, theme: ChartTheme): HTMLCanvasElement {
  const side = Math.ceil(2 * radius * 1.25) + 2;
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  context.translate(side / 2, side / 2);
  context.scale(radius, radius);
  context.fillStyle = classColour(index, theme);
  context.fill(new Path2D(classShape(index)));
  return canvas;
}
