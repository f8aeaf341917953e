// One picture of the test set beside its reconstruction: the one under the pointer, or the one nearest to the point.
import type { DataPicture } from '#shared/domain';
import { latest } from '#shared/latest';
import type { FileFilter } from '#shared/host';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

interface Request {
  readonly model: string;
  readonly index: number;
}

const KEPT = 400;

export class Specimens {
  attaching = $state(false);
  #held = $state.raw<{ readonly model: string; readonly picture: DataPicture } | null>(null);
  #explorer: Explorer;
  #notices: Notices;
  #seen = new Map<string, DataPicture>();

  #requests = latest<Request, DataPicture>({
    run: ({ model, index }) => this.#explorer.session.call('data/picture', { model, index }),
    onResult: (picture, { model }) => {
      this.#seen.set(`${model} ${picture.index}`, picture);
      if (this.#seen.size > KEPT) this.#seen.delete([...this.#seen.keys()][0] ?? '');
      this.#held = { model, picture };
    },
    onError: (error) => this.#notices.failed(error),
  });

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
  }

  /** A picture belongs to the model that it was asked of: under another one there is none. */
  get shown(): DataPicture | null {
    return this.#held?.model === this.#explorer.spec.model ? this.#held.picture : null;
  }

  show(index: number): void {
    const { model } = this.#explorer.spec;
    if (model === null || this.shown?.index === index) return;
    const seen = this.#seen.get(`${model} ${index}`);
    if (seen === undefined) this.#requests.request({ model, index });
    else {
      this.#requests.clear();
      this.#held = { model, picture: seen };
    }
  }

  clear(): void {
    this.#requests.clear();
    this.#seen.clear();
    this.#held = null;
  }

  /** Asks for the file that holds the pictures, and hands it to the engine. */
  async attach(): Promise<void> {
    const { session, spec, codes } = this.#explorer;
    const { model } = spec;
    if (model === null) return;
    if (codes === null) return this.#notices.problem('No encoded pictures came with this model.');
    if (codes.picturesFile === null)
      return this.#notices.problem(`“${codes.title}”: no file is known that holds these pictures.`);
    const index = this.shown?.index;
    const filter: FileFilter = { name: codes.picturesFile, extensions: ['*'] };
    try {
      const [file] = await session.host.openFiles(filter);
      if (file === undefined) return;
      this.attaching = true;
      const { count } = await session.call('data/attach', { model, ...file, file: file.bytes });
      this.clear();
      this.#explorer.opening.picturesAttached();
      if (index !== undefined) this.show(index);
      this.#notices.done(`${count.toLocaleString('en')} real pictures are here now.`);
    } catch (error) {
      this.#notices.failed(error);
    } finally {
      this.attaching = false;
    }
  }
}
