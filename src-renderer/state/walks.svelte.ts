// Walks through latent space: the keys a person set, the walk they make, and its pictures. What was set goes through a history; where the
// walk stands and what it measures is merely looked at.
import type { LatentVector } from '#shared/domain';
import type { Easing, Walk, WalkPath } from '#shared/walk';
import type { CarriedPoint } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { SpecHistory } from './spec-history.svelte';
import { KeyAdding, type GrownWalk } from './walk-adding.svelte';
import { walkSpecFromJson, walkSpecToJson } from './walk-file';
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
  withoutKey,
  withTotal,
  type WalkSpec,
} from './walk-spec';

export class Walks implements Kept, GrownWalk {
  readonly key = 'walks';
  readonly adding: KeyAdding;
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
  #explorer: Explorer;
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
    this.#notices = notices;
    const { session } = explorer;
    const failed = (error: unknown): void => notices.failed(error);
    this.adding = new KeyAdding(this, explorer, own, notices);
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

  edit(spec: WalkSpec, label: string, kind: string | null = null, at = performance.now()): void {
    if (spec === this.spec) return;
    this.spec = spec;
    if (this.#dragging) return;
    this.history.edit(spec, { label, at, kind });
    this.#work();
  }
  remove(id: number): void {
    const at = this.spec.keys.findIndex((key) => key.id === id);
    const name = this.spec.keys[at]?.name ?? '';
    this.edit(withoutKey(this.spec, id), `${name} removed`);
    this.selected = (this.spec.keys[at] ?? this.spec.keys.at(-1))?.id ?? null;
  }
  duplicate(id: number): void {
    this.#notices.attempt(() => this.edit(withCopy(this.spec, id), 'Key copied'));
  }
  moveTo(id: number, to: number): void {
    this.edit(withKeyAt(this.spec, id, to), 'Keys reordered', `order ${id}`);
  }
  setSeconds(id: number, seconds: number, at: number): void {
    this.edit(withKey(this.spec, id, { seconds: toMilliseconds(seconds) }), 'Duration', `seconds ${id}`, at);
  }
  setHold(id: number, hold: number, at: number): void {
    this.edit(withKey(this.spec, id, { hold: toMilliseconds(hold) }), 'Hold', `hold ${id}`, at);
  }
  setEasing(id: number, easing: Easing): void {
    this.edit(withKey(this.spec, id, { easing }), `Easing: ${easing}`);
  }
  setClass(id: number, condition: number): void {
    this.edit(withClass(this.spec, id, condition), this.classNames?.[condition] ?? 'Class');
  }
  setTotal(seconds: number, at: number): void {
    this.edit(withTotal(this.spec, seconds), 'Total duration', 'total', at);
  }
  /** A spline leaves the shell as a straight line does, so there the norm is kept with it. */
  setPath(path: WalkPath): void {
    this.edit({ ...this.spec, path, keepNorm: path === 'spline' && this.hasShell }, `Path: ${path}`);
  }
  set(change: Partial<Pick<WalkSpec, 'closed' | 'keepNorm' | 'pace'>>, label: string): void {
    this.edit({ ...this.spec, ...change }, label);
  }
  clear(): void {
    this.edit({ ...this.spec, keys: [] }, 'Keys cleared');
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
}
