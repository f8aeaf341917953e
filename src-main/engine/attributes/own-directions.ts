// A person's own sliders: one file for each model, in their own folder, also for models that came with the app. Data from a file that
// anyone may have edited: it is checked whole, and what cannot be read is said and left where it is.
import { readFile, stat } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { directionSchema } from '#shared/attribute-schema';
import type { Direction } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { LIMITS } from '#shared/schema';
import { writeAtomic } from '../store/atomic';
import { errorCode } from '../store/file-port';
import { MAX_DIRECTIONS_BYTES } from '../store/limits';
import { storeError } from '../store/store-errors';
import { parseStrictJson } from '../store/strict-json';

const FORMAT = 'latentscape-directions/1';
const fileSchema = z.object({
  format: z.literal(FORMAT),
  model: z.string(),
  directions: z.array(directionSchema).max(LIMITS.directions),
});

export interface OwnDirections {
  readonly list: (model: string, size: number) => Promise<readonly Direction[]>;
  /** Replaces one of the same name. @throws AppError input/latent where it belongs to a latent of another size. */
  readonly save: (model: string, size: number, direction: Direction) => Promise<void>;
  /** @throws AppError input/direction where there is none of this name. */
  readonly remove: (model: string, size: number, name: string) => Promise<void>;
}

export function createOwnDirections(folder: string): OwnDirections {
  const pathOf = (model: string): string => join(folder, `${model}.json`);
  /** Writing one at a time: two windows may save at once. */
  let last: Promise<unknown> = Promise.resolve();

  async function list(model: string, size: number): Promise<readonly Direction[]> {
    const path = pathOf(model);
    const bytes = await read(path);
    if (bytes === null) return [];
    const parsed = fileSchema.safeParse(
      parseStrictJson(bytes, { code: 'store/directions', where: path, maxBytes: MAX_DIRECTIONS_BYTES }),
    );
    if (!parsed.success) throw damaged(path, parsed.error.issues[0]?.message ?? 'it is wrong');
    const wrong = parsed.data.directions.find(({ vector }) => vector.length !== size);
    if (wrong !== undefined)
      throw damaged(
        path,
        `${wrong.name} has ${wrong.vector.length} numbers, and this model's latent ${size}`,
      );
    return parsed.data.directions.map((direction) => ({ ...direction, origin: 'own' }));
  }

  async function write(model: string, directions: readonly Direction[]): Promise<void> {
    const path = pathOf(model);
    const text = `${JSON.stringify({ format: FORMAT, model, directions }, null, 1)}\n`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeAtomic(path, new TextEncoder().encode(text));
    } catch (error) {
      throw error instanceof AppError ? error : storeError(error, path, undefined);
    }
  }

  function inTurn<T>(body: () => Promise<T>): Promise<T> {
    const mine = last.then(body, body);
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    list,
    save: (model, size, direction) =>
      inTurn(async () => {
        if (direction.vector.length !== size) throw wrongSize(direction, size);
        const others = (await list(model, size)).filter(({ name }) => name !== direction.name);
        if (others.length >= LIMITS.directions) throw tooMany(model);
        await write(model, [...others, { ...direction, origin: 'own' }]);
      }),
    remove: (model, size, name) =>
      inTurn(async () => {
        const all = await list(model, size);
        const rest = all.filter((direction) => direction.name !== name);
        if (rest.length === all.length) throw noSuch(name);
        await write(model, rest);
      }),
  };
}

async function read(path: string): Promise<Uint8Array | null> {
  try {
    const { size } = await stat(path);
    if (size > MAX_DIRECTIONS_BYTES) throw damaged(path, `it is ${size} bytes long`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (errorCode(error) === 'ENOENT') return null;
    throw storeError(error, path, undefined);
  }
}

const damaged = (where: string, cause: string): AppError =>
  new AppError({
    code: 'store/directions',
    headline: 'Your own directions of this model cannot be read',
    where,
    cause,
    remedy: 'correct the file, or move it away: the directions are then found or saved anew',
  });

const wrongSize = ({ name, vector }: Direction, size: number): AppError =>
  new AppError({
    code: 'input/latent',
    headline: 'This direction belongs to another model',
    where: name,
    cause: `it has ${vector.length} numbers, and this model's latent has ${size}`,
    remedy: 'find or save it from this model',
  });

const tooMany = (where: string): AppError =>
  new AppError({
    code: 'store/too-many',
    headline: 'There are too many directions of your own',
    where,
    cause: `${LIMITS.directions} are kept for a model`,
    remedy: 'remove one first',
  });

const noSuch = (where: string): AppError =>
  new AppError({
    code: 'input/direction',
    headline: 'There is no such direction of your own',
    where,
    remedy: 'those of the pack stay with the pack',
  });
