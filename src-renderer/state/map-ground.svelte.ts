// What lies under the points of a 2-d latent, as it is asked for: density, holes, magnification, regions of the classes.
import { isCancelled, toWireError } from '#shared/errors';
import type { MapOverlay, MapOverlayKind } from '#shared/map';
import type { Call } from '#shared/rpc';
import type { Session } from './session.svelte';

export class GroundOfMap {
  shown = $state.raw<MapOverlay | null>(null);
  busy = $state(false);
  problem = $state<string | null>(null);
  readonly #session: Session;
  #wanted = '';
  #drawing: Call<MapOverlay> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  async show(model: string, kind: MapOverlayKind | null, condition: number | undefined): Promise<void> {
    const wanted = `${model} ${kind} ${condition}`;
    if (wanted === this.#wanted) return;
    this.clear();
    this.#wanted = wanted;
    if (kind === null) return;
    this.busy = true;
    const call = this.#session.call('maps/overlay', { model, kind, condition });
    this.#drawing = call;
    try {
      const overlay = await call;
      if (wanted === this.#wanted) this.shown = overlay;
    } catch (error) {
      if (wanted === this.#wanted && !isCancelled(error)) this.problem = toWireError(error).sentence;
    } finally {
      if (wanted === this.#wanted) this.busy = false;
    }
  }
  /** What is shown stays until it is asked for again. */
  forget(): void {
    this.#wanted = '';
  }
  clear(): void {
    this.#drawing?.cancel();
    this.#wanted = '';
    this.shown = null;
    this.busy = false;
    this.problem = null;
  }
}
