// A process for one training job: killed to end it, started again to go on from its last checkpoint. Or for the trial of one: see task.
import { constants, setPriority } from 'node:os';
import { trainerError } from '#app/train-in-child';
import type { FromTrainer, TrainerJob } from '#shared/trainer-messages';
import { createControl } from '#engine/training/control';
import type { TrainingOptions } from '#engine/training/train';
import type { TrainCommand } from '#shared/training';
import { startHeartbeat } from '#transport/heartbeat';
import { endWithParent, parentOfThisProcess } from '#transport/parent';

type Job = Omit<TrainingOptions, 'control' | 'onEvent' | 'now' | 'memoryLimit'> &
  TrainerJob & {
    /** Gigabytes that it may take at most; null, or not said: as much as the machine's rule allows. */
    readonly memory?: number | null;
  };

const parent = parentOfThisProcess();
const control = createControl();
let training: Promise<void> | null = null;

const heartbeat = startHeartbeat(new URL('./heartbeat.js', import.meta.url));
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
    // whoever drags comes first: TensorFlow's threads, which begin after this, inherit it; the heartbeat's, which runs, does not
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    const { isToyName } = await import('#engine/datasets/procedural/toy-points');
    const isToy = job.data.kind === 'builtin' && isToyName(job.data.name);
    process.env.TF_ENABLE_ONEDNN_OPTS ??= isToy ? '0' : '1'; // see backends/native-addon.ts
    const { memoryLimitBytes, pausedForMemory } = await import('#engine/training/memory-limit');
    const memoryLimit = memoryLimitBytes(job.memory ?? null);
    heartbeat.limitMemory(memoryLimit, (use) => control.pauseFor(pausedForMemory(use, job.watched === true)));
    const { selectBackend } = await import('#engine/backends/select');
    await selectBackend();
    const result =
      job.task === 'estimate' ? await estimated(job, memoryLimit) : await trained(job, memoryLimit);
    post({ kind: 'result', result });
  } catch (thrown) {
    post(trainerError(thrown));
  }
}

async function trained(job: Job, memoryLimit: number): Promise<unknown> {
  const { runTraining } = await import('#engine/training/train');
  return runTraining({ ...job, memoryLimit, control, onEvent: (event) => post({ kind: 'event', event }) });
}

async function estimated({ config, data, options }: Job, memoryLimit: number): Promise<unknown> {
  const { estimate } = await import('#engine/training/estimate');
  const { AS_IT_IS } = await import('#engine/training/train');
  return estimate({ config, data, options: options ?? AS_IT_IS, memoryLimit });
}
