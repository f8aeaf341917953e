// Attributes and directions as they come from outside: a manifest, a file of a person's own directions, a window.
import { z } from 'zod';
import { DIRECTION_METHODS, type Attribute, type Direction, type DirectionMethod } from './attributes';
import { LIMITS } from './schema';

const finite = z.number();
/** A name is a column of a table: one line that a terminal or a file would not obey. */
export const attributeName = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'holds a control character');

const range = z.tuple([finite, finite]).refine(([low, high]) => low <= high, 'low is above high');
const words = z.array(attributeName).max(32);

export const attributeSchema: z.ZodType<Attribute> = z.object({
  name: attributeName,
  title: attributeName,
  ranges: z.object({ low: range.nullable(), middle: range.nullable(), high: range.nullable() }),
  words: z.object({ low: words, middle: words, high: words }),
});

export const directionMethod = z.enum(
  Object.keys(DIRECTION_METHODS) as [DirectionMethod, ...DirectionMethod[]],
);

export const directionSchema: z.ZodType<Direction> = z.object({
  name: attributeName,
  title: attributeName,
  method: directionMethod,
  attribute: attributeName.nullable(),
  vector: z.array(finite).min(1).max(LIMITS.latentSize),
  auc: finite.nullable(),
  sideEffects: z.array(z.object({ attribute: attributeName, sigma: finite })).max(LIMITS.attributes),
  origin: z.enum(['pack', 'own']),
});
