// The picture of a latent that a hand moves: asked for at every move, drawn when it comes, the newest only, and timed from the move to the
// pixels. While a key is held it may show another latent instead.
import type { Undo } from '#shared/channel';
import type { Decoded, LatentVector, Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import { LatencyMeter } from './latency.svelte';
import type { Notices } from './notices.svelte';
import { Settling } from './settling.svelte';

/** What is decoded: the model of this moment, with its class. */
export interface Decoder {
  readonly model: string | null;
  decode(model: string, z: LatentVector): PromiseLike<Decoded>;
}

interface Move {
  readonly model: string;
  readonly z: LatentVector;
  /** When the hand moved; null where no hand did. */
  readonly at: number | null;
}

export class LivePicture {
  readonly latency = new LatencyMeter();
  hasPicture = $state(false);
  readonly #settling = new Settling();
  #decoder: Decoder;
  #z: LatentVector | null = null;
  #glimpse: LatentVector | null = null;
  #picture: Pictures | null = null;
  #listeners = new Set<(picture: Pictures) => void>();
  #decodes: ReturnType<typeof latest<Move, Decoded>>;

  constructor(decoder: Decoder, notices: Notices) {
    this.#decoder = decoder;
    this.#decodes = latest<Move, Decoded>({
      run: ({ model, z }) => decoder.decode(model, z),
      onResult: (decoded, move) => this.#show(decoded, move),
      onError: (error) => notices.failed(error),
    });
  }

  /** No other picture is on its way. */
  get settled(): boolean {
    return this.#settling.done;
  }
  get picture(): Pictures | null {
    return this.#picture;
  }

  onPicture(listener: (picture: Pictures) => void): Undo {
    this.#listeners.add(listener);
    if (this.#picture !== null) listener(this.#picture);
    return () => this.#listeners.delete(listener);
  }

  /** `at`: when the hand moved; null where no hand did, and then it is not timed. */
  ask(z: LatentVector, at: number | null): void {
    this.#z = z;
    this.#request(at);
  }

  /** Shows another latent; null shows the one in hand again. */
  glimpse(z: LatentVector | null): void {
    this.#glimpse = z;
    this.#request(null);
  }

  /** There is nothing to show at present. */
  blank(): void {
    this.#decodes.clear();
    this.#z = null;
    this.hasPicture = false;
  }

  /** Another model: what was shown and how long it took belong to the one before. */
  leave(): void {
    this.blank();
    this.#picture = null;
    this.#glimpse = null;
    this.latency.clear();
  }

  #request(at: number | null): void {
    const { model } = this.#decoder;
    if (model === null || this.#z === null) return;
    this.#decodes.request({ model, z: this.#glimpse ?? this.#z, at });
    this.#settling.until(this.#decodes.settled());
  }

  #show(decoded: Decoded, { model, z, at }: Move): void {
    if (model !== this.#decoder.model) return;
    this.#picture = decoded;
    for (const listener of this.#listeners) listener(decoded);
    this.hasPicture = true;
    if (at === null) return;
    const { engineMs, networkMs } = decoded;
    this.latency.add({ z: [...z], movedAt: at, drawnAt: performance.now(), engineMs, networkMs });
  }
}
