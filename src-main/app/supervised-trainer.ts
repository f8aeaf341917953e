// One training job in a process of its own. When that process dies or hangs it is started again and goes on from its last checkpoint.
import { AppError, fromWireError } from '#shared/errors';
import type { FromTrainer } from '#shared/trainer-messages';
import type { TrainCommand } from '#shared/training';
import type { Child } from './child';
import { Supervisor, systemClock, type Clock } from './supervisor';

export interface TrainerOptions {
  readonly fork: () => Child;
  readonly clock?: Clock;
  readonly onLine?: (line: string) => void;
}

export interface SupervisedTrainer<Result> {
  /** Rejects with the trainer's own error, or with engine/training where it died too often. */
  readonly result: Promise<Result>;
  tell(command: TrainCommand): void;
  /** At once; what is since the last checkpoint is lost. */
  end(): Promise<void>;
}

/** A step of a large model is long, and the last evaluation longer; a loop that never ends is longer still. */
const HANG_MS = 300_000;

export function superviseTrainer<Job extends { readonly resume?: boolean }, Event, Result>(
  job: Job,
  onEvent: (event: Event) => void,
  { fork, clock = systemClock, onLine = () => undefined }: TrainerOptions,
): SupervisedTrainer<Result> {
  let forks = 0;
  let current: Child | null = null;
  const supervisor = new Supervisor({
    fork() {
      const child = fork();
      const resume = job.resume === true || forks++ > 0;
      current = child;
      child.onMessage((raw) => {
        const message = raw as FromTrainer<Event, Result>;
        if (message.kind === 'ready') child.post({ kind: 'train', job: { ...job, resume } });
        if (message.kind === 'event') onEvent(message.event);
        if (message.kind === 'result') settle.resolve(message.result);
        if (message.kind === 'error') settle.reject(fromWireError(message.error));
      });
      return child;
    },
    clock,
    policy: { silentMs: HANG_MS, hangMs: HANG_MS },
    onLine,
  });
  const settle = withResolvers<Result>();
  supervisor.onState((state) => {
    if (state.kind === 'stopped') settle.reject(trainingStopped(state.why));
  });
  supervisor.start();
  const end = (): Promise<void> => supervisor.stop(0);
  settle.promise.then(end, end).catch(() => undefined);
  return {
    result: settle.promise,
    tell: (command) => current?.post({ kind: 'command', command }),
    end,
  };
}

function trainingStopped(why: string): AppError {
  return new AppError({
    code: 'engine/training',
    headline: 'The training process died again and again',
    cause: why,
    remedy: 'go on from the last checkpoint with --resume; a smaller batch takes less memory',
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
