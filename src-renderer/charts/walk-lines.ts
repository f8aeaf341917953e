// Figures along a walk, over the whole width of their box, so that they stand under the pictures of the same moments: lines told apart by
// their strokes, and a band where the prior has its mass.
import { inksOf } from './inks';
import type { ChartTheme } from './palette';

/** quiet: what it is compared with. plain: another. bold: what the walk does. */
export type Stroke = 'quiet' | 'plain' | 'bold';

export interface WalkLine {
  /** Evenly spread over the walk; figures of steps stand between two moments. */
  readonly values: ArrayLike<number>;
  readonly stroke: Stroke;
}

export interface WalkLinesProps {
  readonly lines: readonly WalkLine[];
  readonly band?: { readonly low: number; readonly high: number } | undefined;
  /** Are the figures of moments, or of the steps between them? */
  readonly kind: 'moments' | 'steps';
  readonly theme: ChartTheme;
  readonly format: (value: number) => string;
}

export interface WalkLines {
  update(props: WalkLinesProps): void;
  destroy(): void;
}

const PAD = { top: 8, bottom: 4 } as const;
const DASHES: Readonly<Record<Stroke, readonly number[]>> = { quiet: [2, 3], plain: [7, 3], bold: [] };

export function walkLines(canvas: HTMLCanvasElement, first: WalkLinesProps): WalkLines {
  const context = canvas.getContext('2d');
  let props = first;

  function draw(): void {
    const { clientWidth: width, clientHeight: height } = canvas;
    if (context === null || width === 0) return;
    const ratio = devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { lines, band, kind, theme, format } = props;
    const inks = inksOf(theme);
    const top = 1.08 * Math.max(1e-9, band?.high ?? 0, ...lines.map(({ values }) => largest(values)));
    const yOf = (value: number): number =>
      height - PAD.bottom - (value / top) * (height - PAD.top - PAD.bottom);

    if (band !== undefined) {
      context.fillStyle = inks.line;
      context.fillRect(0, yOf(band.high), width, yOf(band.low) - yOf(band.high));
    }
    context.strokeStyle = inks.lineStrong;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(0, Math.round(yOf(0)) + 0.5);
    context.lineTo(width, Math.round(yOf(0)) + 0.5);
    context.stroke();

    context.lineJoin = 'round';
    for (const { values, stroke } of lines) {
      context.strokeStyle = { quiet: inks.ink3, plain: inks.ink, bold: inks.accent }[stroke];
      context.lineWidth = stroke === 'bold' ? 2 : 1.5;
      context.setLineDash([...DASHES[stroke]]);
      context.beginPath();
      const { length } = values;
      for (let i = 0; i < length; i++) {
        const share = kind === 'steps' ? (i + 0.5) / length : i / Math.max(1, length - 1);
        context.lineTo(share * width, yOf(values[i] ?? 0));
      }
      context.stroke();
    }
    context.setLineDash([]);
    const highest = Math.max(0, ...lines.map(({ values }) => largest(values)));
    if (highest > 0) label(format(highest), yOf(highest), inks.ink2, inks.panel);
  }

  /** Over the line that it names, on the ground of the pane. */
  function label(text: string, y: number, ink: string, ground: string): void {
    if (context === null) return;
    context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
    context.textBaseline = 'middle';
    context.lineWidth = 4;
    context.strokeStyle = ground;
    const at = Math.max(8, y);
    context.strokeText(text, 2, at);
    context.fillStyle = ink;
    context.fillText(text, 2, at);
  }

  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  draw();
  return {
    update(next) {
      props = next;
      draw();
    },
    destroy: () => sizes.disconnect(),
  };
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}
