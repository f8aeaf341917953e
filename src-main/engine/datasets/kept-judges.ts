// Judges are trained once and kept in the user's cache, under the hash of their recipe and of the pictures they learn from: a renderer
// that draws otherwise gets a judge of its own.
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../backends/cache-folder';
import { selectBackend } from '../backends/select';
import { decodeNetwork, encodeNetwork } from '../network-file';
import { writeAtomic } from '../store/atomic';
import { fromLayersModel, toLayersModel } from '../tf-network';
import type { Source } from '../training/source';
import { JUDGE_DEFAULTS, judgeOf, trainJudge, type Judge, type JudgeRecipe } from './judge';
import { glyphSource } from './procedural/glyphs';
import { HEAD_FACTORS, headSource } from './procedural/heads';

/** Changes when the network or its training does. */
const VERSION = 1;
const FINGERPRINT_PICTURES = 64;
const TRAIN_SEED = 101;
const TEST_SEED = 202;

/** Tells digits and reads slant and thickness. */
export function glyphJudge(size = 16, slant?: number): Promise<Judge> {
  const of = (count: number, seed: number) =>
    glyphSource({ size, count, seed, ...(slant === undefined ? {} : { slant }) });
  return keptJudge(of(20_000, TRAIN_SEED), of(4_000, TEST_SEED), {
    ...JUDGE_DEFAULTS,
    targets: { classes: true, factors: ['slant', 'thickness'] },
  });
}

/** Reads all twelve factors of a head. */
export function headJudge(size = 32): Promise<Judge> {
  const of = (count: number, seed: number) => headSource({ size, count, seed });
  return keptJudge(of(20_000, TRAIN_SEED), of(4_000, TEST_SEED), {
    ...JUDGE_DEFAULTS,
    steps: 3000,
    targets: { classes: false, factors: HEAD_FACTORS },
  });
}

/** Trained now, or read from the cache. */
export async function keptJudge(
  train: Source,
  test: Source,
  recipe: JudgeRecipe,
  cache: string = cacheFolder(),
): Promise<Judge> {
  await selectBackend();
  const folder = join(cache, 'judges');
  const path = join(folder, `${await judgeId(train, recipe)}.safetensors`);
  const kept = await readJudge(path);
  if (kept !== null) return kept;
  const judge = await trainJudge(train, test, recipe);
  const { classes, scales, report } = judge;
  await mkdir(folder, { recursive: true });
  await writeAtomic(path, encodeNetwork(fromLayersModel(judge.network)));
  await writeAtomic(notesOf(path), new TextEncoder().encode(JSON.stringify({ classes, scales, report })));
  return judge;
}

const notesOf = (path: string): string => path.replace(/\.safetensors$/, '.json');

const notesSchema = z.object({
  classes: z.number(),
  scales: z.array(z.object({ name: z.string(), mean: z.number(), sd: z.number() })),
  report: z.object({
    accuracy: z.number().nullable(),
    r2: z.record(z.string(), z.number()),
    floor: z.number(),
    floorCount: z.number(),
    seconds: z.number(),
  }),
});

/** Null where there is none; what cannot be read is trained again. */
async function readJudge(path: string): Promise<Judge | null> {
  try {
    const { classes, scales, report } = notesSchema.parse(JSON.parse(await readFile(notesOf(path), 'utf8')));
    const network = await toLayersModel(decodeNetwork(await readFile(path)));
    return judgeOf(network, classes, scales, report);
  } catch {
    return null;
  }
}

/** The name that a judge is kept under: a hash of its recipe and of the pictures that it learns from. */
export async function judgeId(train: Source, recipe: JudgeRecipe): Promise<string> {
  const { count, shape, classNames } = train;
  const some = Uint32Array.from({ length: Math.min(FINGERPRINT_PICTURES, count) }, (_, i) => i);
  const pixels = await train.read(some);
  return createHash('sha256')
    .update(JSON.stringify({ version: VERSION, recipe, count, shape, classNames }))
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('hex')
    .slice(0, 32);
}
