// latent/*: z to pictures and pictures to z.
import { AppError } from '#shared/errors';
import { manifoldGrid } from '#shared/latent-math';
import { latticeAxis, latticeLatents } from '#shared/plane';
import type { EngineApi } from '#shared/api';
import type { Decoded } from '#shared/domain';
import type { Handlers } from '#shared/rpc';
import { LIMITS } from '#shared/schema';
import { activityOf, componentsOf } from '../dimensions';
import { readPicture } from '../pictures';
import type { OpenModels } from '../open-models';

type Names = `latent/${'decode' | 'grid' | 'encode' | 'activity' | 'components'}`;

export function latentHandlers(models: OpenModels): Pick<Handlers<EngineApi>, Names> {
  async function decode(
    model: string,
    latents: (size: number) => Float32Array,
    condition: number | undefined,
  ): Promise<Decoded> {
    const start = performance.now();
    const { opened } = await models.get(model);
    const { size } = opened.info.latent;
    const z = latents(size);
    const count = z.length / size;
    if (!Number.isInteger(count) || count > LIMITS.decodeCount) throw wrongLength(z.length, size);
    const pictures = await opened.decode(z, count, condition);
    return { ...pictures, engineMs: performance.now() - start };
  }

  return {
    'latent/decode': ({ model, z, condition }) => decode(model, () => z, condition),
    'latent/grid': async ({ model, n, span, condition, plane, range }) => {
      const { opened } = await models.get(model);
      const { size, prior } = opened.info.latent;
      if (plane === undefined) {
        if (size !== 2) throw notTwoDimensional(opened.info.id, size);
        return decode(model, () => manifoldGrid(n, span, prior), condition);
      }
      const wrong = Object.values(plane).find((direction) => direction.length !== size);
      if (wrong !== undefined) throw wrongLength(wrong.length, size);
      const axis = latticeAxis(n, span, prior, range ?? null);
      return decode(model, () => latticeLatents(plane, axis), condition);
    },
    'latent/encode': async ({ model, name, file, invert }) => {
      const { opened } = await models.get(model);
      return opened.encodePicture(await readPicture(file, { name, format: opened.info.output, invert }));
    },
    'latent/activity': async ({ model }, watching) => activityOf(await models.get(model), watching),
    'latent/components': async ({ model }, watching) => componentsOf(await models.get(model), watching),
  };
}

function wrongLength(length: number, size: number): AppError {
  return new AppError({
    code: 'input/latent',
    headline: 'The latent has the wrong length',
    cause: `${length} numbers, this model takes ${size} for each picture`,
    remedy: `give ${size} numbers`,
  });
}

function notTwoDimensional(id: string, size: number): AppError {
  return new AppError({
    code: 'usage/grid',
    headline: 'A manifold grid needs a 2-d latent space',
    where: id,
    cause: `its latent has ${size} dimensions`,
    remedy: 'name a plane through it, or use sample or decode',
  });
}
