// directions: the sliders of a model, found anew by any method, from the labels of its pack or from labelled data; --write keeps them in the pack.
import { z } from 'zod';
import { DIRECTION_METHODS, type Direction, type DirectionMethod } from '#shared/attributes';
import { AppError } from '#shared/errors';
import type { DataOptions, DataSpec } from '#shared/training';
import { allDirections, PACK_METHOD } from '../attributes/all-directions';
import { findDirection, isLabelMethod, measured } from '../attributes/find';
import { findUnlabelled } from '../attributes/find-unlabelled';
import { judgedEffects } from '../attributes/judged-effects';
import { labelBothParts, requireLabels } from '../attributes/label-data';
import {
  labelledOf,
  readLabelled,
  requireLabelled,
  type Labelled,
  type Labelling,
} from '../attributes/labelled';
import { labelSamples } from '../attributes/label-samples';
import { LABELLED_COUNT } from '../attributes/label-trained';
import { writeLabels } from '../attributes/write-labels';
import type { Judge } from '../datasets/judge';
import { openData } from '../datasets/open-data';
import { openPackFor } from '../inspect';
import { openModel, type OpenModel } from '../open-model';
import type { Pack } from '../pack';
import { command, integer, seed, text, type CommandContext } from './command';
import { dataSpec } from './training';

const UNLABELLED = 8;
const METHODS = Object.keys(DIRECTION_METHODS).filter((name) => name !== 'exemplars') as [
  DirectionMethod,
  ...DirectionMethod[],
];

export const directionsCommand = command({
  usage: 'directions <model>',
  describe:
    'directions that are sliders: how well each separates what it is called by, and what it drags along',
  options: [
    {
      flag: '--find <method>',
      describe: `one of ${METHODS.join(', ')}; without it those of the pack are shown`,
    },
    { flag: '--attribute <name>', describe: 'only this attribute' },
    {
      flag: '--against <names>',
      describe: 'what must stay where it is, by commas (conditional, joint, balanced)',
    },
    { flag: '--count <n>', describe: 'how many directions without labels (pca, sefa)', default: UNLABELLED },
    {
      flag: '--data <path>',
      describe:
        'label the model anew: pictures with labels.csv, or builtin:heads,4000,64; through its encoder',
    },
    {
      flag: '--judge',
      describe: 'with --data: teach a judge, which labels samples of the model; for models without encoder',
    },
    { flag: '--n <count>', describe: 'how many pictures or samples are labelled', default: LABELLED_COUNT },
    { flag: '--seed <seed>', describe: 'the first seed of samples', default: 1 },
    {
      flag: '--write',
      describe: 'keep labels and directions in the pack: of your library, or a folder that you name',
    },
  ],
  examples: [
    'directions heads-vae',
    'directions heads-vae --find conditional --attribute smile --against gender,glasses',
    'directions my-gan --data builtin:heads,20000,64 --judge --write',
  ],
  input: z.object({
    model: text,
    find: z.enum(METHODS).optional(),
    attribute: text.optional(),
    against: text.optional(),
    count: integer(1, 64),
    data: text.optional(),
    judge: z.boolean().optional(),
    n: integer(40, 100_000),
    seed,
    write: z.boolean().optional(),
  }),
  async run(input, context) {
    const { find, attribute, data, write } = input;
    if (input.judge === true && data === undefined)
      throw usage('--judge', 'name what it learns from with --data');
    const pack = await openPackFor(input.model, context.paths);
    if (write === true && pack.origin === 'bundled') throw readOnly(pack.manifest.id);
    const model = await openModel(pack);
    let judge: Judge | null = null;
    try {
      const made = data === undefined ? null : await label(model, { ...input, data }, context);
      judge = made?.judge ?? null;
      const labelled =
        made === null ? await readLabelled(pack) : labelledOf(made.labelling, pack.manifest.latent);
      const { directions, refused } = await found(pack, labelled, input);
      const judged =
        judge === null || labelled === null
          ? directions
          : await judgedEffects(model, judge, labelled, directions);
      refused.forEach(context.log);
      if (write === true) {
        if (made === null) throw usage('--write', 'name the labelled data with --data');
        await writeLabels(
          pack,
          made.labelling,
          judged.filter(({ vector }) => vector.length > 0),
        );
      }
      const wanted = attribute === undefined ? judged : judged.filter((each) => each.attribute === attribute);
      const json = {
        model: pack.manifest.id,
        labelled: labelled?.count ?? 0,
        source: labelled?.source ?? null,
        attributes: labelled?.table.attributes.map(({ name, words }) => ({ name, words })) ?? [],
        directions: wanted,
        written: write === true,
        ...(find === undefined ? {} : { method: find }),
      };
      const about =
        labelled === null
          ? `${pack.manifest.id} has no labels`
          : `${pack.manifest.id}: ${labelled.count} labelled ${labelled.source}${made === null ? '' : ` of ${made.labelling.by}`}`;
      return {
        json,
        lines: [about, ...wanted.map(lineOf), ...(write === true ? ['Written into the pack.'] : [])],
      };
    } finally {
      judge?.dispose();
      await model.dispose();
    }
  },
});

interface Finding {
  readonly find?: DirectionMethod | undefined;
  readonly attribute?: string | undefined;
  readonly against?: string | undefined;
  readonly count: number;
  readonly data?: string | undefined;
}

async function found(
  pack: Pack,
  labelled: Labelled | null,
  { find, attribute, against, count, data }: Finding,
): Promise<{ readonly directions: readonly Direction[]; readonly refused: readonly string[] }> {
  const others = against?.split(',').map((name) => name.trim());
  if (find === undefined && data === undefined)
    return { directions: pack.manifest.directions ?? [], refused: [] };
  const method = find ?? PACK_METHOD;
  if (!isLabelMethod(method)) {
    if (method === 'exemplars') throw usage('--find', 'exemplars are put into wells');
    const directions = await findUnlabelled(pack, method, count);
    return { directions: directions.map((each) => measured(labelled, each)), refused: [] };
  }
  const from = labelled ?? (await requireLabelled(pack));
  if (attribute === undefined) return allDirections(from, method, others);
  return { directions: [findDirection(from, { method, attribute, against: others })], refused: [] };
}

interface Made {
  readonly labelling: Labelling;
  readonly judge: Judge | null;
}

async function label(
  model: OpenModel,
  input: {
    readonly data: string;
    readonly judge?: boolean | undefined;
    readonly n: number;
    readonly seed: number;
  },
  context: CommandContext,
): Promise<Made> {
  const { height, width, channels } = model.info.output;
  const spec: DataSpec = dataSpec(input.data);
  const size = height === width ? height : null;
  const options: Partial<DataOptions> = { size, crop: 'cover', grey: channels === 1 };
  const sized: DataSpec = spec.kind === 'builtin' ? { ...spec, size: height } : spec;
  const { source, validation, description } = await openData(sized, options);
  description.notes.forEach(context.log);
  const table = requireLabels(source, description.title);
  let told = 0;
  const onProgress = (done: number, total: number): void => {
    if (done - told >= 1000 || done === total) context.log(`${(told = done)} of ${total} labelled`);
  };
  if (input.judge !== true) {
    if (!model.info.hasEncoder)
      throw usage('--judge', 'this model has no encoder, so a judge has to look at its samples');
    const parts = { source, heldOut: validation, title: description.title };
    const labelling = await labelBothParts(model, parts, input.n, onProgress);
    return { labelling, judge: null };
  }
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // judges are of convolutions: see backends/native-addon.ts
  context.log('A judge is taught, or read from the cache.');
  const { judgeOfLabels } = await import('../attributes/judge-of-labels'); // loads TensorFlow.js
  const judge = await judgeOfLabels(sized, source, validation);
  const r2 = table.attributes.map(({ name }) => `${name} ${(judge.report.r2[name] ?? NaN).toFixed(3)}`);
  context.log(`It explains of the variance of held-out labels: ${r2.join(', ')}`);
  const by = `a judge of ${description.title}`;
  const labelling = await labelSamples(
    model,
    judge,
    table.attributes,
    { count: input.n, seed: input.seed, by },
    onProgress,
  );
  return { labelling, judge };
}

function lineOf({ name, method, auc, sideEffects }: Direction): string {
  const drags = sideEffects
    .slice(0, 4)
    .map(({ attribute, sigma }) => `${attribute} by ${sigma.toFixed(2)}`)
    .join(', ');
  return `${name.padEnd(14)} ${method.padEnd(16)} ${auc === null ? 'no labels ' : `AUC ${auc.toFixed(3)} `} +1 also moves ${drags === '' ? 'nothing that is known' : `${drags} sigma`}`;
}

const usage = (where: string, remedy: string): AppError =>
  new AppError({ code: 'usage/option', headline: 'Something is missing', where, remedy });

const readOnly = (where: string): AppError =>
  new AppError({
    code: 'store/read-only',
    headline: 'This model came with the app and is left as it is',
    where,
    remedy: 'export it as a zip and import that, or name its folder',
  });
