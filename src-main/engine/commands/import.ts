// inspect and import: what a stranger's file is, and bringing it into the library.
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { numbersTaken, withClassAppended, withoutCondition } from '#shared/appended-class';
import { AppError, toWireError } from '#shared/errors';
import type { Prior } from '#shared/domain';
import {
  PICTURE_LAYOUTS,
  type EncoderContract,
  type GeneratorContract,
  type Inspection,
} from '#shared/importing';
import { inspect } from '../inspect';
import { MANIFEST_FILE } from '../pack';
import { writeAtomic } from '../store/atomic';
import { formatBytes } from '../store/store-errors';
import { command, text, type Answer, type CommandContext } from './command';

const corrections = [
  { flag: '--prior <p>', describe: 'how z is drawn: normal, or uniform:low,high' },
  { flag: '--range <r>', describe: 'the values of black and white: low,high' },
  { flag: '--layout <l>', describe: `how the picture lies in the output: ${PICTURE_LAYOUTS.join(', ')}` },
  {
    flag: '--condition <c>',
    describe: 'what chooses a class: none, or after-z:10 where the last 10 numbers of z are one, one-hot',
  },
  { flag: '--classes <file>', describe: 'names of the classes, one on a line' },
  { flag: '--network <path>', describe: 'which of the networks that were found is the generator' },
] as const;

const correctionsInput = z.object({
  prior: text.optional(),
  range: text.optional(),
  layout: z.enum(PICTURE_LAYOUTS).optional(),
  condition: text.optional(),
  classes: text.optional(),
  network: text.optional(),
});
type Corrections = z.infer<typeof correctionsInput>;

export const inspectCommand = command({
  usage: 'inspect <target>',
  describe: 'what a model is: latent, prior, condition, output, encoder; or why it is refused',
  options: [...corrections, { flag: '--sheet <file>', describe: 'a contact sheet of 16 samples, as PNG' }],
  examples: ['inspect models/fashion-vae-2d', 'inspect downloads/generator.onnx --sheet samples.png'],
  input: correctionsInput.extend({ target: text, sheet: text.optional() }),
  async run({ target, sheet, ...corrected }, context) {
    if (await isPack(target)) return inspectPack(target, context);
    return withInspection(target, corrected, context, async (inspection, contract) => {
      if (sheet !== undefined) await writeSheet(inspection, contract, sheet, context);
      return describeInspection(inspection, contract);
    });
  },
});

export const importCommand = command({
  usage: 'import <source>',
  describe: 'brings a model into the library: a file, a folder, a zip, or a web address',
  options: [
    { flag: '--name <title>', describe: 'its title' },
    ...corrections,
    { flag: '--encoder <path>', describe: 'which of the networks that were found is the encoder, or none' },
    { flag: '--licence <text>', describe: 'what one may do with it' },
    { flag: '--provenance <text>', describe: 'where it comes from' },
    { flag: '--again', describe: 'also where the same file is in the library already' },
  ],
  examples: ['import downloads/generator.onnx --name Faces --prior uniform:-1,1'],
  input: correctionsInput.extend({
    source: text,
    name: text.optional(),
    encoder: text.optional(),
    licence: text.optional(),
    provenance: text.optional(),
    again: z.boolean().optional(),
  }),
  async run({ source, name, encoder, licence, provenance, again, ...corrected }, context) {
    const isUrl = /^https?:\/\//i.test(source);
    const downloaded = isUrl ? await context.call('imports/download', { url: source }) : null;
    return withInspection(downloaded?.path ?? source, corrected, context, async (first, contract) => {
      if (first.alreadyHere !== null && again !== true) throw alreadyHere(first.alreadyHere, source);
      const chosen = await chooseEncoder(first, contract, encoder, context);
      const { model } = await context.call('imports/accept', {
        import: first.import,
        contract,
        encoder: chosen,
        title: name ?? first.title,
        licence: licence ?? '',
        provenance: provenance ?? (isUrl ? source : ''),
      });
      const { lines } = describeInspection({ ...first, encoder: chosen }, contract);
      return {
        json: { ok: true, model, sha256: first.sha256, warnings: first.warnings },
        lines: [`imported as ${model}`, ...lines],
      };
    });
  },
});

async function chooseEncoder(
  { import: id, encoder }: Inspection,
  contract: GeneratorContract,
  wanted: string | undefined,
  context: CommandContext,
): Promise<{ readonly path: string; readonly contract: EncoderContract } | null> {
  if (wanted === undefined) return encoder;
  if (wanted === 'none') return null;
  return (await context.call('imports/encoder', { import: id, path: wanted, contract })).encoder;
}

/** Opens, corrects, does, and closes: the process of the import ends with the command. */
async function withInspection(
  target: string,
  { network, ...corrected }: Corrections,
  context: CommandContext,
  act: (inspection: Inspection, contract: GeneratorContract) => Promise<Answer>,
): Promise<Answer> {
  let inspection: Inspection;
  try {
    inspection = await context.call('imports/open', { path: resolve(target) });
  } catch (error) {
    return refusal(error, context);
  }
  try {
    if (network !== undefined)
      inspection = await context.call('imports/choose', { import: inspection.import, path: network });
    return await act(inspection, await correct(inspection, corrected));
  } catch (error) {
    return refusal(error, context);
  } finally {
    await context.call('imports/close', { import: inspection.import });
  }
}

/** A refusal is an answer, with all that helps: the tensors that were found, and lines to paste. */
function refusal(error: unknown, context: CommandContext): Answer {
  if (!(error instanceof AppError) || !/^(model|pack|input|onnx)\//.test(error.code)) throw error;
  const { sentence, code, where, snippet, ...rest } = toWireError(error);
  context.log(sentence);
  const json = {
    ok: false,
    error: { code, sentence, ...(where === undefined ? {} : { where }) },
    ...('listing' in rest ? { listing: rest.listing } : {}),
    ...(snippet === undefined ? {} : { snippet }),
  };
  return { json, lines: snippet === undefined ? [] : snippet.split('\n'), exitCode: 3 };
}

async function correct(
  inspection: Inspection,
  { prior, range, layout, condition: wanted, classes }: Omit<Corrections, 'network'>,
): Promise<GeneratorContract> {
  const contract = wanted === undefined ? inspection.contract : conditioned(inspection, wanted);
  const { latent, condition, picture } = contract;
  if (classes !== undefined && condition === null)
    throw wrongOption(
      '--classes',
      'nothing chooses a class in this model',
      'leave it out, or give --condition after-z:10 where the last 10 numbers of z are one',
    );
  return {
    ...contract,
    latent: prior === undefined ? latent : { ...latent, prior: parsePrior(prior) },
    condition:
      classes === undefined || condition === null
        ? condition
        : { ...condition, names: await classNames(classes, condition.size) },
    picture: {
      ...picture,
      ...(layout === undefined ? {} : { layout }),
      ...(range === undefined ? {} : { range: parsePair(range, '--range') }),
    },
  };
}

function conditioned({ contract, inputs }: Inspection, wanted: string): GeneratorContract {
  if (wanted === 'none') return withoutCondition(contract, inputs);
  const count = /^after-z:(\d{1,6})$/.exec(wanted)?.[1];
  if (count === undefined) throw wrongOption('--condition', wanted, 'give none, or after-z: and a number');
  const appended = withClassAppended(contract, Number(count), inputs);
  if (appended !== null) return appended;
  const taken = numbersTaken(contract);
  throw wrongOption(
    '--condition',
    taken === null
      ? `z is ${contract.latent.shape.join(' x ')}, no vector`
      : `${wanted}, of ${taken} numbers`,
    taken === null ? 'leave it out' : 'give fewer classes than there are numbers',
  );
}

export function parsePrior(given: string): Prior {
  if (given === 'normal') return { kind: 'normal' };
  const match = /^uniform:(.+)$/.exec(given);
  if (match === null) throw wrongOption('--prior', given, 'give normal, or uniform:low,high');
  const [low, high] = parsePair(match[1] ?? '', '--prior');
  return { kind: 'uniform', low, high };
}

function parsePair(given: string, option: string): [number, number] {
  const [low = NaN, high = NaN, ...more] = given
    .split(',')
    .map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (more.length === 0 && Number.isFinite(low) && Number.isFinite(high) && low < high) return [low, high];
  throw wrongOption(option, given, 'give two numbers, the lower first, such as 0,1');
}

async function classNames(path: string, size: number): Promise<readonly string[]> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrongOption('--classes', `${path}: ${error.code ?? 'unreadable'}`, 'name a text file');
  });
  const names = content.split(/\r?\n/).map((line) => line.trim());
  while (names.at(-1) === '') names.pop();
  if (names.length === size) return names;
  throw wrongOption('--classes', `${names.length} names`, `give ${size}, one on a line`);
}

function wrongOption(where: string, cause: string, remedy: string): AppError {
  return new AppError({
    code: 'usage/option',
    headline: 'An option has a value it cannot take',
    where,
    cause,
    remedy,
  });
}

function alreadyHere(id: string, where: string): AppError {
  return new AppError({
    code: 'usage/imported',
    headline: 'The same file is in the library already',
    where,
    cause: `as ${id}`,
    remedy: `use ${id}, or give --again to import it once more`,
  });
}

async function writeSheet(
  inspection: Inspection,
  contract: GeneratorContract,
  file: string,
  context: CommandContext,
): Promise<void> {
  const { pictures } =
    contract === inspection.contract
      ? inspection.samples
      : await context.call('imports/sample', { import: inspection.import, contract, seed: 1 });
  const { png } = await context.call('export/png', {
    ...pictures,
    columns: 4,
    gap: 1,
    scale: Math.max(1, Math.floor(128 / Math.max(pictures.width, pictures.height))),
    text: { Latentscape: JSON.stringify({ sha256: inspection.sha256, seed: 1, count: pictures.count }) },
  });
  await writeAtomic(file, png);
}

function describeInspection(inspection: Inspection, contract: GeneratorContract): Answer {
  const { latent, condition, picture } = contract;
  const { output, ...format } = picture;
  const { encoder, guesses, found, warnings, samples, runtime } = inspection;
  const json = {
    ok: true,
    format: inspection.format,
    title: inspection.title,
    path: inspection.path,
    sha256: inspection.sha256,
    bytes: inspection.bytes,
    parameters: inspection.parameters,
    latent: { input: latent.input, shape: latent.shape, prior: latent.prior, batch: latent.batch },
    condition,
    fixed: contract.fixed,
    output: { ...format, port: output },
    encoder: encoder === null ? null : { path: encoder.path, ...encoder.contract },
    inputs: inspection.inputs,
    outputs: inspection.outputs,
    guesses,
    found,
    warnings: [...warnings, ...samples.notes],
    values: samples.values,
    runtime,
    alreadyHere: inspection.alreadyHere,
  };
  const prior = latent.prior.kind === 'normal' ? 'N(0, I)' : `U(${latent.prior.low}, ${latent.prior.high})`;
  const unsure = guesses.filter(({ certain }) => !certain);
  const lines = [
    `${inspection.title}: ${inspection.format}, ${formatBytes(inspection.bytes)}, ${inspection.parameters} parameters`,
    `latent        ${latent.shape.join(' x ')}, prior ${prior}`,
    ...(condition === null
      ? []
      : [`condition     ${condition.encoding} of ${condition.size} into ${condition.input}`]),
    `output        ${picture.width} x ${picture.height} x ${picture.channels}, range ${picture.range.join(' to ')}, ${picture.layout}`,
    `encoder       ${encoder === null ? 'none' : encoder.path}`,
    `runs on       ${runtime.name}: ${runtime.why}`,
    ...unsure.map(({ why }) => `guessed       ${why}`),
    ...json.warnings.map((warning) => `warning       ${warning}`),
    ...(found.length < 2 ? [] : found.map(({ role, path, why }) => `found         ${role} ${path}: ${why}`)),
  ];
  return { json, lines };
}

// ---- packs ------------------------------------------------------------------------------------------------------------------

/** An id, or a folder that is a pack; anything else that lies on the disk is a stranger's. */
async function isPack(target: string): Promise<boolean> {
  const there = await stat(target).catch(() => null);
  if (there === null) return /^[a-z0-9][a-z0-9-]{0,63}$/.test(basename(target)) && !target.includes('/');
  return there.isDirectory() && (await stat(join(target, MANIFEST_FILE)).catch(() => null)) !== null;
}

async function inspectPack(target: string, context: CommandContext): Promise<Answer> {
  const { manifest, runtime } = await inspect(target, context.paths);
  const { latent, output, encoder, condition } = manifest;
  const json = {
    ok: true,
    format: 'latentscape-pack',
    id: manifest.id,
    title: manifest.title,
    family: manifest.family,
    latent: { shape: latent.shape ?? [latent.size], prior: latent.prior },
    condition: condition ?? null,
    output,
    encoder: encoder ?? null,
    metrics: manifest.training?.metrics ?? {},
    licence: manifest.licence,
    runtime,
  };
  const lines = [
    `${manifest.title} (${manifest.id}), ${manifest.family}`,
    `latent        ${latent.shape?.join(' x ') ?? `${latent.size}-d`}, prior ${latent.prior.kind === 'normal' ? 'N(0, I)' : `U(${latent.prior.low}, ${latent.prior.high})`}`,
    `output        ${output.width} x ${output.height} x ${output.channels}, range ${output.range.join(' to ')}, ${output.layout}`,
    `encoder       ${encoder === undefined ? 'none' : 'yes'}`,
    `runs on       ${runtime.name}: ${runtime.why}`,
    `licence       ${manifest.licence}`,
  ];
  return { json, lines };
}
