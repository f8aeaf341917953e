// Small pictures of many points of a map, for those in sight: asked for a few at a time, the newest view first, and kept by their numbers.
import type { Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import type { MapSource } from '#shared/map';
import { pictureAt } from './decoded-pictures.svelte';
import type { Session } from './session.svelte';

interface Ask {
  readonly model: string;
  readonly source: MapSource;
  readonly condition: number | undefined;
  readonly indices: Uint32Array;
}

const AT_ONCE = 96;
const MOST_KEPT = 3_000;

export class MapPictures {
  /** Another object when some have come. */
  known = $state.raw<ReadonlyMap<number, Pictures>>(new Map());
  #wanted: Omit<Ask, 'indices'> | null = null;
  #inSight: readonly number[] = [];
  #requests;

  constructor(session: Session, failed: (error: unknown) => void) {
    this.#requests = latest<Ask, Pictures>({
      run: (ask) => session.call('maps/pictures', ask),
      onResult: (pictures, { indices, ...of }) => {
        if (of.source !== this.#wanted?.source || of.model !== this.#wanted.model) return;
        const known = new Map([...this.known].slice(-MOST_KEPT));
        indices.forEach((index, at) => known.set(index, pictureAt(pictures, at)));
        this.known = known;
        this.#ask();
      },
      onError: failed,
    });
  }

  /** Of other points, or in another class: what is known is of no use. */
  begin(of: Omit<Ask, 'indices'> | null): void {
    this.#wanted = of;
    this.#inSight = [];
    this.#requests.clear();
    if (this.known.size > 0) this.known = new Map();
  }

  show(indices: readonly number[]): void {
    this.#inSight = indices;
    this.#ask();
  }

  #ask(): void {
    const missing = this.#inSight.filter((index) => !this.known.has(index)).slice(0, AT_ONCE);
    if (missing.length > 0 && this.#wanted !== null)
      this.#requests.request({ ...this.#wanted, indices: Uint32Array.from(missing) });
  }
}
