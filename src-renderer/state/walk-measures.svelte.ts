// How much the picture changes along a walk: as it is set and at an even pace, and on straight lines and great circles beside it. Asked for
// when the hand rests, one after another, and given up as soon as the walk is another one.
import { isCancelled, toWireError } from '#shared/errors';
import type { Call } from '#shared/rpc';
import type { Walk } from '#shared/walk';
import type { WalkMeasure } from '#shared/walk-pace';
import type { FilmProgress } from '#shared/film';
import type { Session } from './session.svelte';
import type { Pace } from './walk-spec';

/** As the command line measures and evens. */
const MEASURED_AT = 120;
const REST_MS = 400;

export interface Measuring {
  /** In words, e.g. "Evening the pace". */
  readonly what: string;
  /** 0 to 1. */
  readonly share: number;
}

export class WalkMeasures {
  /** The walk at its even pace; null until it is known. */
  even = $state.raw<Walk | null>(null);
  asSet = $state.raw<WalkMeasure | null>(null);
  asEven = $state.raw<WalkMeasure | null>(null);
  lerp = $state.raw<WalkMeasure | null>(null);
  slerp = $state.raw<WalkMeasure | null>(null);
  busy = $state.raw<Measuring | null>(null);
  problem = $state<string | null>(null);
  /** What is known is of the walk before, or not all of this one. */
  pending = $state(false);
  readonly #session: Session;
  readonly #onEven: () => void;
  #run = 0;
  #call: { cancel(): void } | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;

  /** `onEven`: the even pace is known now. */
  constructor(session: Session, onEven: () => void) {
    this.#session = session;
    this.#onEven = onEven;
  }

  /** Measures this walk, and what it is compared with; null forgets. */
  of(model: string, walk: Walk | null, pace: Pace): void {
    this.#stop();
    this.even = this.asEven = null;
    this.problem = null;
    if (walk === null) {
      this.asSet = this.lerp = this.slerp = null;
      return;
    }
    const mine = this.#run;
    this.pending = true;
    this.#resting = setTimeout(() => void this.#measure(mine, model, walk, pace), REST_MS);
    if (pace !== 'set') this.busy = { what: 'Evening the pace', share: 0 };
  }

  /** No more of it; what is known stays. */
  stop(): void {
    const wasEvening = this.busy !== null && this.even === null;
    this.#stop();
    if (wasEvening) this.problem = 'The evening was stopped: the walk goes at the pace that is set.';
  }

  #stop(): void {
    this.#run++;
    clearTimeout(this.#resting);
    this.#call?.cancel();
    this.#call = null;
    this.busy = null;
    this.pending = false;
  }

  async #measure(mine: number, model: string, walk: Walk, pace: Pace): Promise<void> {
    const plain = (path: 'lerp' | 'slerp'): Walk => ({ ...walk, path, keepNorm: false });
    const isPlain = (path: 'lerp' | 'slerp'): boolean => walk.path === path && walk.keepNorm !== true;
    const length = (what: string, of: Walk): Promise<WalkMeasure> =>
      this.#wait(mine, what, (progress) =>
        this.#session.call('walks/measure', { model, walk: of, samples: MEASURED_AT }, progress),
      );
    try {
      let asEven: WalkMeasure | null = null;
      if (pace !== 'set') {
        const keepSeconds = pace === 'legs';
        const even = await this.#wait(mine, 'Evening the pace', (progress) =>
          this.#session.call('walks/even', { model, walk, samples: MEASURED_AT, keepSeconds }, progress),
        );
        this.even = even;
        this.#onEven();
        asEven = await length('Measuring the even walk', even);
      }
      const asSet = (this.asSet = await length('Measuring the walk', walk));
      // beside each other only where both are of this walk
      this.asEven = asEven;
      this.lerp = isPlain('lerp') ? asSet : await length('Measuring straight lines', plain('lerp'));
      this.slerp = isPlain('slerp') ? asSet : await length('Measuring great circles', plain('slerp'));
    } catch (error) {
      if (mine === this.#run && !isCancelled(error)) this.problem = toWireError(error).sentence;
    } finally {
      if (mine === this.#run) {
        this.busy = null;
        this.pending = false;
      }
    }
  }

  async #wait<Result>(
    mine: number,
    what: string,
    ask: (onEvent: (progress: FilmProgress) => void) => Call<Result>,
  ): Promise<Result> {
    this.busy = { what, share: 0 };
    const call = ask(({ done, total }) => {
      if (mine === this.#run) this.busy = { what, share: done / total };
    });
    this.#call = call;
    const result = await call;
    // an answer to a question that nobody asks any more
    if (mine !== this.#run) return new Promise(() => undefined);
    return result;
  }
}
