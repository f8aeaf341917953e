// A process for one training job: killed to end it, started again to go on from its last checkpoint.
import { trainerError, type TrainerMessage } from '#app/train-in-child';
import type { TrainingOptions } from '#engine/training/train-vae';
import { startHeartbeat } from '#transport/heartbeat';
import { endWithParent, parentOfThisProcess } from '#transport/parent';

type Job = Pick<TrainingOptions, 'config' | 'dataPath' | 'outFolder' | 'resume'>;

const parent = parentOfThisProcess();
const stopping = new AbortController();
let training: Promise<void> | null = null;

startHeartbeat(new URL('./heartbeat.js', import.meta.url));
// asked to end, or left alone: the step under way is finished and a checkpoint written
endWithParent(parent, async () => {
  stopping.abort();
  await training;
});
parent.onMessage((message) => {
  const { kind, job } = message as { readonly kind?: unknown; readonly job?: Job };
  if (kind === 'train' && job && training === null) training = train(job);
});
const post = (message: TrainerMessage): void => parent.post(message);
post({ kind: 'ready' });

async function train(job: Job): Promise<void> {
  try {
    const { selectBackend } = await import('#engine/backends/select');
    const { runTraining } = await import('#engine/training/train-vae');
    await selectBackend();
    const result = await runTraining({
      ...job,
      signal: stopping.signal,
      onProgress: (event) => post({ kind: 'event', event }),
    });
    post({ kind: 'result', result });
  } catch (thrown) {
    post(trainerError(thrown));
  }
}
