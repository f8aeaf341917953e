// The configuration of each family, as it is checked: the shapes of the types in src-main/ml. Loads no tensors.
import { z } from 'zod';
import type { AdversarialLoss } from '#ml/adversarial';
import type { GanLoss } from '#ml/gan-losses';
import { PACK_ID } from '../manifest';

/** Every limit says the range that it belongs to: the sentence is all that a person gets to read. */
const count = (max: number) => {
  const range = `must be a whole number from 1 to ${max}`;
  return z.int(range).min(1, range).max(max, range);
};
const WEIGHT = 'must be a number from 0 to 1000000';
const weight = z.number(WEIGHT).min(0, WEIGHT).max(1e6, WEIGHT);
const RATE = 'must be more than 0 and at most 1: from 0.00001 to 0.01 is usual';
const rate = z.number(RATE).positive(RATE).max(1, RATE);
const WHOLE = 'must be a whole number, 0 or more';
const whole = z.int(WHOLE).nonnegative(WHOLE);
const body = z.strictObject({
  kind: z.enum(['dense', 'conv']),
  filters: z.array(count(1024)).max(8),
  units: z.array(count(8192)).max(8),
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
    height: count(256),
    width: count(256),
    channels: z.union([z.literal(1), z.literal(3)]),
    latentSize: count(512),
    encoder: body,
    decoder: body,
    activation: z.enum(['relu', 'elu', 'selu', 'swish', 'tanh']),
    likelihood,
  })
  .refine(({ height, width, decoder }) => {
    const shrink = 2 ** decoder.filters.length;
    return decoder.kind === 'dense' || (height % shrink === 0 && width % shrink === 0);
  }, 'each of the decoder’s filters doubles the picture, so its sides must be divisible by 2 that many times');

/** What every training says. */
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
  seed: z.int('must be a whole number'),
  epochs: count(10_000),
  batchSize: count(4096),
  /** Pictures of the training set that are never trained on; each epoch is judged by them. */
  validationCount: whole,
  /** Steps between checkpoints; at most 30 seconds pass as well. */
  checkpointSteps: count(200),
});

const FLOOR = 'must be from 0 to 1: where the rate ends';
const learningRate = z.strictObject({
  schedule: z.enum(['constant', 'linear', 'cosine']),
  peak: rate,
  floor: z.number(FLOOR).min(0, FLOOR).max(1, FLOOR),
});

export const vaeTraining = common.extend({
  family: z.literal('vae'),
  model: vaeConfigSchema,
  learningRate,
  /** Gradients with a larger joint norm are scaled down to it; null: never. */
  clipNorm: z.number().positive().nullable(),
  beta: weight,
  klWarmUpSteps: whole,
  /** Nats of KL that each dimension has for nothing (Kingma et al. 2016). */
  freeBits: weight.default(0),
  /** Weight of ln p(y | z) of what the pictures are labelled with; 0: labels are not looked at. */
  labelWeight: weight.default(0),
});

const ganBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: z.array(count(4096)).min(1).max(8) }),
  z.strictObject({ kind: z.literal('conv'), width: count(256) }),
]);
const player = z.strictObject({ body: ganBody, batchNorm: z.boolean(), learningRate: rate });

/** Named here again because this file loads no tensors. */
const GAN_LOSSES = [
  'minimax',
  'non-saturating',
  'least-squares',
  'hinge',
  'wasserstein',
] as const satisfies readonly GanLoss[];

const averageDecay = z.number().min(0).max(0.99999);

export const ganTraining = common.extend({
  family: z.literal('gan'),
  latentSize: count(512),
  generator: player,
  discriminator: player,
  schedule: z.enum(['constant', 'linear', 'cosine']),
  beta1: z.number().min(0).max(0.9999),
  beta2: z.number().min(0).max(0.99999),
  loss: z.enum(GAN_LOSSES),
  discriminatorSteps: count(100),
  penalty: z.strictObject({
    r1: weight,
    r2: weight,
    every: count(64),
    form: z.enum(['gradient', 'difference']),
  }),
  wassersteinWeight: weight,
  averageDecay,
});

const ADVERSARIAL_LOSSES = [
  'minimax',
  'non-saturating',
  'least-squares',
  'hinge',
] as const satisfies readonly AdversarialLoss[];

/** What the conditional and inferring relatives of the GAN share: ml/adversarial.ts. */
const adversarial = common.extend({
  latentSize: count(512),
  generator: player,
  discriminator: player.omit({ batchNorm: true }),
  schedule: z.enum(['constant', 'linear', 'cosine']),
  beta1: z.number().min(0).max(0.9999),
  beta2: z.number().min(0).max(0.99999),
  loss: z.enum(ADVERSARIAL_LOSSES),
  r1: weight,
  r1Every: count(64),
});

/** Those whose generator is averaged; a training from before that says nothing of it, and none is. */
const averaged = adversarial.extend({ averageDecay: averageDecay.default(0) });

export const cganTraining = averaged.extend({
  family: z.literal('cgan'),
  /** A training from before there was such a layer has none. */
  jointUnits: whole.max(4096).default(0),
});

export const acganTraining = averaged.extend({
  family: z.literal('acgan'),
  /** Weight of L_C beside L_S. */
  classWeight: weight,
});

export const infoganTraining = averaged.extend({
  family: z.literal('infogan'),
  categories: count(100),
  continuous: whole.max(64),
  categoryWeight: weight,
  continuousWeight: weight,
});

export const biganTraining = adversarial.extend({
  family: z.literal('bigan'),
  reconstructionWeight: weight,
  jointUnits: count(4096),
});

export const vaeganTraining = adversarial.extend({
  family: z.literal('vaegan'),
  likenessWeight: weight,
  beta: weight,
});

/** Conditioned on the class, for pictures with labels. */
export const cvaeTraining = vaeTraining
  .omit({ family: true, freeBits: true, labelWeight: true })
  .extend({ family: z.literal('cvae') });
