// What a person may tell a run while it runs. The loop asks this object between two iterations; commands arrive whenever they like.
import type { Live } from '#ml/family';
import type { TrainCommand } from '#shared/training';

export interface TrainControl {
  readonly paused: boolean;
  readonly stopped: boolean;
  /** Iterations per second at most; null as fast as it goes. */
  readonly pace: number | null;
  /** Everything since the last time, in order. */
  take(): readonly Exclude<TrainCommand, { kind: 'pause' | 'resume' | 'stop' | 'pace' }>[];
  tell(command: TrainCommand): void;
  /** Resolves when the next command arrives. */
  changed(): Promise<void>;
}

export function createControl(): TrainControl {
  let paused = false;
  let stopped = false;
  let pace: number | null = null;
  let waiting: ReturnType<TrainControl['take']> = [];
  let listeners: (() => void)[] = [];
  return {
    get paused() {
      return paused && !stopped;
    },
    get stopped() {
      return stopped;
    },
    get pace() {
      return pace;
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
      const woken = listeners;
      listeners = [];
      woken.forEach((wake) => wake());
    },
    changed: () => new Promise((resolve) => listeners.push(resolve)),
  };
}

/** Settings as they stand after a change. */
export const mergeLive = (live: Live, change: Live): Live => ({ ...live, ...change });
