// The trainings of a window: processes beside the engine, so that neither disturbs the other and an engine that is started again finds
// them still at work. Carries messages between the two and knows nothing of jobs.
import { toWireError } from '#shared/errors';
import type { TrainerJob, TrainerNews, TrainerRequest } from '#shared/trainer-messages';
import type { Child } from './child';
import { superviseTrainer, type SupervisedTrainer, type TrainerOptions } from './supervised-trainer';

export interface TrainerHost {
  /** A new engine process: it is listened to, and told from now on. */
  attach(engine: Child): void;
  readonly running: readonly string[];
  /** The process that a training runs in at present. */
  pidOf(id: string): number | undefined;
  /** Each writes a checkpoint and ends; those that do not in time are ended. */
  stop(graceMs?: number): Promise<void>;
}

type News = Extract<TrainerNews, { kind: 'trainer-news' }>['news'];

const GRACE_MS = 10_000;

export function createTrainerHost(options: TrainerOptions): TrainerHost {
  const trainers = new Map<string, SupervisedTrainer<unknown>>();
  /** How trainings ended, for an engine that was not there to hear it. */
  const ends = new Map<string, News>();
  let engine: Child | null = null;
  const tellEngine = (news: TrainerNews): void => engine?.post(news);

  function start(id: string, job: TrainerJob): void {
    if (trainers.has(id)) return;
    ends.delete(id);
    const tell = (news: News): void => tellEngine({ kind: 'trainer-news', id, news });
    const trainer = superviseTrainer(job, (event) => tell({ kind: 'event', event: event as never }), options);
    trainers.set(id, trainer);
    const ended = (news: News): void => {
      if (trainers.get(id) !== trainer) return; // it was killed, and its name may be another's by now
      trainers.delete(id);
      if (job.task !== 'estimate') ends.set(id, news);
      tell(news);
    };
    trainer.result.then(
      (result) => ended({ kind: 'result', result }),
      (error: unknown) => ended({ kind: 'error', error: toWireError(error) }),
    );
  }

  function kill(id: string): void {
    const trainer = trainers.get(id);
    trainers.delete(id);
    ends.delete(id);
    void trainer?.end();
  }

  /** An engine that has just started: what goes on, and how the others ended, even where it knows. */
  function greet(): void {
    tellEngine({ kind: 'trainers', ids: [...trainers.keys()] });
    ends.forEach((news, id) => tellEngine({ kind: 'trainer-news', id, news }));
  }

  return {
    attach(child) {
      engine = child;
      child.onExit(() => {
        if (engine === child) engine = null;
      });
      child.onMessage((message) => {
        const request = message as TrainerRequest;
        if (request.kind === 'trainer-start') start(request.id, request.job as TrainerJob);
        if (request.kind === 'trainer-tell') trainers.get(request.id)?.tell(request.command);
        if (request.kind === 'trainer-kill') kill(request.id);
        if (request.kind === 'trainers') greet();
      });
    },
    get running() {
      return [...trainers.keys()];
    },
    pidOf: (id) => trainers.get(id)?.pid,
    async stop(graceMs = GRACE_MS) {
      const all = [...trainers.values()];
      all.forEach((trainer) => trainer.tell({ kind: 'stop' }));
      const settled = Promise.allSettled(all.map(({ result }) => result));
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      await Promise.all(all.map((trainer) => trainer.end()));
    },
  };
}
