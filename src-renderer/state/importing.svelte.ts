// A model from elsewhere on its way into the library: brought in, looked at, corrected by hand, and accepted. One at a time.
import { isCancelled, toWireError, type WireError } from '#shared/errors';
import type { EncoderContract, GeneratorContract, Inspection, Samples } from '#shared/importing';
import { latest } from '#shared/latest';
import type { Prior } from '#shared/domain';
import type { Call } from '#shared/rpc';
import { uploadFiles, type BroughtFile } from './file-upload';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

export type ImportPhase =
  | { readonly kind: 'none' }
  /** Bytes on their way: from the person's hand, or from the net. */
  | {
      readonly kind: 'bringing';
      readonly what: string;
      readonly done: number;
      readonly total: number | null;
    }
  | { readonly kind: 'reading'; readonly what: string; readonly fraction: number | null }
  | { readonly kind: 'ready'; readonly inspection: Inspection }
  /** Another network of it is being looked at: what is shown is still that of the one before. */
  | { readonly kind: 'looking'; readonly inspection: Inspection }
  | { readonly kind: 'accepting'; readonly inspection: Inspection }
  | { readonly kind: 'refused'; readonly what: string; readonly error: WireError };

export interface Encoder {
  readonly path: string;
  readonly contract: EncoderContract;
}

export interface ImportHooks {
  /** It is in the library now. */
  readonly onAccepted: (model: string) => void;
}

/** The priors that are shown beside each other, so that a person sees which one the model was trained with. */
export const PRIOR_CHOICES: readonly { readonly name: string; readonly prior: Prior }[] = [
  { name: 'N(0, 1)', prior: { kind: 'normal' } },
  { name: 'U(−1, 1)', prior: { kind: 'uniform', low: -1, high: 1 } },
  { name: 'U(0, 1)', prior: { kind: 'uniform', low: 0, high: 1 } },
];

const SEED = 1;

export class Importing {
  phase = $state.raw<ImportPhase>({ kind: 'none' });
  /** As corrected by hand; the inspection keeps the first guess. */
  contract = $state.raw<GeneratorContract | null>(null);
  encoder = $state.raw<Encoder | null>(null);
  title = $state('');
  licence = $state('');
  provenance = $state('');
  /** The class of the samples; null for some of each. */
  condition = $state<number | null>(null);
  seed = $state(SEED);
  samples = $state.raw<Samples | null>(null);
  /** Why the contract as it is now gives no pictures. */
  problem = $state<string | null>(null);
  /** The same latents of each prior, by its name. */
  priors = $state.raw<ReadonlyMap<string, Samples>>(new Map());
  /** The checksum of what was downloaded; null for a file of the person's own. */
  downloaded = $state.raw<{ readonly url: string; readonly sha256: string } | null>(null);
  #session: Session;
  #notices: Notices;
  #hooks: ImportHooks;
  #turn = 0;
  #call: Call<unknown> | null = null;

  #sampling = latest<{ readonly turn: number; readonly contract: GeneratorContract }, Samples>({
    run: ({ contract }) => this.#sample(contract),
    onResult: (samples, { turn }) => {
      if (turn !== this.#turn) return;
      this.samples = samples;
      this.problem = null;
    },
    onError: (error, { turn }) => {
      if (turn === this.#turn && !isCancelled(error)) this.problem = toWireError(error).sentence;
    },
  });

  constructor(session: Session, notices: Notices, hooks: ImportHooks) {
    this.#session = session;
    this.#notices = notices;
    this.#hooks = hooks;
  }

  get inspection(): Inspection | null {
    return 'inspection' in this.phase ? this.phase.inspection : null;
  }

  /** Files or whole folders that were dropped or picked. */
  async takeFiles(name: string, files: readonly BroughtFile[]): Promise<void> {
    const turn = await this.#begin();
    if (files.length === 0) return;
    const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
    this.phase = { kind: 'bringing', what: name, done: 0, total };
    await this.#guarded(turn, name, async () => {
      const path = await uploadFiles(this.#session, name, files, {
        onProgress: (done) => {
          if (turn === this.#turn) this.phase = { kind: 'bringing', what: name, done, total };
        },
        isWanted: () => turn === this.#turn,
      });
      if (path !== null) await this.#open(turn, name, path);
    });
  }

  /** Of several models, the one that lies `within` this folder of it. */
  async takePath(path: string, within?: string): Promise<void> {
    const turn = await this.#begin();
    await this.#guarded(turn, path, () => this.#open(turn, path, path, within));
  }

  async takeUrl(url: string): Promise<void> {
    const turn = await this.#begin();
    this.phase = { kind: 'bringing', what: url, done: 0, total: null };
    await this.#guarded(turn, url, async () => {
      const call = this.#session.call('imports/download', { url }, ({ done, total }) => {
        if (turn === this.#turn) this.phase = { kind: 'bringing', what: url, done, total };
      });
      this.#call = call;
      const { path, name, sha256 } = await call;
      if (turn !== this.#turn) return;
      this.downloaded = { url, sha256 };
      this.provenance = url;
      await this.#open(turn, name, path);
    });
  }

  /** Another network of what was pointed at. */
  async choose(path: string): Promise<void> {
    await this.#look((id) => this.#session.call('imports/choose', { import: id, path }));
  }

  async chooseEncoder(path: string | null): Promise<void> {
    const { contract } = this;
    await this.#look((id) =>
      this.#session.call('imports/encoder', { import: id, path, ...(contract === null ? {} : { contract }) }),
    );
  }

  /** A correction by hand; the pictures follow. */
  correct(change: (contract: GeneratorContract) => GeneratorContract): void {
    if (this.contract === null) return;
    this.contract = change(this.contract);
    this.#resample();
  }

  correctEncoder(contract: EncoderContract): void {
    if (this.encoder !== null) this.encoder = { ...this.encoder, contract };
  }

  showClass(condition: number | null): void {
    this.condition = condition;
    this.#resample();
  }

  otherSamples(): void {
    this.seed++;
    this.#resample();
  }

  async accept(): Promise<void> {
    const { contract, encoder } = this;
    if (this.phase.kind !== 'ready' || contract === null) return;
    const { inspection } = this.phase;
    const turn = this.#turn;
    this.phase = { kind: 'accepting', inspection };
    try {
      const call = this.#session.call('imports/accept', {
        import: inspection.import,
        contract,
        encoder,
        title: this.title.trim() === '' ? inspection.title : this.title.trim(),
        licence: this.licence.trim() || 'not stated',
        provenance: this.provenance.trim() || `Imported from ${inspection.path}`,
      });
      this.#call = call;
      const { model } = await call;
      if (turn !== this.#turn) return;
      this.#turn++;
      this.phase = { kind: 'none' };
      this.#hooks.onAccepted(model);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.phase = { kind: 'ready', inspection };
      this.#notices.failed(error);
    }
  }

  /** Gives it up at any moment; nothing is left of it. */
  close(): void {
    this.#turn++;
    this.#call?.cancel();
    this.#call = null;
    const id = this.inspection?.import;
    this.phase = { kind: 'none' };
    this.#sampling.clear();
    if (id !== undefined)
      this.#session.call('imports/close', { import: id }).then(undefined, () => undefined);
  }

  async #begin(): Promise<number> {
    this.close();
    this.contract = this.encoder = this.samples = this.downloaded = null;
    this.title = this.licence = this.provenance = '';
    this.problem = null;
    this.priors = new Map();
    this.condition = null;
    this.seed = SEED;
    return Promise.resolve(this.#turn);
  }

  async #open(turn: number, what: string, path: string, within?: string): Promise<void> {
    if (turn !== this.#turn) return;
    this.phase = { kind: 'reading', what, fraction: null };
    const target = within === undefined ? { path } : { path, within };
    const call = this.#session.call('imports/open', target, ({ phase, fraction }) => {
      if (turn === this.#turn) this.phase = { kind: 'reading', what: phase, fraction };
    });
    this.#call = call;
    const inspection = await call;
    if (turn === this.#turn) this.#show(inspection);
    else this.#session.call('imports/close', { import: inspection.import }).then(undefined, () => undefined);
  }

  #show(inspection: Inspection): void {
    // a name that a person gave stays
    if (this.title === '' || this.title === this.inspection?.title) this.title = inspection.title;
    this.phase = { kind: 'ready', inspection };
    this.contract = inspection.contract;
    this.encoder = inspection.encoder;
    this.samples = inspection.samples;
    this.problem = null;
    void this.#comparePriors(inspection);
  }

  /** Asked only where nothing in the file decides the prior. */
  async #comparePriors(inspection: Inspection): Promise<void> {
    const { contract, guesses } = inspection;
    this.priors = new Map();
    if (guesses.some(({ field, certain }) => field === 'latent.prior' && certain)) return;
    for (const { name, prior } of PRIOR_CHOICES) {
      try {
        const samples = await this.#sample({ ...contract, latent: { ...contract.latent, prior } });
        if (this.inspection !== inspection) return;
        this.priors = new Map([...this.priors, [name, samples]]);
      } catch {
        // it can still be chosen by its name
      }
    }
  }

  async #look(ask: (id: string) => Call<Inspection>): Promise<void> {
    if (this.phase.kind !== 'ready') return;
    const { inspection } = this.phase;
    const turn = this.#turn;
    this.phase = { kind: 'looking', inspection };
    this.#sampling.clear();
    try {
      const next = await ask(inspection.import);
      if (turn === this.#turn) this.#show(next);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.phase = { kind: 'ready', inspection };
      this.#notices.failed(error);
    }
  }

  #resample(): void {
    if (this.contract !== null) this.#sampling.request({ turn: this.#turn, contract: this.contract });
  }

  #sample(contract: GeneratorContract): PromiseLike<Samples> {
    return this.#session.call('imports/sample', {
      import: this.inspection?.import ?? '',
      contract,
      seed: this.seed,
      ...(contract.condition === null || this.condition === null ? {} : { condition: this.condition }),
    });
  }

  async #guarded(turn: number, what: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (turn !== this.#turn || isCancelled(error)) return;
      this.phase = { kind: 'refused', what, error: toWireError(error) };
    }
  }
}
