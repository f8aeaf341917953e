// What the open model can be asked about: the words of its labels, and its directions, those of the pack, one's own, and those that
// were just found.
import {
  DIRECTION_METHODS,
  type Attribute,
  type Direction,
  type DirectionMethod,
  type ModelAttributes,
} from '#shared/attributes';
import type { Undo } from '#shared/channel';
import { isCancelled, toWireError } from '#shared/errors';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

/** How many directions are asked for where there are no labels to count. */
const UNLABELLED = 8;
/** What can be found without a label. */
const NEEDS_NO_LABELS: ReadonlySet<DirectionMethod> = new Set(['pca', 'sefa']);
/** The first of these that a model has directions of is shown first: those that move most of what they name, and drag least along. */
const PREFERRED: readonly DirectionMethod[] = [
  'joint',
  'conditional',
  'balanced',
  'regression',
  'hyperplane',
];

export const METHOD_NAMES: Readonly<Record<DirectionMethod, string>> = {
  'mean-difference': 'Difference of means',
  balanced: 'Balanced means',
  hyperplane: 'Hyperplane',
  regression: 'Regression',
  joint: 'Joint regression',
  conditional: 'Conditional',
  pca: 'PCA, without labels',
  sefa: 'SeFa, without labels',
  exemplars: 'Your own',
};

const NONE: ModelAttributes = { attributes: [], directions: [], labelled: 0, source: null };

export class Attributes {
  /** Why there are none, where the engine could not say. */
  problem = $state<string | null>(null);
  loading = $state(false);
  method = $state<DirectionMethod | null>(null);
  /** While directions are being found: how far, from 0 to 1. */
  finding = $state<number | null>(null);
  #known = $state.raw<ModelAttributes>(NONE);
  #found = $state.raw<readonly Direction[]>([]);
  #explorer: Explorer;
  #notices: Notices;
  #model: string | null = null;
  #loadedListeners = new Set<() => void>();

  readonly list: readonly Attribute[] = $derived(this.#known.attributes);
  readonly labelled: number = $derived(this.#known.labelled);
  readonly directions: readonly Direction[] = $derived([...this.#known.directions, ...this.#found]);
  /** What a person can choose among: what is there, and what can be found. */
  readonly methods: readonly DirectionMethod[] = $derived.by(() => {
    const here = new Set(this.directions.map(({ method }) => method));
    return (Object.keys(DIRECTION_METHODS) as DirectionMethod[]).filter(
      (method) =>
        here.has(method) || (method !== 'exemplars' && (NEEDS_NO_LABELS.has(method) || this.labelled > 0)),
    );
  });

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
    explorer.onOpened(() => void this.load());
  }

  /** Told when the directions are others. */
  onLoaded(listener: () => void): Undo {
    this.#loadedListeners.add(listener);
    return () => this.#loadedListeners.delete(listener);
  }

  titleOf(name: string): string {
    return this.list.find((attribute) => attribute.name === name)?.title ?? name;
  }

  async load(): Promise<void> {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model !== this.#model) {
      this.#known = NONE;
      this.#found = [];
      this.method = null;
    }
    this.#model = model;
    if (model === null) return;
    this.loading = true;
    this.problem = null;
    try {
      const known = await this.#explorer.session.call('attributes/list', { model });
      if (model !== this.#model) return;
      this.#known = known;
      this.method ??=
        PREFERRED.find((method) => known.directions.some((direction) => direction.method === method)) ??
        known.directions[0]?.method ??
        null;
      for (const listener of this.#loadedListeners) listener();
    } catch (error) {
      if (model === this.#model && !isCancelled(error)) this.problem = toWireError(error).sentence;
    } finally {
      if (model === this.#model) this.loading = false;
    }
  }

  /** Shows the directions of a method; finds them first where there are none yet. */
  async choose(method: DirectionMethod): Promise<void> {
    this.method = method;
    const model = this.#model;
    if (model === null || this.directions.some((direction) => direction.method === method)) return;
    this.finding = 0;
    try {
      const count = NEEDS_NO_LABELS.has(method) ? { count: UNLABELLED } : {};
      const found = await this.#explorer.session.call(
        'attributes/find',
        { model, method, ...count },
        ({ done, total }) => (this.finding = total === 0 ? 0 : done / total),
      );
      if (model === this.#model) this.#found = [...this.#found, ...found];
    } catch (error) {
      this.#notices.failed(error);
    } finally {
      this.finding = null;
    }
  }

  /** Keeps a direction as a slider of one's own. True where it was kept. */
  async save(direction: Direction): Promise<boolean> {
    if (this.#model === null) return false;
    try {
      await this.#explorer.session.call('attributes/save', { model: this.#model, direction });
      await this.load();
      return true;
    } catch (error) {
      this.#notices.failed(error);
      return false;
    }
  }

  async remove(direction: Direction): Promise<void> {
    if (this.#model === null) return;
    try {
      await this.#explorer.session.call('attributes/remove', { model: this.#model, name: direction.name });
      await this.load();
      this.#notices.offer(`The slider “${direction.title}” is gone.`, {
        name: 'Keep it',
        run: () => void this.save(direction),
      });
    } catch (error) {
      this.#notices.failed(error);
    }
  }
}
