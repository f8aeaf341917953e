// Threads that run the jobs of maps: each job has one to itself, so that a long one holds up no short one; one stays for the next.
import { Worker } from 'node:worker_threads';
import { AppError, cancelled } from '#shared/errors';
import type { MapProgress } from '#shared/map';
import type { CallContext } from '#shared/rpc';
import { runMapJob, type JobWatch, type MapJob, type MapJobResults, type RunMapJob } from './map-job';

/** What a thread says. */
export type ThreadNews =
  | { readonly kind: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly result: MapJobResults[MapJob['kind']] }
  | { readonly kind: 'failed'; readonly why: string };

/** `script` is the built entry/mapper.ts. */
export function mapThreads(script: URL): RunMapJob {
  let idle: Worker | null = null;

  function started(): Worker {
    const worker = new Worker(script);
    // one that ends while it waits is no loss
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (idle === worker) idle = null;
    });
    return worker;
  }

  return ((job: MapJob, { onProgress, onCancel }: Parameters<RunMapJob>[1]) => {
    const worker = idle ?? started();
    idle = null;
    // a job holds the process open until it is done, a thread that waits does not
    worker.ref();
    return new Promise<unknown>((resolve, reject) => {
      const stopListening = onCancel(() => {
        release();
        void worker.terminate();
        reject(cancelled());
      });
      const told = (news: ThreadNews): void => {
        if (news.kind === 'progress') return onProgress(news.stage, news.done, news.total);
        release();
        worker.unref();
        if (idle === null) idle = worker;
        else void worker.terminate();
        if (news.kind === 'done') resolve(news.result);
        else reject(jobFailed(news.why));
      };
      const failed = (error: Error): void => {
        release();
        reject(jobFailed(error.message));
      };
      const ended = (code: number): void => failed(new Error(`its thread ended with ${code}`));
      // each by its name: a worker's own listeners keep its port open
      const release = (): void => {
        stopListening();
        worker.off('message', told).off('error', failed).off('exit', ended);
      };
      worker.on('message', told).on('error', failed).on('exit', ended);
      worker.postMessage(job);
    });
  }) as RunMapJob;
}

/** In this very process, as in tests: nothing else happens meanwhile. */
export const mapJobsHere: RunMapJob = ((job: MapJob, watch: JobWatch) =>
  Promise.resolve(runMapJob(job, watch))) as RunMapJob;

/** A call's own way of telling and stopping. */
export function jobWatch({ cancellation, send }: CallContext<MapProgress>): Parameters<RunMapJob>[1] {
  return {
    onProgress: (stage, done, total) => send({ stage, done, total }),
    check: () => {
      if (cancellation.cancelled) throw cancelled();
    },
    onCancel: (listener) => cancellation.onCancel(listener),
  };
}

const jobFailed = (cause: string): AppError =>
  new AppError({
    code: 'engine/map',
    headline: 'The map could not be computed',
    cause,
    remedy: 'take fewer points, or try again',
  });
