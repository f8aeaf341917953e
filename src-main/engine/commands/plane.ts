// plane: a lattice of pictures on a flat piece of a latent space: through three points, or through one along two directions.
import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { ModelInfo } from '#shared/domain';
import { LATTICE_LIMITS } from '#shared/explore-step';
import { norm } from '#shared/latent-math';
import { distanceTo, frameOf, type Lattice, type PlaneSpec } from '#shared/plane';
import { planeExport } from '#shared/plane-export';
import { LIMITS } from '#shared/schema';
import { writeAtomic } from '../store/atomic';
import { command, integer, text, type CommandContext } from './command';
import { ALONG, operandsOf, readDirection, readOperands, readPlace, wrongPoints } from './plane-operands';
import { OPERAND } from './walk-operands';

const input = z.object({
  model: text,
  points: text.optional(),
  at: text.optional(),
  along: text.optional(),
  cdf: z.boolean().optional(),
  n: integer(2, LIMITS.gridSide),
  span: z.number().min(0.1).max(6),
  margin: z.number().min(LATTICE_LIMITS.margin.min).max(LATTICE_LIMITS.margin.max),
  class: integer(0, LIMITS.classes).optional(),
  scale: integer(1, 64),
  out: text,
});
type Input = z.infer<typeof input>;

export const planeCommand = command({
  usage: 'plane <model>',
  describe: 'pictures on a plane through three points, or through one along two directions',
  options: [
    {
      flag: '--points <list>',
      describe: `bottom left, bottom right, top left; perhaps a fourth, to know where it falls. Each ${OPERAND}; between ";" where one of them is numbers`,
    },
    {
      flag: '--at <point>',
      describe: 'in place of three: the point in the middle; the origin where it is left out',
    },
    { flag: '--along <list>', describe: `two directions through it, each ${ALONG}` },
    { flag: '--n <side>', describe: 'pictures on a side', default: 15 },
    {
      flag: '--span <lengths>',
      describe: 'how far it reaches along each direction, to either side',
      default: 2.5,
    },
    { flag: '--cdf', describe: 'of two axes: steps of equal probability, in place of equal steps' },
    {
      flag: '--margin <share>',
      describe: 'how far it goes on beyond three points: 0.5 is half a side',
      default: 0,
    },
    { flag: '--class <k>', describe: 'the class to draw, for models that take one: its number' },
    { flag: '--scale <n>', describe: 'pixels of the file for each pixel of the picture', default: 2 },
    { flag: '--out <file>', describe: 'where the PNG goes' },
  ],
  examples: [
    'plane fashion-vae-2d --points seed:1,seed:2,seed:3 --n 9 --out plane.png',
    'plane digits-vae-2d --at seed:4 --along pca:1,pca:2 --out plane.png',
  ],
  input,
  async run(options, context) {
    const { info } = await context.call('models/open', { model: options.model });
    const { n, span, margin, class: condition, out } = options;
    const { plane, point, fourth } = await planeOf(options, info, context);
    const lattice: Lattice = { n, span, margin };
    const frame = frameOf(plane, point, lattice);
    const { engineMs, ...pictures } = await context.call('latent/grid', {
      model: info.id,
      n,
      span,
      condition,
      plane: frame.lattice,
      ...(frame.range === null ? {} : { range: [...frame.range] as [number, number] }),
    });
    const { count, width, height, rgba } = pictures;
    const { png } = await context.call('export/png', {
      ...{ count, width, height, rgba },
      ...planeExport({ model: info.id, plane, point, lattice, condition }, options.scale),
    });
    await writeAtomic(out, png);
    const falls = fourth === null ? null : { distance: distanceTo(frame.drawn, fourth), norm: norm(fourth) };
    return {
      json: {
        model: info.id,
        n,
        file: out,
        bytes: png.length,
        kind: plane.kind,
        distanceOfOrigin:
          plane.kind === 'axes' ? distanceTo(frame.drawn, new Float32Array(point.length)) : frame.height,
        ...(falls === null ? {} : { fourth: falls }),
        engineMs,
      },
      lines: [
        `${n} x ${n} pictures of ${info.id}: ${out}`,
        ...(falls === null ? [] : [`the fourth point lies ${falls.distance.toFixed(3)} off the plane`]),
      ],
    };
  },
});

interface Named {
  readonly plane: PlaneSpec;
  readonly point: Float32Array;
  readonly fourth: Float32Array | null;
}

async function planeOf(options: Input, info: ModelInfo, context: CommandContext): Promise<Named> {
  const { points, at, along, cdf } = options;
  if ((points === undefined) === (along === undefined))
    throw new AppError({
      code: 'usage/option',
      headline: 'A plane goes through three points, or along two directions',
      cause: points === undefined ? 'neither --points nor --along is given' : 'both are given',
      remedy: 'give --points a,b,c, or --at a --along d,e',
    });
  if (points !== undefined) {
    const latents = await readOperands(points, info, context);
    const [a, b, c, fourth = null] = latents;
    if (a === undefined || b === undefined || c === undefined || latents.length > 4)
      throw wrongPoints(points, `${latents.length} are named`);
    const [nameA = '', nameB = '', nameC = '', nameD = ''] = operandsOf(points);
    return {
      plane: {
        kind: 'points',
        a: { z: a, name: nameA },
        b: { z: b, name: nameB },
        c: { z: c, name: nameC },
        fourth: fourth === null ? null : { z: fourth, name: nameD },
      },
      point: a,
      fourth,
    };
  }
  const names = operandsOf(along!);
  if (names.length !== 2)
    throw new AppError({
      code: 'usage/direction',
      headline: 'A plane has two directions',
      where: '--along',
      cause: `${names.length} are named`,
      remedy: 'name two, with a comma between them',
    });
  const point = await readPlace(at, info, context);
  const [across, up] = [
    await readDirection(names[0]!, info, context),
    await readDirection(names[1]!, info, context),
  ];
  const axes = names.map((name) => (name.startsWith('axis:') ? Number(name.slice(5)) - 1 : NaN));
  if (cdf === true && axes.some(Number.isNaN))
    throw new AppError({
      code: 'usage/option',
      headline: 'Steps of equal probability are of two axes',
      where: '--cdf',
      remedy: 'leave it out, or name --along axis:1,axis:2',
    });
  const plane: PlaneSpec =
    cdf === true
      ? { kind: 'axes', across: axes[0]!, up: axes[1]! }
      : { kind: 'directions', at: { z: point, name: at ?? '' }, across, up };
  return { plane, point, fourth: null };
}
