// A thread of the engine that computes maps: neighbours, layouts, densities. It knows numbers only, and no model.
import { parentPort } from 'node:worker_threads';
import { runMapJob, type MapJob } from '#engine/maps/map-job';
import type { ThreadNews } from '#engine/maps/map-threads';

/** News of progress that is worth telling, at most ten times a second. */
const QUIET_MS = 100;

const say = (news: ThreadNews): void => parentPort?.postMessage(news);
let told = 0;

parentPort?.on('message', (job: MapJob) => {
  try {
    const result = runMapJob(job, {
      check: () => undefined, // a job is stopped by ending its thread
      onProgress(stage, done, total) {
        if (done !== 0 && performance.now() - told < QUIET_MS) return;
        told = performance.now();
        say({ kind: 'progress', stage, done, total });
      },
    });
    say({ kind: 'done', result });
  } catch (error) {
    say({ kind: 'failed', why: error instanceof Error ? error.message : 'it gave no reason' });
  }
});
