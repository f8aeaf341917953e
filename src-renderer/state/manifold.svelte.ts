// The grid of pictures over the prior, asked for anew whenever its size or span changes.
import type { Undo } from '#shared/channel';
import type { Decoded, Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

interface Request {
  readonly model: string;
  readonly n: number;
  readonly span: number;
  readonly condition: number | undefined;
  readonly at: number;
}

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
  #requests: ReturnType<typeof latest<Request, Decoded>>;

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#requests = latest<Request, Decoded>({
      run: ({ model, n, span, condition }) =>
        explorer.session.call('latent/grid', { model, n, span, condition }),
      onResult: (decoded, request) => this.#show(decoded, request),
      onError: (error) => notices.failed(error),
    });
  }

  onShown(listener: (shown: ManifoldShown) => void): Undo {
    this.#listeners.add(listener);
    if (this.shown !== null) listener(this.shown);
    return () => this.#listeners.delete(listener);
  }

  request(model: string, n: number, span: number, condition?: number): void {
    this.#requests.request({ model, n, span, condition, at: performance.now() });
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
