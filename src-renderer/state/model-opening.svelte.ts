// Which model is open: the list of them, how far the opening is, and the codes that come with it. A model is open again by itself when its
// engine was lost and is back.
import type { Undo } from '#shared/channel';
import type { Codes, ModelList, OpenedModel } from '#shared/domain';
import { AppError } from '#shared/errors';
import { DEFAULTS, type ExploreSpec } from './explore-spec.svelte';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly sentence: string };

/** Of whoever has a point in the latent of the open model. */
export interface OpeningHooks {
  /** Another model is wanted: nothing is open until it comes. */
  readonly onLeave: () => void;
  /** Another model is open, and nobody else was told yet. */
  readonly onEnter: (opened: OpenedModel) => void;
}

export class ModelOpening {
  phase = $state.raw<Phase>({ kind: 'loading' });
  models = $state.raw<ModelList | null>(null);
  opened = $state.raw<OpenedModel | null>(null);
  codes = $state.raw<Codes | null>(null);
  /** The engine has answered that there are none. */
  hasNoCodes = $state(false);
  /** Done before the first model is opened: there may be one to go back to. */
  first: () => Promise<void> = () => Promise.resolve();
  readonly #session: Session;
  readonly #spec: ExploreSpec;
  readonly #notices: Notices;
  readonly #hooks: OpeningHooks;
  #listeners = new Set<() => void>();
  #opening = 0;

  constructor(session: Session, spec: ExploreSpec, notices: Notices, hooks: OpeningHooks) {
    this.#session = session;
    this.#spec = spec;
    this.#notices = notices;
    this.#hooks = hooks;
    session.onReady(() => void this.#resume());
  }

  /** Told when another model is open, and when the same one is open again after its engine was lost. */
  onOpened(listener: () => void): Undo {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async open(id: string): Promise<void> {
    const mine = ++this.#opening;
    const again = this.opened?.info.id === id;
    if (!again) this.#leave();
    this.#spec.model = id;
    try {
      const opened = await this.#session.call('models/open', { model: id });
      if (mine !== this.#opening) return;
      this.opened = opened;
      if (!again) this.#hooks.onEnter(opened);
      this.phase = { kind: 'ready' };
      for (const listener of this.#listeners) listener();
      if (again && this.codes !== null) return;
      const codes = await this.#session.call('models/codes', { model: id });
      if (mine !== this.#opening) return;
      this.codes = codes;
      this.hasNoCodes = codes === null;
    } catch (error) {
      if (mine === this.#opening) this.#failed(error);
    }
  }

  /** The list alone, when the library has changed. */
  async list(): Promise<void> {
    try {
      this.models = await this.#session.call('models/list', {});
    } catch (error) {
      this.#failed(error);
    }
  }

  async reload(): Promise<void> {
    this.phase = { kind: 'loading' };
    await this.#resume();
  }

  picturesAttached(): void {
    if (this.codes !== null) this.codes = { ...this.codes, picturesAttached: true };
  }

  /** The model that was open, else the one that the app begins with, else any. */
  async #resume(): Promise<void> {
    try {
      await this.first();
      this.models = await this.#session.call('models/list', {});
      const { models } = this.models;
      const wanted = [this.#spec.model, DEFAULTS.model].find((id) => models.some((model) => model.id === id));
      const id = wanted ?? models[0]?.id;
      if (id === undefined) this.phase = { kind: 'empty' };
      else await this.open(id);
    } catch (error) {
      this.#failed(error);
    }
  }

  #leave(): void {
    this.opened = null;
    this.codes = null;
    this.hasNoCodes = false;
    this.#hooks.onLeave();
    this.phase = { kind: 'loading' };
  }

  #failed(error: unknown): void {
    // the window comes back by itself when the engine does
    if (error instanceof AppError && error.code === 'engine/crashed') return;
    const sentence = error instanceof AppError ? error.sentence : 'Something went wrong in the window.';
    if (this.phase.kind === 'ready') this.#notices.problem(sentence);
    else this.phase = { kind: 'failed', sentence };
  }
}
