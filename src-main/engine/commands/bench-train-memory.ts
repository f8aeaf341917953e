// bench train --memory: what many steps leave behind. Tensors are counted: one too many is a leak. The process's memory wanders with the
// allocators' moods, so its slope is the least-squares line over the second half, after everything that is kept has been made once.
import { slopeOf } from '#shared/statistics';
import { loadedTensorCount, selectBackend } from '../backends/select';
import { sourceOf, TRAIN_CASES } from './bench-train-cases';
import type { CommandContext } from './command';

export interface TrainMemoryBench {
  readonly name: string;
  readonly unit: 'MB';
  readonly runs: number;
  /** Resident memory at the median moment and at the largest. */
  readonly p50: number;
  readonly p95: number;
  readonly ours: number;
  readonly tensorsLeaked: number;
  readonly mbPerThousandSteps: number;
  readonly [extra: string]: unknown;
}

const SAMPLES = 100;
/** One step in so many is measured as those are that somebody is told of. */
const TOLD_EVERY = 10;
const MB = 2 ** 20;

export async function benchTrainMemory(steps: number, context: CommandContext): Promise<TrainMemoryBench> {
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // as the trainer process has it for pictures
  await selectBackend();
  const { createStepper } = await import('../training/stepper');
  const one = TRAIN_CASES[0]!;
  context.log(`training the ${one.what} for ${steps} steps …`);
  const trainable = await one.create();
  const { batchSize } = one;
  const stepper = await createStepper({
    trainable,
    source: await sourceOf(one),
    batchSize,
    steps: Math.max(steps, 100_000),
    seed: 1,
  });
  for (let step = 0; step < TOLD_EVERY; step++) await stepper.next();
  await stepper.nextMeasured();
  const tensors = loadedTensorCount();
  const samples: { readonly at: number; readonly mb: number }[] = [];
  const every = Math.max(1, Math.floor(steps / SAMPLES));
  for (let step = 1; step <= steps; step++) {
    await (step % TOLD_EVERY === 0 ? stepper.nextMeasured() : stepper.next());
    if (step % every === 0) samples.push({ at: step, mb: process.memoryUsage.rss() / MB });
    if (step % every === 0) await new Promise((resolve) => setImmediate(resolve)); // what is freed between two steps is freed
  }
  const tensorsLeaked = loadedTensorCount() - tensors;
  const mode = stepper.speed.map(({ update, mode: how }) => `${update} ${how}`).join(', ');
  stepper.dispose();
  trainable.dispose();
  const late = samples.slice(samples.length >> 1);
  const sorted = samples.map(({ mb }) => mb).sort((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 100) / 100;
  const p50 = round(sorted[sorted.length >> 1]!);
  return {
    name: 'train memory',
    unit: 'MB',
    runs: steps,
    p50,
    p95: round(sorted[Math.floor(0.95 * sorted.length)]!),
    ours: p50,
    tensorsLeaked,
    mbPerThousandSteps: round(
      1000 *
        slopeOf(
          late.map(({ at }) => at),
          late.map(({ mb }) => mb),
        ),
    ),
    mbAtStart: round(samples[0]!.mb),
    mbAtEnd: round(samples.at(-1)!.mb),
    mode,
    note: one.what,
  };
}
