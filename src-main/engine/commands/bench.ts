// bench: the figures that the project promises, measured on the machine it runs on. What needs a real browser is in tests/bench.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { latentOfSeed, seededNormal } from '#shared/random';
import { median, quantile } from '#shared/statistics';
import { loadedTensorCount } from '../backends/select';
import { rawOnnxDecoder } from '../open-model';
import { openPackFor } from '../inspect';
import { benchImport } from './bench-import';
import { benchPlane, PROMISED } from './bench-plane';
import { benchProject } from './bench-project';
import { benchTrain } from './bench-train';
import { benchTrainMemory } from './bench-train-memory';
import { command, integer, seed, text, type Answer, type CommandContext } from './command';

const IN_BROWSER = ['drag', 'storm', 'screen', 'map', 'playback', 'crash', 'start'] as const;
const IN_ENGINE = ['decode', 'grid', 'plane', 'train', 'import', 'project'] as const;
/** Named to be run: one takes as long as it is told to, the other needs a model with attributes. */
const ON_DEMAND = ['soak', 'slider'] as const;
const NAMES = [...IN_ENGINE, ...IN_BROWSER] as const;
const DEFAULT_MODEL = 'fashion-vae-2d';
const ROUNDS = 5;
/** Pictures in one call, as a grid asks for them. */
const MANY = 64;
const MANY_ROUNDS = 20;

export const benchCommand = command({
  usage: 'bench [name]',
  describe: `measure: ${NAMES.join(', ')}; all of them where none is named; or soak: trainings and accidents at random; or slider: an attribute dragged`,
  options: [
    { flag: '--model <id>', describe: 'the model to measure with', default: DEFAULT_MODEL },
    { flag: '--runs <n>', describe: 'how many runs', default: 10_000 },
    { flag: '--seconds <n>', describe: 'how long the storm lasts', default: 30 },
    { flag: '--training', describe: 'drag: with a training running beside it' },
    { flag: '--memory', describe: 'train: what many steps leave behind, instead of their time' },
    { flag: '--steps <n>', describe: 'how many steps those are', default: 1000 },
    { flag: '--minutes <n>', describe: 'how long the soak lasts', default: 2 },
    { flag: '--seed <seed>', describe: 'what the soak does, and when', default: 1 },
    { flag: '--calm', describe: 'a soak that kills nothing: is memory flat?' },
  ],
  examples: [
    'bench drag --json',
    'bench drag --training',
    'bench decode --runs 10000',
    'bench train --memory',
    'bench soak --minutes 120 --seed 3',
  ],
  input: z.object({
    name: z.enum([...NAMES, ...ON_DEMAND]).optional(),
    model: text,
    runs: integer(10, 1_000_000),
    seconds: integer(1, 3600),
    training: z.boolean().default(false),
    memory: z.boolean().default(false),
    steps: integer(100, 10_000_000),
    minutes: z.number().min(0.1).max(1440),
    seed,
    calm: z.boolean().optional(),
  }),
  async run({ name, model, runs, seconds, training, memory, steps, ...soak }, context): Promise<Answer> {
    const reports: Report[] = [];
    let exitCode = 0;
    for (const each of name === undefined ? NAMES : [name]) {
      context.log(`measuring ${each} …`);
      if (each === 'decode') reports.push(await benchDecode(model, runs, context));
      else if (each === 'grid') reports.push(await benchGrid(model, context));
      else if (each === 'plane')
        reports.push(await benchPlane(model === DEFAULT_MODEL ? null : model, context));
      else if (each === 'import') reports.push(...(await benchImport(context.paths.appRoot)));
      else if (each === 'project') reports.push(...(await benchProject(model, context)));
      else if (each === 'train' && memory) reports.push(await benchTrainMemory(steps, context));
      else if (each === 'train') reports.push(...(await benchTrain(context)));
      else if (each === 'soak') exitCode = await benchSoak(soak, context);
      else exitCode = (await benchInBrowser(each, { seconds, training, model }, context)) || exitCode;
    }
    return {
      json: reports.length === 1 ? reports[0] : reports,
      lines: reports.map(lineOf),
      exitCode,
      partial: reports.length === 0,
    };
  },
});

interface Report {
  readonly name: string;
  readonly unit: 'ms' | 'MB';
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly ours: number;
  readonly peer?: number;
  readonly ratio?: number;
  readonly [extra: string]: unknown;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function lineOf({ name, unit, runs, p50, p95, ours: _ours, peer, ratio, ...extra }: Report): string {
  const against = peer === undefined ? '' : `  peer ${peer} ${unit}, ratio ${ratio}`;
  const more = Object.entries(extra).map(([key, value]) => `  ${key} ${String(value)}`);
  return `${name}: p50 ${p50} ${unit}, p95 ${p95} ${unit}, ${runs} runs${against}${more.join('')}`;
}

/** Random latents one by one through the handler that a drag uses, against the bare ONNX Runtime session on the same network. */
async function benchDecode(model: string, runs: number, context: CommandContext): Promise<Report> {
  const { info } = await context.call('models/open', { model });
  const { size, prior } = info.latent;
  const bare = await rawOnnxDecoder(await openPackFor(model, context.paths));
  const ours = async (seed: number): Promise<number> => {
    const z = latentOfSeed(seed, size, prior);
    return timed(() => context.call('latent/decode', { model, z }));
  };
  const peer = (seed: number): Promise<number> => {
    const z = seededNormal(seed, size);
    return timed(() => bare.run(z, 1));
  };
  for (let i = 0; i < 200; i++) await ours(i).then(() => peer(i));
  const rssBefore = process.memoryUsage().rss;
  const tensorsBefore = loadedTensorCount();
  const times: number[] = [];
  const peerTimes: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    // in turns, so that a noisy moment of the machine falls on both
    for (let i = 0; i < runs / ROUNDS; i++) times.push(await ours(turn * runs + i));
    for (let i = 0; i < runs / ROUNDS / 10; i++) peerTimes.push(await peer(i));
  }
  const rssGrowth = process.memoryUsage().rss - rssBefore;
  const many = seededNormal(1, MANY * size);
  const manyTimes: number[] = [];
  const manyPeerTimes: number[] = [];
  for (let i = 0; i < MANY_ROUNDS; i++) {
    manyTimes.push(await timed(() => context.call('latent/decode', { model, z: many })));
    manyPeerTimes.push(await timed(() => bare.run(many, MANY)));
  }
  await bare.dispose();
  const p50 = median(times);
  return {
    name: 'decode',
    unit: 'ms',
    runs: times.length,
    p50: round(p50),
    p95: round(quantile(times, 0.95)),
    ours: round(p50),
    peer: round(median(peerTimes)),
    ratio: round(median(peerTimes) / p50),
    ours64: round(median(manyTimes)),
    peer64: round(median(manyPeerTimes)),
    tensorsLeaked: loadedTensorCount() - tensorsBefore,
    rssGrowthMB: round(rssGrowth / 2 ** 20),
    rssMB: round(process.memoryUsage().rss / 2 ** 20),
  };
}

/** The 20 x 20 manifold inside the engine; `bench screen` measures it to the screen. */
async function benchGrid(model: string, context: CommandContext): Promise<Report> {
  const grid = (): Promise<number> => timed(() => context.call('latent/grid', { model, n: 20, span: 2.5 }));
  for (let i = 0; i < 10; i++) await grid();
  const times: number[] = [];
  for (let i = 0; i < 50; i++) times.push(await grid());
  const p50 = round(median(times));
  return { name: 'grid', unit: 'ms', runs: times.length, p50, p95: round(quantile(times, 0.95)), ours: p50 };
}

interface Soak {
  readonly minutes: number;
  readonly seed: number;
  readonly calm?: boolean | undefined;
}

const benchSoak = (soak: Soak, context: CommandContext): Promise<number> =>
  runFromSource('soak', 'soak.mjs', context, [
    '--minutes',
    String(soak.minutes),
    `--seed=${soak.seed}`,
    ...(soak.calm === true ? ['--calm'] : []),
  ]);

interface InBrowser {
  readonly seconds: number;
  readonly training: boolean;
  readonly model: string;
}

async function benchInBrowser(
  name: string,
  { seconds, training, model }: InBrowser,
  context: CommandContext,
): Promise<number> {
  const args = [name, '--seconds', String(seconds), ...(training ? ['--training'] : [])];
  if (name === 'playback' || name === 'slider') {
    // their promises are made of the same model as that of `plane`
    const { models } = await context.call('models/list', {});
    const shown = model === DEFAULT_MODEL ? (models.find(({ id }) => id === PROMISED)?.id ?? model) : model;
    const { folder } = await context.call('models/folder', { model: shown });
    args.push('--pack', folder);
  }
  return runFromSource(name, 'browser.mjs', context, args);
}

async function runFromSource(
  name: string,
  file: string,
  context: CommandContext,
  args: readonly string[],
): Promise<number> {
  const program = join('tests', 'bench', file);
  await access(join(context.paths.appRoot, program)).catch(() => {
    throw new AppError({
      code: 'usage/bench',
      headline: 'This measurement needs the project’s source',
      where: name,
      cause: 'it is built and driven by the development tools',
      remedy: 'run it in a clone of the project',
    });
  });
  return context.runProgram(program, [...args, ...(context.asJson ? ['--json'] : [])]);
}

async function timed(work: () => PromiseLike<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
