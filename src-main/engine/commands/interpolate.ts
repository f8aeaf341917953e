// interpolate: a walk through latent space as a film, a sheet, a folder of pictures, or its numbers.
import { extname } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { ModelInfo } from '#shared/domain';
import type { FilmFormat, FilmPlan, FilmRequest } from '#shared/film';
import { createCancellation } from '#shared/rpc';
import { LIMITS } from '#shared/schema';
import { EASINGS, WALK_PATHS, legCount, type Walk, type WalkPath } from '#shared/walk';
import { makeFilm, planned, type FilmModel } from '../films/make-film';
import { filmFrames } from '../films/film-frames';
import { pngSequence } from '../films/png-frames';
import { writeAtomic, writeFolderAtomic } from '../store/atomic';
import { realFilePort } from '../store/file-port';
import { formatBytes } from '../store/store-errors';
import { command, integer, text, type CommandContext } from './command';
import { OPERAND, readOperand, readWalk } from './walk-operands';

const SECONDS_PER_LEG = 2;
const MEASURED_AT = 120;
/** From so many dimensions on the mass of a normal prior lies on a shell, and a smooth walk keeps to it. */
const SHELL_FROM = 8;

const FORMATS: Readonly<Record<string, FilmFormat>> = {
  '.gif': 'gif',
  '.webp': 'webp',
  '.mp4': 'mp4',
  '.webm': 'webm',
  '.png': 'strip',
  '.zip': 'png-sequence',
  '.json': 'json',
};

const input = z.object({
  model: text,
  from: text.optional(),
  to: text.optional(),
  via: z
    // the array first: `text` would join it to one word
    .union([z.array(text), text])
    .transform((via) => (typeof via === 'string' ? [via] : via))
    .optional(),
  walk: text.optional(),
  method: z.enum([...WALK_PATHS, 'smooth']),
  loop: z.boolean().optional(),
  repeat: z.boolean().optional(),
  easing: z.enum(EASINGS),
  keepNorm: z.boolean().optional(),
  class: integer(0, LIMITS.classes).optional(),
  frames: integer(2, LIMITS.filmFrames).optional(),
  seconds: z.number().positive().max(LIMITS.walkSeconds).optional(),
  fps: z.number().min(1).max(LIMITS.filmRate),
  size: integer(1, LIMITS.pictureSide),
  smoothPixels: z.boolean().optional(),
  yes: z.boolean().optional(),
  out: text,
});
type Input = z.infer<typeof input>;

export const interpolateCommand = command({
  usage: 'interpolate <model>',
  describe: 'a walk from point to point as GIF, WebP, MP4, WebM, PNG strip, PNG sequence or JSON',
  options: [
    { flag: '--from <point>', describe: OPERAND },
    { flag: '--to <point>', describe: 'where it ends' },
    { flag: '--via <point>', describe: 'a point on the way; give it as often as you like' },
    { flag: '--walk <file>', describe: 'a walk saved as JSON, in place of points' },
    {
      flag: '--method <name>',
      describe: `${WALK_PATHS.join(', ')}, or smooth: a spline at a pace that changes the picture evenly`,
      default: 'slerp',
    },
    { flag: '--loop', describe: 'goes back to the start, and plays again and again' },
    { flag: '--repeat', describe: 'a GIF or WebP plays again and again' },
    { flag: '--easing <name>', describe: EASINGS.join(', '), default: 'linear' },
    {
      flag: '--keep-norm',
      describe: 'the norm goes evenly from key to key: stays where the prior has its mass',
    },
    { flag: '--class <k>', describe: 'the class to draw, for models that take one: its number' },
    { flag: '--frames <n>', describe: 'how many frames; as many as the seconds take where it is left out' },
    {
      flag: '--seconds <s>',
      describe: `how long it takes; ${SECONDS_PER_LEG} for each leg where it is left out`,
    },
    { flag: '--fps <rate>', describe: 'frames a second', default: 30 },
    {
      flag: '--size <pixels>',
      describe: 'the longer side: the largest whole multiple that fits',
      default: 512,
    },
    { flag: '--smooth-pixels', describe: 'exactly that size, smoothed in place of squares' },
    { flag: '--yes', describe: 'make it, however large' },
    {
      flag: '--out <file>',
      describe: `${Object.keys(FORMATS).join(', ')} (.png: a strip), or a folder for numbered PNGs`,
    },
  ],
  examples: [
    'interpolate fashion-vae-2d --from seed:1 --to seed:2 --frames 60 --out walk.gif',
    'interpolate digits-vae-2d --from seed:1 --via seed:2 --to seed:3 --loop --method smooth --out walk.webp',
  ],
  input,
  async run(options, context) {
    const { info } = await context.call('models/open', { model: options.model });
    const format = formatOf(options.out);
    const given =
      options.walk === undefined
        ? await walkOf(options, info, context)
        : await readWalk(options.walk, info.id);
    const even = options.method === 'smooth' ? await evened(info.id, given, context) : null;
    const walk = even?.walk ?? given;
    const request: FilmRequest = {
      walk,
      format: format ?? 'png-sequence',
      fps: options.fps,
      frames: options.frames,
      size: options.size,
      smooth: options.smoothPixels,
      loop: walk.closed || options.repeat === true,
      yes: options.yes,
    };
    const model: FilmModel = {
      id: info.id,
      latent: info.latent,
      picture: info.output,
      decode: (latents, _count, condition) =>
        context.call('latent/decode', { model: info.id, z: latents, condition }),
    };
    const { plan, bytes, notes } = await saved(request, model, format === null, options.out, context);
    const { frames, fps, width, height } = plan;
    const json = {
      model: info.id,
      file: options.out,
      frames,
      fps,
      width,
      height,
      bytes,
      notes,
      ...even?.figures,
    };
    const lines = [
      `${frames} frames of ${info.id}, ${width} x ${height}: ${options.out}${bytes === null ? '' : `, ${formatBytes(bytes)}`}`,
      ...(even?.lines ?? []),
      ...notes,
    ];
    return { json, lines };
  },
});

interface Saved {
  readonly plan: FilmPlan;
  readonly bytes: number | null;
  readonly notes: readonly string[];
}

/** Ctrl+C leaves nothing behind: the file or folder is there whole, or not at all. */
async function saved(
  request: FilmRequest,
  model: FilmModel,
  asFolder: boolean,
  out: string,
  { log, asJson }: CommandContext,
): Promise<Saved> {
  const { cancellation, cancel } = createCancellation();
  let told = 0;
  const send = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    if (asJson || total < TELL_FROM || done * 10 < (told + 1) * total) return;
    told = Math.floor((done * 10) / total);
    log(`${done} of ${total} frames`);
  };
  const stop = (): void => {
    log('Stopping; Ctrl+C once more ends it at once.');
    cancel();
  };
  process.once('SIGINT', stop);
  try {
    if (asFolder) {
      if (await realFilePort.exists(out)) throw folderIsThere(out);
      const plan = planned(request, model);
      const frames = filmFrames({ walk: request.walk, plan, ...model }, { cancellation, send });
      await writeFolderAtomic(out, pngSequence(plan, frames), { mode: 0o644 });
      return { plan, bytes: null, notes: [] };
    }
    const { plan, bytes, notes } = await makeFilm(request, model, { cancellation, send });
    await writeAtomic(out, bytes, { mode: 0o644 });
    return { plan, bytes: bytes.byteLength, notes };
  } finally {
    process.off('SIGINT', stop);
  }
}

const TELL_FROM = 240;

async function walkOf(options: Input, info: ModelInfo, context: CommandContext): Promise<Walk> {
  const { from, to, via = [], easing, loop = false, frames, fps } = options;
  if (from === undefined || (to === undefined && via.length === 0)) {
    throw new AppError({
      code: 'usage/option',
      headline: 'A walk needs at least two points',
      cause: from === undefined ? '--from is missing' : '--to is missing',
      remedy: `give --from and --to, each ${OPERAND}`,
    });
  }
  if (options.method === 'smooth' && easing !== 'linear') {
    throw new AppError({
      code: 'usage/option',
      headline: 'A smooth walk has one speed from end to end, so it cannot be eased as well',
      where: '--easing',
      remedy: 'leave it out, or take another method',
    });
  }
  const points = [from, ...via, ...(to === undefined ? [] : [to])];
  const latents: Float32Array[] = [];
  for (const point of points) latents.push(await readOperand(point, info, context));
  const legs = legCount({ keys: latents.map((latent) => ({ z: latent, seconds: 0, easing })), closed: loop });
  const total = options.seconds ?? (frames === undefined ? SECONDS_PER_LEG * legs : frames / fps);
  return {
    path: pathOf(options.method),
    closed: loop,
    keepNorm: options.keepNorm ?? onShell(options.method, info.latent),
    keys: latents.map((latent) => ({ z: latent, condition: options.class, seconds: total / legs, easing })),
  };
}

/** A spline has no corners; with the norm kept it is a great circle between two keys, and rounded at the keys of more. */
const pathOf = (method: Input['method']): WalkPath => (method === 'smooth' ? 'spline' : method);
const onShell = (method: Input['method'], { size, prior }: ModelInfo['latent']): boolean =>
  method === 'smooth' && size >= SHELL_FROM && prior.kind === 'normal';

/** The walk at an even pace, and what that made of it: how much the steps vary, beside the walk as given and straight lines. */
async function evened(model: string, walk: Walk, { call }: CommandContext) {
  const even = await call('walks/even', { model, walk, samples: MEASURED_AT, keepSeconds: false });
  const measure = async (measured: Walk) => {
    const { total, variation } = await call('walks/measure', { model, walk: measured, samples: MEASURED_AT });
    return { length: total, variation };
  };
  const [smooth, uneven, lerp] = [
    await measure(even),
    await measure(walk),
    await measure({ ...walk, path: 'lerp' }),
  ];
  const lines = [
    `steps vary by ${smooth.variation.toFixed(3)} of their mean; ${uneven.variation.toFixed(3)} before, ${lerp.variation.toFixed(3)} on straight lines`,
  ];
  return { walk: even, figures: { steps: { smooth, uneven, lerp } }, lines };
}

/** null: a folder. */
function formatOf(out: string): FilmFormat | null {
  const extension = extname(out).toLowerCase();
  if (extension === '') return null;
  const format = FORMATS[extension];
  if (format !== undefined) return format;
  throw new AppError({
    code: 'usage/out',
    headline: 'A walk cannot be saved as this kind of file',
    where: out,
    remedy: `choose ${Object.keys(FORMATS).join(', ')}, or a folder`,
  });
}

const folderIsThere = (where: string): AppError =>
  new AppError({
    code: 'usage/out',
    headline: 'There is something of this name already',
    where,
    cause: 'a whole folder is written',
    remedy: 'name a folder that is not there yet',
  });
