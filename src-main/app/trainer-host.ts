// The trainings of a window: processes beside the engine, so that neither disturbs the other and an engine that is started again finds
// them still at work. Carries messages between the two and knows nothing of jobs.
import { toWireError } from '#shared/errors';
import type { TrainerNews, TrainerRequest } from '#shared/trainer-messages';
import type { Child } from './child';
import { superviseTrainer, type SupervisedTrainer, type TrainerOptions } from './supervised-trainer';

export interface TrainerHost {
  /** A new engine process: it is listened to, and told from now on. */
  attach(engine: Child): void;
  readonly running: readonly string[];
  /** Each writes a checkpoint and ends; those that do not in time are ended. */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 10_000;

export function createTrainerHost(options: TrainerOptions): TrainerHost {
  const trainers = new Map<string, SupervisedTrainer<unknown>>();
  let engine: Child | null = null;
  const tellEngine = (news: TrainerNews): void => engine?.post(news);

  function start(id: string, job: unknown): void {
    if (trainers.has(id)) return;
    const tell = (news: Extract<TrainerNews, { kind: 'trainer-news' }>['news']): void =>
      tellEngine({ kind: 'trainer-news', id, news });
    const trainer = superviseTrainer(
      job as { readonly resume?: boolean },
      (event) => tell({ kind: 'event', event: event as never }),
      options,
    );
    trainers.set(id, trainer);
    trainer.result.then(
      (result) => {
        trainers.delete(id);
        tell({ kind: 'result', result });
      },
      (error: unknown) => {
        trainers.delete(id);
        tell({ kind: 'error', error: toWireError(error) });
      },
    );
  }

  return {
    attach(child) {
      engine = child;
      child.onExit(() => {
        if (engine === child) engine = null;
      });
      child.onMessage((message) => {
        const request = message as TrainerRequest;
        if (request.kind === 'trainer-start') start(request.id, request.job);
        if (request.kind === 'trainer-tell') trainers.get(request.id)?.tell(request.command);
        if (request.kind === 'trainer-kill') void trainers.get(request.id)?.end();
        if (request.kind === 'trainers') tellEngine({ kind: 'trainers', ids: [...trainers.keys()] });
      });
    },
    get running() {
      return [...trainers.keys()];
    },
    async stop(graceMs = GRACE_MS) {
      const all = [...trainers.values()];
      all.forEach((trainer) => trainer.tell({ kind: 'stop' }));
      const settled = Promise.allSettled(all.map(({ result }) => result));
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      await Promise.all(all.map((trainer) => trainer.end()));
    },
  };
}
