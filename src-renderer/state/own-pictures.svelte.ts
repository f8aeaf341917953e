// The person's own pictures: each encoded, kept in a short list, and marked on the plane.
import type { Encoded } from '#shared/domain';
import type { PickedFile } from '#shared/host';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

export interface OwnPicture {
  readonly id: number;
  readonly model: string;
  readonly name: string;
  readonly encoded: Encoded;
}

export const PICTURE_FILES = {
  name: 'Pictures',
  extensions: ['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'avif'],
} as const;

const MOST = 24;
/** The engine refuses more; here it is said before the bytes are read. */
const MOST_BYTES = 64 * 2 ** 20;

export class OwnPictures {
  #all = $state.raw<readonly OwnPicture[]>([]);
  busy = $state(0);
  #explorer: Explorer;
  #notices: Notices;
  #nextId = 1;
  /** Those of the model that is open. */
  readonly list: readonly OwnPicture[] = $derived.by(() =>
    this.#all.filter((own) => own.model === this.#explorer.spec.model),
  );

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
  }

  async pick(): Promise<void> {
    try {
      await this.add(await this.#explorer.session.host.openFiles(PICTURE_FILES));
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async addFiles(files: readonly File[]): Promise<void> {
    const picked: PickedFile[] = [];
    for (const file of files.slice(0, MOST)) {
      if (file.size > MOST_BYTES) {
        this.#notices.problem(`“${file.name}” is larger than 64 MB; choose a smaller picture.`);
      } else picked.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    }
    await this.add(picked);
  }

  /** One after another; the point goes to the last of them. */
  async add(files: readonly PickedFile[]): Promise<void> {
    const { model } = this.#explorer.spec;
    const info = this.#explorer.opened?.info;
    if (model === null || info === undefined || files.length === 0) return;
    if (!info.hasEncoder) {
      this.#notices.problem('This model has no encoder, so it cannot place a picture of yours.');
      return;
    }
    for (const { name, bytes } of files) {
      this.busy++;
      try {
        const encoded = await this.#explorer.session.call('latent/encode', {
          model,
          name: name.slice(0, 255) || 'picture',
          file: bytes,
          invert: 'auto',
        });
        const own = { id: this.#nextId++, model, name, encoded };
        this.#all = [...this.#all, own].slice(-MOST);
        if (model === this.#explorer.spec.model) this.goTo(own);
      } catch (error) {
        this.#notices.failed(error);
      } finally {
        this.busy--;
      }
    }
  }

  goTo(own: OwnPicture): void {
    this.#explorer.moveTo(own.encoded.mu.slice(), performance.now());
  }

  remove(id: number): void {
    this.#all = this.#all.filter((own) => own.id !== id);
  }
}
