/** Is this a walk of this model? Said before anything is decoded. */
import { AppError } from '#shared/errors';
import type { LatentSpace } from '#shared/domain';
import type { Walk } from '#shared/walk';

export function checkWalk(
  walk: Walk,
  { id, latent }: { readonly id: string; readonly latent: LatentSpace },
): void {
  const wrong = walk.keys.findIndex(({ z }) => z.length !== latent.size);
  if (wrong < 0) return;
  throw new AppError({
    code: 'input/latent',
    headline: 'The walk belongs to another model',
    where: `key ${wrong + 1}`,
    cause: `it has ${walk.keys[wrong]!.z.length} coordinates, and the latent of ${id} has ${latent.size}`,
    remedy: 'take keys of one model',
  });
}
