// The simplest map there is: the codes of the digits as they lie.
import type { MapRecipe } from '#shared/map';

export const MODEL = 'digits-vae-2d';
export const FIRST_RECIPE: MapRecipe = {
  source: { kind: 'codes' },
  method: 'axes',
  features: 'latent',
  seed: 1,
  axes: [0, 1],
};
