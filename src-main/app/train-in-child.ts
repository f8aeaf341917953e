// One training job in a process of its own. When that process dies or hangs it is started again and goes on from its last checkpoint;
// Ctrl+C asks it to write one and to stop, a second Ctrl+C ends it at once.
import { cancelled, fromWireError, toWireError, AppError, type WireError } from '#shared/errors';
import type { Child } from './child';
import { forkNode } from './fork-node';
import { Supervisor, systemClock, type Clock } from './supervisor';

/** parent -> trainer: {kind: 'train', job} | {kind: 'stop'}. The other way: */
export type TrainerMessage<Event = unknown, Result = unknown> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly error: WireError };

interface TrainOptions {
  readonly fork?: () => Child;
  readonly clock?: Clock;
  readonly onLine?: (line: string) => void;
}

/** A step of a large model is long, and the last evaluation longer; a loop that never ends is longer still. */
const HANG_MS = 300_000;

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Rejects with the trainer's own error, or with engine/crashed when it died too often. */
export async function trainInChild<Job extends { readonly resume?: boolean }, Event, Result>(
  script: string,
  job: Job,
  onEvent: (event: Event) => void,
  { fork = () => forkNode(script), clock = systemClock, onLine = toStderr }: TrainOptions = {},
): Promise<Result> {
  let forks = 0;
  let current: Child | null = null;
  const { promise, resolve, reject } = withResolvers<Result>();

  const supervisor = new Supervisor({
    fork() {
      const child = fork();
      const resume = job.resume === true || forks++ > 0;
      current = child;
      child.onMessage((raw) => {
        const message = raw as TrainerMessage<Event, Result>;
        if (message.kind === 'ready') child.post({ kind: 'train', job: { ...job, resume } });
        if (message.kind === 'event') onEvent(message.event);
        if (message.kind === 'result') resolve(message.result);
        if (message.kind === 'error') reject(fromWireError(message.error));
      });
      return child;
    },
    clock,
    policy: { silentMs: HANG_MS, hangMs: HANG_MS },
    onLine,
  });
  supervisor.onState((state) => {
    if (state.kind === 'stopped') reject(trainingStopped(state.why));
  });

  let asked = false;
  const onSignal = (): void => {
    if (asked) return reject(cancelled());
    asked = true;
    current?.post({ kind: 'stop' });
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  supervisor.start();
  try {
    return await promise;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await supervisor.stop(0);
  }
}

/** The trainer's side of it: what a thrown value becomes on its way. */
export const trainerError = (thrown: unknown): TrainerMessage => ({
  kind: 'error',
  error: toWireError(thrown),
});

function trainingStopped(why: string): AppError {
  return new AppError({
    code: 'engine/training',
    headline: 'The training process died again and again',
    cause: why,
    remedy: 'go on from the last checkpoint with --resume; a smaller batch takes less memory',
  });
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): {
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
