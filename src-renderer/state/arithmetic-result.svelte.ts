// What a sum gives: its z with the sliders over it, its picture as the hand moves, and the nine around it when the hand rests.
import type { Decoded, LatentVector, Pictures } from '#shared/domain';
import { toWireError } from '#shared/errors';
import { latest } from '#shared/latest';
import { baseOf, neighboursOf, type ArithmeticSpec, type SumAtWork } from './arithmetic-spec';
import type { Attributes } from './attributes.svelte';
import type { Explorer } from './explorer.svelte';
import { LivePicture, type Decoder } from './live-picture.svelte';
import type { Notices } from './notices.svelte';
import { movedBy } from './slider-maths';

interface Computed {
  /** Where the sliders begin. */
  readonly base: LatentVector;
  readonly z: LatentVector;
}

interface Ask {
  readonly model: string;
  readonly z: LatentVector;
}

/** The nine are decoded then. */
const REST_MS = 150;
const NOWHERE: LatentVector = new Float32Array(0);

export class ResultOfSum implements Decoder {
  readonly live: LivePicture;
  /** Why there is none, in a sentence. */
  problem = $state<string | null>(null);
  /** The nine. */
  neighbours = $state.raw<Pictures | null>(null);
  readonly #sum: Pick<SumAtWork, 'model'>;
  readonly #explorer: Explorer;
  readonly #attributes: Attributes;
  #now: Computed | null = null;
  #thumbnails = new WeakMap<ArithmeticSpec, LatentVector>();
  #resting: ReturnType<typeof setTimeout> | undefined;
  readonly #around: ReturnType<typeof latest<Ask, Decoded>>;

  constructor(sum: Pick<SumAtWork, 'model'>, explorer: Explorer, attributes: Attributes, notices: Notices) {
    this.#sum = sum;
    this.#explorer = explorer;
    this.#attributes = attributes;
    this.live = new LivePicture(this, notices);
    this.#around = latest<Ask, Decoded>({
      run: ({ model, z }) => this.decode(model, z),
      onResult: (decoded, { model }) => {
        if (model === this.model) this.neighbours = decoded;
      },
      onError: (error) => notices.failed(error),
    });
  }

  get model(): string | null {
    return this.#sum.model;
  }
  /** Both are of this very moment. */
  get base(): LatentVector {
    return this.#now?.base ?? NOWHERE;
  }
  get z(): LatentVector | null {
    return this.#now?.z ?? null;
  }

  decode(model: string, z: LatentVector): PromiseLike<Decoded> {
    return this.#explorer.decode(model, z);
  }

  /** From a spec to its z, and on to its picture. `at`: when the hand moved; null where no hand did. */
  of(spec: ArithmeticSpec, at: number | null): void {
    this.#now = this.#compute(spec, (sentence) => (this.problem = sentence));
    if (this.#now === null) {
      this.live.blank();
      this.#around.clear();
      clearTimeout(this.#resting);
      this.neighbours = null;
    } else {
      this.problem = null;
      this.#ask(this.#now.z, spec, at);
    }
  }

  /** Another model: its pictures are not of the one before. */
  leave(): void {
    this.live.leave();
    this.#around.clear();
    this.neighbours = null;
  }

  /** What a step of the history gives, for the small picture that stands for it. */
  thumbnailOf(spec: ArithmeticSpec): LatentVector | null {
    const known = this.#thumbnails.get(spec);
    if (known !== undefined) return known;
    const z = this.#compute(spec)?.z ?? null;
    if (z !== null) this.#thumbnails.set(spec, z);
    return z;
  }

  #compute(spec: ArithmeticSpec, refuse?: (sentence: string) => void): Computed | null {
    const prior = this.#explorer.opened?.info.latent.prior;
    if (prior === undefined) return null;
    try {
      const base = baseOf(spec, prior);
      return { base, z: movedBy(base, spec.sliders, this.#attributes.directions) };
    } catch (error) {
      refuse?.(toWireError(error).sentence);
      return null;
    }
  }

  #ask(z: LatentVector, spec: ArithmeticSpec, at: number | null): void {
    const { model } = this;
    if (model === null) return;
    this.live.ask(z, at);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      const nine = neighboursOf(z, spec);
      const all = new Float32Array(nine.length * z.length);
      nine.forEach((each, i) => all.set(each, i * z.length));
      this.#around.request({ model, z: all });
    }, REST_MS);
  }
}
