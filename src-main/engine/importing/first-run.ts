/** The first answers of a network: how large z is, how many pictures one run makes, and which output is the picture. */
import type { Batch } from '#shared/importing';
import { AppError } from '#shared/errors';
import type { NetworkRunner, NumberArray } from '../network-runner';
import { notAGenerator, otherOutput, vectorFrom } from './not-a-generator';
import { readingsOf, type NotPicture, type PictureReading } from './picture-reading';
import { isColourPicture, roleOf, type InputReading } from './ports';
import { latentsOf, resolveShape, runOnce, sizeOf, type Feeding } from './probe';

const SEED = 1;
const NORMAL = { kind: 'normal' } as const;
/** Keeps a guess: what of, whether anything in the file decides it, and the sentence. */
export type Say = (field: string, certain: boolean, why: string) => void;

interface FirstRun {
  readonly feeding: Feeding;
  readonly answer: ReadonlyMap<string, NumberArray>;
  /** Pictures asked for in it. */
  readonly rows: number;
}

/** Two at once where the network takes any number, so that the batch shows in what comes out. */
export async function firstRun(runner: NetworkRunner, reading: InputReading, guess: Say): Promise<FirstRun> {
  const { latent, latentShape, batch, sides } = reading;
  const resolved = await resolveShape(runner, { latent: latent.name, batch, sides }, latentShape);
  if (resolved === null) {
    throw notAGenerator(
      `its input does not say how long z is, and no length was taken by it`,
      'export it with a fixed length of z',
      `input ${latent.name}`,
    );
  }
  const { shape } = resolved;
  if (resolved.guessed)
    guess(
      'latent.shape',
      false,
      `The file leaves the size of z open; the network takes ${shape.join(' x ')}.`,
    );
  const run = async (asBatch: Batch, rows: number, whole = shape): Promise<FirstRun> => {
    const feeding: Feeding = { latent: latent.name, shape: whole, batch: asBatch, sides };
    return {
      feeding,
      rows,
      answer: await runOnce(runner, feeding, latentsOf(SEED, rows, sizeOf(whole), NORMAL), rows),
    };
  };
  if (batch === 'none') return run('none', 1);
  if (batch !== 'any') {
    const fixed = await run(batch, batch);
    const keeps = batch === 1 || [...fixed.answer.values()].some(({ shape: [rows] }) => rows === batch);
    return keeps ? fixed : run('none', 1, [batch, ...shape]);
  }
  try {
    return await run('any', 2);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const alone = await run(1, 1);
    guess(
      'latent.batch',
      true,
      'It says that it takes any number of z at once, and fails with two; one is given at a time.',
    );
    return alone;
  }
}

interface PictureOutput {
  readonly output: string;
  readonly batched: boolean;
  readonly readings: readonly PictureReading[];
}

export function choosePicture(
  answer: ReadonlyMap<string, NumberArray>,
  { shape: latent, batch }: Feeding,
  rows: number,
  reading: InputReading,
): PictureOutput {
  const found: PictureOutput[] = [];
  let other:
    { readonly kind: NotPicture; readonly shape: readonly number[]; readonly name: string } | undefined;
  for (const [name, { shape }] of answer) {
    const batched = isBatched(shape, batch, rows);
    const row = (batched ? shape.slice(1) : shape).filter(
      (side, at, all) => all.length <= 3 || side !== 1 || at === all.length - 1,
    );
    const read = readingsOf(row, batched);
    if (read.kind === 'pictures') found.push({ output: name, batched, readings: read.readings });
    else other ??= { kind: read.kind, shape: row, name };
  }
  const area = ({ readings: [one] }: PictureOutput): number =>
    one === undefined ? 0 : one.height * one.width;
  const [best] = found.toSorted((a, b) => area(b) - area(a));
  const role = roleOf(
    [reading.latent],
    [...answer].map(([name, { shape }]) => ({ name, shape, type: 'float32' })),
  );
  if (
    best !== undefined &&
    !(role.role === 'encoder' && best.readings[0]?.layout.startsWith('flat') === true)
  )
    return best;
  const { name = '', kind = 'few' } = other ?? {};
  const given = answer.get(best?.output ?? name);
  const vector = given !== undefined && (kind === 'few' || given.shape.length <= 2);
  if (vector) throw vectorFrom(latent, given.data.length / rows, given.data, best?.output ?? name);
  throw otherOutput(kind, other?.shape ?? [], name);
}

function isBatched(shape: readonly number[], batch: Batch, rows: number): boolean {
  if (batch === 'any') return shape[0] === rows;
  if (typeof batch === 'number' && batch > 1) return shape[0] === batch;
  // one picture: a leading 1 is a batch unless the picture needs it
  return shape[0] === 1 && (shape.length === 4 || shape.length === 2 || shape.length === 3);
}

export function batchOf(declared: Batch, batched: boolean, rows: number): Batch {
  return declared === 'any' && !batched && rows > 1 ? 1 : declared;
}

export function isPictureToPicture(
  latent: readonly number[],
  { height, width, channels }: PictureReading,
): boolean {
  if (isColourPicture(latent)) return true;
  return latent.length === 1 && sizeOf(latent) === height * width * channels && sizeOf(latent) >= 196;
}
