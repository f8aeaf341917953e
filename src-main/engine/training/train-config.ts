// What a training run is made of, checked at the border.

import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { GanLoss } from '#ml/gan-losses';
import type { Likelihood } from '#ml/vae';
import { PACK_ID } from '../manifest';

const count = z.int().positive();
const body = z.strictObject({
  kind: z.enum(['dense', 'conv']),
  filters: z.array(count.max(1024)).max(8),
  units: z.array(count.max(8192)).max(8),
});

const likelihood = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bernoulli') }),
  z.strictObject({
    kind: z.literal('gaussian'),
    sigma: z.union([z.number().positive(), z.literal('learned')]),
    mean: z.enum(['sigmoid', 'linear']),
  }),
]);

export const vaeConfigSchema = z
  .strictObject({
    height: count.max(256),
    width: count.max(256),
    channels: z.union([z.literal(1), z.literal(3)]),
    latentSize: count.max(512),
    encoder: body,
    decoder: body,
    activation: z.enum(['relu', 'elu', 'selu', 'swish', 'tanh']),
    likelihood,
  })
  .refine(({ height, width, decoder }) => {
    const shrink = 2 ** decoder.filters.length;
    return decoder.kind === 'dense' || (height % shrink === 0 && width % shrink === 0);
  }, 'each of the decoder’s filters doubles the picture, so its sides must be divisible by 2 that many times');

const common = z.strictObject({
  /** The pack's id, and what it is called in a list. */
  id: z.string().regex(PACK_ID, 'must be small letters, digits and hyphens'),
  title: z.string().min(1).max(120),
  /** What the data is, in words: a run is told where it lies separately, and no pack remembers that. */
  data: z.strictObject({
    name: z.string().min(1).max(120),
    classNames: z.array(z.string().min(1).max(60)).max(256),
    source: z.string().max(300),
    licence: z.string().max(300),
  }),
  seed: z.int(),
  epochs: count.max(10_000),
  batchSize: count.max(4096),
  /** Pictures of the training set that are never trained on; each epoch is judged by them. */
  validationCount: z.int().nonnegative(),
  /** Steps between checkpoints; at most 30 seconds pass as well. */
  checkpointSteps: count.max(200),
});

const learningRate = z.strictObject({
  schedule: z.enum(['constant', 'linear', 'cosine']),
  peak: z.number().positive(),
  floor: z.number().nonnegative(),
});

const vaeTraining = common.extend({
  family: z.literal('vae'),
  model: vaeConfigSchema,
  learningRate,
  /** Gradients with a larger joint norm are scaled down to it; null: never. */
  clipNorm: z.number().positive().nullable(),
  beta: z.number().nonnegative(),
  klWarmUpSteps: z.int().nonnegative(),
  /** Nats of KL that each dimension has for nothing (Kingma et al. 2016). */
  freeBits: z.number().nonnegative().default(0),
});

const ganBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: z.array(count.max(4096)).min(1).max(8) }),
  z.strictObject({ kind: z.literal('conv'), width: count.max(256) }),
]);
const player = z.strictObject({ body: ganBody, batchNorm: z.boolean(), learningRate: z.number().positive() });

/** Named here again because this file loads no tensors. */
const GAN_LOSSES = [
  'minimax',
  'non-saturating',
  'least-squares',
  'hinge',
  'wasserstein',
] as const satisfies readonly GanLoss[];

const ganTraining = common.extend({
  family: z.literal('gan'),
  latentSize: count.max(512),
  generator: player,
  discriminator: player,
  schedule: z.enum(['constant', 'linear', 'cosine']),
  beta1: z.number().min(0).max(0.9999),
  beta2: z.number().min(0).max(0.99999),
  loss: z.enum(GAN_LOSSES),
  discriminatorSteps: count.max(100),
  penalty: z.strictObject({
    r1: z.number().nonnegative(),
    r2: z.number().nonnegative(),
    every: count.max(64),
    form: z.enum(['gradient', 'difference']),
  }),
  wassersteinWeight: z.number().nonnegative(),
  averageDecay: z.number().min(0).max(0.99999),
});

export const trainConfigSchema = z.discriminatedUnion('family', [vaeTraining, ganTraining]);

export type TrainConfig = z.infer<typeof trainConfigSchema>;
export type ConfigOf<F extends TrainConfig['family']> = Extract<TrainConfig, { family: F }>;
export function parseTrainConfig(value: unknown): TrainConfig {
  const parsed = trainConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError({
    code: 'usage/config',
    headline: 'The training cannot be set up like this',
    where: issue?.path.join('.') || undefined,
    cause: issue?.message,
    remedy: 'correct the configuration',
  });
}

/** p(x | z) of a finished model: a sigma that was learned is by now a number. */
export function settledLikelihood(likelihood: Likelihood, sigma: number | undefined): Likelihood {
  return likelihood.kind === 'gaussian' && sigma !== undefined ? { ...likelihood, sigma } : likelihood;
}

/** The same from a pack's record of its training; a pack that says nothing has the Bernoulli likelihood. */
export function likelihoodOfPack(training: PackTraining | undefined): Likelihood {
  const model = vaeConfigSchema.safeParse(training?.config['model']);
  return model.success
    ? settledLikelihood(model.data.likelihood, training?.metrics['sigma'])
    : { kind: 'bernoulli' };
}

interface PackTraining {
  readonly config: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, number>>;
}
