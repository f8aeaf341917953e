// A map's recipe where it arrives from outside.
import { z } from 'zod';
import { LIMITS } from './schema';
import { MAP_FEATURES, MAP_METHODS, type MapRecipe, type MapSource } from './map';

/** Points of one map, points whose numbers or pictures are asked for at once, neighbours. */
export const MAP_LIMITS = { points: 200_000, latents: 4_096, pictures: 512, neighbours: 64 } as const;

const seed = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);

/** Of pictures that a window brought in: made by the window, and all that a project knows of them. */
export const broughtId = z.string().regex(/^[0-9a-f]{24}$/, 'is not the id of pictures');

export const mapSource: z.ZodType<MapSource> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('codes') }),
  z.object({ kind: z.literal('labelled') }),
  z.object({ kind: z.literal('samples'), count: z.number().int().min(3).max(MAP_LIMITS.points), seed }),
  z.object({
    kind: z.literal('data'),
    path: z.string().min(1).max(4096),
    count: z.number().int().min(3).max(MAP_LIMITS.points),
  }),
]);

const axis = z.number().int().min(0).max(LIMITS.latentSize);

export const mapRecipeParts = {
  source: mapSource,
  method: z.enum(MAP_METHODS),
  features: z.enum(MAP_FEATURES),
  seed,
  axes: z.tuple([axis, axis]).readonly(),
};
export const mapRecipe: z.ZodType<MapRecipe> = z.object(mapRecipeParts);

/** Points of a map by their numbers. */
export const mapIndices = (most: number) =>
  z
    .custom<Uint32Array>((value) => value instanceof Uint32Array, 'must be a Uint32Array')
    .refine((indices) => indices.length >= 1 && indices.length <= most, `must be 1 to ${most} points`);
