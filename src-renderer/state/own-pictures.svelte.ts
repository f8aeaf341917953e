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

  /** Of every model, oldest first. */
  get all(): readonly OwnPicture[] {
    return this.#all;
  }

  /** These and no others, as from a project. */
  replace(pictures: readonly Omit<OwnPicture, 'id'>[]): void {
    this.#all = pictures.slice(-MOST).map((own) => ({ ...own, id: this.#nextId++ }));
  }

  async pick(): Promise<void> {
    await this.add(await this.choose());
  }

  async addFiles(files: readonly File[]): Promise<void> {
    await this.add(await this.read(files));
  }

  /** The bytes of dropped files; those that are too large are named instead. */
  async read(files: readonly File[]): Promise<readonly PickedFile[]> {
    const picked: PickedFile[] = [];
    for (const file of files.slice(0, MOST)) {
      if (file.size > MOST_BYTES) {
        this.#notices.problem(`“${file.name}” is larger than 64 MB; choose a smaller picture.`);
      } else picked.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
    }
    return picked;
  }

  /** One after another; the point goes to the last of them. */
  async add(files: readonly PickedFile[]): Promise<void> {
    const { model } = this.#explorer.spec;
    if (model === null || files.length === 0) return;
    if (this.#explorer.opened?.info.hasEncoder === false) {
      this.#notices.problem('This model has no encoder, so it cannot place a picture of yours.');
      return;
    }
    for (const file of files) {
      this.busy++;
      const encoded = await this.encode(file);
      this.busy--;
      if (encoded === null) continue;
      const own = { id: this.#nextId++, model, name: file.name, encoded };
      this.#all = [...this.#all, own].slice(-MOST);
      if (model === this.#explorer.spec.model) this.goTo(own);
    }
  }

  /** What the encoder makes of a picture; null where it was refused, which was then said. */
  async encode({ name, bytes }: PickedFile): Promise<Encoded | null> {
    const info = this.#explorer.opened?.info;
    if (info === undefined) return null;
    if (!info.hasEncoder) {
      this.#notices.problem('This model has no encoder, so it cannot place a picture of yours.');
      return null;
    }
    try {
      return await this.#explorer.session.call('latent/encode', {
        model: info.id,
        name: name.slice(0, 255) || 'picture',
        file: bytes,
        invert: 'auto',
      });
    } catch (error) {
      this.#notices.failed(error);
      return null;
    }
  }

  /** Files that a person chooses; none where they did not. */
  async choose(): Promise<readonly PickedFile[]> {
    try {
      return await this.#explorer.session.host.openFiles(PICTURE_FILES);
    } catch (error) {
      this.#notices.failed(error);
      return [];
    }
  }

  goTo(own: OwnPicture): void {
    this.#explorer.moveTo(own.encoded.mu.slice(), performance.now());
  }

  remove(id: number): void {
    this.#all = this.#all.filter((own) => own.id !== id);
  }
}
