// The grid of pictures over the plane, asked for anew whenever the plane, its size or its span changes: live where that is quick, and
// else when the hand rests.
import type { Undo } from '#shared/channel';
import type { Decoded, LatentVector, Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import type { LatentPlane } from '#shared/latent-math';
import type { DrawnPlane } from '#shared/plane-export';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';

interface Request {
  readonly model: string;
  readonly n: number;
  readonly span: number;
  readonly condition: number | undefined;
  /** Undefined: all of a latent with two dimensions. */
  readonly plane: LatentPlane | undefined;
  readonly range: readonly [number, number] | null;
  /** What a file says of it; null for all of a latent with two dimensions. */
  readonly drawn: DrawnPlane | null;
  readonly at: number;
}

/** A plane that moves takes its grid along: live where the last one came within `live`, and else when it rests for so long. */
const FOLLOW_MS = { live: 120, rest: 150 } as const;
/** Where the hand moves the point, its picture comes first: it is left alone for so many times as long as a live grid takes. */
const LEFT_TO_THE_PICTURE = 3;

export interface ManifoldShown {
  readonly model: string;
  readonly n: number;
  readonly span: number;
  readonly range: readonly [number, number] | null;
  readonly drawn: DrawnPlane | null;
  readonly pictures: Pictures;
  readonly totalMs: number;
  readonly engineMs: number;
}

export class Manifold {
  shown = $state.raw<ManifoldShown | null>(null);
  /** Another grid than the one that is shown has been asked for. */
  busy = $state(false);
  #explorer: Explorer;
  #listeners = new Set<(shown: ManifoldShown) => void>();
  #last: Omit<Request, 'at'> | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** When the next live grid may be asked for. */
  #liveFrom = 0;
  #point: LatentVector | null = null;
  #asked = 0;
  #requests: ReturnType<typeof latest<Request, Decoded>>;

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#requests = latest<Request, Decoded>({
      run: ({ model, n, span, condition, plane, range }) =>
        explorer.session.call('latent/grid', {
          model,
          n,
          span,
          condition,
          plane,
          range: range === null ? undefined : [range[0], range[1]],
        }),
      onResult: (decoded, request) => this.#show(decoded, request),
      onError: (error) => {
        this.#last = null; // the same plane may be asked for once more
        notices.failed(error);
      },
    });
  }

  onShown(listener: (shown: ManifoldShown) => void): Undo {
    this.#listeners.add(listener);
    if (this.shown !== null) listener(this.shown);
    return () => this.#listeners.delete(listener);
  }

  request(asked: Omit<Request, 'at'>): void {
    const before = this.#last;
    this.#last = asked;
    const isMove = asked.plane !== undefined && before !== null && isOnlyMoved(before, asked);
    // nothing new: the same plane is there, or on its way, or rests and must still be asked for
    if (isMove && samePlane(before.plane, asked.plane)) return;
    clearTimeout(this.#resting);
    const mine = ++this.#asked;
    this.busy = true;
    const ask = (): void => {
      this.#requests.request({ ...asked, at: performance.now() });
      void this.#requests.settled().then(() => {
        if (mine === this.#asked) this.busy = false;
      });
    };
    if (!isMove) return ask();
    const took = this.shown?.totalMs ?? Infinity;
    if (took > FOLLOW_MS.live) {
      this.#resting = setTimeout(ask, FOLLOW_MS.rest);
      return;
    }
    const now = performance.now();
    // a plane can be moved and the point stay, as by one of its corners
    if (this.#explorer.point === this.#point) this.#liveFrom = now;
    const askLive = (): void => {
      this.#point = this.#explorer.point;
      this.#liveFrom = performance.now() + took * (1 + LEFT_TO_THE_PICTURE);
      ask();
    };
    if (now >= this.#liveFrom) askLive();
    else this.#resting = setTimeout(askLive, this.#liveFrom - now);
  }

  #show(pictures: Decoded, { model, n, span, range, drawn, at }: Request): void {
    if (model !== this.#explorer.spec.model) return;
    const listeners = [...this.#listeners];
    const shown = { model, n, span, range, drawn, pictures, engineMs: pictures.engineMs, totalMs: 0 };
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
  a.range?.[0] === b.range?.[0] &&
  a.range?.[1] === b.range?.[1] &&
  a.condition === b.condition;

const same = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
const samePlane = (a: LatentPlane | undefined, b: LatentPlane | undefined): boolean =>
  a !== undefined && b !== undefined && same(a.origin, b.origin) && same(a.u, b.u) && same(a.v, b.v);
