// The parts around the lines of a chart: its frame, which ticks are written and how, and a row of the read-out.
import type { ScaleContinuousNumeric } from 'd3';

export type Scale = ScaleContinuousNumeric<number, number>;

/** The part of the chart that the lines lie in. */
export interface Inner {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export function readoutRow(name: string, value: string): HTMLElement {
  const line = document.createElement('div');
  const [label, figure] = [document.createElement('span'), document.createElement('b')];
  label.textContent = name;
  figure.textContent = value;
  line.append(label, figure);
  return line;
}

/** A logarithmic axis has ticks at every digit; only 1, 2 and 5 are written. */
export const keepTick = (scale: Scale): ((tick: number) => boolean) => {
  if (!('base' in scale)) return () => true;
  return (tick) => [1, 2, 5].includes(Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9)));
};

export function tickText(value: number): string {
  const size = Math.abs(value);
  const text =
    size >= 10_000
      ? `${Number((value / 1000).toPrecision(3))} k`
      : size !== 0 && size < 1e-3
        ? value.toExponential(0)
        : String(Number(value.toPrecision(6)));
  return text.replaceAll('-', '−');
}

/** Across the whole chart, on a row of pixels of its own. */
export function hairline(context: CanvasRenderingContext2D, inner: Inner, y: number): void {
  const at = Math.round(y) + 0.5;
  context.beginPath();
  context.moveTo(inner.left, at);
  context.lineTo(inner.right, at);
  context.stroke();
}
