// The explored model and the point in its latent space: moves it, asks for its picture, hands the picture to whoever draws.
import type { Undo } from '#shared/channel';
import { latentPoint, type LatentPoint } from '#shared/coords';
import type { Codes, LatentVector, ModelList, OpenedModel, Pictures } from '#shared/domain';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import { DEFAULTS, ExploreSpec } from './explore-spec.svelte';
import { untilBeat } from './beat';
import { onRaster } from './latent-text';
import { LivePicture } from './live-picture.svelte';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { isAtRest, NO_SLIDERS, type SliderSetting } from './slider-maths';
import { ModelHistories } from './model-histories.svelte';
import { SpecHistory } from './spec-history.svelte';

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly sentence: string };

/** What a step back brings back. */
export interface PointSpec {
  readonly z: LatentVector;
  /** Where the sliders of attributes begin: z without them. */
  readonly base: LatentVector;
  readonly sliders: SliderSetting;
  readonly condition: number | undefined;
}

const SEEDS = 10_000;
const NOWHERE: LatentVector = new Float32Array(0);
const restingAt = (z: LatentVector, condition: number | undefined): PointSpec => ({
  z,
  base: z,
  sliders: NO_SLIDERS,
  condition,
});

export class Explorer {
  readonly spec = new ExploreSpec();
  /** Of the open model; each keeps its own. */
  history = $state.raw(new SpecHistory<PointSpec>(restingAt(NOWHERE, undefined)));
  readonly live: LivePicture;
  readonly session: Session;
  phase = $state.raw<Phase>({ kind: 'loading' });
  models = $state.raw<ModelList | null>(null);
  opened = $state.raw<OpenedModel | null>(null);
  codes = $state.raw<Codes | null>(null);
  /** The engine has answered that there are none. */
  hasNoCodes = $state(false);
  /** Of the last random point. */
  seed = $state<number | null>(null);
  #notices: Notices;
  #histories = new ModelHistories<PointSpec>();
  #point: LatentVector = NOWHERE;
  #base: LatentVector = NOWHERE;
  #sliders: SliderSetting = NO_SLIDERS;
  #pointListeners = new Set<(point: LatentVector) => void>();
  #openedListeners = new Set<() => void>();
  #dragFrom: LatentVector | null = null;
  #showing = false;
  #opening = 0;

  constructor(session: Session, notices: Notices) {
    this.session = session;
    this.#notices = notices;
    this.live = new LivePicture(this, notices);
    session.onReady(() => void this.#resume());
  }

  /** The point of this very moment. Never changed in place. // [size] */
  get point(): LatentVector {
    return this.#point;
  }

  get picture(): Pictures | null {
    return this.live.picture;
  }

  onPoint(listener: (point: LatentVector) => void): Undo {
    this.#pointListeners.add(listener);
    listener(this.#point);
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
      if (!again) {
        this.spec.condition = opened.info.condition === null ? undefined : 0;
        const { size } = opened.info.latent;
        this.spec.axes = [0, Math.min(1, size - 1)];
        this.spec.gridN = size === 2 ? DEFAULTS.n : DEFAULTS.nOfMany;
        this.#rest(new Float32Array(size));
        const known = this.#histories.of(id);
        this.history = known ?? this.#histories.begin(id, this.#here(), 'The origin');
        if (known !== null) this.#goBack(known.spec);
      }
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

  /** One move that can be undone. Moves of one `kind` in quick succession are undone together. */
  moveTo(z: LatentVector, at: number, kind: string | null = null, label = 'Point moved'): void {
    if (z.length !== this.#point.length || same(z, this.#point)) return;
    this.#rest(z);
    if (this.#dragFrom === null) this.history.edit(this.#here(), { label, at, kind });
    this.#ask(at);
  }

  get model(): string | null {
    return this.spec.model;
  }
  /** Where the sliders of attributes begin. */
  get base(): LatentVector {
    return this.#base;
  }
  /** Of this very moment; `shownSliders` follow on the beat. */
  get sliders(): SliderSetting {
    return this.#sliders;
  }
  get shownSliders(): SliderSetting {
    return this.spec.sliders;
  }

  /** The sliders of attributes over the same base, and where they lead. */
  slideTo(z: LatentVector, sliders: SliderSetting, at: number, kind: string, label: string): void {
    if (z.length !== this.#base.length) return;
    this.#sliders = sliders;
    this.#place(z);
    if (this.#dragFrom === null) this.history.edit(this.#here(), { label, at, kind });
    this.#ask(at);
  }

  /** Shows another point without going there; null shows the point again. */
  glimpse(z: LatentVector | null): void {
    this.live.glimpse(z);
  }

  decode(model: string, z: LatentVector) {
    return this.session.call('latent/decode', { model, z, condition: this.spec.condition });
  }

  /** To a place on the plane of the two dimensions that lie flat; all others stay. */
  moveOnPlane({ x, y }: LatentPoint, at: number): void {
    const [across, up] = this.spec.axes;
    const z = this.#point.slice();
    z[up] = y;
    z[across] = x;
    this.moveTo(z, at);
  }

  /** Where the point lies on that plane. */
  placeOf(z: LatentVector): LatentPoint {
    const [across, up] = this.spec.axes;
    return latentPoint(z[across] ?? 0, z[up] ?? 0);
  }

  setAxes(axes: readonly [number, number]): void {
    this.spec.axes = axes;
    for (const listener of this.#pointListeners) listener(this.#point);
  }

  moveAxis(axis: number, value: number, at: number, kind: string | null = null): void {
    const z = this.#point.slice();
    z[axis] = value;
    this.moveTo(z, at, kind);
  }

  nudge(axis: number, by: number, at: number): void {
    this.moveAxis(axis, onRaster((this.#point[axis] ?? 0) + by), at, `nudge ${axis}`);
  }

  /** All moves from here to endDrag are one step of the history. */
  beginDrag(): void {
    this.#dragFrom ??= this.#point;
  }

  endDrag(at: number, label = 'Dragged'): void {
    const from = this.#dragFrom;
    this.#dragFrom = null;
    if (from !== null && !same(from, this.#point)) this.history.edit(this.#here(), { label, at });
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
    const latent = this.opened?.info.latent;
    if (latent === undefined) return;
    const z = latentOfSeed(seed, latent.size, latent.prior);
    this.moveTo(z, performance.now(), null, `Seed ${seed}`);
    this.seed = seed;
  }

  reset(): void {
    this.moveTo(new Float32Array(this.#point.length), performance.now(), null, 'The origin');
  }

  /** Another class at the same point. */
  setCondition(condition: number): void {
    this.spec.condition = condition;
    this.history.edit(this.#here(), {
      label: this.opened?.info.condition?.names[condition] ?? 'Class',
      at: performance.now(),
      kind: 'class',
    });
    this.#ask(null);
  }

  picturesAttached(): void {
    if (this.codes !== null) this.codes = { ...this.codes, picturesAttached: true };
  }

  async #resume(): Promise<void> {
    try {
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

  #leave(): void {
    this.live.leave();
    this.history = new SpecHistory(restingAt(NOWHERE, undefined));
    this.opened = null;
    this.codes = null;
    this.hasNoCodes = false;
    this.seed = null;
    this.#dragFrom = null;
    this.spec.showAllClasses();
    this.#sliders = this.spec.sliders = NO_SLIDERS;
    this.spec.condition = undefined;
  }

  #failed(error: unknown): void {
    // the window comes back by itself when the engine does
    if (error instanceof AppError && error.code === 'engine/crashed') return;
    const sentence = error instanceof AppError ? error.sentence : 'Something went wrong in the window.';
    if (this.phase.kind === 'ready') this.#notices.problem(sentence);
    else this.phase = { kind: 'failed', sentence };
  }

  #goBack(step: PointSpec | null): void {
    if (step === null) return;
    this.#dragFrom = null;
    this.#base = step.base;
    this.#sliders = step.sliders;
    this.spec.condition = step.condition;
    this.#place(step.z);
    this.#ask(performance.now());
  }

  #here(): PointSpec {
    return { z: this.#point, base: this.#base, sliders: this.#sliders, condition: this.spec.condition };
  }

  #ask(at: number | null): void {
    this.live.ask(this.#point, at);
  }

  /** A new point to start from: the sliders of attributes are at rest there, their locks stay. */
  #rest(z: LatentVector): void {
    this.#base = z;
    if (!isAtRest(this.#sliders)) this.#sliders = { ...this.#sliders, values: {} };
    this.#place(z);
  }

  #place(z: LatentVector): void {
    this.#point = z;
    this.seed = null;
    for (const listener of this.#pointListeners) listener(z);
    if (this.#showing) return;
    this.#showing = true;
    setTimeout(() => {
      this.#showing = false;
      this.spec.z = this.#point;
      this.spec.sliders = this.#sliders;
    }, untilBeat(1));
  }
}

const same = (a: LatentVector, b: LatentVector): boolean => a.every((value, i) => value === b[i]);
