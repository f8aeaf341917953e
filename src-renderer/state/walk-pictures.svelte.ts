// Points of a walk as pictures: one call of the engine makes pictures of one class, so they are asked for in runs.
import type { Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import { latentAt, walkSeconds, type Walk, type WalkPoint } from '#shared/walk';
import { pictureAt } from './decoded-pictures.svelte';
import type { Session } from './session.svelte';

export type Caller = Pick<Session, 'call'>;

/** In the order of the points. */
export async function decodePoints(
  session: Caller,
  model: string,
  points: readonly WalkPoint[],
): Promise<readonly Pictures[]> {
  const pictures: Pictures[] = [];
  for (let from = 0; from < points.length;) {
    const { condition } = points[from]!;
    let to = from + 1;
    while (to < points.length && points[to]!.condition === condition) to++;
    const run = points.slice(from, to);
    const size = run[0]!.z.length;
    const z = new Float32Array(run.length * size);
    run.forEach((point, i) => z.set(point.z, i * size));
    const decoded = await session.call('latent/decode', { model, z, condition });
    run.forEach((_, i) => pictures.push(pictureAt(decoded, i)));
    from = to;
  }
  return pictures;
}

/** The moments that `count` pictures side by side stand for: the middle of each. */
export const stripMoments = (walk: Walk, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => ((i + 0.5) / count) * walkSeconds(walk));

interface Wanted {
  readonly model: string;
  readonly walk: Walk;
  readonly count: number;
}

/** A walk at a glance: pictures at even times. The newest wish wins; the old pictures stay until the new ones are there. */
export class WalkStrip {
  pictures = $state.raw<readonly Pictures[]>([]);
  #asked: Wanted | null = null;
  #failed: Wanted | null = null;
  #decodes: ReturnType<typeof latest<Wanted, readonly Pictures[]>>;

  constructor(session: Caller, onError: (error: unknown) => void) {
    this.#decodes = latest({
      run: ({ model, walk, count }) =>
        decodePoints(
          session,
          model,
          stripMoments(walk, count).map((moment) => latentAt(walk, moment)),
        ),
      onResult: (pictures) => (this.pictures = pictures),
      onError: (error, wanted) => {
        this.#failed = wanted;
        onError(error);
      },
    });
  }

  show(model: string, walk: Walk | null, count: number): void {
    if (walk === null || count < 1) return this.clear();
    const asked = this.#asked;
    if (asked?.model === model && asked.walk === walk && asked.count === count) return;
    this.#asked = { model, walk, count };
    this.#decodes.request(this.#asked);
  }

  /** Once more, where there was no answer. */
  retry(): void {
    const failed = this.#failed;
    this.#failed = null;
    if (failed !== null && failed === this.#asked) this.#decodes.request(failed);
  }

  clear(): void {
    this.#asked = this.#failed = null;
    this.#decodes.clear();
    if (this.pictures.length > 0) this.pictures = [];
  }
}
