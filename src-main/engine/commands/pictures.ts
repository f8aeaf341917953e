// sample, grid, decode, encode: pictures from latents and latents from pictures.
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import { gridExport, latentExport, type ExportLayout } from '#shared/reproduce';
import type { Pictures } from '#shared/domain';
import { writeAtomic } from '../store/atomic';
import { command, integer, seed, text, type CommandContext } from './command';
import { readLatents } from './latent-file';
import { readOperand } from './walk-operands';

const out = { flag: '--out <file>', describe: 'where the PNG goes' } as const;
const condition = {
  flag: '--class <k>',
  describe: 'the class to draw, for models that take one: its number',
} as const;
const scale = {
  flag: '--scale <n>',
  describe: 'pixels of the file for each pixel of the picture',
  default: 8,
} as const;

async function savePng(
  context: CommandContext,
  pictures: Pictures,
  layout: ExportLayout,
  file: string,
): Promise<number> {
  const { png } = await context.call('export/png', {
    count: pictures.count,
    width: pictures.width,
    height: pictures.height,
    rgba: pictures.rgba,
    ...layout,
  });
  await writeAtomic(file, png);
  return png.length;
}

export const sampleCommand = command({
  usage: 'sample <model>',
  describe: 'draw from the prior: picture i is that of seed + i',
  options: [
    { flag: '--n <count>', describe: 'how many pictures', default: 16 },
    { flag: '--seed <seed>', describe: 'seed of the first picture', default: 1 },
    condition,
    scale,
    out,
  ],
  examples: ['sample fashion-vae-2d --n 16 --seed 1 --out samples.png'],
  input: z.object({
    model: text,
    n: integer(1, 4096),
    seed,
    scale: integer(1, 64),
    class: integer(0, 100_000).optional(),
    out: text,
  }),
  async run(input, context) {
    const { info } = await context.call('models/open', { model: input.model });
    const latents = Array.from({ length: input.n }, (_, i) =>
      latentOfSeed(input.seed + i, info.latent.size, info.latent.prior),
    );
    const decoded = await context.call('latent/decode', {
      model: info.id,
      z: concatenate(latents),
      condition: input.class,
    });
    const columns = Math.ceil(Math.sqrt(input.n));
    const layout = {
      columns,
      gap: 0,
      scale: input.scale,
      text: {
        Latentscape: JSON.stringify({ model: info.id, n: input.n, seed: input.seed, class: input.class }),
      },
    };
    const bytes = await savePng(context, decoded, layout, input.out);
    const json = {
      model: info.id,
      n: input.n,
      seed: input.seed,
      columns,
      file: input.out,
      bytes,
      z: latents.map((z) => [...z]),
    };
    return {
      json,
      lines: [
        `${input.n} pictures of ${info.id}, seeds ${input.seed} to ${input.seed + input.n - 1}: ${input.out}`,
      ],
    };
  },
});

export const gridCommand = command({
  usage: 'grid <model>',
  describe: 'the manifold of a 2-d latent space through the inverse CDF of its prior',
  options: [
    { flag: '--n <side>', describe: 'pictures on a side', default: 20 },
    { flag: '--span <sd>', describe: 'how far the grid reaches, in standard deviations', default: 2.5 },
    condition,
    { flag: '--scale <n>', describe: scale.describe, default: 2 },
    out,
  ],
  examples: ['grid digits-vae-2d --n 20 --out manifold.png'],
  input: z.object({
    model: text,
    n: integer(2, 64),
    span: z.number().min(0.1).max(6),
    scale: integer(1, 64),
    class: integer(0, 100_000).optional(),
    out: text,
  }),
  async run({ n, span, scale: factor, class: wanted, out: file, ...input }, context) {
    const { info } = await context.call('models/open', { model: input.model });
    const model = info.id;
    const decoded = await context.call('latent/grid', { model, n, span, condition: wanted });
    const bytes = await savePng(context, decoded, gridExport(model, n, span, factor, wanted), file);
    const json = { model, n, span, file, bytes, engineMs: decoded.engineMs };
    return { json, lines: [`${n} x ${n} manifold of ${model}: ${file}`] };
  },
});

export const decodeCommand = command({
  usage: 'decode <model>',
  describe: 'the pictures of given latents',
  options: [
    {
      flag: '--z <point>',
      describe:
        'JSON: {"z": [...]}, an array of numbers, or an array of such arrays; the numbers themselves, "0.5,-1"; seed:7; or image:photo.png',
    },
    condition,
    scale,
    out,
  ],
  examples: ['decode fashion-vae-2d --z z.json --out x.png'],
  input: z.object({
    model: text,
    z: text,
    scale: integer(1, 64),
    class: integer(0, 100_000).optional(),
    out: text,
  }),
  async run(input, context) {
    const { info } = await context.call('models/open', { model: input.model });
    const latents = /^(seed|image):/.test(input.z)
      ? [await readOperand(input.z, info, context)]
      : await readLatents(input.z, info.latent.size);
    const decoded = await context.call('latent/decode', {
      model: info.id,
      z: concatenate(latents),
      condition: input.class,
    });
    const bytes = await savePng(
      context,
      decoded,
      latentExport(info.id, latents, input.scale, input.class),
      input.out,
    );
    const json = {
      model: info.id,
      count: decoded.count,
      width: decoded.width,
      height: decoded.height,
      file: input.out,
      bytes,
    };
    return {
      json,
      lines: [`${decoded.count} ${decoded.count === 1 ? 'picture' : 'pictures'} of ${info.id}: ${input.out}`],
    };
  },
});

const PICTURE_FILES = new Set(['.png', '.jpg', '.jpeg', '.webp', '.gif', '.bmp']);

export const encodeCommand = command({
  usage: 'encode <model>',
  describe: 'the latents of given pictures: mu of q(z|x)',
  options: [
    { flag: '--images <path>', describe: 'a picture, or a folder of pictures' },
    {
      flag: '--invert <how>',
      describe: 'auto, yes or no: dark on light drawings for a model of light on dark',
      default: 'auto',
    },
    { flag: '--out <file>', describe: 'where the JSON goes' },
  ],
  examples: ['encode fashion-vae-2d --images photos --out z.json'],
  input: z.object({ model: text, images: text, invert: z.enum(['auto', 'yes', 'no']), out: text }),
  async run({ images, invert, out: target, ...input }, context) {
    const { info } = await context.call('models/open', { model: input.model });
    const model = info.id;
    const files = await pictureFiles(images);
    const encoded = [];
    const unreadable = [];
    for (const path of files) {
      const name = basename(path);
      try {
        const { mu, logVar, notes } = await context.call('latent/encode', {
          model,
          name,
          file: new Uint8Array(await readFile(path)),
          invert,
        });
        encoded.push({ file: name, z: [...mu], ...(logVar ? { logVar: [...logVar] } : {}), notes });
      } catch (error) {
        if (files.length === 1 || !(error instanceof AppError) || !error.code.startsWith('input/'))
          throw error;
        unreadable.push({ file: name, code: error.code, sentence: error.sentence });
      }
    }
    const document = { model, z: encoded.map(({ z: mu }) => mu), pictures: encoded, unreadable };
    await writeAtomic(target, new TextEncoder().encode(`${JSON.stringify(document, null, 1)}\n`));
    const lines = [
      `${encoded.length} of ${files.length} pictures encoded by ${model}: ${target}`,
      ...unreadable.map(({ sentence }) => sentence),
    ];
    return { json: { model, count: encoded.length, unreadable, file: target, z: document.z }, lines };
  },
});

async function pictureFiles(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch(() => null);
  if (info === null) {
    throw new AppError({
      code: 'input/missing',
      headline: 'There is no such file or folder',
      where: path,
      remedy: 'check --images',
    });
  }
  if (info.isFile()) return [path];
  const names = (await readdir(path)).filter((name) => PICTURE_FILES.has(extname(name).toLowerCase())).sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new AppError({
    code: 'input/empty',
    headline: 'The folder has no pictures',
    where: path,
    remedy: 'put PNG, JPEG or WebP files into it',
  });
}

function concatenate(latents: readonly Float32Array[]): Float32Array {
  const size = latents[0]?.length ?? 0;
  const z = new Float32Array(latents.length * size);
  latents.forEach((latent, i) => z.set(latent, i * size));
  return z;
}
