// The arithmetic of faces: wells of exemplars, their signed sum, the sliders over it, and its picture. The spec of this very moment leads;
// what the window shows of it in numbers follows on the beat, so that a drag costs the picture alone.
import { rescaled, shellRadius, type NormRule } from '#shared/arithmetic';
import type { Decoded, Encoded, LatentVector, Pictures } from '#shared/domain';
import { toWireError } from '#shared/errors';
import type { PickedFile } from '#shared/host';
import { latest } from '#shared/latest';
import { latentOfSeed } from '#shared/random';
import { arithmeticFromJson, arithmeticToJson } from './arithmetic-file';
import {
  baseOf,
  FIRST_SPEC,
  latentSizeOf,
  letterOf,
  meanOfWell,
  neighboursOf,
  withExemplars,
  withMoved,
  withoutExemplar,
  withoutWell,
  withWeight,
  withWell,
  type ArithmeticSpec,
  type NewExemplar,
  type Well,
} from './arithmetic-spec';
import type { Attributes } from './attributes.svelte';
import { untilBeat } from './beat';
import type { CarriedPoint, PointTaker } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import { drawExemplars, exemplarsOfText, type Sampling } from './exemplars';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { LivePicture } from './live-picture.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { ModelHistories } from './model-histories.svelte';
import { movedBy, NO_SLIDERS, type SliderSetting } from './slider-maths';
import { SpecHistory } from './spec-history.svelte';

/** The sum as it is at one moment: what it is made of, and what it gives. */
export interface Sum {
  readonly model: string;
  readonly spec: ArithmeticSpec;
  readonly z: LatentVector;
}

interface Ask {
  readonly model: string;
  readonly z: LatentVector;
}

/** The nine around the result are decoded when the hand rests. */
const REST_MS = 150;
const NOWHERE: LatentVector = new Float32Array(0);

export class Arithmetic implements Kept {
  readonly key = 'arithmetic';
  readonly live: LivePicture;
  readonly pictures: DecodedPictures;
  /** As the window shows it. */
  spec = $state.raw<ArithmeticSpec>(FIRST_SPEC);
  history = $state.raw(new SpecHistory<ArithmeticSpec>(FIRST_SPEC, 'Empty wells'));
  /** Why there is no result, in a sentence. */
  problem = $state<string | null>(null);
  /** |z| of the result as shown; null without one. */
  z = $state.raw<LatentVector | null>(null);
  neighbours = $state.raw<Pictures | null>(null);
  /** Wells that are being filled, and how many the sampler had to choose from. */
  busyWells = $state.raw<ReadonlySet<number>>(new Set());
  found = $state.raw<ReadonlyMap<number, number>>(new Map());
  encoding = $state(false);
  /** How the sampler draws for whole expressions. */
  sampling = $state.raw<Sampling>({ seed: 1, count: 3 });
  expressionProblem = $state<string | null>(null);
  computing = $state(false);

  #explorer: Explorer;
  #attributes: Attributes;
  #own: OwnPictures;
  #notices: Notices;
  #now: ArithmeticSpec = FIRST_SPEC;
  #base: LatentVector = NOWHERE;
  #z: LatentVector | null = null;
  #histories = new ModelHistories<ArithmeticSpec>();
  #encoded = new WeakMap<LatentVector, Encoded>();
  #thumbnails = new WeakMap<ArithmeticSpec, LatentVector>();
  #model: string | null = null;
  #dragging = false;
  #beforeDrag: ArithmeticSpec = FIRST_SPEC;
  #showing = false;
  #resting: ReturnType<typeof setTimeout> | undefined;

  #around = latest<Ask, Decoded>({
    run: ({ model, z }) => this.#explorer.decode(model, z),
    onResult: (decoded, { model }) => {
      if (model === this.#model) this.neighbours = decoded;
    },
    onError: (error) => this.#notices.failed(error),
  });

  constructor(explorer: Explorer, attributes: Attributes, own: OwnPictures, notices: Notices) {
    this.#explorer = explorer;
    this.#attributes = attributes;
    this.#own = own;
    this.#notices = notices;
    this.live = new LivePicture(this, notices);
    this.pictures = new DecodedPictures(explorer, notices);
    explorer.onOpened(() => this.#opened());
    attributes.onLoaded(() => this.#work(null));
  }

  get model(): string | null {
    return this.#model;
  }
  /** Of this very moment: what is saved, copied and sent. `spec` and `z` follow on the beat. Null without a result. */
  get sum(): Sum | null {
    const [model, z] = [this.#model, this.#z];
    return model === null || z === null ? null : { model, spec: this.#now, z };
  }
  get base(): LatentVector {
    return this.#base;
  }
  get sliders(): SliderSetting {
    return this.#now.sliders;
  }
  get shownSliders(): SliderSetting {
    return this.spec.sliders;
  }
  get picture(): Pictures | null {
    return this.live.picture;
  }
  /** What the engine said of the picture that the sliders are over. */
  get faceEncoded(): Encoded | null {
    return this.spec.face === null ? null : (this.#encoded.get(this.spec.face.z) ?? null);
  }

  /** Small pictures that stand for the steps of the history. */
  thumbnailOf(spec: ArithmeticSpec): LatentVector | null {
    const known = this.#thumbnails.get(spec);
    if (known !== undefined) return known;
    const z = this.#resultOf(spec)?.z ?? null;
    if (z !== null) this.#thumbnails.set(spec, z);
    return z;
  }

  addWell(weight: number): void {
    this.#try(() => this.#edit(withWell(this.#now, weight), 'Well added'));
  }
  removeWell(id: number): void {
    this.#edit(withoutWell(this.#now, id), 'Well removed');
  }
  setWeight(id: number, weight: number, at: number): void {
    this.#edit(withWeight(this.#now, id, weight), 'Weight', at, `weight ${id}`);
  }
  removeExemplar(id: number): void {
    this.#edit(withoutExemplar(this.#now, id), 'Exemplar removed');
  }
  moveExemplar(id: number, to: number, isCopy = false): void {
    this.#try(() =>
      this.#edit(withMoved(this.#now, id, to, isCopy), isCopy ? 'Exemplar copied' : 'Exemplar moved'),
    );
  }
  clearWell(id: number): void {
    this.#edit(withExemplars(this.#now, id, [], true), 'Well emptied');
  }
  setRule(rule: NormRule): void {
    this.#edit({ ...this.#now, rule }, `Length: ${rule}`);
  }
  setNoise(noise: ArithmeticSpec['noise']): void {
    this.#edit({ ...this.#now, noise }, 'Noise', performance.now(), 'noise');
  }
  startOver(): void {
    this.#edit({ ...FIRST_SPEC, nextId: this.#now.nextId, rule: this.#now.rule }, 'Started over');
  }

  add(id: number, exemplars: readonly NewExemplar[], label: string): void {
    this.#try(() => this.#edit(withExemplars(this.#now, id, exemplars), label));
  }
  addSeed(id: number, seed: number): void {
    const latent = this.#explorer.opened?.info.latent;
    if (latent === undefined) return;
    const z = latentOfSeed(seed, latent.size, latent.prior);
    this.add(id, [{ z, source: { kind: 'seed', seed } }], `Seed ${seed}`);
  }
  /** Points from elsewhere; null is a new well. */
  addPoints(id: number | null, points: readonly CarriedPoint[]): void {
    const exemplars = points.map(({ z }) => ({ z: z.slice(), source: { kind: 'point' } as const }));
    this.#try(() => {
      const grown = id === null ? withWell(this.#now, 1) : this.#now;
      this.#edit(withExemplars(grown, id ?? this.#now.nextId, exemplars), points[0]?.name ?? 'Points');
    });
  }
  readonly takers: readonly PointTaker[] = $derived([
    ...this.spec.wells.map(({ id }, i): PointTaker => ({
      name: `To well ${letterOf(i)}`,
      take: (points) => this.addPoints(id, points),
    })),
    { name: 'To a new well', take: (points: readonly CarriedPoint[]) => this.addPoints(null, points) },
  ]);
  async addFiles(id: number, files: readonly PickedFile[]): Promise<void> {
    await this.#filling(id, async () => {
      for (const file of files) {
        const encoded = await this.#own.encode(file);
        if (encoded === null || !this.#has(id)) return;
        this.#encoded.set(encoded.mu, encoded);
        this.add(id, [{ z: encoded.mu, source: { kind: 'picture', name: file.name } }], file.name);
        if (encoded.notes.length > 0) this.#notices.done(encoded.notes.join(' '));
      }
    });
  }
  async pickFiles(id: number | null): Promise<void> {
    const files = await this.#own.choose();
    if (files.length === 0) return;
    if (id === null) await this.takePicture(files[0]!);
    else await this.addFiles(id, files);
  }

  /** Exemplars that the app finds for words, instead of those that are there. */
  async sample(id: number, phrase: string, sampling: Sampling): Promise<string | null> {
    const model = this.#model;
    if (model === null) return null;
    let refusal: string | null = null;
    await this.#filling(id, async () => {
      try {
        const place = this.#now.wells.findIndex((well) => well.id === id);
        const drawn = await drawExemplars(this.#explorer.session, model, phrase, sampling, place);
        if (model !== this.#model || !this.#has(id)) return;
        drawn.exemplars.forEach(({ z }, i) => this.pictures.put(z, drawn.pictures[i]!));
        this.found = new Map(this.found).set(id, drawn.found);
        this.#edit(withExemplars(this.#now, id, drawn.exemplars, true), `“${phrase}”`);
      } catch (error) {
        refusal = toWireError(error).sentence;
      }
    });
    return refusal;
  }

  /** The whole sum from a line of text: one step, or none where any of it cannot be had. */
  async take(text: string, sampling: Sampling = this.sampling): Promise<boolean> {
    const info = this.#explorer.opened?.info;
    if (info === undefined || this.computing) return false;
    this.computing = true;
    this.expressionProblem = null;
    this.sampling = sampling;
    try {
      const { session } = this.#explorer;
      const held = { wells: this.#now.wells, own: this.#own.list };
      const terms = await exemplarsOfText(session, info, text, sampling, held);
      if (info.id !== this.#model) return false;
      let spec: ArithmeticSpec = { ...this.#now, wells: [], face: null, sliders: NO_SLIDERS };
      const found = new Map<number, number>();
      for (const { weight, exemplars, found: many } of terms) {
        spec = withWell(spec, weight);
        const { id } = spec.wells.at(-1)!;
        spec = withExemplars(spec, id, exemplars);
        if (many !== null) found.set(id, many);
      }
      this.found = found;
      this.#edit(spec, text);
      return true;
    } catch (error) {
      this.expressionProblem = toWireError(error).sentence;
      return false;
    } finally {
      this.computing = false;
    }
  }

  async takePicture(file: PickedFile): Promise<void> {
    this.encoding = true;
    const encoded = await this.#own.encode(file);
    this.encoding = false;
    if (encoded === null) return;
    this.#encoded.set(encoded.mu, encoded);
    this.#edit({ ...this.#now, face: { name: file.name, z: encoded.mu }, sliders: NO_SLIDERS }, file.name);
  }
  /** The sliders are over the sum again. */
  leavePicture(): void {
    this.#edit(
      { ...this.#now, face: null, sliders: { ...this.#now.sliders, values: {} } },
      'Back to the sum',
    );
  }

  /** The step from one well's mean to another's as a slider; +1 is one standard deviation of the prior along it. */
  async saveDifference(to: Well, from: Well, title: string): Promise<boolean> {
    const prior = this.#explorer.opened?.info.latent.prior;
    const [a, b] = [meanOfWell(to), meanOfWell(from)];
    if (prior === undefined || a === null || b === null) return false;
    const step = a.map((value, i) => value - b[i]!);
    const unit = shellRadius(step.length, prior) / Math.sqrt(step.length);
    const isKept = await this.#attributes.save({
      name: title,
      title,
      method: 'exemplars',
      attribute: null,
      vector: [...rescaled(step, unit)],
      auc: null,
      sideEffects: [],
      origin: 'own',
    });
    if (isKept) this.#notices.done(`“${title}” is a slider now, here and in Explore.`);
    return isKept;
  }

  slideTo(_: LatentVector, sliders: SliderSetting, at: number, kind: string, label: string): void {
    this.#edit({ ...this.#now, sliders }, label, at, kind);
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
  decode(model: string, z: LatentVector) {
    return this.#explorer.decode(model, z);
  }
  glimpse(z: LatentVector | null): void {
    this.live.glimpse(z);
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
      this.live.leave();
      this.#around.clear();
      this.neighbours = null;
      this.#dragging = false;
      this.found = new Map();
      this.expressionProblem = null;
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

  #edit(spec: ArithmeticSpec, label: string, at = performance.now(), kind: string | null = null): void {
    if (spec === this.#now) return;
    this.#now = spec;
    if (!this.#dragging) {
      this.spec = spec;
      this.history.edit(spec, { label, at, kind });
    }
    // only what a hand does again and again is measured
    this.#work(kind === null ? null : at);
  }
  #goBack(spec: ArithmeticSpec | null): void {
    if (spec === null) return;
    this.#dragging = false;
    this.#now = this.spec = spec;
    this.#work(null);
  }

  /** From the spec of this moment to its z, and on to its picture. */
  #work(at: number | null): void {
    const result = this.#resultOf(this.#now, (sentence) => (this.problem = sentence));
    this.#base = result?.base ?? NOWHERE;
    this.#z = result?.z ?? null;
    if (result === null) {
      this.live.blank();
      this.#around.clear();
      clearTimeout(this.#resting);
      this.neighbours = null;
    } else {
      this.problem = null;
      this.#ask(at);
    }
    if (this.#showing) return;
    this.#showing = true;
    setTimeout(() => {
      this.#showing = false;
      this.spec = this.#now;
      this.z = this.#z;
    }, untilBeat(1));
  }

  #resultOf(
    spec: ArithmeticSpec,
    refuse?: (sentence: string) => void,
  ): { readonly base: LatentVector; readonly z: LatentVector } | null {
    const prior = this.#explorer.opened?.info.latent.prior;
    if (prior === undefined) return null;
    try {
      const base = baseOf(spec, prior);
      return { base, z: movedBy(base, spec.sliders, this.#attributes.directions) };
    } catch (error) {
      refuse?.(toWireError(error).sentence);
      return null;
    }
  }

  #ask(at: number | null): void {
    const [model, z] = [this.#model, this.#z];
    if (model === null || z === null) return;
    this.live.ask(z, at);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      const nine = neighboursOf(z, this.#now);
      const all = new Float32Array(nine.length * z.length);
      nine.forEach((each, i) => all.set(each, i * z.length));
      this.#around.request({ model, z: all });
    }, REST_MS);
  }

  #has(id: number): boolean {
    return this.#now.wells.some((well) => well.id === id);
  }

  async #filling(id: number, work: () => Promise<void>): Promise<void> {
    this.busyWells = new Set(this.busyWells).add(id);
    try {
      await work();
    } finally {
      this.busyWells = new Set([...this.busyWells].filter((each) => each !== id));
    }
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#notices.failed(error);
    }
  }
}
