// bench train: one training step, recorded and eager, beside PyTorch on the same network, batch and optimiser. The three take turns, so
// that a noisy moment of the machine falls on all of them.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, quantile } from '#shared/statistics';
import { selectBackend } from '../backends/select';
import { sourceOf, TRAIN_CASES, type TrainCase } from './bench-train-cases';
import type { CommandContext } from './command';

const run = promisify(execFile);

export interface TrainBench {
  readonly name: string;
  readonly unit: 'ms';
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly ours: number;
  readonly peer?: number;
  readonly ratio?: number;
  readonly eager: number;
  readonly againstEager: number;
  readonly mode: string;
  readonly note: string;
  readonly [extra: string]: unknown;
}

const ROUNDS = 3;

export async function benchTrain(context: CommandContext): Promise<readonly TrainBench[]> {
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // as the trainer process has it for pictures
  await selectBackend();
  const reports: TrainBench[] = [];
  for (const each of TRAIN_CASES) {
    context.log(`measuring training of the ${each.what} …`);
    reports.push(await benchCase(each, context));
  }
  return reports;
}

async function benchCase(one: TrainCase, context: CommandContext): Promise<TrainBench> {
  const { name, what, batchSize, steps } = one;
  const { createStepper } = await import('../training/stepper');
  const source = await sourceOf(one);
  const trainable = await one.create();
  const stepperOf = (trace: boolean) =>
    createStepper({ trainable, source, batchSize, steps: 100_000, seed: 1, trace });
  const traced = await stepperOf(true);
  const eager = await stepperOf(false);
  const none = { ms: [] as number[], processorMs: [] as number[] };
  const times = { traced: structuredClone(none), eager: structuredClone(none), torch: structuredClone(none) };
  let missing = '';
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, stepper] of [
      ['traced', traced],
      ['eager', eager],
    ] as const) {
      await stepper.next();
      for (let i = 0; i < steps; i++) {
        const [start, busy] = [performance.now(), processorMs()];
        await stepper.next();
        times[key].ms.push(performance.now() - start);
        times[key].processorMs.push(processorMs() - busy);
      }
    }
    const torch = await torchTimes(name, steps, context.paths.appRoot);
    if (typeof torch === 'string') missing = torch;
    else {
      times.torch.ms.push(...torch.ms);
      times.torch.processorMs.push(...torch.processorMs);
    }
  }
  const mode = traced.speed.map(({ update, mode: how }) => `${update} ${how}`).join(', ');
  traced.dispose();
  eager.dispose();
  trainable.dispose();
  const [ours, eagerly, theirs] = [times.traced, times.eager, times.torch].map((of) => ({
    ms: median(of.ms),
    processorMs: median(of.processorMs),
  })) as [Cost, Cost, Cost];
  const peer = theirs.ms > 0;
  const p50 = round(ours.ms);
  return {
    name: `train ${name}`,
    unit: 'ms',
    runs: times.traced.ms.length,
    p50,
    p95: round(quantile(times.traced.ms, 0.95)),
    ours: p50,
    ...(peer ? { peer: round(theirs.ms), ratio: round(theirs.ms / ours.ms) } : {}),
    eager: round(eagerly.ms),
    againstEager: round(eagerly.ms / ours.ms),
    processor: round(ours.processorMs),
    ...(peer ? { processorRatio: round(theirs.processorMs / ours.processorMs) } : {}),
    processorAgainstEager: round(eagerly.processorMs / ours.processorMs),
    mode,
    note: peer
      ? `${what}; the peer is PyTorch on ${threads()} threads`
      : `${what}; no PyTorch to compare with (${missing})`,
  };
}

interface Cost {
  readonly ms: number;
  /** Of all threads together: on a machine that does other things too, it says more than the clock. */
  readonly processorMs: number;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const threads = (): number => Math.min(2, availableParallelism());

interface StepTimes {
  readonly ms: readonly number[];
  readonly processorMs: readonly number[];
}

/** Milliseconds of each step, or why there are none. */
async function torchTimes(name: string, steps: number, appRoot: string): Promise<StepTimes | string> {
  const python = process.env.LATENTSCAPE_PYTHON ?? 'python3';
  try {
    const { stdout } = await run(python, [
      join(appRoot, 'tests', 'bench', 'train.py'),
      name,
      String(steps),
      String(threads()),
    ]);
    return JSON.parse(stdout) as StepTimes;
  } catch (error) {
    const lines = error instanceof Error ? error.message.trim().split('\n') : ['unknown'];
    return `${python}: ${lines.at(-1) ?? ''}`;
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
