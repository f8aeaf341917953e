// Directions that nobody has labelled: of the first layer, by its weights (SeFa) or by what it makes of draws from the prior (GANSpace).
// A person looks at them and gives them names; where the model has labels, what each one drags along is measured as well.
import type { Direction } from '#shared/attributes';
import type { Prior } from '#shared/domain';
import { principalComponents } from '#ml/directions/principal-components';
import { closedFormFactors } from '#ml/directions/sefa';
import type { Pack } from '../pack';
import { measured } from './find';
import { openFirstLayer } from './first-layer';
import { readLabelled } from './labelled';

export type UnlabelledMethod = 'pca' | 'sefa';

const SAMPLES = 1024;
const SEED = 1;

/** The first `count`, largest first. +1 is one standard deviation of the prior along the direction. */
export async function findUnlabelled(
  pack: Pack,
  method: UnlabelledMethod,
  count: number,
): Promise<readonly Direction[]> {
  const { latent } = pack.manifest;
  const wanted = Math.min(count, latent.size);
  const layer = await openFirstLayer(pack);
  try {
    const found =
      method === 'sefa'
        ? closedFormFactors(layer.weights, latent.size).slice(0, wanted)
        : await layer
            .activations(SAMPLES, SEED)
            .then(({ z, y }) =>
              principalComponents({ z, size: latent.size, count: z.length / latent.size }, y, wanted, SEED),
            );
    const sd = deviationOf(latent.prior);
    const labelled = await readLabelled(pack);
    return found.map(({ direction }, at) =>
      measured(labelled, {
        name: `${method}-${at + 1}`,
        title: `${method === 'sefa' ? 'Factor' : 'Component'} ${at + 1}`,
        method,
        attribute: null,
        vector: Array.from(direction, (value) => Math.fround(sd * value)),
        auc: null,
        sideEffects: [],
        origin: 'own',
      }),
    );
  } finally {
    await layer.dispose();
  }
}

/** Of one coordinate. */
const deviationOf = (prior: Prior): number =>
  prior.kind === 'normal' ? 1 : (prior.high - prior.low) / Math.sqrt(12);
