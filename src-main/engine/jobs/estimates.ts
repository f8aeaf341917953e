// What a training would cost, asked of a trainer process of its own: the engine must not load TensorFlow, and a trial that dies or that
// nobody waits for any more must not disturb it.
import { AppError, cancelled, fromWireError } from '#shared/errors';
import type { Cancellation } from '#shared/rpc';
import type { Estimate } from '#shared/training';
import type { Trainers } from './trainers';

export type Estimator = (job: object, cancellation: Cancellation) => Promise<Estimate>;

export function createEstimator(trainers: Trainers): Estimator {
  let asked = 0;
  return (job, cancellation) =>
    new Promise((resolve, reject) => {
      const id = `estimate ${process.pid} ${++asked}`; // no job can be called so
      const undo = trainers.onNews((from, news) => {
        if (from !== id || news.kind === 'event') return;
        undo();
        if (news.kind === 'result') resolve(news.result as Estimate);
        else reject(fromWireError(news.error));
      });
      cancellation.onCancel(() => {
        undo();
        trainers.kill(id);
        reject(cancelled());
      });
      try {
        trainers.start(id, { ...job, task: 'estimate' });
      } catch (error) {
        undo();
        reject(error instanceof AppError ? error : new Error(String(error)));
      }
    });
}
