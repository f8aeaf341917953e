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
