// latent/*: z to pictures and pictures to z.
import { AppError } from '#shared/errors';
import { manifoldGrid, onPlane, type LatentPlane } from '#shared/latent-math';
import type { EngineApi } from '#shared/api';
import type { Decoded } from '#shared/domain';
import type { Handlers } from '#shared/rpc';
import { LIMITS } from '#shared/schema';
import { readPicture } from '../pictures';
import type { OpenModels } from '../open-models';

type Names = 'latent/decode' | 'latent/grid' | 'latent/encode';

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
    'latent/grid': async ({ model, n, span, condition, plane }) => {
      const { opened } = await models.get(model);
      const { size, prior } = opened.info.latent;
      const places = manifoldGrid(n, span, prior);
      if (plane === undefined) {
        if (size !== 2) throw notTwoDimensional(opened.info.id, size);
        return decode(model, () => places, condition);
      }
      const wrong = Object.values(plane).find((direction) => direction.length !== size);
      if (wrong !== undefined) throw wrongLength(wrong.length, size);
      return decode(model, () => latentsOnPlane(plane, places), condition);
    },
    'latent/encode': async ({ model, name, file, invert }) => {
      const { opened } = await models.get(model);
      return opened.encodePicture(await readPicture(file, { name, format: opened.info.output, invert }));
    },
  };
}

/** // [n, 2] -> [n, size] */
function latentsOnPlane(plane: LatentPlane, places: Float32Array): Float32Array {
  const { length: size } = plane.origin;
  const z = new Float32Array((places.length / 2) * size);
  for (let i = 0; i < places.length / 2; i++)
    z.set(onPlane(plane, places[2 * i] ?? 0, places[2 * i + 1] ?? 0), i * size);
  return z;
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
