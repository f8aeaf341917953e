// Where a point of Explore starts from: where a model was never open, and where a seed is drawn.
import { firstAxes } from '#shared/dimensions';
import type { LatentVector, ModelInfo } from '#shared/domain';
import type { ExploreStep } from '#shared/explore-step';
import { latentOfSeed, truncated } from '#shared/random';
import { firstStep } from './explore-spec.svelte';

type StartingModel = Pick<ModelInfo, 'latent' | 'condition' | 'metrics'>;

const FIRST_SEED = 1;

/** The first step of a model's history, and what it is called. */
export function startOf(info: StartingModel): { readonly step: ExploreStep; readonly label: string } {
  const { size } = info.latent;
  const axes = firstAxes(info.metrics, size);
  const origin = firstStep(size, info.condition === null ? undefined : 0, axes);
  if (!isRareAtOrigin(info)) return { step: origin, label: 'The origin' };
  const z = drawOf(info, FIRST_SEED, 1);
  return { step: { ...origin, z, base: z, drawn: FIRST_SEED }, label: `Seed ${FIRST_SEED}` };
}

/** What a seed draws from the prior of the model, truncated by psi. // [size] */
export function drawOf({ latent }: Pick<ModelInfo, 'latent'>, seed: number, psi: number): LatentVector {
  const draw = latentOfSeed(seed, latent.size, latent.prior);
  return psi === 1 ? draw : truncated(draw, psi, latent.prior);
}

/**
 * The origin of a latent of many dimensions lies sqrt(size) from its draws: a generator that learned from draws hardly ever saw it, and an
 * autoencoder has the blurred mean of its data there.
 */
const isRareAtOrigin = ({ latent }: Pick<ModelInfo, 'latent'>): boolean => latent.size > 16;
