// The search for the closest pictures to a point of the map, or to a latent that is none.
import type { LatentVector } from '#shared/domain';
import { isCancelled, toWireError } from '#shared/errors';
import type { Neighbours } from '#shared/map';
import type { Call } from '#shared/rpc';
import type { SourceAsked } from './map-points.svelte';
import type { Session } from './session.svelte';

const COUNT = 8;

export interface NeighboursAsked extends SourceAsked {
  readonly query:
    { readonly kind: 'point'; readonly index: number } | { readonly kind: 'z'; readonly z: LatentVector };
}

export class NeighbourSearch {
  found = $state.raw<Neighbours | null>(null);
  busy = $state(false);
  /** From 0 to 1 within what is done at present; null while it is not known. */
  share = $state<number | null>(null);
  problem = $state<string | null>(null);
  readonly #session: Session;
  #searching: Call<Neighbours> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  async search(asked: NeighboursAsked): Promise<void> {
    this.#searching?.cancel();
    this.busy = true;
    this.share = null;
    this.problem = null;
    const call = this.#session.call('neighbours/find', { ...asked, count: COUNT }, ({ done, total }) => {
      if (call === this.#searching) this.share = total === 0 ? null : done / total;
    });
    this.#searching = call;
    try {
      const found = await call;
      if (call === this.#searching) this.found = found;
    } catch (error) {
      if (call !== this.#searching) return;
      this.found = null;
      this.problem = isCancelled(error) ? null : toWireError(error).sentence;
    } finally {
      if (call === this.#searching) this.busy = false;
    }
  }
  cancel(): void {
    this.#searching?.cancel();
  }
  clear(): void {
    this.cancel();
    this.found = this.problem = null;
  }
}
