// A strip chart of the last times, newest at the right, with the line that they should stay under.
export interface Strip {
  update(times: readonly number[]): void;
}

/** One frame of a 60 Hz screen; the strip is twice as high. */
export const FRAME_MS = 1000 / 60;
const BAR = 3;

export function strip(canvas: HTMLCanvasElement): Strip {
  const context = canvas.getContext('2d');
  return {
    update(times) {
      if (context === null) return;
      const ratio = devicePixelRatio;
      const { clientWidth, clientHeight } = canvas;
      const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, clientWidth, clientHeight);
      const style = getComputedStyle(canvas);
      const top = 2 * FRAME_MS;
      const yOf = (ms: number): number => clientHeight - (Math.min(ms, top) / top) * clientHeight;
      context.fillStyle = style.borderColor;
      context.fillRect(0, Math.round(yOf(FRAME_MS)), clientWidth, 1);
      const bars = times.slice(-Math.floor(clientWidth / BAR));
      bars.forEach((ms, i) => {
        context.fillStyle = ms > FRAME_MS ? style.outlineColor : style.color;
        const y = Math.min(clientHeight - 1, yOf(ms));
        context.fillRect(clientWidth - (bars.length - i) * BAR, y, BAR - 1, clientHeight - y);
      });
    },
  };
}
