// The coordinates of a latent with many dimensions: how much each says, and other axes to move along than the raw ones.
import { ACTIVITY_MEASURES, byActivity, type Activity, type Components } from '#shared/dimensions';
import type { LatentVector } from '#shared/domain';
import { isCancelled, toWireError } from '#shared/errors';
import type { Coordinates, DimensionOrder, ExploreSettings } from '#shared/explore-settings';
import { randomRotation } from '#shared/rotation';
import { valueAlong, withValueAlong } from '#shared/traversal';
import type { Explorer } from './explorer.svelte';
import { onRaster } from './latent-text';

/** Axes at right angles, about a middle. */
interface Basis {
  readonly rows: readonly LatentVector[]; // [count][size], length 1
  readonly mean: LatentVector;
  readonly of: string;
}

/** More rows of a rotation than this take long to make and help nobody. */
const MOST_ROWS = 64;

const ALONG_WORDS: Readonly<Record<Coordinates, string>> = {
  axes: 'Along its own axes',
  components: 'Along principal components',
  rotation: 'Along a random rotation',
};
const ORDER_WORDS: Readonly<Record<DimensionOrder, string>> = {
  number: 'Coordinates by number',
  activity: 'Coordinates by activity',
};

export class Dimensions {
  activity = $state.raw<Activity | null>(null);
  /** While activity is being measured: from 0 to 1. */
  measuring = $state<number | null>(null);
  /** Why there is no activity, or no components, in a sentence. */
  problem = $state<string | null>(null);
  #components = $state.raw<Components | null>(null);
  /** They were asked for, and this model has none; or nobody waited for its activity. */
  #without = $state.raw<ReadonlySet<'components' | 'activity'>>(new Set());
  #explorer: Explorer;
  #model: string | null = null;
  #cancel: (() => void) | null = null;
  #loading: Promise<Components | null> | null = null;

  readonly basis: Basis | null = $derived.by(() => {
    const { size } = this.#explorer.opened?.info.latent ?? { size: 0 };
    if (size === 0 || this.coordinates === 'axes') return null;
    if (this.coordinates === 'rotation')
      return {
        rows: randomRotation(this.rotation, size, MOST_ROWS),
        mean: new Float32Array(size),
        of: `a random rotation, seed ${this.rotation}`,
      };
    const found = this.#components;
    if (found === null) return null;
    const rows = Array.from({ length: found.count }, (_, k) =>
      found.directions.subarray(k * size, (k + 1) * size),
    );
    return { rows, mean: found.mean, of: found.of };
  });
  /** The coordinates of the point along these axes, as the window shows it. */
  readonly values: Float32Array = $derived.by(() => {
    const { z } = this.#explorer.spec;
    const { basis } = this;
    if (basis === null || basis.mean.length !== z.length) return z;
    return Float32Array.from(basis.rows, (direction) => valueAlong(z, { direction, mean: basis.mean }));
  });
  /** Which coordinate each row of the list shows. Components come in their own order, largest first. */
  readonly rows: readonly number[] = $derived.by(() =>
    this.order === 'activity' ? this.telling : Array.from(this.values.keys()),
  );
  /** All of them, the most telling first where that is known. */
  readonly telling: readonly number[] = $derived.by(() => {
    const { activity } = this;
    const isKnown = this.coordinates === 'axes' && activity?.values.length === this.values.length;
    return isKnown && activity !== null ? byActivity(activity) : Array.from(this.values.keys());
  });
  readonly about: string | null = $derived(
    this.activity === null ? null : `${ACTIVITY_MEASURES[this.activity.measure]}, ${this.activity.on}`,
  );
  /** Numbers of raw axes that say nothing. */
  readonly dead: readonly number[] = $derived(
    this.activity === null ? [] : [...this.activity.active.keys()].filter((i) => this.isDead(i)),
  );

  constructor(explorer: Explorer) {
    this.#explorer = explorer;
    explorer.onOpened(() => this.#opened());
    // a step that was gone back to may want what an earlier one did not
    explorer.onPoint(() => this.#fetch());
  }

  /** What the sliders move along: what was chosen, where the model has it. */
  get coordinates(): Coordinates {
    const { along } = this.#explorer.spec.coordinates;
    return along === 'components' && this.#without.has('components') ? 'axes' : along;
  }
  get order(): DimensionOrder {
    const { order } = this.#explorer.spec.coordinates;
    return order === 'activity' && this.#without.has('activity') ? 'number' : order;
  }
  /** Seed of the random rotation. */
  get rotation(): number {
    return this.#explorer.spec.coordinates.rotation;
  }

  isDead(axis: number): boolean {
    return this.activity?.active[axis] === 0;
  }

  sort(order: DimensionOrder, at: number): void {
    this.#try('activity');
    this.#set({ order }, ORDER_WORDS[order], at);
  }

  choose(along: Coordinates, at: number): void {
    this.#try('components');
    this.#set({ along }, ALONG_WORDS[along], at);
  }

  rotate(rotation: number, at: number): void {
    this.#set({ rotation }, `Rotation ${rotation}`, at);
  }

  /** The point moves so that this coordinate has that value, and the others theirs. */
  move(coordinate: number, value: number, at: number, kind: string | null): void {
    const { basis } = this;
    if (basis === null) return this.#explorer.moveAxis(coordinate, value, at, kind);
    const direction = basis.rows[coordinate];
    const { point } = this.#explorer;
    if (direction?.length !== point.length) return;
    this.#explorer.moveTo(withValueAlong(point, { direction, mean: basis.mean }, value), at, kind);
  }

  nudge(coordinate: number, by: number, at: number): void {
    const { basis } = this;
    const { point } = this.#explorer;
    const direction = basis?.rows[coordinate];
    const now =
      basis === null || direction === undefined
        ? (point[coordinate] ?? 0)
        : valueAlong(point, { direction, mean: basis.mean });
    this.move(coordinate, onRaster(now + by), at, `nudge ${coordinate}`);
  }

  nameOf(coordinate: number): string {
    const letter = { axes: 'z', components: 'c', rotation: 'r' }[this.coordinates];
    return `${letter}${coordinate + 1}`;
  }

  /** Asked for when it is first wanted: where a model brings no figures it takes a while. */
  async measure(): Promise<void> {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === null || this.activity !== null || this.measuring !== null) return;
    if (this.#without.has('activity')) return;
    this.measuring = 0;
    this.problem = null;
    const call = this.#explorer.session.call('latent/activity', { model }, ({ done, total }) => {
      if (this.#model === model) this.measuring = done / total;
    });
    this.#cancel = () => call.cancel();
    try {
      const activity = await call;
      if (this.#model === model) this.activity = activity;
    } catch (error) {
      if (this.#model !== model) return;
      if (!isCancelled(error)) this.problem = toWireError(error).sentence;
      this.#without = new Set([...this.#without, 'activity']);
    } finally {
      if (this.#model === model) {
        this.measuring = null;
        this.#cancel = null;
      }
    }
  }
  cancel(): void {
    this.#cancel?.();
  }

  /** One standard deviation along component `at`; null where there is none. // [size] */
  async component(at: number): Promise<LatentVector | null> {
    const found = await this.#loadComponents();
    const size = found?.mean.length ?? 0;
    if (found === null || !(at >= 0 && at < found.count)) return null;
    return found.directions.slice(at * size, (at + 1) * size).map((value) => value * found.deviations[at]!);
  }

  async #loadComponents(): Promise<Components | null> {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === null || this.#components !== null) return this.#components;
    this.#loading ??= this.#askComponents(model).finally(() => {
      if (this.#model === model) this.#loading = null;
    });
    return this.#loading;
  }

  async #askComponents(model: string): Promise<Components | null> {
    this.problem = null;
    try {
      const found = await this.#explorer.session.call('latent/components', { model });
      if (this.#model !== model) return null;
      this.#components = found;
      return found;
    } catch (error) {
      if (this.#model === model) {
        this.problem = toWireError(error).sentence;
        this.#without = new Set([...this.#without, 'components']);
      }
      return null;
    }
  }

  #opened(): void {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === this.#model) return;
    this.#cancel?.();
    this.#model = model;
    this.activity = null;
    this.measuring = null;
    this.problem = null;
    this.#components = null;
    this.#loading = null;
    this.#without = new Set();
    this.#fetch();
  }

  /** What the settings ask for, unless it was tried before. */
  #fetch(): void {
    if (this.#explorer.opened?.info.id !== this.#model) return;
    const { along, order } = this.#explorer.step.coordinates;
    if (along === 'components' && !this.#without.has('components')) void this.#loadComponents();
    if (order === 'activity' && !this.#without.has('activity')) void this.measure();
  }

  #try(what: 'components' | 'activity'): void {
    this.#without = new Set([...this.#without].filter((each) => each !== what));
  }

  #set(part: Partial<ExploreSettings['coordinates']>, label: string, at: number): void {
    const now = this.#explorer.step.coordinates;
    const coordinates = { ...now, ...part };
    if (Object.entries(part).every(([key, value]) => now[key as keyof typeof part] === value)) this.#fetch();
    else this.#explorer.change({ coordinates }, { label, at });
  }
}
