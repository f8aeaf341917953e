// A training that is being prepared: its data, a preset, what was changed of it, and what it will cost.
import { shellOf } from '#shared/command-line';
import { isCancelled, toWireError } from '#shared/errors';
import type { Call } from '#shared/rpc';
import type { ConfigJson, Estimate, PresetInfo } from '#shared/training';
import { fieldsOf, withValue, type FoundField } from './config-fields';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { trainCommandText } from './train-command-text';
import { TrainingData } from './training-data.svelte';

export type EstimatePhase =
  | { readonly kind: 'none' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'ready'; readonly estimate: Estimate }
  | { readonly kind: 'failed'; readonly sentence: string };

/** A hand that still turns knobs is not measured. */
const SETTLE_MS = 500;

export class TrainingDraft {
  readonly data: TrainingData;
  presets = $state.raw<readonly PresetInfo[]>([]);
  preset = $state.raw<PresetInfo | null>(null);
  config = $state.raw<ConfigJson | null>(null);
  estimate = $state.raw<EstimatePhase>({ kind: 'none' });
  starting = $state(false);
  readonly fields: readonly FoundField[] = $derived.by(() =>
    this.config === null ? [] : fieldsOf(this.config),
  );
  readonly changed: boolean = $derived.by(
    () => this.preset !== null && JSON.stringify(this.preset.config) !== JSON.stringify(this.config),
  );
  #session: Session;
  #notices: Notices;
  #measuring: Call<Estimate> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, notices: Notices) {
    this.#session = session;
    this.#notices = notices;
    this.data = new TrainingData(session, notices, () => this.measureSoon());
  }

  get command(): string | null {
    const { config, preset } = this;
    const { spec, options } = this.data;
    if (config === null || preset === null || spec === null) return null;
    return trainCommandText(
      { preset: preset.name, config, isChanged: this.changed, data: spec, options },
      shellOf(this.#session.info?.platform),
    );
  }

  async load(): Promise<void> {
    if (this.presets.length > 0) return;
    try {
      this.presets = await this.#session.call('train/presets', {});
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  choose(preset: PresetInfo): void {
    this.preset = preset;
    this.take(preset.config);
  }

  reset(): void {
    if (this.preset !== null) this.take(this.preset.config);
  }

  set(field: FoundField, value: unknown): void {
    if (this.config !== null) this.take(withValue(this.config, field.path, value));
  }

  /** What it is called costs nothing, so nothing is measured again. */
  rename(title: string): void {
    if (this.config !== null && title.trim() !== '') this.config = { ...this.config, title: title.trim() };
  }

  take(config: ConfigJson): void {
    this.config = config;
    this.measureSoon();
  }

  /** The whole configuration as text; says what is wrong with it. */
  takeText(text: string): string | null {
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
        return 'A configuration is an object in braces.';
      this.take(parsed as ConfigJson);
      return null;
    } catch (error) {
      return `This is not JSON: ${error instanceof Error ? error.message : 'it cannot be read'}.`;
    }
  }

  measureSoon(): void {
    clearTimeout(this.#timer);
    this.#measuring?.cancel();
    this.#measuring = null;
    if (this.config === null || this.data.phase.kind !== 'ready') {
      this.estimate = { kind: 'none' };
      return;
    }
    this.estimate = { kind: 'measuring' };
    this.#timer = setTimeout(() => this.#measure(), SETTLE_MS);
  }

  /** Resolves with the job, or null where it was refused. */
  async start(): Promise<string | null> {
    const { config } = this;
    const { spec, options } = this.data;
    if (config === null || spec === null) return null;
    this.starting = true;
    try {
      return (await this.#session.call('jobs/start', { config, data: spec, options })).id;
    } catch (error) {
      this.#notices.failed(error);
      return null;
    } finally {
      this.starting = false;
    }
  }

  #measure(): void {
    const { config } = this;
    const { spec, options } = this.data;
    if (config === null || spec === null) return;
    const call = this.#session.call('train/estimate', { config, data: spec, options });
    this.#measuring = call;
    call.then(
      (estimate) => {
        if (call === this.#measuring) this.estimate = { kind: 'ready', estimate };
      },
      (error: unknown) => {
        if (call !== this.#measuring || isCancelled(error)) return;
        this.estimate = { kind: 'failed', sentence: toWireError(error).sentence };
      },
    );
  }
}
