// A training that a person started in a terminal: Ctrl+C asks it to write a checkpoint and to stop, a second Ctrl+C ends it at once.
import { cancelled, toWireError } from '#shared/errors';
import type { FromTrainer, TrainerJob } from '#shared/trainer-messages';
import { forkNode } from './fork-node';
import { superviseTrainer, withResolvers, type TrainerOptions } from './supervised-trainer';

export async function trainInChild<Job extends TrainerJob, Event, Result>(
  script: string,
  job: Job,
  onEvent: (event: Event) => void,
  options: Partial<TrainerOptions> = {},
): Promise<Result> {
  const fork = options.fork ?? (() => forkNode(script));
  const trainer = superviseTrainer<Job, Event, Result>(job, onEvent, { ...options, fork });
  const impatient = withResolvers<never>();
  let asked = false;
  const onSignal = (): void => {
    if (asked) return impatient.reject(cancelled());
    asked = true;
    trainer.tell({ kind: 'stop' });
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await Promise.race([trainer.result, impatient.promise]);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await trainer.end();
  }
}

/** The trainer's side of it: what a thrown value becomes on its way. */
export const trainerError = (thrown: unknown): FromTrainer => ({ kind: 'error', error: toWireError(thrown) });
