// What a window may send about a model that is being imported: contracts that a person corrected, checked like everything from outside.
import { z } from 'zod';
import { PICTURE_LAYOUTS, type EncoderContract, type GeneratorContract } from './importing';
import { LIMITS } from './schema';

const portName = z.string().min(1).max(512);
const finite = z.number();
const size = z.number().int().min(1);
const batch = z.union([z.literal('any'), z.literal('none'), size.max(65_536)]);
const layout = z.enum(PICTURE_LAYOUTS);
const range = z.tuple([finite, finite]).refine(([black, white]) => black < white, 'black is not below white');
const latentShape = z
  .array(size.max(LIMITS.latentSize))
  .min(1)
  .max(6)
  .refine(
    (shape) => shape.reduce((total, side) => total * side, 1) <= LIMITS.latentSize,
    `is more than ${LIMITS.latentSize} numbers`,
  );

export const prior = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('normal') }),
  z
    .object({ kind: z.literal('uniform'), low: finite, high: finite })
    .refine(({ low, high }) => low < high, 'low is not below high'),
]);

export const condition = z.object({
  input: portName,
  encoding: z.enum(['one-hot', 'index']),
  size: size.max(LIMITS.classes),
  names: z.array(z.string().max(200)).max(LIMITS.classes),
});

export const fixedInput = z.object({
  input: portName,
  shape: z.array(size).max(8),
  value: finite,
});

export const generatorContract = z.object({
  latent: z.object({ input: portName, shape: latentShape, batch, prior }),
  condition: condition.nullable(),
  fixed: z.array(fixedInput).max(256),
  picture: z.object({
    output: portName,
    layout,
    height: size.max(LIMITS.pictureSide),
    width: size.max(LIMITS.pictureSide),
    channels: z.union([z.literal(1), z.literal(3), z.literal(4)]),
    range,
  }),
}) satisfies z.ZodType<GeneratorContract>;

export const encoderContract = z.object({
  input: portName,
  layout,
  range,
  batch,
  mu: portName,
  logVar: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('output'), output: portName }),
      z.object({ kind: z.literal('half'), half: z.literal('first').optional() }),
    ])
    .nullable(),
}) satisfies z.ZodType<EncoderContract>;
