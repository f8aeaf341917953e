// A walk where it arrives from outside: over the wire with typed arrays, and as JSON in files and projects.
import { z } from 'zod';
import { AppError } from './errors';
import { LIMITS, latents, parserOf } from './schema';
import { EASINGS, WALK_PATHS, legCount, type Walk } from './walk';

export const WALK_FORMAT = 'latentscape-walk/1';

const seconds = z.number().min(0).max(LIMITS.walkSeconds);
const isPace = (pace: ArrayLike<number>): boolean => {
  const numbers = Array.from(pace);
  return (
    numbers.length >= 2 &&
    numbers[0] === 0 &&
    numbers.at(-1) === 1 &&
    numbers.every((value, i) => i === 0 || value >= numbers[i - 1]!)
  );
};
const NO_PACE = 'must grow from 0 to 1';
const keyParts = {
  condition: z.number().int().min(0).max(LIMITS.classes).optional(),
  hold: seconds.optional(),
  seconds,
  easing: z.enum(EASINGS),
};
const walkParts = { path: z.enum(WALK_PATHS), closed: z.boolean(), keepNorm: z.boolean().optional() };

const keys = <Key extends z.ZodType>(key: Key) =>
  z.array(key).min(2, 'a walk needs at least two keys').max(LIMITS.walkKeys);

/** Over the wire. */
export const walkSchema: z.ZodType<Walk> = z
  .object({
    ...walkParts,
    keys: keys(z.object({ ...keyParts, z: latents, pace: latents.refine(isPace, NO_PACE).optional() })),
  })
  .refine((walk) => walk.keys.every((key) => key.z.length === walk.keys[0]!.z.length), {
    message: 'its keys have latents of different lengths, as of different models',
    path: ['keys'],
  })
  .refine((walk) => walk.keys.slice(0, legCount(walk)).some((key) => key.seconds > 0), {
    message: 'no leg takes any time',
    path: ['keys'],
  });

const numbers = z.array(z.number()).max(LIMITS.latentSize);
const fileSchema = z.object({
  format: z.literal(WALK_FORMAT),
  model: z.string().min(1).max(64),
  ...walkParts,
  keys: keys(z.object({ ...keyParts, z: numbers.min(1), pace: numbers.optional() })),
});
/** JSON of a walk: numbers as they are, so that it comes back to the bit. */
export type WalkFile = z.infer<typeof fileSchema>;

export interface NamedWalk {
  readonly model: string;
  readonly walk: Walk;
}

/** One order of its parts, and nothing that says nothing: the same walk is the same text, wherever it was put together. */
export function walkToJson({ model, walk }: NamedWalk): WalkFile {
  const keys = walk.keys.map(({ z: latent, condition, hold, seconds: leg, easing, pace }) => ({
    ...(condition === undefined ? {} : { condition }),
    ...(hold === undefined || hold === 0 ? {} : { hold }),
    seconds: leg,
    easing,
    z: [...latent],
    ...(pace === undefined ? {} : { pace: [...pace] }),
  }));
  const { path, closed, keepNorm } = walk;
  return { format: WALK_FORMAT, model, path, closed, ...(keepNorm === true ? { keepNorm } : {}), keys };
}

const parseFile = parserOf(fileSchema);
const parseWalk = parserOf(walkSchema);

/** @throws AppError input/walk in one sentence. */
export function walkFromJson(document: unknown, where: string): NamedWalk {
  try {
    const { format: _, model, ...file } = parseFile(document);
    const keys = file.keys.map(({ z: latent, pace, ...key }) => ({
      ...key,
      z: Float32Array.from(latent),
      ...(pace === undefined ? {} : { pace: Float32Array.from(pace) }),
    }));
    return { model, walk: parseWalk({ ...file, keys }) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const place = error.where === undefined ? '' : `${error.where}: `;
    throw new AppError({
      code: 'input/walk',
      headline: 'This is no walk that can be read',
      where,
      cause: `${place}${error.detail ?? 'unknown'}`,
      remedy: 'save the walk again, or correct it',
    });
  }
}
