// A picture of one's own in the place of the sum: encoded, and the sliders are over it until a person goes back.
import type { Encoded, LatentVector } from '#shared/domain';
import type { PickedFile } from '#shared/host';
import type { SumAtWork } from './arithmetic-spec';
import type { OwnPictures } from './own-pictures.svelte';
import { NO_SLIDERS } from './slider-maths';

export class FaceOfSum {
  encoding = $state(false);
  readonly #sum: SumAtWork;
  readonly #own: OwnPictures;
  #encoded = new WeakMap<LatentVector, Encoded>();

  constructor(sum: SumAtWork, own: OwnPictures) {
    this.#sum = sum;
    this.#own = own;
  }

  /** What the engine said of it; null where there is none, or it came with a project. */
  get encoded(): Encoded | null {
    const { face } = this.#sum.spec;
    return face === null ? null : (this.#encoded.get(face.z) ?? null);
  }

  async pick(): Promise<void> {
    const [file] = await this.#own.choose();
    if (file !== undefined) await this.take(file);
  }
  async take(file: PickedFile): Promise<void> {
    this.encoding = true;
    const encoded = await this.#own.encode(file);
    this.encoding = false;
    if (encoded === null) return;
    this.#encoded.set(encoded.mu, encoded);
    const face = { name: file.name, z: encoded.mu };
    this.#sum.edit({ ...this.#sum.now, face, sliders: NO_SLIDERS }, file.name);
  }
  /** The sliders are over the sum again. */
  leave(): void {
    const { now } = this.#sum;
    this.#sum.edit({ ...now, face: null, sliders: { ...now.sliders, values: {} } }, 'Back to the sum');
  }
}
