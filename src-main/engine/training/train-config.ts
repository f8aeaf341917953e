// What a training run is made of, checked at the border.
import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { Likelihood } from '#ml/vae';
import {
  acganTraining,
  biganTraining,
  cganTraining,
  cvaeTraining,
  ganTraining,
  infoganTraining,
  vaeConfigSchema,
  vaeganTraining,
  vaeTraining,
} from './family-configs';

export const trainConfigSchema = z.discriminatedUnion('family', [
  vaeTraining,
  cvaeTraining,
  ganTraining,
  cganTraining,
  acganTraining,
  infoganTraining,
  biganTraining,
  vaeganTraining,
]);

export type TrainConfig = z.infer<typeof trainConfigSchema>;
export type ConfigOf<F extends TrainConfig['family']> = Extract<TrainConfig, { family: F }>;

/** Of the configuration's form. A file may say it, and one that says nothing is of this one. */
const FORMAT_VERSION = 1;

/** @throws AppError usage/config: where it is wrong, and how it should be. */
export function parseTrainConfig(value: unknown): TrainConfig {
  const parsed = trainConfigSchema.safeParse(ofThisVersion(value));
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

/** The configuration itself, from what may be a whole job.json. */
function ofThisVersion(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('formatVersion' in value)) return value;
  const { formatVersion, ...rest } = value;
  if (formatVersion !== FORMAT_VERSION) {
    throw new AppError({
      code: 'usage/config',
      headline: 'This configuration was made by a newer Latentscape',
      where: 'formatVersion',
      cause: `it is of version ${String(formatVersion).slice(0, 20)}, and ${FORMAT_VERSION} is known here`,
      remedy: 'update Latentscape, or make the configuration anew',
    });
  }
  return 'config' in rest ? rest.config : rest;
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
