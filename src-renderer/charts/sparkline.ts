// One line of figures, small enough for a list.
import { decimated, range, smoothed, type Curve } from './curve-maths';

export interface Sparkline {
  update(curve: Curve): void;
}

const PAD = 2;

export function sparkline(canvas: HTMLCanvasElement): Sparkline {
  const context = canvas.getContext('2d');
  return {
    update(curve) {
      const { clientWidth: width, clientHeight: height } = canvas;
      if (context === null || width === 0) return;
      const ratio = devicePixelRatio;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const { x, y } = decimated({ x: curve.x, y: smoothed(curve.y, 0.6) }, width);
      const [low, high] = range([y]) ?? [0, 1];
      const [from, to] = [x[0] ?? 0, x.at(-1) ?? 1];
      context.strokeStyle = getComputedStyle(canvas).color;
      context.lineWidth = 1.25;
      context.lineJoin = 'round';
      context.beginPath();
      for (let i = 0; i < x.length; i++) {
        const value = y[i] ?? NaN;
        if (!Number.isFinite(value)) continue;
        const across = PAD + (((x[i] ?? 0) - from) / (to - from || 1)) * (width - 2 * PAD);
        context.lineTo(across, height - PAD - ((value - low) / (high - low || 1)) * (height - 2 * PAD));
      }
      context.stroke();
    },
  };
}
