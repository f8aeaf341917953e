// The point in the latent space of the open model: moves it, has its picture drawn, and keeps every step.
import type { Undo } from '#shared/channel';
import type { Codes, LatentVector, ModelList, OpenedModel, Pictures } from '#shared/domain';
import { exploreStepFromJson, exploreStepToJson, type ExploreStep } from '#shared/explore-step';
import { untilBeat } from './beat';
import { ExploreSpec, firstStep } from './explore-spec.svelte';
import { drawOf, startOf } from './explore-start';
import type { Kept } from './kept';
import { onRaster } from './latent-text';
import { LivePicture } from './live-picture.svelte';
import { ModelHistories } from './model-histories.svelte';
import { ModelOpening, type Phase } from './model-opening.svelte';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { isAtRest, type SliderSetting } from './slider-maths';
import { SpecHistory, type Edit } from './spec-history.svelte';

const SEEDS = 10_000;
const NOWHERE = firstStep(0, undefined);

export class Explorer implements Kept {
  readonly key = 'explore';
  readonly spec = new ExploreSpec();
  /** Of the open model; each keeps its own. */
  history = $state.raw(new SpecHistory<ExploreStep>(NOWHERE));
  readonly live: LivePicture;
  readonly session: Session;
  readonly opening: ModelOpening;
  #notices: Notices;
  #histories = new ModelHistories<ExploreStep>();
  #now: ExploreStep = NOWHERE;
  #pointListeners = new Set<(point: LatentVector) => void>();
  #dragFrom: ExploreStep | null = null;
  #showing = false;

  constructor(session: Session, notices: Notices) {
    this.session = session;
    this.#notices = notices;
    this.live = new LivePicture(this, notices);
    this.opening = new ModelOpening(session, this.spec, notices, {
      onLeave: () => this.#leave(),
      onEnter: (opened) => this.#enter(opened),
    });
    this.onOpened(() => this.#ask(null));
  }

  get model(): string | null {
    return this.spec.model;
  }
  get phase(): Phase {
    return this.opening.phase;
  }
  get models(): ModelList | null {
    return this.opening.models;
  }
  get opened(): OpenedModel | null {
    return this.opening.opened;
  }
  get codes(): Codes | null {
    return this.opening.codes;
  }
  get hasNoCodes(): boolean {
    return this.opening.hasNoCodes;
  }
  open(id: string): Promise<void> {
    return this.opening.open(id);
  }
  onOpened(listener: () => void): Undo {
    return this.opening.onOpened(listener);
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
    if (this.opened === null) return;
    const { psi } = this.#now;
    const z = drawOf(this.opened.info, seed, psi);
    if (seed === this.#now.drawn && same(z, this.#now.z)) return;
    const label = psi === 1 ? `Seed ${seed}` : `Seed ${seed}, ψ ${psi}`;
    this.change({ ...this.#startingAt(z), drawn: seed }, { label, at: performance.now() });
  }

  /** A point that was drawn goes along. */
  setPsi(psi: number, at: number): void {
    const { drawn } = this.#now;
    if (psi === this.#now.psi) return;
    const info = this.opened?.info;
    const isDrawn = drawn !== null && info !== undefined;
    const moved = isDrawn ? { ...this.#startingAt(drawOf(info, drawn, psi)), drawn } : {};
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

  /** To where this model was when it was left, or to its beginning. */
  #enter({ info }: OpenedModel): void {
    const { size } = info.latent;
    const known = this.#histories.of(info.id);
    const isOfIt = known?.spec.z.length === size;
    if (known !== null && !isOfIt)
      this.#notices.problem(
        `The steps kept for “${info.title}” are of a model with another latent: they begin anew.`,
      );
    const { step, label } = startOf(info);
    this.history = known !== null && isOfIt ? known : this.#histories.begin(info.id, step, label);
    this.#now = this.history.spec;
    this.#show();
  }

  #leave(): void {
    this.live.leave();
    this.history = new SpecHistory(NOWHERE);
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
