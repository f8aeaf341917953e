// bench train: one training step, recorded and eager, beside PyTorch on the same network, batch and optimiser. The three take turns, so
// that a noisy moment of the machine falls on all of them.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, quantile } from '#shared/statistics';
import type { Trainable } from '#ml/family';
import { selectBackend } from '../backends/select';
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

interface Case {
  readonly name: 'vae' | 'dcgan';
  readonly what: string;
  readonly batchSize: number;
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly steps: number;
  readonly create: () => Promise<Trainable>;
}

const ROUNDS = 3;

const CASES: readonly Case[] = [
  {
    name: 'vae',
    what: 'conv VAE 28 x 28, batch 128, latent 20',
    batchSize: 128,
    shape: { height: 28, width: 28, channels: 1 },
    steps: 30,
    async create() {
      const { vae } = await import('#ml/vae-family');
      const config = {
        model: {
          height: 28,
          width: 28,
          channels: 1,
          latentSize: 20,
          encoder: { kind: 'conv', filters: [32, 64], units: [128] },
          decoder: { kind: 'conv', filters: [64, 32], units: [128] },
          activation: 'relu',
          likelihood: { kind: 'bernoulli' },
        },
        batchSize: 128,
        learningRate: { schedule: 'constant', peak: 1e-3, floor: 0 },
        clipNorm: null,
        beta: 1,
        klWarmUpSteps: 0,
      } as const;
      return vae(config, { height: 28, width: 28, channels: 1, classes: 0 }, 1);
    },
  },
  {
    name: 'dcgan',
    what: 'DCGAN 64 x 64, batch 64, generator of 3.6 M parameters',
    batchSize: 64,
    shape: { height: 64, width: 64, channels: 3 },
    steps: 4,
    async create() {
      const { gan, NO_PENALTY } = await import('#ml/gan');
      const player = { body: { kind: 'conv', width: 64 }, batchNorm: true, learningRate: 2e-4 } as const;
      const config = {
        latentSize: 100,
        batchSize: 64,
        generator: player,
        discriminator: player,
        schedule: 'constant',
        beta1: 0.5,
        beta2: 0.999,
        loss: 'non-saturating',
        discriminatorSteps: 1,
        penalty: NO_PENALTY,
        wassersteinWeight: 10,
        averageDecay: 0,
      } as const;
      return gan(config, { height: 64, width: 64, channels: 3, classes: 0 }, 1);
    },
  },
];

export async function benchTrain(context: CommandContext): Promise<readonly TrainBench[]> {
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // as the trainer process has it for pictures
  await selectBackend();
  const reports: TrainBench[] = [];
  for (const each of CASES) {
    context.log(`measuring training of the ${each.what} …`);
    reports.push(await benchCase(each, context));
  }
  return reports;
}

async function benchCase(
  { name, what, batchSize, shape, steps, create }: Case,
  context: CommandContext,
): Promise<TrainBench> {
  const { createStepper } = await import('../training/stepper');
  const { valueSource } = await import('../training/source');
  const count = 4 * batchSize;
  const values = new Float32Array(count * shape.height * shape.width * shape.channels).map(
    (_, i) => ((i * 7919) % 1000) / 1000,
  );
  const source = valueSource(values, { ...shape, classes: 0 });
  const trainable = await create();
  const stepperOf = (trace: boolean) =>
    createStepper({ trainable, source, batchSize, steps: 100_000, seed: 1, trace });
  const traced = await stepperOf(true);
  const eager = await stepperOf(false);
  const times = { traced: [] as number[], eager: [] as number[], torch: [] as number[] };
  let missing = '';
  for (let round = 0; round < ROUNDS; round++) {
    for (const [key, stepper] of [
      ['traced', traced],
      ['eager', eager],
    ] as const) {
      await stepper.next();
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        await stepper.next();
        times[key].push(performance.now() - start);
      }
    }
    const torch = await torchTimes(name, steps, context.paths.appRoot);
    if (typeof torch === 'string') missing = torch;
    else times.torch.push(...torch);
  }
  const mode = traced.speed.map(({ update, mode: how }) => `${update} ${how}`).join(', ');
  traced.dispose();
  eager.dispose();
  trainable.dispose();
  const p50 = round(median(times.traced));
  const peer = times.torch.length > 0 ? round(median(times.torch)) : null;
  return {
    name: `train ${name}`,
    unit: 'ms',
    runs: times.traced.length,
    p50,
    p95: round(quantile(times.traced, 0.95)),
    ours: p50,
    ...(peer === null ? {} : { peer, ratio: round(peer / p50) }),
    eager: round(median(times.eager)),
    againstEager: round(median(times.eager) / p50),
    mode,
    note:
      peer === null
        ? `${what}; no PyTorch to compare with (${missing})`
        : `${what}; the peer is PyTorch on ${threads()} threads`,
  };
}

const threads = (): number => Math.min(2, availableParallelism());

/** Milliseconds of each step, or why there are none. */
async function torchTimes(name: string, steps: number, appRoot: string): Promise<readonly number[] | string> {
  const python = process.env.LATENTSCAPE_PYTHON ?? 'python3';
  try {
    const { stdout } = await run(python, [
      join(appRoot, 'tests', 'bench', 'train.py'),
      name,
      String(steps),
      String(threads()),
    ]);
    return (JSON.parse(stdout) as { readonly ms: readonly number[] }).ms;
  } catch (error) {
    const lines = error instanceof Error ? error.message.trim().split('\n') : ['unknown'];
    return `${python}: ${lines.at(-1) ?? ''}`;
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
