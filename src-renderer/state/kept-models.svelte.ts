// The models that a run kept at the ends of its epochs: one or two are shown, always of the same latents, so that they can be compared.
import { isCancelled, toWireError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { Pictures } from '#shared/domain';
import type { Session } from './session.svelte';

export interface KeptModel {
  readonly epoch: number;
  readonly model: string;
}
export type KeptPhase =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'ready';
      readonly pictures: Pictures;
      readonly columns: number;
      readonly isManifold: boolean;
    }
  | { readonly kind: 'failed'; readonly sentence: string };

const SAMPLES = { count: 36, columns: 6, seed: 1000 } as const;
const MANIFOLD = { n: 10, span: 2 } as const;
const MOST_KEPT = 60;

export class KeptModels {
  /** By model id. */
  shown = $state.raw<ReadonlyMap<string, KeptPhase>>(new Map());
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes the pictures of this model, once. */
  async show(model: string): Promise<void> {
    const known = this.shown.get(model);
    if (known !== undefined && known.kind !== 'failed') return;
    this.#put(model, { kind: 'loading' });
    try {
      const { info } = await this.#session.call('models/open', { model });
      const isManifold = info.latent.size === 2;
      const pictures = isManifold
        ? await this.#session.call('latent/grid', { model, ...MANIFOLD })
        : await this.#session.call('latent/decode', {
            model,
            z: this.#latents(info.latent.size, info.latent.prior),
          });
      this.#put(model, {
        ...{ kind: 'ready', pictures, isManifold },
        columns: isManifold ? MANIFOLD.n : SAMPLES.columns,
      });
    } catch (error) {
      if (!isCancelled(error)) this.#put(model, { kind: 'failed', sentence: toWireError(error).sentence });
    }
  }

  #latents(size: number, prior: Parameters<typeof latentOfSeed>[2]): Float32Array {
    const z = new Float32Array(SAMPLES.count * size);
    for (let i = 0; i < SAMPLES.count; i++) z.set(latentOfSeed(SAMPLES.seed + i, size, prior), i * size);
    return z;
  }

  #put(model: string, phase: KeptPhase): void {
    this.shown = new Map([...this.shown, [model, phase] as const].slice(-MOST_KEPT));
  }
}
