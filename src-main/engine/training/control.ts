// What a person may tell a run while it runs. The loop asks this object between two iterations; commands arrive whenever they like.
import type { Live } from '#ml/family';
import type { TrainCommand } from '#shared/training';

export interface TrainControl {
  readonly paused: boolean;
  /** Why, for people. */
  readonly pausedWhy: string;
  readonly stopped: boolean;
  /** Iterations per second at most; null as fast as it goes. */
  readonly pace: number | null;
  /** Commands that wait to be taken. */
  readonly untaken: number;
  /** Everything since the last time, in order. */
  take(): readonly Exclude<TrainCommand, { kind: 'pause' | 'resume' | 'stop' | 'pace' }>[];
  tell(command: TrainCommand): void;
  /** Paused, but not because a person asked for it. */
  pauseFor(why: string): void;
  /** Resolves when the next command arrives, or after so many milliseconds. */
  changed(ms?: number): Promise<void>;
}

export const ASKED_FOR = 'asked for';

export function createControl(): TrainControl {
  let paused = false;
  let pausedWhy = ASKED_FOR;
  let stopped = false;
  let pace: number | null = null;
  let waiting: ReturnType<TrainControl['take']> = [];
  let listeners: (() => void)[] = [];
  function wakeAll(): void {
    const woken = listeners;
    listeners = [];
    woken.forEach((wake) => wake());
  }
  return {
    get paused() {
      return paused && !stopped;
    },
    get pausedWhy() {
      return pausedWhy;
    },
    get stopped() {
      return stopped;
    },
    get pace() {
      return pace;
    },
    get untaken() {
      return waiting.length;
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
    tell(command) {
      switch (command.kind) {
        case 'pause':
          paused = true;
          pausedWhy = ASKED_FOR;
          break;
        case 'resume':
          paused = false;
          break;
        case 'stop':
          stopped = true;
          break;
        case 'pace':
          pace = command.stepsPerSecond;
          break;
        default:
          waiting = [...waiting, command];
      }
      wakeAll();
    },
    pauseFor(why) {
      if (paused) return;
      paused = true;
      pausedWhy = why;
      wakeAll();
    },
    changed: (ms) =>
      new Promise((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(wakeAll, ms);
        listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/** Settings as they stand after a change. */
export const mergeLive = (live: Live, change: Live): Live => ({ ...live, ...change });
