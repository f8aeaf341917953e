// The explored model and the point in its latent space: moves it, has its picture drawn, and keeps every step.
import type { Undo } from '#shared/channel';
import { firstAxes } from '#shared/dimensions';
import type { Codes, LatentVector, ModelInfo, ModelList, OpenedModel, Pictures } from '#shared/domain';
import { AppError } from '#shared/errors';
import { exploreStepFromJson, exploreStepToJson, type ExploreStep } from '#shared/explore-step';
import { latentOfSeed, truncated } from '#shared/random';
import { untilBeat } from './beat';
import { DEFAULTS, ExploreSpec, firstStep } from './explore-spec.svelte';
import type { Kept } from './kept';
import { onRaster } from './latent-text';
import { LivePicture } from './live-picture.svelte';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { isAtRest, type SliderSetting } from './slider-maths';
import { SpecHistory, type Edit } from './spec-history.svelte';

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly sentence: string };

const SEEDS = 10_000;
const FIRST_SEED = 1;
const NOWHERE = firstStep(0, undefined);

export class Explorer implements Kept {
  readonly key = 'explore';
  readonly spec = new ExploreSpec();
  /** Of the open model; each keeps its own. */
  history = $state.raw(new SpecHistory<ExploreStep>(NOWHERE));
  readonly live: LivePicture;
  /** Done before the first model is opened: there may be one to go back to. */
  first: () => Promise<void> = () => Promise.resolve();
  readonly session: Session;
  phase = $state.raw<Phase>({ kind: 'loading' });
  models = $state.raw<ModelList | null>(null);
  opened = $state.raw<OpenedModel | null>(null);
  codes = $state.raw<Codes | null>(null);
  /** The engine has answered that there are none. */
  hasNoCodes = $state(false);
  #notices: Notices;
  #histories = new ModelHistories<ExploreStep>();
  #now: ExploreStep = NOWHERE;
  #pointListeners = new Set<(point: LatentVector) => void>();
  #openedListeners = new Set<() => void>();
  #dragFrom: ExploreStep | null = null;
  #showing = false;
  #opening = 0;

  constructor(session: Session, notices: Notices) {
    this.session = session;
    this.#notices = notices;
    this.live = new LivePicture(this, notices);
    session.onReady(() => void this.#resume());
  }

  get model(): string | null {
    return this.spec.model;
  }
  /** All of this very moment. */
  get step(): ExploreStep {
    return this.#now;
  }
  /** The point of this very moment. Never changed in place. // [size] */
  get point(): LatentVector {
    return this.#now.z;
  }
  get picture(): Pictures | null {
    return this.live.picture;
  }
  /** Where the sliders of attributes begin. */
  get base(): LatentVector {
    return this.#now.base;
  }
  /** Of this very moment; `shownSliders` follow on the beat. */
  get sliders(): SliderSetting {
    return this.#now.sliders;
  }
  get shownSliders(): SliderSetting {
    return this.spec.sliders;
  }

  /** The point is the very draw of this seed. */
  get seed(): number | null {
    return this.spec.psi === 1 ? this.spec.drawn : null;
  }

  /** Told of every move, and of every other plane. */
  onPoint(listener: (point: LatentVector) => void): Undo {
    this.#pointListeners.add(listener);
    listener(this.#now.z);
    return () => this.#pointListeners.delete(listener);
  }

  /** Told when another model is open, and when the same one is open again after its engine was lost. */
  onOpened(listener: () => void): Undo {
    this.#openedListeners.add(listener);
    return () => this.#openedListeners.delete(listener);
  }

  /** Loads a model. The point is kept where the model is the same one, as after a crash of the engine. */
  async open(id: string): Promise<void> {
    const mine = ++this.#opening;
    const again = this.opened?.info.id === id;
    if (!again) this.#leave();
    this.spec.model = id;
    if (!again) this.phase = { kind: 'loading' };
    try {
      const opened = await this.session.call('models/open', { model: id });
      if (mine !== this.#opening) return;
      this.opened = opened;
      if (!again) this.#enter(opened);
      this.phase = { kind: 'ready' };
      this.#ask(null);
      for (const listener of this.#openedListeners) listener();
      if (again && this.codes !== null) return;
      const codes = await this.session.call('models/codes', { model: id });
      if (mine !== this.#opening) return;
      this.codes = codes;
      this.hasNoCodes = codes === null;
    } catch (error) {
      if (mine === this.#opening) this.#failed(error);
    }
  }

  /** The list alone, when the library has changed. */
  async listModels(): Promise<void> {
    try {
      this.models = await this.session.call('models/list', {});
    } catch (error) {
      this.#failed(error);
    }
  }

  async reload(): Promise<void> {
    this.phase = { kind: 'loading' };
    await this.#resume();
  }

  /** Anything that a person sets: one step of the history, or a part of the drag that is under way. */
  change(change: Partial<ExploreStep>, edit: Edit): void {
    // a point that moved is no draw any more
    const drawn = change.z === undefined ? this.#now.drawn : null;
    this.#now = { ...this.#now, drawn, ...change };
    if (this.#dragFrom === null) this.history.edit(this.#now, edit);
    this.#show();
    // another class at the same point is not timed: no hand moved
    if (change.z !== undefined) this.#ask(edit.at);
    else if (change.condition !== undefined) this.#ask(null);
  }

  /** One move that can be undone. Moves of one `kind` in quick succession are undone together. */
  moveTo(z: LatentVector, at: number, kind: string | null = null, label = 'Point moved'): void {
    if (z.length !== this.#now.z.length || same(z, this.#now.z)) return;
    this.change(this.#startingAt(z), { label, at, kind });
  }

  /** The sliders of attributes over the same base, and where they lead. */
  slideTo(z: LatentVector, sliders: SliderSetting, at: number, kind: string, label: string): void {
    if (z.length !== this.#now.base.length) return;
    this.change({ z, sliders }, { label, at, kind });
  }

  /** Shows another point without going there; null shows the point again. */
  glimpse(z: LatentVector | null): void {
    this.live.glimpse(z);
  }

  decode(model: string, z: LatentVector) {
    return this.session.call('latent/decode', { model, z, condition: this.#now.condition });
  }

  moveAxis(axis: number, value: number, at: number, kind: string | null = null): void {
    const z = this.#now.z.slice();
    z[axis] = value;
    this.moveTo(z, at, kind);
  }

  nudge(axis: number, by: number, at: number): void {
    this.moveAxis(axis, onRaster((this.#now.z[axis] ?? 0) + by), at, `nudge ${axis}`);
  }

  /** All moves from here to endDrag are one step of the history. */
  beginDrag(): void {
    this.#dragFrom ??= this.#now;
  }

  endDrag(at: number, label = 'Dragged'): void {
    const from = this.#dragFrom;
    this.#dragFrom = null;
    if (from === null || from === this.#now) return;
    const { z, plane, psi } = this.#now;
    if (!same(from.z, z) || from.plane !== plane || from.psi !== psi)
      this.history.edit(this.#now, { label, at });
  }

  undo(): void {
    this.#goBack(this.history.undo());
  }

  redo(): void {
    this.#goBack(this.history.redo());
  }

  /** To any step of the history, on any branch. */
  goToStep(id: number): void {
    this.#goBack(this.history.goTo(id));
  }

  random(seed = Math.floor(Math.random() * SEEDS)): void {
    const z = this.#drawOf(seed, this.#now.psi);
    if (z === null || (seed === this.#now.drawn && same(z, this.#now.z))) return;
    const { psi } = this.#now;
    const label = psi === 1 ? `Seed ${seed}` : `Seed ${seed}, ψ ${psi}`;
    this.change({ ...this.#startingAt(z), drawn: seed }, { label, at: performance.now() });
  }

  /** A point that was drawn goes along. */
  setPsi(psi: number, at: number): void {
    const { drawn } = this.#now;
    if (psi === this.#now.psi) return;
    const z = drawn === null ? null : this.#drawOf(drawn, psi);
    const moved = z === null ? {} : { ...this.#startingAt(z), drawn };
    this.change({ psi, ...moved }, { label: `ψ ${psi}`, at });
  }

  reset(): void {
    this.moveTo(new Float32Array(this.#now.z.length), performance.now(), null, 'The origin');
  }

  /** Another class at the same point. */
  setCondition(condition: number): void {
    const label = this.opened?.info.condition?.names[condition] ?? 'Class';
    this.change({ condition }, { label, at: performance.now(), kind: 'class' });
  }

  picturesAttached(): void {
    if (this.codes !== null) this.codes = { ...this.codes, picturesAttached: true };
  }

  get edition(): unknown {
    return this.#histories.edition;
  }

  toJson(): unknown {
    return { histories: this.#histories.toJson({ toJson: exploreStepToJson }) };
  }

  /** The steps of every model; the one that is open goes to where it was. */
  restore(value: unknown): void {
    const histories = value === null ? {} : (value as { readonly histories?: unknown }).histories;
    this.#histories.restore(histories, { fromJson: exploreStepFromJson }, NOWHERE);
    if (this.opened === null) return;
    this.#dragFrom = null;
    this.#enter(this.opened);
    this.#ask(null);
  }

  async #resume(): Promise<void> {
    try {
      await this.first();
      this.models = await this.session.call('models/list', {});
      const { models } = this.models;
      const wanted = [this.spec.model, DEFAULTS.model].find((id) => models.some((model) => model.id === id));
      const id = wanted ?? models[0]?.id;
      if (id === undefined) this.phase = { kind: 'empty' };
      else await this.open(id);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** To where this model was when it was left, or to its beginning. */
  #enter({ info }: OpenedModel): void {
    const { size } = info.latent;
    const known = this.#histories.of(info.id);
    const isOfIt = known?.spec.z.length === size;
    if (known !== null && !isOfIt)
      this.#notices.problem(
        `The steps kept for “${info.title}” are of a model with another latent: they begin anew.`,
      );
    const axes = firstAxes(info.metrics, size);
    const origin = firstStep(size, info.condition === null ? undefined : 0, axes);
    const draw = latentOfSeed(FIRST_SEED, size, info.latent.prior);
    const [first, label] = isRareAtOrigin(info)
      ? [{ ...origin, z: draw, base: draw, drawn: FIRST_SEED }, `Seed ${FIRST_SEED}`]
      : [origin, 'The origin'];
    this.history = known !== null && isOfIt ? known : this.#histories.begin(info.id, first, label);
    this.#now = this.history.spec;
    this.#show();
  }

  #leave(): void {
    this.live.leave();
    this.history = new SpecHistory(NOWHERE);
    this.opened = null;
    this.codes = null;
    this.hasNoCodes = false;
    this.#dragFrom = null;
    this.#now = NOWHERE;
    this.spec.showAllClasses();
    this.spec.take(NOWHERE);
    this.spec.sliders = NOWHERE.sliders;
  }

  /** A new point to start from: the sliders of attributes are at rest there, their locks stay. */
  #startingAt(z: LatentVector): Pick<ExploreStep, 'z' | 'base' | 'sliders'> {
    const { sliders } = this.#now;
    return { z, base: z, sliders: isAtRest(sliders) ? sliders : { ...sliders, values: {} } };
  }

  #drawOf(seed: number, psi: number): LatentVector | null {
    const latent = this.opened?.info.latent;
    if (latent === undefined) return null;
    const draw = latentOfSeed(seed, latent.size, latent.prior);
    return psi === 1 ? draw : truncated(draw, psi, latent.prior);
  }

  #failed(error: unknown): void {
    // the window comes back by itself when the engine does
    if (error instanceof AppError && error.code === 'engine/crashed') return;
    const sentence = error instanceof AppError ? error.sentence : 'Something went wrong in the window.';
    if (this.phase.kind === 'ready') this.#notices.problem(sentence);
    else this.phase = { kind: 'failed', sentence };
  }

  #goBack(step: ExploreStep | null): void {
    if (step === null) return;
    this.#dragFrom = null;
    this.#now = step;
    this.#show();
    this.#ask(performance.now());
  }

  #ask(at: number | null): void {
    this.live.ask(this.#now.z, at);
  }

  #show(): void {
    this.spec.take(this.#now);
    for (const listener of this.#pointListeners) listener(this.#now.z);
    if (this.#showing) return;
    this.#showing = true;
    setTimeout(() => {
      this.#showing = false;
      this.spec.z = this.#now.z;
      this.spec.sliders = this.#now.sliders;
    }, untilBeat(1));
  }
}

const same = (a: LatentVector, b: LatentVector): boolean => a.every((value, i) => value === b[i]);

/**
 * The origin of a latent of many dimensions lies sqrt(size) from its draws: a generator that learned from draws hardly ever saw it, and an
 * autoencoder has the blurred mean of its data there.
 */
const isRareAtOrigin = ({ latent }: ModelInfo): boolean => latent.size > 16;
