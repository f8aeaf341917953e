// What a training run is made of, checked at the border, and the presets that made the bundled packs.

import { z } from 'zod';
import { AppError } from '#shared/errors';
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

export const trainConfigSchema = z.strictObject({
  /** The pack's id, and what it is called in a list. */
  id: z.string().regex(PACK_ID, 'must be small letters, digits and hyphens'),
  title: z.string().min(1).max(120),
  family: z.literal('vae'),
  /** What the data is, in words: a run is told where it lies separately, and no pack remembers that. */
  data: z.strictObject({
    name: z.string().min(1).max(120),
    classNames: z.array(z.string().min(1).max(60)).max(256),
    source: z.string().max(300),
    licence: z.string().max(300),
  }),
  model: vaeConfigSchema,
  seed: z.int(),
  epochs: count.max(10_000),
  batchSize: count.max(4096),
  learningRate: z.strictObject({
    schedule: z.enum(['constant', 'linear', 'cosine']),
    peak: z.number().positive(),
    floor: z.number().nonnegative(),
  }),
  /** Gradients with a larger joint norm are scaled down to it; null: never. */
  clipNorm: z.number().positive().nullable(),
  beta: z.number().nonnegative(),
  klWarmUpSteps: z.int().nonnegative(),
  /** Pictures from the end of the training set that are never trained on; each epoch is judged by them. */
  validationCount: z.int().nonnegative(),
  /** Steps between checkpoints; at most 30 seconds pass as well. */
  checkpointSteps: count.max(200),
});

export type TrainConfig = z.infer<typeof trainConfigSchema>;
export type PresetName = 'fashion-vae-2d' | 'digits-vae-2d';

/** Both presets: the same network and recipe, 28 x 28 grey pictures to two numbers and back. */
const VAE_2D = {
  family: 'vae',
  model: {
    height: 28,
    width: 28,
    channels: 1,
    latentSize: 2,
    // The encoder only has to find a place on the plane; the decoder draws the picture and gets the width.
    encoder: { kind: 'conv', filters: [16, 32], units: [64] },
    // Two plain layers fold the plane before the picture is laid out as 7 x 7 x 32 and doubled twice. The second is narrow:
    // most weights lie between it and those 1568 values.
    decoder: { kind: 'conv', filters: [32, 32], units: [128, 64] },
    // Smooth, so that the manifold has no creases; 1.5 nats better here than ELU at the same cost.
    activation: 'swish',
    likelihood: { kind: 'bernoulli' },
  },
  seed: 1,
  epochs: 40,
  batchSize: 128,
  // High to spread the classes over the plane, then to nearly nothing; the last ten epochs gain only 0.3 nats, so 40 are enough.
  learningRate: { schedule: 'cosine', peak: 2e-3, floor: 1e-5 },
  clipNorm: null,
  beta: 1,
  // Less than an epoch: enough to keep both dimensions in use.
  klWarmUpSteps: 400,
  validationCount: 2000,
  checkpointSteps: 200,
} as const;

export const PRESETS: Readonly<Record<PresetName, TrainConfig>> = {
  'fashion-vae-2d': trainConfigSchema.parse({
    ...VAE_2D,
    id: 'fashion-vae-2d',
    title: 'Fashion, a plane of clothes',
    data: {
      name: 'Fashion-MNIST',
      classNames: [
        'T-shirt/top',
        'Trouser',
        'Pullover',
        'Dress',
        'Coat',
        'Sandal',
        'Shirt',
        'Sneaker',
        'Bag',
        'Ankle boot',
      ],
      source:
        'https://github.com/zalandoresearch/fashion-mnist (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747)',
      licence: 'MIT, Copyright 2017 Zalando SE',
    },
  }),
  'digits-vae-2d': trainConfigSchema.parse({
    ...VAE_2D,
    id: 'digits-vae-2d',
    title: 'Digits, a plane of handwriting',
    data: {
      name: 'MNIST',
      classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      source: 'http://yann.lecun.com/exdb/mnist (LeCun, Cortes & Burges 1998)',
      licence: 'CC BY-SA 3.0, Yann LeCun and Corinna Cortes',
    },
  }),
};

export function presetOf(name: string): TrainConfig {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as PresetName];
  throw new AppError({
    code: 'usage/preset',
    headline: 'There is no such preset',
    where: name,
    remedy: `choose one of ${Object.keys(PRESETS).join(', ')}`,
  });
}

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
  const model = trainConfigSchema.shape.model.safeParse(training?.config['model']);
  return model.success
    ? settledLikelihood(model.data.likelihood, training?.metrics['sigma'])
    : { kind: 'bernoulli' };
}

interface PackTraining {
  readonly config: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, number>>;
}
