// The models on this machine as a person keeps them: looked through, renamed, described, sent on, removed and brought back.
import { isCancelled, toWireError } from '#shared/errors';
import type { ModelInfo, Pictures } from '#shared/domain';
import type { Explorer } from './explorer.svelte';
import { fetchedFile } from './fetched-file';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

export type SamplesPhase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'ready'; readonly pictures: Pictures }
  | { readonly kind: 'failed' };

export const EXPORT_FORMATS = [
  { value: 'zip', name: 'Latentscape pack', about: 'everything, to be opened by Latentscape elsewhere' },
  { value: 'onnx', name: 'ONNX', about: 'for ONNX Runtime, in any language' },
  { value: 'tfjs', name: 'TensorFlow.js', about: 'model.json and weights, zipped' },
  { value: 'keras', name: 'Keras 3', about: 'one .keras file' },
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number]['value'];

export class Library {
  query = $state('');
  samples = $state.raw<ReadonlyMap<string, SamplesPhase>>(new Map());
  /** The model whose card is open. */
  described = $state<string | null>(null);
  busy = $state<string | null>(null);
  #session: Session;
  #explorer: Explorer;
  #notices: Notices;
  #asked = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(session: Session, explorer: Explorer, notices: Notices) {
    this.#session = session;
    this.#explorer = explorer;
    this.#notices = notices;
    session.onReady(() => this.#lookAgain());
  }

  readonly shown: readonly ModelInfo[] = $derived.by(() => {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const models = this.#explorer.models?.models ?? [];
    return models.filter((model) => words.every((word) => textOf(model).includes(word)));
  });

  /** A card came into view. One model is sampled after another: each has to be opened. */
  look(model: string): void {
    if (this.#asked.has(model)) return;
    this.#asked.add(model);
    this.#put(model, { kind: 'waiting' });
    this.#queue = this.#queue.then(async () => {
      try {
        this.#put(model, {
          kind: 'ready',
          pictures: await this.#session.call('models/samples', { model }),
        });
      } catch (error) {
        this.#asked.delete(model);
        // a lost engine says nothing of the model: it is asked again when there is one
        const isLost = toWireError(error).code === 'engine/crashed';
        this.#put(model, { kind: isLost ? 'waiting' : 'failed' });
      }
    });
  }

  #lookAgain(): void {
    for (const [model, { kind }] of this.samples) if (kind !== 'ready') this.look(model);
  }

  async rename(model: string, title: string): Promise<void> {
    await this.#change(model, () => this.#session.call('models/rename', { model, title }));
  }

  async describe(
    model: string,
    words: { readonly card: string; readonly licence: string; readonly provenance: string },
  ): Promise<boolean> {
    return this.#change(model, () => this.#session.call('models/card', { model, ...words }));
  }

  async cardOf(model: string): Promise<string> {
    try {
      return (await this.#session.call('models/open', { model })).card;
    } catch (error) {
      this.#notices.failed(error);
      return '';
    }
  }

  /** Out of the library at once; the notice brings it back. */
  async remove({ id, title }: ModelInfo): Promise<void> {
    await this.#change(id, async () => {
      const { undo } = await this.#session.call('models/remove', { model: id });
      this.#notices.offer(`“${title}” was removed.`, {
        name: 'Undo',
        run: () => void this.#change(id, () => this.#session.call('models/restore', { undo })),
      });
    });
  }

  async exportAs(model: string, format: ExportFormat, part: 'generator' | 'encoder'): Promise<void> {
    this.busy = model;
    try {
      const made = await this.#session.call('models/export', { model, format, part });
      const bytes = await fetchedFile(this.#session, made);
      const saved = await this.#session.host.saveFile(made.name, bytes, 'application/octet-stream');
      if (saved !== null) this.#notices.done(`Saved as ${saved}.`);
    } catch (error) {
      if (!isCancelled(error)) this.#notices.failed(error);
    } finally {
      this.busy = null;
    }
  }

  async #change(model: string, run: () => PromiseLike<unknown>): Promise<boolean> {
    this.busy = model;
    try {
      await run();
      await this.#explorer.opening.list();
      return true;
    } catch (error) {
      this.#notices.failed(error);
      return false;
    } finally {
      this.busy = null;
    }
  }

  #put(model: string, phase: SamplesPhase): void {
    this.samples = new Map([...this.samples, [model, phase]]);
  }
}

const textOf = ({ id, title, family, data, provenance, latent, output }: ModelInfo): string =>
  `${id} ${title} ${family} ${data ?? ''} ${provenance} ${latent.size}-d ${output.width}x${output.height}`.toLowerCase();
