// map: many points of a latent space laid out flat, as a picture or as numbers. neighbours: who is near one of them.
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import {
  firstColour,
  MAP_FEATURES,
  MAP_METHODS,
  METHOD_NAMES,
  type MapColours,
  type MapPoints,
  type MapSource,
  type Neighbours,
} from '#shared/map';
import { MAP_SIDE, mapText } from '#shared/map-export';
import { MAP_LIMITS } from '#shared/map-schema';
import { LIMITS } from '#shared/schema';
import { drawMap } from '../maps/draw-map';
import { writeAtomic } from '../store/atomic';
import { command, integer, seed, text, type CommandContext } from './command';
import { OPERAND, readOperand } from './walk-operands';

const FORMATS = ['.png', '.csv', '.json'] as const;
const source = z.enum(['codes', 'labelled', 'samples', 'data']);
const sourceOptions = [
  {
    flag: '--data <path>',
    describe: 'pictures of your own, encoded by the model: a folder, zip, IDX, npz or CSV',
  },
  { flag: '--class <k>', describe: 'the class to draw, for models that take one: its number' },
] as const;

export const mapCommand = command({
  usage: 'map <model>',
  describe: 'a map of the latent space: its codes, or draws from the prior, by PCA, UMAP or two axes',
  options: [
    { flag: '--method <name>', describe: MAP_METHODS.join(', '), default: 'pca' },
    {
      flag: '--source <points>',
      describe:
        'codes, labelled, samples or data (with --data); the first that the model has where it is left out',
    },
    ...sourceOptions,
    {
      flag: '--features <what>',
      describe: 'what lies near what: latent, or the decoded pictures',
      default: 'latent',
    },
    { flag: '--axes <i,j>', describe: 'for --method axes: two dimensions, from 1', default: '1,2' },
    { flag: '--n <count>', describe: 'how many samples, or pictures of your own', default: 2000 },
    { flag: '--seed <seed>', describe: 'of the samples and of UMAP', default: 1 },
    { flag: '--first <seed>', describe: 'of the samples, where it is another one' },
    {
      flag: '--colour <by>',
      describe:
        'class, attribute:<name>, norm, error, likelihood, kl or none; left out: class, or else the first attribute',
    },
    { flag: '--hide <classes>', describe: 'numbers of classes that the PNG leaves out, such as 0,3' },
    { flag: '--size <pixels>', describe: 'the side of the PNG', default: MAP_SIDE },
    { flag: '--out <file>', describe: FORMATS.join(', ') },
  ],
  examples: [
    'map digits-vae-2d --method umap --n 2000 --seed 1 --colour class --out map.png',
    'map fashion-vae-2d --source samples --n 5000 --out map.csv --json',
  ],
  input: z.object({
    model: text,
    method: z.enum(MAP_METHODS),
    source: source.optional(),
    data: text.optional(),
    class: integer(0, LIMITS.classes).optional(),
    features: z.enum(MAP_FEATURES),
    axes: text,
    n: integer(3, MAP_LIMITS.points),
    seed,
    first: seed.optional(),
    colour: text.optional(),
    hide: text
      .regex(/^\d{1,3}(,\d{1,3})*$/, 'give numbers of classes, such as 0,3')
      .transform((list) => list.split(',').map(Number))
      .optional(),
    size: integer(64, 8192),
    out: text,
  }),
  async run({ model, out, class: condition, ...options }, context) {
    const format = extname(out).toLowerCase();
    if (!FORMATS.some((known) => known === format)) throw wrongFormat(out);
    const { info } = await context.call('models/open', { model });
    const chosen = await sourceOf(info.id, options, context);
    const { method, features } = options;
    const recipe = { source: chosen, method, features, seed: options.seed, axes: axesOf(options.axes) };
    const map = await context.call('maps/make', { model: info.id, condition, ...recipe });
    const by = options.colour ?? firstColour(map.colours);
    const colours = await context.call('maps/colour', { model: info.id, source: chosen, by, condition });
    const about = {
      model: info.id,
      ...recipe,
      colour: by,
      count: map.count,
      title: map.title,
      trust: map.trust,
      notes: map.notes,
    };
    const drawn = { model: info.id, condition, ...recipe, colour: by, hidden: options.hide ?? [] };
    const bytes =
      format === '.png'
        ? await drawMap(map, colours, options.size, mapText(drawn, map), new Set(drawn.hidden))
        : new TextEncoder().encode(format === '.csv' ? csvOf(map, colours) : jsonOf(about, map, colours));
    await writeAtomic(out, bytes);
    const kept = map.trust === null ? [] : [trustLine(map.trust)];
    return {
      json: { ...about, file: out, bytes: bytes.length },
      lines: [
        `${map.count} points of ${info.id} (${map.title}) by ${METHOD_NAMES[method]}: ${out}`,
        ...kept,
        ...map.notes,
      ],
    };
  },
});

export const neighboursCommand = command({
  usage: 'neighbours <model> <point>',
  describe: `the closest pictures to a point, by z and by pixels: did the model memorise? The point: ${OPERAND}`,
  options: [
    { flag: '--n <count>', describe: 'how many', default: 8 },
    { flag: '--source <points>', describe: 'codes, labelled or data (with --data)' },
    ...sourceOptions,
    { flag: '--count <count>', describe: 'pictures of your own to look through, at most', default: 10_000 },
    {
      flag: '--out <file>',
      describe: 'a PNG: the point, the closest by z below it, the closest by pixels below these',
    },
  ],
  examples: [
    'neighbours digits-vae-2d seed:7 --n 8',
    'neighbours my-model image:me.png --data photos --out near.png',
  ],
  input: z.object({
    model: text,
    point: text,
    n: integer(1, MAP_LIMITS.neighbours),
    source: source.exclude(['samples']).optional(),
    data: text.optional(),
    class: integer(0, LIMITS.classes).optional(),
    count: integer(3, MAP_LIMITS.points),
    out: text.optional(),
  }),
  async run({ model, point, n, class: condition, count, out, ...options }, context) {
    const { info } = await context.call('models/open', { model });
    const chosen = await sourceOf(info.id, { ...options, n: count, seed: 1 }, context);
    if (chosen.kind === 'samples') throw nothingToCompare(info.id);
    const picture = point.startsWith('image:') ? point.slice('image:'.length) : null;
    const query =
      picture === null
        ? ({ kind: 'z', z: await readOperand(point, info, context) } as const)
        : ({ kind: 'picture', name: basename(picture), file: await fileAt(picture) } as const);
    const found = await context.call('neighbours/find', {
      ...{ model: info.id, query, source: chosen, count: n, condition },
    });
    if (out !== undefined) await writeAtomic(out, await neighbourSheet(found, info.id, point, context));
    const list = ({ nearest, yardstick }: Neighbours['latent']) => ({ nearest, yardstick });
    return {
      json: {
        ...{ model: info.id, point, source: chosen, title: found.title, searched: found.searched },
        z: [...found.z],
        latent: list(found.latent),
        pixels: { ...list(found.pixels), against: found.pixels.against },
        notes: found.notes,
        ...(out === undefined ? {} : { file: out }),
      },
      lines: [
        `${found.searched} pictures of ${found.title}, closest to ${point}`,
        ...linesOf('by z', found.latent),
        ...linesOf(`by pixels of the ${found.pixels.against}, RMS`, found.pixels),
        ...found.notes,
      ],
    };
  },
});

function linesOf(name: string, { nearest, yardstick }: Neighbours['latent']): readonly string[] {
  const { of, low, median, high, share } = yardstick;
  const figure = (value: number): string => value.toPrecision(3);
  return [
    `${name}:`,
    ...nearest.map(
      ({ name: each, className, distance }) =>
        `  ${figure(distance)}  ${each}${className === null ? '' : `, ${className}`}`,
    ),
    `  ${of} of these pictures lie ${figure(low)} to ${figure(high)} from their own nearest (median ${figure(median)}); ${(100 * share).toFixed(0)} % no farther than the first here`,
  ];
}

/** The query alone in the first row, then the two lists. */
async function neighbourSheet(
  { query, latent, pixels }: Neighbours,
  model: string,
  point: string,
  { call }: CommandContext,
): Promise<Uint8Array> {
  const columns = Math.max(latent.nearest.length, pixels.nearest.length);
  const { width, height } = query;
  const each = 4 * width * height;
  const rgba = new Uint8Array(3 * columns * each);
  rgba.set(query.rgba);
  rgba.set(latent.pictures.rgba, columns * each);
  rgba.set(pixels.pictures.rgba, 2 * columns * each);
  const text = { Latentscape: JSON.stringify({ model, point, n: columns }) };
  const sheet = { count: 3 * columns, width, height, rgba, columns, gap: 2, scale: 4, text };
  return (await call('export/png', sheet)).png;
}

async function sourceOf(
  model: string,
  given: {
    readonly source?: z.infer<typeof source> | undefined;
    readonly data?: string | undefined;
    readonly n: number;
    readonly seed: number;
    readonly first?: number | undefined;
  },
  { call }: CommandContext,
): Promise<MapSource> {
  const { data, n, first = given.seed } = given;
  const kind = given.source ?? (data === undefined ? await firstSource(model, call) : 'data');
  if (kind === 'data') {
    if (data === undefined) throw noData();
    return { kind, path: data, count: n };
  }
  return kind === 'samples' ? { kind, count: n, seed: first } : { kind };
}

async function firstSource(
  model: string,
  call: CommandContext['call'],
): Promise<'codes' | 'labelled' | 'samples'> {
  if ((await call('models/codes', { model })) !== null) return 'codes';
  return (await call('attributes/list', { model })).labelled > 0 ? 'labelled' : 'samples';
}

function axesOf(text: string): readonly [number, number] {
  const [across, up] = text.split(',').map((part) => Number(part) - 1);
  if (
    across !== undefined &&
    up !== undefined &&
    [across, up].every((axis) => Number.isInteger(axis) && axis >= 0)
  )
    return [across, up];
  throw new AppError({
    code: 'usage/option',
    headline: 'An option has a value it cannot take',
    where: '--axes',
    cause: text,
    remedy: 'give two dimensions, such as 1,2',
  });
}

async function fileAt(path: string): Promise<Uint8Array> {
  return readFile(path).then(
    (file) => new Uint8Array(file),
    (error: NodeJS.ErrnoException) => {
      throw new AppError({
        code: 'input/missing',
        headline: 'The picture cannot be read',
        where: path,
        cause: error.code,
        remedy: 'check its path',
      });
    },
  );
}

export const trustLine = ({ value, points, neighbours }: NonNullable<MapPoints['trust']>): string =>
  `Trustworthiness ${value.toFixed(3)}, from ${points.toLocaleString('en')} points and ${neighbours} neighbours each (1: whoever is near here is near in the data).`;

const valueAt = (colours: MapColours, row: number): string | number => {
  if (colours.kind === 'none') return '';
  if (colours.kind === 'classes') return colours.names[colours.labels[row]!] ?? '';
  return colours.values[row]!;
};

function csvOf({ xy, count }: MapPoints, colours: MapColours): string {
  const title = colours.kind === 'none' ? null : colours.title;
  const cell = (value: string | number): string =>
    typeof value === 'number' || !/[",\n]/.test(value) ? String(value) : `"${value.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: count }, (_, row) =>
    [row, xy[2 * row]!, xy[2 * row + 1]!, ...(title === null ? [] : [cell(valueAt(colours, row))])].join(','),
  );
  return `${['point', 'x', 'y', ...(title === null ? [] : [cell(title)])].join(',')}\n${rows.join('\n')}\n`;
}

function jsonOf(about: object, { xy, count }: MapPoints, colours: MapColours): string {
  const points = Array.from({ length: count }, (_, row) => [xy[2 * row], xy[2 * row + 1]]);
  const values = Array.from({ length: count }, (_, row) => valueAt(colours, row));
  return `${JSON.stringify({ ...about, points, ...(colours.kind === 'none' ? {} : { values }) })}\n`;
}

const wrongFormat = (where: string): AppError =>
  new AppError({
    code: 'usage/option',
    headline: 'A map cannot be written to such a file',
    where,
    remedy: `give a name that ends in ${FORMATS.join(', ')}`,
  });
const noData = (): AppError =>
  new AppError({
    code: 'usage/option',
    headline: 'An option is missing',
    where: '--data',
    remedy: 'name the pictures',
  });
const nothingToCompare = (where: string): AppError =>
  new AppError({
    code: 'usage/map-source',
    headline: 'The model has no encoded pictures to compare with',
    where,
    remedy: 'name data of your own with --data',
  });
