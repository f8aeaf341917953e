// How fast a run is and how long it will take, from the time that it really worked: pauses, and a machine that slept, do not count.
import { median } from '#shared/statistics';

export interface Pace {
  /** A step is done. */
  stepped(): void;
  /** Nothing was done since the last step, and on purpose: it was paused. */
  rested(): void;
  at(step: number, steps: number): { readonly stepsPerSecond: number; readonly secondsLeft: number };
}

/** The last steps tell: a machine that has become busier, or a larger share of it, shows within this many. */
const WINDOW = 400;
/** A step this long, and this many times longer than its kind: the process was stopped or the machine slept. */
const SLEPT_MS = 10_000;
const SLEPT_TIMES = 20;
const FEWEST = 5;

export function createPace(now: () => number): Pace {
  let times: number[] = [];
  let last = now();
  const slept = (ms: number): boolean =>
    ms >= SLEPT_MS && times.length >= FEWEST && ms >= SLEPT_TIMES * median(times);
  return {
    stepped() {
      const at = now();
      const ms = Math.max(0, at - last);
      last = at;
      if (!slept(ms)) times = [...times.slice(1 - WINDOW), ms];
    },
    rested() {
      last = now();
    },
    at(step, steps) {
      const total = times.reduce((sum, ms) => sum + ms, 0);
      if (times.length === 0) return { stepsPerSecond: 0, secondsLeft: 0 };
      const stepsPerSecond = (1000 * times.length) / Math.max(1, total);
      return { stepsPerSecond, secondsLeft: Math.max(0, steps - step) / stepsPerSecond };
    },
  };
}

/** The same clock, but it never runs backwards: what it is set back by is lost, and time goes on from there. */
export function neverBack(now: () => number): () => number {
  let [last, total] = [now(), 0];
  return () => {
    const at = now();
    total += Math.max(0, at - last);
    last = at;
    return total;
  };
}
