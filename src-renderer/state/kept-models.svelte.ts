// The models that a run kept at the ends of its epochs: one or two are shown, always of the same latents, so that they can be compared.
import { isCancelled, toWireError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { ModelInfo, Pictures } from '#shared/domain';
import type { Session } from './session.svelte';

export interface KeptModel {
  readonly epoch: number;
  readonly model: string;
}
export type KeptPhase =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'ready';
      readonly pictures: Pictures;
      readonly columns: number;
      readonly isManifold: boolean;
    }
  | { readonly kind: 'failed'; readonly sentence: string };

const SAMPLES = { count: 36, columns: 6, seed: 1000 } as const;
const MANIFOLD = { n: 10, span: 2 } as const;
/** Of a model that takes a class: so many latents, and at most so many classes beside each other. */
const ROWS = 6;
const MOST_CLASSES = 10;
const MOST_KEPT = 60;

/** One model, of one class or of all. */
export const keptKey = (model: string, label: number | null): string => `${model} ${label ?? ''}`;

export class KeptModels {
  /** Of the models that were shown last, where they take a class. */
  classNames = $state.raw<readonly string[]>([]);
  /** By model and class. */
  shown = $state.raw<ReadonlyMap<string, KeptPhase>>(new Map());
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes the pictures of this model, once: of one class, or of each in a column of its own. */
  async show(model: string, label: number | null = null): Promise<void> {
    const key = keptKey(model, label);
    const known = this.shown.get(key);
    if (known !== undefined && known.kind !== 'failed') return;
    this.#put(key, { kind: 'loading' });
    try {
      const { info } = await this.#session.call('models/open', { model });
      this.classNames = info.condition?.names ?? [];
      this.#put(key, { kind: 'ready', ...(await this.#made(info, label)) });
    } catch (error) {
      if (!isCancelled(error)) this.#put(key, { kind: 'failed', sentence: toWireError(error).sentence });
    }
  }

  async #made(info: ModelInfo, label: number | null): Promise<Omit<KeptPhase & { kind: 'ready' }, 'kind'>> {
    const { id: model, condition: classes, latent } = info;
    if (classes !== null && label === null) {
      const pictures = await this.#ofEachClass(info, Math.min(MOST_CLASSES, classes.names.length));
      return { pictures, columns: pictures.count / ROWS, isManifold: false };
    }
    const condition = classes === null || label === null ? {} : { condition: label };
    if (latent.size === 2) {
      const pictures = await this.#session.call('latent/grid', { model, ...MANIFOLD, ...condition });
      return { pictures, columns: MANIFOLD.n, isManifold: true };
    }
    const pictures = await this.#decode(info, SAMPLES.count, condition.condition);
    return { pictures, columns: SAMPLES.columns, isManifold: false };
  }

  async #decode(info: ModelInfo, count: number, condition?: number): Promise<Pictures> {
    const { size, prior } = info.latent;
    const z = new Float32Array(count * size);
    for (let i = 0; i < count; i++) z.set(latentOfSeed(SAMPLES.seed + i, size, prior), i * size);
    const asked = { model: info.id, z, ...(condition === undefined ? {} : { condition }) };
    return this.#session.call('latent/decode', asked);
  }

  /** A column for each class, a row for each latent. */
  async #ofEachClass(info: ModelInfo, classes: number): Promise<Pictures> {
    const columns: Pictures[] = [];
    for (let label = 0; label < classes; label++) columns.push(await this.#decode(info, ROWS, label));
    const { width = 1, height = 1 } = columns[0] ?? {};
    const bytes = 4 * width * height;
    const rgba = new Uint8Array(ROWS * classes * bytes);
    columns.forEach((column, label) => {
      for (let row = 0; row < ROWS; row++) {
        rgba.set(column.rgba.subarray(row * bytes, (row + 1) * bytes), (row * classes + label) * bytes);
      }
    });
    return { count: ROWS * classes, width, height, rgba };
  }

  #put(key: string, phase: KeptPhase): void {
    this.shown = new Map([...this.shown, [key, phase] as const].slice(-MOST_KEPT));
  }
}
