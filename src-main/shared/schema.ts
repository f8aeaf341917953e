// Runtime checks for everything that arrives from outside: one clear sentence instead of a stack trace.
import { z } from 'zod';
import { AppError } from './errors';

export const LIMITS = {
  /** Latents in one decode request. */
  decodeCount: 4096,
  latentSize: 65_536,
  gridSide: 64,
  /** Classes of a generator, and the side of a picture that it makes. */
  classes: 100_000,
  pictureSide: 4096,
  /** A file that is downloaded. */
  downloadBytes: 2 * 2 ** 30,
  /** A picture file that is dropped on the window. */
  pictureBytes: 64 * 2 ** 20,
  /** A data file that is attached, as it is on disk. */
  dataBytes: 256 * 2 ** 20,
  /** A data set that is dropped on the window, and the pieces it comes in. */
  uploadBytes: 8 * 2 ** 30,
  pieceBytes: 16 * 2 ** 20,
  /** Attributes of one model, and directions; exemplars that are picked at once. */
  attributes: 256,
  directions: 512,
  exemplars: 64,
  /** The card of a model, in characters. */
  cardLength: 200_000,
  /** A walk: its keys, the seconds of a leg, the places it is measured at; and its film. */
  walkKeys: 256,
  walkSeconds: 3_600,
  walkSamples: 4_096,
  filmFrames: 100_000,
  filmRate: 120,
  /** A project: its words, and its parts, which cross in one message. */
  projectTitle: 200,
  projectNotes: 100_000,
  projectParts: 64,
  projectModels: 256,
  projectBytes: 48 * 2 ** 20,
} as const;

export const modelId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'is not a model id');

/** Finite numbers only: a NaN in a latent decodes to nothing that means anything. */
export const latents = z
  .custom<Float32Array>((value) => value instanceof Float32Array, 'must be a Float32Array')
  .refine((z) => z.length > 0 && z.every(Number.isFinite), 'must be finite numbers');

export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');

export const fileBytes = (limit: number) =>
  bytes
    .refine((file) => file.length > 0, 'is empty')
    .refine((file) => file.length <= limit, `is larger than ${limit / 2 ** 20} MB`);

/** A file's name as a label. Never used as a path. */
export const fileName = z.string().min(1).max(255);

/** `parse` of a zod schema that throws AppErrors: usage/params, with the place that is wrong. */
export function parserOf<T>(schema: z.ZodType<T>): (value: unknown) => T {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.');
    throw new AppError({
      code: 'usage/params',
      headline: 'A value is not as it should be',
      ...(where ? { where } : {}),
      cause: issue?.message ?? 'unknown',
      remedy: 'correct it and try again',
    });
  };
}
