// The points that a walk on the command line goes through: a seed, a file of latents, the numbers themselves, or a picture.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { ModelInfo } from '#shared/domain';
import { walkFromJson } from '#shared/walk-schema';
import type { Walk } from '#shared/walk';
import type { CommandContext } from './command';
import { readLatents } from './latent-file';

const MAX_SEED = 2 ** 31;

export const OPERAND = 'seed:7, z.json (z.json#2: its latent 2), 0.5,-1, or image:photo.png';

/** @throws AppError in one sentence that names the operand. // [size] */
export async function readOperand(
  operand: string,
  { id, latent }: ModelInfo,
  { call }: Pick<CommandContext, 'call'>,
): Promise<Float32Array> {
  const seed = /^seed:(?<seed>.*)$/s.exec(operand)?.groups?.['seed'];
  if (seed !== undefined) {
    if (!/^-?\d{1,10}$/.test(seed) || Math.abs(Number(seed)) >= MAX_SEED)
      throw wrongOperand(operand, `a seed is a whole number between ${-MAX_SEED} and ${MAX_SEED}`);
    return latentOfSeed(Number(seed), latent.size, latent.prior);
  }
  if (operand.startsWith('image:')) return encoded(operand.slice('image:'.length), id, call);
  const { path, row } = /^(?<path>.*?)(?:#(?<row>\d+))?$/s.exec(operand)?.groups ?? {};
  const latents = await readLatents(path ?? operand, latent.size, id);
  if (row === undefined && latents.length > 1)
    throw wrongOperand(
      operand,
      `it holds ${latents.length} latents`,
      `name one by its number: ${path ?? ''}#0`,
    );
  const chosen = latents[Number(row ?? 0)];
  if (chosen === undefined) throw wrongOperand(operand, `the last latent is #${latents.length - 1}`);
  return chosen;
}

async function encoded(path: string, model: string, call: CommandContext['call']): Promise<Float32Array> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new AppError({
      code: 'input/missing',
      headline: 'The picture cannot be read',
      where: path,
      cause: error.code,
      remedy: 'check its path',
    });
  });
  const { mu } = await call('latent/encode', {
    model,
    name: basename(path),
    file: new Uint8Array(file),
    invert: 'auto',
  });
  return mu;
}

/** A walk that was saved as JSON. */
export async function readWalk(path: string, model: string): Promise<Walk> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw wrongWalk(path, error.code ?? 'it cannot be read');
  });
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw wrongWalk(path, 'it is not JSON');
  }
  const saved = walkFromJson(document, path);
  if (saved.model === model) return saved.walk;
  throw wrongWalk(path, `it is a walk of ${saved.model}, not of ${model}`);
}

const wrongWalk = (where: string, cause: string): AppError =>
  new AppError({
    code: 'input/walk',
    headline: 'This is no walk of the model',
    where,
    cause,
    remedy: 'check --walk',
  });

const wrongOperand = (where: string, cause: string, remedy = `give ${OPERAND}`): AppError =>
  new AppError({ code: 'usage/operand', headline: 'This names no point of the walk', where, cause, remedy });
