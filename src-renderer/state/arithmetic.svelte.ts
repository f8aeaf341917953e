// The arithmetic of faces: wells of exemplars with their weights, the sliders over their sum, and what was set before. The spec of this very
// moment leads; what the window shows of it in numbers follows on the beat, so that a drag costs the picture alone.
import type { NormRule } from '#shared/arithmetic';
import type { LatentVector } from '#shared/domain';
import { FaceOfSum } from './arithmetic-face.svelte';
import { arithmeticFromJson, arithmeticToJson } from './arithmetic-file';
import { WellFilling } from './arithmetic-filling.svelte';
import { ResultOfSum } from './arithmetic-result.svelte';
import {
  FIRST_SPEC,
  latentSizeOf,
  withExemplars,
  withMoved,
  withoutExemplar,
  withoutWell,
  withWeight,
  withWell,
  type ArithmeticSpec,
  type SumAtWork,
} from './arithmetic-spec';
import type { Attributes } from './attributes.svelte';
import { untilBeat } from './beat';
import { DecodedPictures } from './decoded-pictures.svelte';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import type { SliderSetting } from './slider-maths';
import type { Slid } from './sliders.svelte';
import { SpecHistory } from './spec-history.svelte';

/** The sum as it is at one moment: what it is made of, and what it gives. */
export interface Sum {
  readonly model: string;
  readonly spec: ArithmeticSpec;
  readonly z: LatentVector;
}

export class Arithmetic implements Kept, Slid, SumAtWork {
  readonly key = 'arithmetic';
  readonly result: ResultOfSum;
  readonly pictures: DecodedPictures;
  readonly filling: WellFilling;
  readonly face: FaceOfSum;
  /** As the window shows them; no z where there is no result. */
  spec = $state.raw<ArithmeticSpec>(FIRST_SPEC);
  z = $state.raw<LatentVector | null>(null);
  history = $state.raw(new SpecHistory<ArithmeticSpec>(FIRST_SPEC, 'Empty wells'));
  readonly #explorer: Explorer;
  readonly #notices: Notices;
  #now: ArithmeticSpec = FIRST_SPEC;
  #histories = new ModelHistories<ArithmeticSpec>();
  #model: string | null = null;
  #dragging = false;
  #beforeDrag: ArithmeticSpec = FIRST_SPEC;
  #showing = false;

  constructor(explorer: Explorer, attributes: Attributes, own: OwnPictures, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
    this.result = new ResultOfSum(this, explorer, attributes, notices);
    this.pictures = new DecodedPictures(explorer, notices);
    this.filling = new WellFilling(this, this.pictures, explorer, own, notices);
    this.face = new FaceOfSum(this, own);
    explorer.onOpened(() => this.#opened());
    attributes.onLoaded(() => this.#work(null));
  }

  get model(): string | null {
    return this.#model;
  }
  /** Of this very moment; `spec` and `z` follow on the beat. */
  get now(): ArithmeticSpec {
    return this.#now;
  }
  /** Of this very moment: what is saved, copied and sent. Null without a result. */
  get sum(): Sum | null {
    const [model, { z }] = [this.#model, this.result];
    return model === null || z === null ? null : { model, spec: this.#now, z };
  }
  get base(): LatentVector {
    return this.result.base;
  }
  get sliders(): SliderSetting {
    return this.#now.sliders;
  }
  get shownSliders(): SliderSetting {
    return this.spec.sliders;
  }

  edit(spec: ArithmeticSpec, label: string, at = performance.now(), kind: string | null = null): void {
    if (spec === this.#now) return;
    this.#now = spec;
    if (!this.#dragging) {
      this.spec = spec;
      this.history.edit(spec, { label, at, kind });
    }
    // only what a hand does again and again is measured
    this.#work(kind === null ? null : at);
  }
  addWell(weight: number): void {
    this.#notices.attempt(() => this.edit(withWell(this.#now, weight), 'Well added'));
  }
  removeWell(id: number): void {
    this.edit(withoutWell(this.#now, id), 'Well removed');
  }
  setWeight(id: number, weight: number, at: number): void {
    this.edit(withWeight(this.#now, id, weight), 'Weight', at, `weight ${id}`);
  }
  removeExemplar(id: number): void {
    this.edit(withoutExemplar(this.#now, id), 'Exemplar removed');
  }
  moveExemplar(id: number, to: number, isCopy = false): void {
    this.#notices.attempt(() =>
      this.edit(withMoved(this.#now, id, to, isCopy), isCopy ? 'Exemplar copied' : 'Exemplar moved'),
    );
  }
  clearWell(id: number): void {
    this.edit(withExemplars(this.#now, id, [], true), 'Well emptied');
  }
  setRule(rule: NormRule): void {
    this.edit({ ...this.#now, rule }, `Length: ${rule}`);
  }
  setNoise(noise: ArithmeticSpec['noise']): void {
    this.edit({ ...this.#now, noise }, 'Noise', performance.now(), 'noise');
  }

  slideTo(_: LatentVector, sliders: SliderSetting, at: number, kind: string, label: string): void {
    this.edit({ ...this.#now, sliders }, label, at, kind);
  }
  beginDrag(): void {
    if (this.#dragging) return;
    this.#dragging = true;
    this.#beforeDrag = this.#now;
  }
  endDrag(at: number, label = 'Weight'): void {
    if (!this.#dragging) return;
    this.#dragging = false;
    if (this.#now !== this.#beforeDrag) this.history.edit(this.#now, { label, at });
  }
  glimpse(z: LatentVector | null): void {
    this.result.live.glimpse(z);
  }

  undo(): void {
    this.#goBack(this.history.undo());
  }
  redo(): void {
    this.#goBack(this.history.redo());
  }
  goToStep(id: number): void {
    this.#goBack(this.history.goTo(id));
  }

  get edition(): unknown {
    return this.#histories.edition;
  }
  toJson(): unknown {
    return { histories: this.#histories.toJson({ toJson: arithmeticToJson }) };
  }
  restore(value: unknown): void {
    const histories = value === null ? {} : (value as { readonly histories?: unknown }).histories;
    this.#histories.restore(histories, { fromJson: (spec) => arithmeticFromJson(spec, null) }, FIRST_SPEC);
    this.#dragging = false;
    if (this.#model === null) return;
    this.#enter(this.#model);
    this.#work(null);
  }

  #opened(): void {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === null) return;
    if (model !== this.#model) {
      this.result.leave();
      this.filling.leave();
      this.#dragging = false;
      this.#enter(model);
    }
    this.#model = model;
    this.#work(null);
  }

  /** Exemplars belong to the model that they were found in: each model keeps its own wells. */
  #enter(model: string): void {
    const known = this.#histories.of(model);
    const size = known === null ? null : latentSizeOf(known.spec);
    const isOfIt = size === null || size === this.#explorer.opened?.info.latent.size;
    if (!isOfIt)
      this.#notices.problem('The wells kept for this model are of one with another latent: they begin anew.');
    this.history = known !== null && isOfIt ? known : this.#histories.begin(model, FIRST_SPEC, 'Empty wells');
    this.#now = this.spec = this.history.spec;
  }

  #goBack(spec: ArithmeticSpec | null): void {
    if (spec === null) return;
    this.#dragging = false;
    this.#now = this.spec = spec;
    this.#work(null);
  }

  #work(at: number | null): void {
    this.result.of(this.#now, at);
    if (this.#showing) return;
    this.#showing = true;
    setTimeout(() => {
      this.#showing = false;
      this.spec = this.#now;
      this.z = this.result.z;
    }, untilBeat(1));
  }
}
