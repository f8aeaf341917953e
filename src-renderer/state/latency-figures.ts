// What the times of the last frames amount to.

export interface Frame {
  readonly z: readonly number[];
  /** When the hand moved, on the clock of performance.now(). */
  readonly movedAt: number;
  readonly drawnAt: number;
  readonly engineMs: number;
  readonly networkMs: number;
}

export interface LatencyFigures {
  readonly now: number;
  readonly p95: number;
  /** Pictures per second, over the last second in which the hand moved. */
  readonly perSecond: number | null;
  /** Which part of the time was spent inside the engine, 0 to 1. */
  readonly engineShare: number;
}

/** Fewer pictures within a second are single steps, not a movement. */
const FEWEST = 5;

export function figuresOf(frames: readonly Frame[]): LatencyFigures | null {
  const last = frames.at(-1);
  if (last === undefined) return null;
  const times = frames.map((frame) => frame.drawnAt - frame.movedAt);
  const total = times.reduce((sum, time) => sum + time, 0);
  const engine = frames.reduce((sum, frame) => sum + frame.engineMs, 0);
  const second = frames.filter((frame) => last.drawnAt - frame.drawnAt <= 1_000);
  const first = second[0] ?? last;
  const span = last.drawnAt - first.drawnAt;
  return {
    now: last.drawnAt - last.movedAt,
    p95: quantile(times, 0.95),
    perSecond: second.length >= FEWEST && span > 100 ? ((second.length - 1) / span) * 1_000 : null,
    engineShare: total > 0 ? Math.min(1, engine / total) : 0,
  };
}

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
