// The traversal of the point: a row of pictures for each coordinate. Asked for anew when the point rests, and when anything about it changes.
import type { Decoded, Pictures } from '#shared/domain';
import type { ExploreSettings } from '#shared/explore-settings';
import { latest } from '#shared/latest';
import type { DrawnTraversal } from '#shared/plane-export';
import { traversalLatents, traversalValues, withValueAlong, type Coordinate } from '#shared/traversal';
import type { Dimensions } from './dimensions.svelte';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

export interface TraversalRow {
  /** As a person counts: z3, c1, r2. */
  readonly name: string;
  /** As the command line names it. */
  readonly ref: string;
  readonly isDead: boolean;
  readonly coordinate: Coordinate;
}

export interface TraversalShown extends DrawnTraversal {
  readonly rows: readonly TraversalRow[];
  readonly values: Float32Array;
  readonly pictures: Pictures;
  readonly engineMs: number;
}

interface Asked {
  readonly traversal: Omit<TraversalShown, 'pictures' | 'engineMs'>;
}

const REST_MS = 150;

export class Traversal {
  shown = $state.raw<TraversalShown | null>(null);
  #explorer: Explorer;
  #dimensions: Dimensions;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #requests: ReturnType<typeof latest<Asked, Decoded>>;

  readonly rows: readonly TraversalRow[] = $derived.by(() => {
    const { basis, coordinates } = this.#dimensions;
    const ref = { axes: 'axis:', components: 'pca:', rotation: `random:${this.#dimensions.rotation}:` }[
      coordinates
    ];
    return this.#dimensions.telling.slice(0, this.settings.rows).map((at) => ({
      name: this.#dimensions.nameOf(at),
      ref: `${ref}${at + 1}`,
      isDead: coordinates === 'axes' && this.#dimensions.isDead(at),
      coordinate: basis === null ? { axis: at } : { direction: basis.rows[at]!, mean: basis.mean },
    }));
  });

  constructor(explorer: Explorer, dimensions: Dimensions, notices: Notices) {
    this.#explorer = explorer;
    this.#dimensions = dimensions;
    this.#requests = latest<Asked, Decoded>({
      run: ({ traversal: { model, z, rows, values, condition } }) => {
        const all = traversalLatents(
          z,
          rows.map(({ coordinate }) => coordinate),
          values,
        );
        return explorer.session.call('latent/decode', { model, z: all, condition });
      },
      onResult: (pictures, { traversal }) => {
        if (traversal.model === explorer.spec.model)
          this.shown = { ...traversal, pictures, engineMs: pictures.engineMs };
      },
      onError: (error) => notices.failed(error),
    });
  }

  get settings(): ExploreSettings['traversal'] {
    return this.#explorer.spec.traversal;
  }

  set(key: keyof ExploreSettings['traversal'], value: number, at: number): void {
    const now = this.#explorer.step.traversal;
    if (now[key] === value) return;
    const label = { rows: 'Rows', n: 'Values', reach: 'Values ±' }[key];
    const edit = { label: `${label} of the traversal`, at, kind: `traversal ${key}` };
    this.#explorer.change({ traversal: { ...now, [key]: value } }, edit);
  }

  /** Reads all that it depends on: for an effect. */
  request(): void {
    const { opened, spec } = this.#explorer;
    const { rows } = this;
    const { n, reach } = this.settings;
    const { z, condition } = spec;
    clearTimeout(this.#resting);
    if (opened === null || rows.length === 0 || z.length !== opened.info.latent.size) return;
    const traversal = {
      model: opened.info.id,
      z,
      refs: rows.map(({ ref }) => ref),
      from: -reach,
      to: reach,
      n,
      condition,
      rows,
      values: traversalValues(-reach, reach, n),
    };
    this.#resting = setTimeout(() => this.#requests.request({ traversal }), REST_MS);
  }

  /** To the very latent of a picture. */
  goTo(row: number, column: number, at: number): void {
    const { shown } = this;
    const coordinate = shown?.rows[row]?.coordinate;
    const value = shown?.values[column];
    if (shown === null || coordinate === undefined || value === undefined) return;
    this.#explorer.moveTo(
      withValueAlong(shown.z, coordinate, value),
      at,
      null,
      `${shown.rows[row]!.name} = ${Number(value.toFixed(3))}`,
    );
  }
}
