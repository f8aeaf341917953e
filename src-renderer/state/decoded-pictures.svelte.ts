// Small pictures of many latents: whoever shows one asks for it, all that were asked for together are decoded together, and each is
// decoded once for as long as its latent is held anywhere.
import type { LatentVector, Pictures } from '#shared/domain';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

const AT_ONCE = 64;

export class DecodedPictures {
  #known = new WeakMap<LatentVector, Pictures>();
  /** With the class that each is wanted in. */
  #wanted = new Map<LatentVector, number | undefined>();
  /** Counts up when pictures have come: what shows them looks again. */
  #arrived = $state(0);
  #running = false;
  /** Answers for another model or class are no answers. */
  #generation = 0;
  #explorer: Explorer;
  #notices: Notices;

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
    explorer.onOpened(() => this.clear());
  }

  /** Null until it has come. In the class of Explore, where it is not said: a latent is known in one class only. */
  of(z: LatentVector, condition = this.#explorer.spec.condition): Pictures | null {
    // reading the count ties whoever asks to the next arrival
    const known = this.#arrived >= 0 ? this.#known.get(z) : undefined;
    if (known !== undefined) return known;
    this.#wanted.set(z, condition);
    if (!this.#running) {
      this.#running = true;
      queueMicrotask(() => void this.#drain());
    }
    return null;
  }

  /** Known without asking, e.g. because the engine sent it along. */
  put(z: LatentVector, picture: Pictures): void {
    this.#known.set(z, picture);
  }

  clear(): void {
    this.#generation++;
    this.#known = new WeakMap();
    this.#wanted.clear();
    this.#arrived++;
  }

  async #drain(): Promise<void> {
    while (this.#wanted.size > 0) {
      const mine = this.#generation;
      const { model } = this.#explorer.spec;
      const size = this.#explorer.opened?.info.latent.size;
      const [condition] = this.#wanted.values();
      const some = [...this.#wanted]
        .filter(([, of]) => of === condition)
        .slice(0, AT_ONCE)
        .map(([z]) => z);
      for (const z of some) this.#wanted.delete(z);
      const fitting = some.filter(({ length }) => length === size);
      const [first] = fitting;
      if (first === undefined || model === null) continue;
      const z = new Float32Array(fitting.length * first.length);
      fitting.forEach((each, i) => z.set(each, i * first.length));
      try {
        const decoded = await this.#explorer.session.call('latent/decode', { model, z, condition });
        if (mine !== this.#generation) continue;
        fitting.forEach((each, i) => this.#known.set(each, pictureAt(decoded, i)));
        this.#arrived++;
      } catch (error) {
        // asked again when the model is opened again
        this.#notices.failed(error);
      }
    }
    this.#running = false;
  }
}

/** One picture of a buffer, without a copy. */
export function pictureAt({ width, height, rgba }: Pictures, index: number): Pictures {
  const bytes = 4 * width * height;
  return { count: 1, width, height, rgba: rgba.subarray(index * bytes, (index + 1) * bytes) };
}
