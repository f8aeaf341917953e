// train and jobs. Training runs in a process of its own (see entry/trainer.ts); its progress comes as JSON lines on stdout.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { changesAnything } from '../datasets/augmented-source';
import { readJobConfig } from '../training/job-folder';
import { presetOf, PRESET_NAMES } from '../training/presets';
import { parseTrainConfig, trainConfigSchema, type TrainConfig } from '../training/train-config';
import type { DataOptions, DataSpec, TrainEvent } from '#shared/training';
import { command, integer, seed, text } from './command';

export const trainCommand = command({
  usage: 'train',
  describe: 'train a model; progress as JSON lines; stop with Ctrl+C and go on with --resume',
  options: [
    { flag: '--preset <name>', describe: `a recipe: ${PRESET_NAMES.join(', ')}` },
    { flag: '--config <file>', describe: 'or a configuration of your own (JSON)' },
    {
      flag: '--data <path>',
      describe:
        'the data: a folder with the IDX files, gzipped or not; or builtin:heads, builtin:glyphs, builtin:ring-8, …',
    },
    { flag: '--out <folder>', describe: 'where checkpoints and the finished pack go' },
    { flag: '--size <pixels>', describe: 'resize pictures to this side' },
    {
      flag: '--crop <how>',
      describe: 'cover (cut the longer side) or contain (keep it, pad the rest)',
      default: 'cover',
    },
    { flag: '--grey', describe: 'without colours' },
    { flag: '--label <column>', describe: 'the column of labels.csv that holds the classes' },
    { flag: '--mirror', describe: 'mirror every second picture, others in each epoch' },
    { flag: '--shift <pixels>', describe: 'move each picture by up to so many pixels, anew in each epoch' },
    { flag: '--brightness <share>', describe: 'make each lighter or darker by up to this share, 0 to 1' },
    { flag: '--seed <seed>', describe: 'another seed than the recipe’s' },
    { flag: '--epochs <n>', describe: 'another length than the recipe’s' },
    { flag: '--memory <GB>', describe: 'memory that it may take at most; otherwise half of the machine’s' },
    { flag: '--resume', describe: 'go on with the training in --out' },
    { flag: '--schema', describe: 'print the JSON schema of --config, and train nothing' },
  ],
  examples: ['train --preset fashion-vae-2d --data fashion-mnist --out runs/fashion'],
  input: z.object({
    preset: text.optional(),
    config: text.optional(),
    data: text.optional(),
    out: text.optional(),
    schema: z.boolean().optional(),
    size: integer(4, 512).optional(),
    crop: z.enum(['cover', 'contain']),
    grey: z.boolean().optional(),
    label: text.optional(),
    mirror: z.boolean().optional(),
    shift: integer(0, 32).optional(),
    brightness: z.coerce.number().min(0).max(1).optional(),
    seed: seed.optional(),
    epochs: integer(1, 10_000).optional(),
    memory: z.number().positive().max(1e6).optional(),
    resume: z.boolean().optional(),
  }),
  async run({ data, out, ...input }, context) {
    if (input.schema === true) {
      const schema = z.toJSONSchema(trainConfigSchema, { io: 'input' });
      return { json: schema, lines: [JSON.stringify(schema, null, 2)] };
    }
    if (data === undefined || out === undefined)
      throw missing(data === undefined ? '--data <path>' : '--out <folder>');
    const config = await configOf({ ...input, out });
    const result = await context.train(
      {
        config,
        data: dataSpec(data),
        options: dataOptions(input),
        outFolder: resolve(out),
        resume: input.resume ?? false,
        memory: input.memory ?? null,
      },
      (event) => {
        context.emit(event);
        const line = progressLine(event);
        if (line !== null) context.log(line);
      },
    );
    const lines =
      result.kind === 'done'
        ? [result.pack === null ? 'Finished' : `Finished: ${result.pack}`]
        : [`Stopped at step ${result.step}; go on with: train --resume --data ${data} --out ${out}`];
    // stdout is for programs: JSON lines, with or without --json
    lines.forEach((line) => context.log(line));
    return { json: result, lines: [], partial: !context.asJson };
  },
});

function missing(where: string): AppError {
  return new AppError({
    code: 'usage/option',
    headline: 'An option is missing',
    where,
    remedy: "see 'train --help'",
  });
}

interface ConfigChoice {
  readonly preset?: string | undefined;
  readonly config?: string | undefined;
  readonly out: string;
  readonly seed?: number | undefined;
  readonly epochs?: number | undefined;
  readonly resume?: boolean | undefined;
}

async function configOf({
  preset,
  config,
  out,
  seed: otherSeed,
  epochs,
  resume,
}: ConfigChoice): Promise<TrainConfig> {
  if (preset !== undefined && config !== undefined) {
    throw new AppError({
      code: 'usage/option',
      headline: 'Both --preset and --config are given',
      remedy: 'give one of them',
    });
  }
  if (preset === undefined && config === undefined) {
    if (resume === true) return readJobConfig(out);
    throw new AppError({
      code: 'usage/option',
      headline: 'There is nothing to train',
      remedy: `give --preset (${PRESET_NAMES.join(', ')}) or --config`,
    });
  }
  const base = preset !== undefined ? presetOf(preset) : parseTrainConfig(await readConfig(config ?? ''));
  return parseTrainConfig({
    ...base,
    ...(otherSeed === undefined ? {} : { seed: otherSeed }),
    ...(epochs === undefined ? {} : { epochs }),
  });
}

async function readConfig(path: string): Promise<unknown> {
  const body = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new AppError({
      code: 'input/missing',
      headline: 'The configuration cannot be read',
      where: path,
      cause: error.code,
      remedy: 'check --config',
    });
  });
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new AppError({
      code: 'input/config',
      headline: 'The configuration is not JSON',
      where: path,
      remedy: 'correct it',
    });
  }
}

interface OptionChoice {
  readonly size?: number | undefined;
  readonly crop: DataOptions['crop'];
  readonly grey?: boolean | undefined;
  readonly label?: string | undefined;
  readonly mirror?: boolean | undefined;
  readonly shift?: number | undefined;
  readonly brightness?: number | undefined;
}

function dataOptions({ size, crop, grey = false, label, ...changes }: OptionChoice): DataOptions {
  const { mirror = false, shift = 0, brightness = 0 } = changes;
  const augmentation = { mirror, shift, brightness };
  return {
    ...{ size: size ?? null, crop, grey },
    ...(changesAnything(augmentation) ? { augmentation } : {}),
    ...(label === undefined ? {} : { labelColumn: label }),
  };
}

/** A path, or data that the project makes: builtin:name, and its count, size and seed after commas. */
export function dataSpec(given: string): DataSpec {
  const match = /^builtin:([a-z0-9-]+)(?:,(\d+))?(?:,(\d+))?(?:,(\d+))?$/.exec(given);
  if (match === null) return { kind: 'path', path: resolve(given) };
  const [, name = '', count = '20000', size = '32', dataSeed = '1'] = match;
  return { kind: 'builtin', name, count: Number(count), size: Number(size), seed: Number(dataSeed) };
}

function progressLine(event: TrainEvent): string | null {
  switch (event.kind) {
    case 'progress': {
      const { step, steps, figures, stepsPerSecond, secondsLeft } = event;
      const left = secondsLeft > 90 ? `${Math.round(secondsLeft / 60)} min` : `${Math.round(secondsLeft)} s`;
      return `step ${step}/${steps}  ${figureText(figures)}  ${stepsPerSecond.toFixed(1)}/s  ${left} left`;
    }
    case 'epoch':
      return `epoch ${event.epoch}/${event.epochs}  ${figureText(event.heldOut ?? event.training)}${event.heldOut === null ? '' : '  (held out)'}`;
    case 'speed':
      return event.why;
    case 'diagnosis':
      return `${event.diagnosis.sentence} To do: ${event.diagnosis.remedy}.`;
    case 'finishing':
      return event.what;
    case 'paused':
      return event.why;
    case 'resumed':
      return 'It goes on.';
    case 'start':
      return event.note === undefined ? null : `Note: ${event.note}.`;
    default:
      return null;
  }
}

const figureText = (figures: Readonly<Record<string, number>>): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join('  ');

export const jobsCommand = command({
  usage: 'jobs',
  describe: 'the trainings that were started in a window, with where they stand',
  options: [],
  input: z.object({}),
  async run(_input, context) {
    const jobs = await context.call('jobs/list', {});
    const lines = jobs.map(({ id, state, epoch, epochs, dataTitle, model }) => {
      const end = model === null ? '' : `, kept as ${model}`;
      return `${id.padEnd(24)} ${state.padEnd(8)} epoch ${epoch} of ${epochs} on ${dataTitle}${end}`;
    });
    return { json: jobs, lines: lines.length > 0 ? lines : ['no trainings yet'] };
  },
});
