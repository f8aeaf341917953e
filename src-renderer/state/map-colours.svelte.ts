// The colours of a map's points, as they are asked for: how far they are, why they cannot be had, given up and asked for again.
import { isCancelled, toWireError } from '#shared/errors';
import type { MapColours, MapProgress, MapSource } from '#shared/map';
import type { Call } from '#shared/rpc';
import type { Session } from './session.svelte';

export interface ColoursAsked {
  readonly model: string;
  readonly source: MapSource;
  readonly by: string;
  readonly condition: number | undefined;
}

const NONE: MapColours = { kind: 'none' };

export class ColoursOfMap {
  shown = $state.raw<MapColours>(NONE);
  progress = $state.raw<MapProgress | null>(null);
  problem = $state<string | null>(null);
  /** A person gave them up: they can be asked for again. */
  isGivenUp = $state(false);
  readonly #session: Session;
  #asked: { readonly map: string; readonly key: string; readonly asked: ColoursAsked } | null = null;
  /** More than one where another was chosen meanwhile: they may share their work, which ends when all are cancelled. */
  #running = new Set<Call<MapColours>>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** `map`: which points these are, so that the same ones are not asked for twice. */
  async show(map: string, asked: ColoursAsked): Promise<void> {
    const key = `${map} ${asked.by}`;
    if (key === this.#asked?.key) return;
    const mine = { map, key, asked };
    const isWanted = (): boolean => this.#asked === mine;
    this.#asked = mine;
    this.problem = this.progress = null;
    this.isGivenUp = false;
    const call = this.#session.call('maps/colour', asked, (progress) => {
      if (isWanted()) this.progress = progress;
    });
    this.#running.add(call);
    try {
      const colours = await call;
      if (isWanted()) this.shown = colours;
    } catch (error) {
      if (!isWanted()) return;
      this.shown = NONE;
      this.isGivenUp = isCancelled(error);
      this.problem = this.isGivenUp ? 'The colours were not computed.' : toWireError(error).sentence;
    } finally {
      this.#running.delete(call);
      if (isWanted()) this.progress = null;
    }
  }
  cancel(): void {
    for (const call of this.#running) call.cancel();
  }
  again(): void {
    const asked = this.#asked;
    this.#asked = null;
    if (asked !== null) void this.show(asked.map, asked.asked);
  }
  /** The points are others, or none: what is shown stays until theirs come, where it is not cleared. */
  forget(): void {
    this.#asked = null;
    this.problem = this.progress = null;
    this.isGivenUp = false;
  }
  clear(): void {
    this.forget();
    this.cancel();
    this.shown = NONE;
  }
}
