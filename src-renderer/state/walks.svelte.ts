// Walks through latent space: the keys a person set, the walk they make, and its pictures. What was set goes through a history; where the
// walk stands and what it measures is merely looked at.
import type { LatentVector } from '#shared/domain';
import { AppError } from '#shared/errors';
import type { PickedFile } from '#shared/host';
import { latentOfSeed } from '#shared/random';
import type { Easing, Walk, WalkPath } from '#shared/walk';
import type { CarriedPoint, PointTaker } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import { drawExemplars } from './exemplars';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { SpecHistory } from './spec-history.svelte';
import { walkFromFile, walkSpecFromJson, walkSpecToJson } from './walk-file';
import { WalkMeasures } from './walk-measures.svelte';
import { WalkStrip } from './walk-pictures.svelte';
import { WalkPlayer } from './walk-player.svelte';
import {
  EMPTY_WALK,
  keyMoments,
  problemOf,
  SHELL_FROM,
  toMilliseconds,
  walkOf,
  withClass,
  withCopy,
  withKey,
  withKeyAt,
  withKeys,
  withoutKey,
  withTotal,
  type NewKey,
  type WalkSpec,
} from './walk-spec';

const SEEDS = 10_000;
const WALK_NAME = /\.json$/i;
const WALK_FILES = { name: 'Walks', extensions: ['json'] } as const;

export class Walks implements Kept {
  readonly key = 'walks';
  readonly pictures: DecodedPictures;
  readonly player: WalkPlayer;
  readonly measures: WalkMeasures;
  readonly strip: WalkStrip;
  readonly lerpStrip: WalkStrip;
  readonly slerpStrip: WalkStrip;
  spec = $state.raw<WalkSpec>(EMPTY_WALK);
  history = $state.raw(new SpecHistory<WalkSpec>(EMPTY_WALK, 'No keys'));
  /** The key that keys on the keyboard mean. */
  selected = $state<number | null>(null);
  /** Pictures or words on their way to becoming keys. */
  adding = $state(false);
  #explorer: Explorer;
  #own: OwnPictures;
  #notices: Notices;
  #histories = new ModelHistories<WalkSpec>();
  #model: string | null = null;
  #dragging = false;
  #beforeDrag: WalkSpec = EMPTY_WALK;

  /** As the seconds say; null where there is none. */
  readonly asSet: Walk | null = $derived(walkOf(this.spec));
  /** As it is walked: at its even pace, once that is known. */
  readonly walk: Walk | null = $derived.by(() => this.measures.even ?? this.asSet);
  readonly problem: string | null = $derived(problemOf(this.spec));

  constructor(explorer: Explorer, own: OwnPictures, notices: Notices) {
    this.#explorer = explorer;
    this.#own = own;
    this.#notices = notices;
    const { session } = explorer;
    const failed = (error: unknown): void => notices.failed(error);
    this.pictures = new DecodedPictures(explorer, notices);
    this.player = new WalkPlayer(session, failed);
    this.measures = new WalkMeasures(session, () => this.#show());
    this.strip = new WalkStrip(session, failed);
    this.lerpStrip = new WalkStrip(session, failed);
    this.slerpStrip = new WalkStrip(session, failed);
    explorer.onOpened(() => this.#opened());
  }

  get model(): string | null {
    return this.#model;
  }
  /** The classes that a key can be of; null where the model takes none. */
  get classNames(): readonly string[] | null {
    return this.#explorer.opened?.info.condition?.names ?? null;
  }
  /** Is there a shell that a straight line leaves? */
  get hasShell(): boolean {
    const latent = this.#explorer.opened?.info.latent;
    return latent?.prior.kind === 'normal' && latent.size >= SHELL_FROM;
  }

  addSeed(seed: number): void {
    const key = this.#seedKey(seed);
    if (key !== null) this.add([key], `Seed ${seed}`);
  }
  /** Some random seeds: what a first walk is made of. */
  addSeeds(count: number): void {
    const keys = Array.from({ length: count }, () => this.#seedKey(Math.floor(Math.random() * SEEDS)));
    this.add(
      keys.filter((key) => key !== null),
      count === 1 ? (keys[0]?.name ?? '') : `${count} seeds`,
    );
  }
  addPoints(points: readonly CarriedPoint[]): void {
    const keys = points.map(({ z, condition, name }): NewKey => {
      const isConditional = this.classNames !== null;
      return {
        z: z.slice(),
        condition: isConditional ? (condition ?? this.#explorer.spec.condition) : undefined,
        name,
        seed: this.#seedOf(z, name),
      };
    });
    this.add(keys, points.length === 1 ? (points[0]?.name ?? '') : `${points.length} points`);
  }
  add(keys: readonly NewKey[], label: string): void {
    const size = this.#explorer.opened?.info.latent.size;
    const stranger = keys.find(({ z }) => z.length !== size);
    this.#try(() => {
      if (size === undefined) return;
      if (stranger !== undefined)
        throw ofAnotherModel(stranger, size, this.#explorer.opened?.info.title ?? '');
      const at = this.spec.keys.findIndex(({ id }) => id === this.selected);
      const spec = withKeys(this.spec, keys, at < 0 ? undefined : at + 1);
      this.#edit(spec, `${label} added`);
      this.selected = keys.length === 1 && at >= 0 ? spec.nextId - 1 : null;
    });
  }
  async addFiles(files: readonly PickedFile[]): Promise<void> {
    if (files.length === 0) return;
    this.adding = true;
    for (const file of files) {
      const encoded = await this.#own.encode(file);
      if (encoded === null) continue;
      this.add([{ z: encoded.mu, condition: this.#condition, name: file.name, seed: null }], file.name);
      if (encoded.notes.length > 0) this.#notices.done(encoded.notes.join(' '));
    }
    this.adding = false;
  }
  async pickFiles(): Promise<void> {
    await this.addFiles(await this.#own.choose());
  }
  /** A key that the words find. Resolves with the sentence where they find none. */
  async addWords(phrase: string, seed: number): Promise<string | null> {
    const model = this.#model;
    if (model === null) return null;
    this.adding = true;
    try {
      const { exemplars } = await drawExemplars(this.#explorer.session, model, phrase, { seed, count: 1 }, 0);
      const z = exemplars[0]?.z;
      if (z !== undefined && model === this.#model)
        this.add([{ z, condition: this.#condition, name: phrase, seed: null }], `“${phrase}”`);
      return null;
    } catch (error) {
      return error instanceof AppError ? error.sentence : String(error);
    } finally {
      this.adding = false;
    }
  }
  /** A walk that was saved as JSON, in the place of the one that is here. */
  async openFile(): Promise<void> {
    try {
      const [file] = await this.#explorer.session.host.openFiles(WALK_FILES);
      if (file !== undefined) this.takeFile(file);
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  /** A saved walk, or pictures. */
  async takeFiles(files: readonly PickedFile[]): Promise<void> {
    const walk = files.find(({ name }) => WALK_NAME.test(name));
    if (walk === undefined) await this.addFiles(files);
    else this.takeFile(walk);
  }
  takeFile({ name, bytes }: PickedFile): void {
    const info = this.#explorer.opened?.info;
    if (info === undefined) return;
    this.#try(() => this.#takeWalk(jsonOf(name, bytes), info.latent.size, info.title));
  }
  #takeWalk(value: unknown, size: number, title: string): void {
    const { model, keys, ...way } = walkFromFile(value);
    const stranger = keys.find(({ z }) => z.length !== size);
    if (stranger !== undefined) throw ofAnotherModel(stranger, size, title);
    const isPaced = JSON.stringify(value).includes('"pace"');
    const cleared: WalkSpec = {
      ...EMPTY_WALK,
      ...way,
      pace: isPaced ? 'legs' : 'set',
      nextId: this.spec.nextId,
    };
    this.#edit(withKeys(cleared, keys), 'Walk from a file');
    if (model !== null && model !== this.#model)
      this.#notices.done(`This walk was made with ${model}; it is shown in ${title}.`);
  }

  remove(id: number): void {
    const at = this.spec.keys.findIndex((key) => key.id === id);
    const name = this.spec.keys[at]?.name ?? '';
    this.#edit(withoutKey(this.spec, id), `${name} removed`);
    this.selected = (this.spec.keys[at] ?? this.spec.keys.at(-1))?.id ?? null;
  }
  duplicate(id: number): void {
    this.#try(() => this.#edit(withCopy(this.spec, id), 'Key copied'));
  }
  moveTo(id: number, to: number): void {
    this.#edit(withKeyAt(this.spec, id, to), 'Keys reordered', `order ${id}`);
  }
  setSeconds(id: number, seconds: number, at: number): void {
    this.#edit(withKey(this.spec, id, { seconds: toMilliseconds(seconds) }), 'Duration', `seconds ${id}`, at);
  }
  setHold(id: number, hold: number, at: number): void {
    this.#edit(withKey(this.spec, id, { hold: toMilliseconds(hold) }), 'Hold', `hold ${id}`, at);
  }
  setEasing(id: number, easing: Easing): void {
    this.#edit(withKey(this.spec, id, { easing }), `Easing: ${easing}`);
  }
  setClass(id: number, condition: number): void {
    this.#edit(withClass(this.spec, id, condition), this.classNames?.[condition] ?? 'Class');
  }
  setTotal(seconds: number, at: number): void {
    this.#edit(withTotal(this.spec, seconds), 'Total duration', 'total', at);
  }
  /** A spline leaves the shell as a straight line does, so there the norm is kept with it. */
  setPath(path: WalkPath): void {
    this.#edit({ ...this.spec, path, keepNorm: path === 'spline' && this.hasShell }, `Path: ${path}`);
  }
  set(change: Partial<Pick<WalkSpec, 'closed' | 'keepNorm' | 'pace'>>, label: string): void {
    this.#edit({ ...this.spec, ...change }, label);
  }
  clear(): void {
    this.#edit({ ...this.spec, keys: [] }, 'Keys cleared');
    this.selected = null;
  }

  beginDrag(): void {
    if (this.#dragging) return;
    this.#dragging = true;
    this.#beforeDrag = this.spec;
  }
  endDrag(at: number, label = 'Duration'): void {
    if (!this.#dragging) return;
    this.#dragging = false;
    if (this.spec !== this.#beforeDrag) this.history.edit(this.spec, { label, at });
    this.#work();
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
  /** Stands for a step of the history. */
  thumbnailOf({ keys }: WalkSpec): LatentVector | null {
    return keys.at(-1)?.z ?? null;
  }

  /** To the key itself, without walking there. */
  seekKey(id: number): void {
    const at = this.spec.keys.findIndex((key) => key.id === id);
    if (this.walk === null || at < 0) return;
    this.player.seek(keyMoments(this.walk)[at] ?? 0);
  }
  /** To the key before or after the moment. */
  seekNeighbour(direction: 1 | -1): void {
    if (this.walk === null) return;
    const moments = keyMoments(this.walk);
    const now = this.player.moment;
    const next =
      direction === 1 ? moments.find((at) => at > now + 1e-6) : moments.findLast((at) => at < now - 1e-6);
    if (next !== undefined) this.player.seek(next);
  }

  /** What the walk shows at this moment, to be carried elsewhere. */
  get point(): CarriedPoint | null {
    const { point } = this.player;
    if (point === null) return null;
    return { ...point, name: `Walk at ${this.player.moment.toFixed(2)} s` };
  }
  /** The chosen key, while the walk stands at it; what it shows at this moment otherwise. */
  get shown(): CarriedPoint | null {
    const at = this.spec.keys.findIndex(({ id }) => id === this.selected);
    const isThere = this.walk === null || keyMoments(this.walk)[at] === this.player.moment;
    return at >= 0 && isThere ? (this.spec.keys[at] ?? null) : this.point;
  }
  pointOf(id: number): CarriedPoint | null {
    return this.spec.keys.find((key) => key.id === id) ?? null;
  }
  readonly takers: readonly PointTaker[] = [
    { name: 'To the walk', take: (points: readonly CarriedPoint[]) => this.addPoints(points) },
  ];

  get edition(): unknown {
    return this.#histories.edition;
  }
  toJson(): unknown {
    return this.#histories.toJson({ toJson: walkSpecToJson });
  }
  restore(value: unknown): void {
    this.#histories.restore(value, { fromJson: walkSpecFromJson }, EMPTY_WALK);
    this.#model = null;
    this.#opened();
  }

  #opened(): void {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === null) return;
    if (model !== this.#model) {
      this.#dragging = false;
      this.selected = null;
      this.strip.clear();
      this.lerpStrip.clear();
      this.slerpStrip.clear();
      this.player.show(model, null, 0);
      const known = this.#histories.of(model);
      this.history = known ?? this.#histories.begin(model, EMPTY_WALK, 'No keys');
      this.spec = this.history.spec;
    }
    this.#model = model;
    // the engine may be a new one: what the old one left unanswered is asked again
    for (const strip of [this.strip, this.lerpStrip, this.slerpStrip]) strip.retry();
    this.#work();
  }

  #edit(spec: WalkSpec, label: string, kind: string | null = null, at = performance.now()): void {
    if (spec === this.spec) return;
    this.spec = spec;
    if (this.#dragging) return;
    this.history.edit(spec, { label, at, kind });
    this.#work();
  }
  #goBack(spec: WalkSpec | null): void {
    if (spec === null) return;
    this.#dragging = false;
    this.spec = spec;
    if (!spec.keys.some(({ id }) => id === this.selected)) this.selected = null;
    this.#work();
  }

  /** From the spec to its pictures: at the pace that is set at once, at the even pace when that is known. */
  #work(): void {
    const [model, walk] = [this.#model, this.asSet];
    if (model === null) return;
    this.measures.of(model, walk, this.spec.pace);
    this.#show();
  }
  #show(): void {
    const output = this.#explorer.opened?.info.output;
    if (this.#model === null || output === undefined) return;
    this.player.show(this.#model, this.walk, 4 * output.width * output.height);
  }

  get #condition(): number | undefined {
    return this.classNames === null ? undefined : (this.#explorer.spec.condition ?? 0);
  }
  #seedKey(seed: number): NewKey | null {
    const latent = this.#explorer.opened?.info.latent;
    if (latent === undefined) return null;
    const z = latentOfSeed(seed, latent.size, latent.prior);
    return { z, condition: this.#condition, name: `Seed ${seed}`, seed };
  }
  /** A point that is called by its seed, and is that seed's. */
  #seedOf(z: LatentVector, name: string): number | null {
    const seed = /^Seed (-?\d{1,9})$/.exec(name)?.[1];
    const drawn = seed === undefined ? null : this.#seedKey(Number(seed))?.z;
    return drawn?.length === z.length && drawn.every((value, i) => value === z[i]) ? Number(seed) : null;
  }
  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#notices.failed(error);
    }
  }
}

function jsonOf(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new AppError({
      code: 'input/walk',
      headline: 'This file holds no walk',
      where: name,
      cause: 'it is not JSON',
      remedy: 'choose a walk that was saved as JSON',
    });
  }
}

const ofAnotherModel = ({ name, z }: NewKey, size: number, title: string): AppError =>
  new AppError({
    code: 'input/walk',
    headline: 'A key of another model cannot join this walk',
    where: name,
    cause: `it has ${z.length} ${z.length === 1 ? 'number' : 'numbers'}, the latent of ${title} has ${size}`,
    remedy: 'take keys of one model',
  });
