// traverse: rows of pictures, one for each dimension, in which it alone goes from value to value.
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { byActivity } from '#shared/dimensions';
import { traversalExport } from '#shared/plane-export';
import { LIMITS } from '#shared/schema';
import { traversalLatents, traversalValues } from '#shared/traversal';
import { describeActivity } from '../dimensions';
import { writeAtomic } from '../store/atomic';
import { command, integer, text } from './command';
import { ALONG, operandsOf, readCoordinate, readPlace } from './plane-operands';
import { OPERAND } from './walk-operands';

const TOP = 10;

export const traverseCommand = command({
  usage: 'traverse <model>',
  describe: 'what each dimension does: a row of pictures for each, with its value going from left to right',
  options: [
    { flag: '--dims <list>', describe: 'which dimensions, counted from 1 as z1 in the window: 1,4,7' },
    {
      flag: '--top <count>',
      describe: `those that say most, the most telling first; ${TOP} where nothing is said`,
    },
    { flag: '--along <list>', describe: `other coordinates in their place, each ${ALONG}` },
    {
      flag: '--at <point>',
      describe: `what all others stay at: ${OPERAND}; the origin where it is left out`,
    },
    { flag: '--values <from..to>', describe: 'the first value and the last', default: '-3..3' },
    { flag: '--n <count>', describe: 'pictures in a row', default: 9 },
    { flag: '--class <k>', describe: 'the class to draw, for models that take one: its number' },
    { flag: '--scale <n>', describe: 'pixels of the file for each pixel of the picture', default: 2 },
    { flag: '--out <file>', describe: 'where the PNG goes' },
  ],
  examples: [
    'traverse fashion-vae-2d --values=-2..2 --out rows.png',
    'traverse digits-vae-2d --at seed:1 --along pca:1,pca:2 --out rows.png',
  ],
  input: z.object({
    model: text,
    dims: text.optional(),
    top: integer(1, LIMITS.decodeCount).optional(),
    along: text.optional(),
    at: text.optional(),
    values: text,
    n: integer(2, LIMITS.decodeCount),
    class: integer(0, LIMITS.classes).optional(),
    scale: integer(1, 64),
    out: text,
  }),
  async run({ model, dims, top, along, at, values, n, class: condition, scale, out }, context) {
    if ([dims, top, along].filter((each) => each !== undefined).length > 1)
      throw new AppError({
        code: 'usage/option',
        headline: 'Only one of --dims, --top and --along says what the rows are',
        remedy: 'leave the others out',
      });
    const { info } = await context.call('models/open', { model });
    const { from, to } = rangeOf(values);
    const point = await readPlace(at, info, context);
    const activity =
      dims === undefined && along === undefined
        ? await context.call('latent/activity', { model: info.id })
        : null;
    const refs =
      activity === null
        ? operandsOf((along ?? dims)!).map((each) => (along === undefined ? `axis:${each}` : each))
        : byActivity(activity)
            .slice(0, top ?? TOP)
            .map((axis) => `axis:${axis + 1}`);
    if (refs.length === 0 || refs.length * n > LIMITS.decodeCount)
      throw new AppError({
        code: 'usage/option',
        headline: 'This is no traversal that can be drawn',
        cause: `${refs.length} rows of ${n} pictures, and at most ${LIMITS.decodeCount} are drawn at once`,
        remedy: 'name fewer dimensions, or fewer values',
      });
    const coordinates = [];
    for (const ref of refs) coordinates.push(await readCoordinate(ref, info, context));
    const all = traversalLatents(point, coordinates, traversalValues(from, to, n));
    const { count, width, height, rgba } = await context.call('latent/decode', {
      model: info.id,
      z: all,
      condition,
    });
    const drawn = { model: info.id, z: point, refs, from, to, n, condition };
    const { png } = await context.call('export/png', {
      ...{ count, width, height, rgba },
      ...traversalExport(drawn, scale),
    });
    await writeAtomic(out, png);
    const told = activity === null ? null : describeActivity(activity);
    const rows = refs.map((ref) => {
      const axis = Number(ref.slice('axis:'.length)) - 1;
      return activity === null
        ? { along: ref }
        : { along: ref, activity: activity.values[axis], active: activity.active[axis] === 1 };
    });
    return {
      json: { model: info.id, rows, values: [from, to], n, measure: told, file: out, bytes: png.length },
      lines: [
        `${refs.length} rows of ${n} pictures of ${info.id}: ${out}`,
        ...(told === null ? [] : [`sorted by ${told}`]),
      ],
    };
  },
});

function rangeOf(values: string): { readonly from: number; readonly to: number } {
  const [from = NaN, to = NaN] = values.split('..').map((each) => (each.trim() === '' ? NaN : Number(each)));
  if (Number.isFinite(from) && Number.isFinite(to) && Math.abs(from) <= 100 && Math.abs(to) <= 100)
    return { from, to };
  throw new AppError({
    code: 'usage/option',
    headline: 'These are no values to go from and to',
    where: values.slice(0, 40),
    remedy: 'give them as --values=-3..3',
  });
}
