// The grid of pictures over the prior, asked for anew whenever its size or span changes.
import type { Undo } from '#shared/channel';
import type { Decoded, Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import type { LatentPlane } from '#shared/latent-math';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

interface Request {
  readonly model: string;
  readonly n: number;
  readonly span: number;
  readonly condition: number | undefined;
  /** Of a latent with more than two dimensions. */
  readonly plane: LatentPlane | undefined;
  readonly at: number;
}

/** A point that moves off its plane takes the plane along; the grid follows when it rests. */
const REST_MS = 150;

export interface ManifoldShown {
  readonly model: string;
  readonly n: number;
  readonly span: number;
  readonly pictures: Pictures;
  readonly totalMs: number;
  readonly engineMs: number;
}

export class Manifold {
  shown = $state.raw<ManifoldShown | null>(null);
  #explorer: Explorer;
  #listeners = new Set<(shown: ManifoldShown) => void>();
  #last: Omit<Request, 'at'> | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #requests: ReturnType<typeof latest<Request, Decoded>>;

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#requests = latest<Request, Decoded>({
      run: ({ model, n, span, condition, plane }) =>
        explorer.session.call('latent/grid', { model, n, span, condition, plane }),
      onResult: (decoded, request) => this.#show(decoded, request),
      onError: (error) => notices.failed(error),
    });
  }

  onShown(listener: (shown: ManifoldShown) => void): Undo {
    this.#listeners.add(listener);
    if (this.shown !== null) listener(this.shown);
    return () => this.#listeners.delete(listener);
  }

  request(asked: Omit<Request, 'at'>): void {
    clearTimeout(this.#resting);
    const before = this.#last;
    this.#last = asked;
    const ask = (): void => this.#requests.request({ ...asked, at: performance.now() });
    if (asked.plane === undefined || before === null || !isOnlyMoved(before, asked)) return ask();
    if (!samePlane(before.plane, asked.plane)) this.#resting = setTimeout(ask, REST_MS);
  }

  #show(pictures: Decoded, { model, n, span, at }: Request): void {
    if (model !== this.#explorer.spec.model) return;
    const listeners = [...this.#listeners];
    const shown = { model, n, span, pictures, engineMs: pictures.engineMs, totalMs: 0 };
    listeners.forEach((listener) => listener(shown));
    const end = performance.now();
    performance.clearMeasures('grid');
    performance.measure('grid', { start: at, end, detail: { n, span, engineMs: pictures.engineMs } });
    this.shown = { ...shown, totalMs: end - at };
  }
}

type Asked = Omit<Request, 'at'>;
const isOnlyMoved = (a: Asked, b: Asked): boolean =>
  a.plane !== undefined &&
  a.model === b.model &&
  a.n === b.n &&
  a.span === b.span &&
  a.condition === b.condition;

const same = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
const samePlane = (a: LatentPlane | undefined, b: LatentPlane): boolean =>
  a !== undefined && same(a.origin, b.origin) && same(a.u, b.u) && same(a.v, b.v);
