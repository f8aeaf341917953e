// A process for one training job: killed to end it, started again to go on from its last checkpoint.
import { trainerError } from '#app/train-in-child';
import type { FromTrainer } from '#shared/trainer-messages';
import { createControl } from '#engine/training/control';
import type { TrainingOptions } from '#engine/training/train';
import type { TrainCommand } from '#shared/training';
import { startHeartbeat } from '#transport/heartbeat';
import { endWithParent, parentOfThisProcess } from '#transport/parent';

type Job = Pick<TrainingOptions, 'config' | 'data' | 'options' | 'outFolder' | 'resume' | 'watched'>;

const parent = parentOfThisProcess();
const control = createControl();
let training: Promise<void> | null = null;

startHeartbeat(new URL('./heartbeat.js', import.meta.url));
// asked to end, or left alone: the step under way is finished and a checkpoint written
endWithParent(parent, async () => {
  control.tell({ kind: 'stop' });
  await training;
});
parent.onMessage((message) => {
  const { kind, job, command } = message as {
    readonly kind?: unknown;
    readonly job?: Job;
    readonly command?: TrainCommand;
  };
  if (kind === 'train' && job && training === null) training = train(job);
  if (kind === 'command' && command) control.tell(command);
});
const post = (message: FromTrainer): void => parent.post(message);
post({ kind: 'ready' });

async function train(job: Job): Promise<void> {
  try {
    const { isToyName } = await import('#engine/datasets/procedural/toy-points');
    const isToy = job.data.kind === 'builtin' && isToyName(job.data.name);
    process.env.TF_ENABLE_ONEDNN_OPTS ??= isToy ? '0' : '1'; // see backends/native-addon.ts
    const { selectBackend } = await import('#engine/backends/select');
    const { runTraining } = await import('#engine/training/train');
    await selectBackend();
    const result = await runTraining({
      ...job,
      control,
      onEvent: (event) => post({ kind: 'event', event }),
    });
    post({ kind: 'result', result });
  } catch (thrown) {
    post(trainerError(thrown));
  }
}
