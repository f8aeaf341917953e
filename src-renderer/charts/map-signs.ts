// Signs upon a map: marks of what is no point of it, rings around points, and the outline that a hand draws. All in pixels of the plot.
import type { Inks } from './inks';
import type { Loop } from './map-lasso';
import type { Place } from './map-sight';

export interface MapChartMark {
  readonly name: string;
  readonly at: Place;
  readonly kind: 'here' | 'own';
}

export interface PlotRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function drawMark(
  context: CanvasRenderingContext2D,
  { name, kind }: MapChartMark,
  [x, y]: Place,
  inks: Inks,
): void {
  const radius = kind === 'here' ? 8 : 6;
  context.strokeStyle = inks.panel;
  context.lineWidth = 5;
  ring(context, [x, y], radius);
  context.strokeStyle = kind === 'here' ? inks.accent : inks.ink;
  context.lineWidth = 2;
  ring(context, [x, y], radius);
  if (kind === 'here') {
    context.beginPath();
    context.moveTo(x - 13, y);
    context.lineTo(x + 13, y);
    context.moveTo(x, y - 13);
    context.lineTo(x, y + 13);
    context.stroke();
    return;
  }
  context.font = '11px sans-serif';
  context.textAlign = 'center';
  context.lineWidth = 4;
  context.strokeStyle = inks.panel;
  context.strokeText(name, x, y - 12);
  context.fillStyle = inks.ink;
  context.fillText(name, x, y - 12);
}

/** Around a point, with a rim that is seen on any ground. */
export function drawRing(context: CanvasRenderingContext2D, at: Place, ink: string, inks: Inks): void {
  context.strokeStyle = inks.panel;
  context.lineWidth = 4;
  ring(context, at, 9);
  context.strokeStyle = ink;
  context.lineWidth = 1.8;
  ring(context, at, 9);
}

export function drawOutline(
  context: CanvasRenderingContext2D,
  loop: Loop | null,
  rectangle: PlotRectangle | null,
  inks: Inks,
): void {
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

function ring(context: CanvasRenderingContext2D, [x, y]: Place, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}
