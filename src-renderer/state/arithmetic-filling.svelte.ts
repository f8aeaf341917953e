// How wells are filled: with seeds, points from elsewhere, pictures of one's own, what words find, and all of them at once by a line of text.
import { toWireError } from '#shared/errors';
import type { PickedFile } from '#shared/host';
import { latentOfSeed } from '#shared/random';
import {
  letterOf,
  withExemplars,
  withWell,
  type ArithmeticSpec,
  type NewExemplar,
  type SumAtWork,
} from './arithmetic-spec';
import type { CarriedPoint, PointTaker } from './carried-point';
import type { DecodedPictures } from './decoded-pictures.svelte';
import { drawExemplars, exemplarsOfText, type Sampling } from './exemplars';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { NO_SLIDERS } from './slider-maths';

export class WellFilling {
  /** Wells that are being filled, and how many the sampler had to choose from. */
  busy = $state.raw<ReadonlySet<number>>(new Set());
  found = $state.raw<ReadonlyMap<number, number>>(new Map());
  /** How the sampler draws for a line of text. */
  sampling = $state.raw<Sampling>({ seed: 1, count: 3 });
  /** Of the line of text: on its way, and why it could not be had. */
  computing = $state(false);
  problem = $state<string | null>(null);
  readonly #sum: SumAtWork;
  readonly #pictures: DecodedPictures;
  readonly #explorer: Explorer;
  readonly #own: OwnPictures;
  readonly #notices: Notices;
  readonly takers: readonly PointTaker[] = $derived.by(() => [
    ...this.#sum.spec.wells.map(({ id }, i): PointTaker => ({
      name: `To well ${letterOf(i)}`,
      take: (points) => this.addPoints(id, points),
    })),
    { name: 'To a new well', take: (points: readonly CarriedPoint[]) => this.addPoints(null, points) },
  ]);

  constructor(
    sum: SumAtWork,
    pictures: DecodedPictures,
    explorer: Explorer,
    own: OwnPictures,
    notices: Notices,
  ) {
    this.#sum = sum;
    this.#pictures = pictures;
    this.#explorer = explorer;
    this.#own = own;
    this.#notices = notices;
  }

  /** Another model: what was found and refused belongs to the one before. */
  leave(): void {
    this.found = new Map();
    this.problem = null;
  }

  add(id: number, exemplars: readonly NewExemplar[], label: string): void {
    this.#notices.attempt(() => this.#sum.edit(withExemplars(this.#sum.now, id, exemplars), label));
  }
  addSeed(id: number, seed: number): void {
    const latent = this.#explorer.opened?.info.latent;
    if (latent === undefined) return;
    const z = latentOfSeed(seed, latent.size, latent.prior);
    this.add(id, [{ z, source: { kind: 'seed', seed } }], `Seed ${seed}`);
  }
  /** Points from elsewhere; null is a new well. */
  addPoints(id: number | null, points: readonly CarriedPoint[]): void {
    const exemplars = points.map(({ z }) => ({ z: z.slice(), source: { kind: 'point' } as const }));
    this.#notices.attempt(() => {
      const { now } = this.#sum;
      const grown = id === null ? withWell(now, 1) : now;
      this.#sum.edit(withExemplars(grown, id ?? now.nextId, exemplars), points[0]?.name ?? 'Points');
    });
  }
  async addFiles(id: number, files: readonly PickedFile[]): Promise<void> {
    await this.#filling(id, async () => {
      for (const file of files) {
        const encoded = await this.#own.encode(file);
        if (encoded === null || !this.#has(id)) return;
        this.add(id, [{ z: encoded.mu, source: { kind: 'picture', name: file.name } }], file.name);
        if (encoded.notes.length > 0) this.#notices.done(encoded.notes.join(' '));
      }
    });
  }
  async pickFiles(id: number): Promise<void> {
    const files = await this.#own.choose();
    if (files.length > 0) await this.addFiles(id, files);
  }

  /** Exemplars that the app finds for words, instead of those that are there. Resolves with the sentence where it finds none. */
  async sample(id: number, phrase: string, sampling: Sampling): Promise<string | null> {
    const { model } = this.#sum;
    if (model === null) return null;
    let refusal: string | null = null;
    await this.#filling(id, async () => {
      try {
        const place = this.#sum.now.wells.findIndex((well) => well.id === id);
        const drawn = await drawExemplars(this.#explorer.session, model, phrase, sampling, place);
        if (model !== this.#sum.model || !this.#has(id)) return;
        drawn.exemplars.forEach(({ z }, i) => this.#pictures.put(z, drawn.pictures[i]!));
        this.found = new Map(this.found).set(id, drawn.found);
        this.#sum.edit(withExemplars(this.#sum.now, id, drawn.exemplars, true), `“${phrase}”`);
      } catch (error) {
        refusal = toWireError(error).sentence;
      }
    });
    return refusal;
  }

  /** The whole sum from a line of text: one step, or none where any of it cannot be had. */
  async take(text: string): Promise<boolean> {
    const info = this.#explorer.opened?.info;
    if (info === undefined || this.computing) return false;
    this.computing = true;
    this.problem = null;
    try {
      const held = { wells: this.#sum.now.wells, own: this.#own.list };
      const terms = await exemplarsOfText(this.#explorer.session, info, text, this.sampling, held);
      if (info.id !== this.#sum.model) return false;
      let spec: ArithmeticSpec = { ...this.#sum.now, wells: [], face: null, sliders: NO_SLIDERS };
      const found = new Map<number, number>();
      for (const { weight, exemplars, found: many } of terms) {
        spec = withWell(spec, weight);
        const { id } = spec.wells.at(-1)!;
        spec = withExemplars(spec, id, exemplars);
        if (many !== null) found.set(id, many);
      }
      this.found = found;
      this.#sum.edit(spec, text);
      return true;
    } catch (error) {
      this.problem = toWireError(error).sentence;
      return false;
    } finally {
      this.computing = false;
    }
  }

  #has(id: number): boolean {
    return this.#sum.now.wells.some((well) => well.id === id);
  }

  async #filling(id: number, work: () => Promise<void>): Promise<void> {
    this.busy = new Set(this.busy).add(id);
    try {
      await work();
    } finally {
      this.busy = new Set([...this.busy].filter((each) => each !== id));
    }
  }
}
