// datasets: lists the data that is drawn here, writes some of it as a folder of pictures with a labels.csv, and says what is in data.
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LEVELS, type Attribute } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { labelsOf as labelTableOf } from '../attributes/label-data';
import { BUILT_IN_DATA, builtInSource } from '../datasets/built-in-data';
import { openData, type DataDescription } from '../datasets/open-data';
import type { FactoredSource } from '../datasets/procedural/factored-source';
import { HEAD_FACTORS, headSource, type Correlation, type HeadFactor } from '../datasets/procedural/heads';
import { bytesToRgba, encodePng } from '../pictures';
import { writeFolderAtomic } from '../store/atomic';
import type { Source } from '../training/source';
import { command, integer, seed, text, type Answer } from './command';

const ACTIONS = ['list', 'make', 'info'] as const;
const WRITTEN_AT_ONCE = 256;
const LOGGED_EACH = 2048;

export const datasetsCommand = command({
  usage: 'datasets <action> [what]',
  describe: 'list built-in data; make <name> as pictures with labels.csv; info <path> or <name>',
  options: [
    { flag: '--out <folder>', describe: 'make: a new folder for the pictures' },
    { flag: '--n <count>', describe: 'how many pictures of built-in data', default: 1000 },
    { flag: '--seed <seed>', describe: 'seed of built-in data', default: 1 },
    { flag: '--size <pixels>', describe: 'side of the pictures; info: as they are' },
    {
      flag: '--correlate <a,b=rho>',
      describe: 'make heads: a factor that follows another, e.g. hair,gender=0.8, to study entanglement',
    },
    { flag: '--label <column>', describe: 'info: the column of labels.csv that holds the classes' },
  ],
  examples: [
    'datasets list',
    'datasets make heads --n 5000 --size 64 --out heads',
    'datasets make heads --n 20000 --size 128 --correlate hair,gender=0.8 --out long-haired',
    'datasets info photographs.zip --json',
  ],
  input: z.object({
    action: z.enum(ACTIONS),
    what: text.optional(),
    out: text.optional(),
    n: integer(1, 100_000),
    seed,
    size: integer(4, 1024).optional(),
    label: text.optional(),
    correlate: text.optional(),
  }),
  async run({ action, what, out, n, seed, size, label, correlate }, { log }) {
    if (action === 'list') return listed();
    if (what === undefined)
      throw missing(action === 'make' ? 'the name of built-in data' : 'a path or the name of built-in data');
    const builtIn = { kind: 'builtin', name: what, count: n, seed, size: size ?? 64 } as const;
    if (action === 'make') {
      if (out === undefined) throw missing('--out <folder>');
      await refuseFilled(out);
      const source =
        correlate === undefined
          ? builtInSource(builtIn)
          : headSource({ ...builtIn, correlate: correlationOf(correlate, what) });
      return make(source, resolve(out), log);
    }
    const spec = Object.hasOwn(BUILT_IN_DATA, what)
      ? builtIn
      : ({ kind: 'path', path: resolve(what) } as const);
    const { source, description } = await openData(spec, {
      size: size ?? null,
      ...(label === undefined ? {} : { labelColumn: label }),
      onProgress: (done, total) => {
        if (done % LOGGED_EACH === 0) log(`${done} of ${total} pictures`);
      },
    });
    const labels = labelTableOf(source)?.attributes ?? [];
    return { json: { ...description, labels }, lines: [...linesOf(description), ...labels.map(labelLine)] };
  },
});

const labelLine = ({ name, words }: Attribute): string => {
  const said = LEVELS.flatMap((level) => words[level].slice(0, 1));
  return `label ${name}${said.length === 0 ? '' : `: ${said.join(', ')}`}`;
};

/** "hair,gender=0.8": the first follows the second. Factors may be called by their beginnings. */
function correlationOf(given: string, what: string): Correlation {
  const [, target = '', source = '', rho = ''] = /^([a-z]+),([a-z]+)=([\d.]+)$/i.exec(given) ?? [];
  const factor = (start: string): HeadFactor | undefined =>
    start === ''
      ? undefined
      : (HEAD_FACTORS.find((name) => name === start) ??
        HEAD_FACTORS.find((name) => name.toLowerCase().startsWith(start.toLowerCase())));
  const found = { target: factor(target), source: factor(source), rho: Number(rho) };
  const isGood = rho !== '' && found.rho >= 0 && found.rho <= 1 && found.source !== found.target;
  if (what === 'heads' && isGood && found.target !== undefined && found.source !== undefined)
    return { target: found.target, source: found.source, rho: found.rho };
  throw new AppError({
    code: 'usage/option',
    headline: 'This correlation cannot be made',
    where: `--correlate ${given}`.slice(0, 80),
    cause:
      what === 'heads'
        ? 'it is not a,b=rho with two different factors and rho from 0 to 1'
        : 'only heads have known factors',
    remedy: `write for example hair,gender=0.8; the factors are ${HEAD_FACTORS.join(', ')}`,
  });
}

function missing(cause: string): AppError {
  return new AppError({
    code: 'usage/option',
    headline: 'Something is missing',
    cause: `give ${cause}`,
    remedy: "see 'latentscape datasets --help'",
  });
}

/** A folder is put in place whole: what was there before would be gone. */
async function refuseFilled(out: string): Promise<void> {
  const there = await readdir(resolve(out)).catch(() => []);
  if (there.length === 0) return;
  throw new AppError({
    code: 'usage/out',
    headline: 'The folder is not empty',
    where: out,
    cause: `it holds ${there.length} files`,
    remedy: 'name a new one with --out',
  });
}

function listed(): Answer {
  const names = Object.entries(BUILT_IN_DATA).map(([name, { title }]) => ({ name, title }));
  return { json: names, lines: names.map(({ name, title }) => `${name.padEnd(18)}${title}`) };
}

/** All or nothing: the folder appears when every picture is in it. */
async function make(source: Source, folder: string, log: (line: string) => void): Promise<Answer> {
  const { height, width, channels } = source.shape;
  if (channels !== 1 && channels !== 3) {
    throw new AppError({
      code: 'usage/data',
      headline: 'This data cannot be written as pictures',
      cause: `it has ${channels} channels`,
      remedy: 'make heads, glyphs or bars-and-stripes',
    });
  }
  const files = new Map<string, Uint8Array>();
  const stride = height * width * channels;
  for (let from = 0; from < source.count; from += WRITTEN_AT_ONCE) {
    const count = Math.min(WRITTEN_AT_ONCE, source.count - from);
    const values = await source.read(Uint32Array.from({ length: count }, (_, i) => from + i));
    for (let i = 0; i < count; i++) {
      const pixels = Uint8Array.from(values.subarray(i * stride, (i + 1) * stride), (v) =>
        Math.round(255 * v),
      );
      files.set(nameOf(from + i), await encodePng({ width, height, rgba: bytesToRgba(pixels, channels) }));
    }
    if (from % LOGGED_EACH === 0) log(`${from} of ${source.count} pictures`);
  }
  files.set('labels.csv', new TextEncoder().encode(labelsOf(source)));
  await writeFolderAtomic(folder, files, { mode: 0o644 });
  const json = { folder, count: source.count, height, width, channels, classNames: source.classNames };
  return { json, lines: [`${source.count} pictures and labels.csv in ${folder}`] };
}

const nameOf = (index: number): string => `${String(index + 1).padStart(6, '0')}.png`;

function labelsOf(source: Source | FactoredSource): string {
  const { labels, classNames, count } = source;
  const factors = 'factors' in source ? source.factors : { names: [], values: new Float32Array() };
  const width = factors.names.length;
  const rows = Array.from({ length: count }, (_, index) => [
    nameOf(index),
    labels === null ? '' : classNames[labels[index]!]!,
    ...Array.from(factors.values.subarray(index * width, (index + 1) * width), (value) =>
      String(Number(value.toPrecision(6))),
    ),
  ]);
  return [['file', 'label', ...factors.names], ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function linesOf(description: DataDescription): readonly string[] {
  const { title, count, shape, classNames, classCounts, statistics, unreadable, notes } = description;
  const { mean, sd, min, max } = statistics;
  const number = (value: number): string => value.toFixed(3);
  const classes = classNames.map((name, label) => `${name}: ${classCounts[label] ?? 0}`);
  return [
    `${title}: ${count} pictures, ${shape.width} x ${shape.height}, ${shape.channels} channels`,
    `mean ${number(mean)}, sd ${number(sd)}, from ${number(min)} to ${number(max)}`,
    ...(classes.length === 0 ? [] : [`classes: ${classes.join(', ')}`]),
    ...notes,
    ...unreadable.slice(0, 20).map(({ file, why }) => `left out: ${file} (${why})`),
  ];
}
