// One training job in a process of its own. When that process dies or hangs it is started again and goes on from its last checkpoint, as it
// was told last; one that held more memory than it may is not, for it would again.
import { AppError, fromWireError } from '#shared/errors';
import type { FromTrainer, TrainerJob } from '#shared/trainer-messages';
import type { TrainCommand } from '#shared/training';
import { parseTooMuch, type MemoryUse } from '#transport/heartbeat';
import type { Child } from './child';
import { Supervisor, systemClock, type Clock } from './supervisor';
import { createWishes } from './trainer-wishes';

export interface TrainerOptions {
  readonly fork: () => Child;
  readonly clock?: Clock;
  readonly onLine?: (line: string) => void;
}

export interface SupervisedTrainer<Result> {
  /** Rejects with the trainer's own error, or with engine/training where it died too often, or engine/memory. */
  readonly result: Promise<Result>;
  /** Of the process that trains at present. */
  readonly pid: number | undefined;
  tell(command: TrainCommand): void;
  /** At once; what is since the last checkpoint is lost. */
  end(): Promise<void>;
}

/** A step of a large model is long, and the last evaluation longer; a loop that never ends is longer still. */
const HANG_MS = 300_000;

export function superviseTrainer<Job extends TrainerJob, Event, Result>(
  job: Job,
  onEvent: (event: Event) => void,
  { fork, clock = systemClock, onLine = () => undefined }: TrainerOptions,
): SupervisedTrainer<Result> {
  const isEstimate = job.task === 'estimate';
  const wishes = createWishes();
  let forks = 0;
  let current: Child | null = null;
  const supervisor = new Supervisor({
    fork() {
      const child = fork();
      const again = forks++ > 0;
      const resume = job.resume === true || again;
      current = child;
      child.onMessage((raw) => {
        const message = raw as FromTrainer<Event, Result>;
        if (message.kind === 'ready') {
          if (again) wishes.all().forEach((command) => child.post({ kind: 'command', command }));
          child.post({ kind: 'train', job: { ...job, resume } });
        }
        if (message.kind === 'event') onEvent(message.event);
        if (message.kind === 'result') settle.resolve(message.result);
        if (message.kind === 'error') settle.reject(fromWireError(message.error));
      });
      return child;
    },
    clock,
    policy: { silentMs: HANG_MS, hangMs: HANG_MS, ...(isEstimate ? { maxRestarts: 0 } : {}) },
    onLine(line) {
      const use = parseTooMuch(line);
      if (use === null) onLine(line);
      else settle.reject(tooMuchMemory(use, isEstimate));
    },
  });
  const settle = withResolvers<Result>();
  supervisor.onState((state) => {
    if (state.kind !== 'stopped') return;
    // what it printed last may come after its exit
    clock.after(LAST_WORDS_MS, () =>
      settle.reject(isEstimate ? trialStopped(state.why) : trainingStopped(state.why)),
    );
  });
  supervisor.start();
  const end = (): Promise<void> => supervisor.stop(0);
  settle.promise.then(end, end).catch(() => undefined);
  return {
    result: settle.promise,
    get pid() {
      return supervisor.pid;
    },
    tell(command) {
      wishes.heard(command);
      current?.post({ kind: 'command', command });
    },
    end,
  };
}

const LAST_WORDS_MS = 100;

function trainingStopped(why: string): AppError {
  return new AppError({
    code: 'engine/training',
    headline: 'The training process died again and again',
    cause: why,
    remedy: 'go on from its last checkpoint; a smaller batch takes less memory',
  });
}

function trialStopped(why: string): AppError {
  return new AppError({
    code: 'engine/trial',
    headline: 'The trial of this training ended before it was done',
    cause: why,
    remedy: 'try a smaller batch, smaller pictures or a smaller network',
  });
}

function tooMuchMemory({ used, cap }: MemoryUse, isEstimate: boolean): AppError {
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;
  return new AppError({
    code: 'engine/memory',
    headline: isEstimate
      ? 'This training does not fit into memory'
      : 'The training was ended because it took too much memory',
    cause: `${isEstimate ? 'its first steps' : 'it'} took ${gigabytes(used)}, and it may take ${gigabytes(cap)}`,
    remedy: isEstimate
      ? 'make the batch, the pictures or the network smaller'
      : 'start anew with a smaller batch, or go on from its last checkpoint, if it came so far, when there is more memory',
  });
}

/** Promise.withResolvers, which Node 20 does not have. */
export function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
