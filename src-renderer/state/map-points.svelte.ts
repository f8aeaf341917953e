// The points of a map as the engine lays them out: how far they are, why there are none, given up; the last few are kept, so that undoing
// a choice costs nothing.
import { isCancelled, toWireError } from '#shared/errors';
import type { MapPoints, MapProgress, MapRecipe } from '#shared/map';
import type { Call } from '#shared/rpc';
import type { Session } from './session.svelte';

export interface PointsAsked extends MapRecipe {
  readonly model: string;
  readonly condition: number | undefined;
}

/** The points, however they are laid out. */
export type SourceAsked = Pick<PointsAsked, 'model' | 'source' | 'condition'>;

const MOST_KEPT = 6;

export class PointsOfMap {
  shown = $state.raw<MapPoints | null>(null);
  progress = $state.raw<MapProgress | null>(null);
  busy = $state(false);
  /** Why there is no map, in a sentence. */
  problem = $state<string | null>(null);
  readonly #session: Session;
  #made = new Map<string, MapPoints>();
  #wanted = '';
  #making: Call<MapPoints> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Under which name they were asked for last. */
  get key(): string {
    return this.#wanted;
  }

  /** Others are wanted from now on; what is shown stays until they come. */
  want(key: string): void {
    this.#making?.cancel();
    this.#wanted = key;
    this.problem = this.progress = null;
    this.busy = true;
  }
  /** @returns those that are wanted; null where they did not come, or where others are wanted meanwhile. */
  async make(asked: PointsAsked): Promise<MapPoints | null> {
    const key = this.#wanted;
    const isWanted = (): boolean => key === this.#wanted;
    try {
      const points = this.#made.get(key) ?? (await this.#make(key, asked));
      if (!isWanted()) return null;
      this.busy = false;
      this.shown = points;
      return points;
    } catch (error) {
      if (isWanted()) this.fail(isCancelled(error) ? 'The map was not made.' : toWireError(error).sentence);
      return null;
    }
  }
  async #make(key: string, asked: PointsAsked): Promise<MapPoints> {
    const call = this.#session.call('maps/make', asked, (progress) => {
      if (key === this.#wanted) this.progress = progress;
    });
    this.#making = call;
    const points = await call;
    this.#made.set(key, points);
    for (const oldest of [...this.#made.keys()].slice(0, -MOST_KEPT)) this.#made.delete(oldest);
    return points;
  }

  /** There is none, and this is why. */
  fail(sentence: string): void {
    this.shown = null;
    this.busy = false;
    this.problem = sentence;
  }
  cancel(): void {
    this.#making?.cancel();
  }
  /** They are made the next time, whatever was asked for last. */
  forget(): void {
    this.#wanted = '';
  }
  /** What was kept may be of other pictures now. */
  drop(): void {
    this.#made.clear();
    this.forget();
  }
  clear(): void {
    this.cancel();
    this.drop();
    this.busy = false;
    this.shown = this.problem = null;
  }
}
