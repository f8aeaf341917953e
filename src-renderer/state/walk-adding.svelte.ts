// Where the keys of a walk come from: seeds, points from elsewhere, pictures of one's own, words, and a whole walk from a file.
import type { LatentVector } from '#shared/domain';
import { AppError, toWireError } from '#shared/errors';
import type { PickedFile } from '#shared/host';
import { latentOfSeed } from '#shared/random';
import type { CarriedPoint, PointTaker } from './carried-point';
import { drawExemplars } from './exemplars';
import type { Explorer } from './explorer.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { walkFromFile, walkJson } from './walk-file';
import { EMPTY_WALK, withKeys, type NewKey, type WalkSpec } from './walk-spec';

/** The walk that the keys are for. */
export interface GrownWalk {
  readonly model: string | null;
  /** The classes that a key can be of; null where the model takes none. */
  readonly classNames: readonly string[] | null;
  readonly spec: WalkSpec;
  /** New keys come after this one. */
  selected: number | null;
  edit(spec: WalkSpec, label: string): void;
}

const SEEDS = 10_000;
const WALK_NAME = /\.json$/i;
const WALK_FILES = { name: 'Walks', extensions: ['json'] } as const;

export class KeyAdding {
  /** Pictures or words are on their way to becoming keys. */
  busy = $state(false);
  readonly #walk: GrownWalk;
  readonly #explorer: Explorer;
  readonly #own: OwnPictures;
  readonly #notices: Notices;
  readonly takers: readonly PointTaker[] = [
    { name: 'To the walk', take: (points: readonly CarriedPoint[]) => this.addPoints(points) },
  ];

  constructor(walk: GrownWalk, explorer: Explorer, own: OwnPictures, notices: Notices) {
    this.#walk = walk;
    this.#explorer = explorer;
    this.#own = own;
    this.#notices = notices;
  }

  addSeed(seed: number): void {
    const key = this.#seedKey(seed);
    if (key !== null) this.add([key], `Seed ${seed}`);
  }
  /** Some random seeds: what a first walk is made of. */
  addSeeds(count: number): void {
    const keys = Array.from({ length: count }, () => this.#seedKey(Math.floor(Math.random() * SEEDS)));
    this.add(
      keys.filter((key) => key !== null),
      count === 1 ? (keys[0]?.name ?? '') : `${count} seeds`,
    );
  }
  addPoints(points: readonly CarriedPoint[]): void {
    const keys = points.map(({ z, condition, name }): NewKey => {
      const isConditional = this.#walk.classNames !== null;
      return {
        z: z.slice(),
        condition: isConditional ? (condition ?? this.#explorer.spec.condition) : undefined,
        name,
        seed: this.#seedOf(z, name),
      };
    });
    this.add(keys, points.length === 1 ? (points[0]?.name ?? '') : `${points.length} points`);
  }
  add(keys: readonly NewKey[], label: string): void {
    const walk = this.#walk;
    const info = this.#explorer.opened?.info;
    if (info === undefined) return;
    this.#notices.attempt(() => {
      refuseStrangers(keys, info.latent.size, info.title);
      const at = walk.spec.keys.findIndex(({ id }) => id === walk.selected);
      const spec = withKeys(walk.spec, keys, at < 0 ? undefined : at + 1);
      walk.edit(spec, `${label} added`);
      walk.selected = keys.length === 1 && at >= 0 ? spec.nextId - 1 : null;
    });
  }

  async addFiles(files: readonly PickedFile[]): Promise<void> {
    if (files.length === 0) return;
    this.busy = true;
    for (const file of files) {
      const encoded = await this.#own.encode(file);
      if (encoded === null) continue;
      this.add([{ z: encoded.mu, condition: this.#condition, name: file.name, seed: null }], file.name);
      if (encoded.notes.length > 0) this.#notices.done(encoded.notes.join(' '));
    }
    this.busy = false;
  }
  async pickFiles(): Promise<void> {
    await this.addFiles(await this.#own.choose());
  }
  /** A key that the words find. Resolves with the sentence where they find none. */
  async addWords(phrase: string, seed: number): Promise<string | null> {
    const { model } = this.#walk;
    if (model === null) return null;
    this.busy = true;
    try {
      const { exemplars } = await drawExemplars(this.#explorer.session, model, phrase, { seed, count: 1 }, 0);
      const z = exemplars[0]?.z;
      if (z !== undefined && model === this.#walk.model)
        this.add([{ z, condition: this.#condition, name: phrase, seed: null }], `“${phrase}”`);
      return null;
    } catch (error) {
      return toWireError(error).sentence;
    } finally {
      this.busy = false;
    }
  }

  /** A walk that was saved as JSON, in the place of the one that is here. */
  async openFile(): Promise<void> {
    try {
      const [file] = await this.#explorer.session.host.openFiles(WALK_FILES);
      if (file !== undefined) this.#takeWalk(file);
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  /** A saved walk, or pictures. */
  async takeFiles(files: readonly PickedFile[]): Promise<void> {
    const walk = files.find(({ name }) => WALK_NAME.test(name));
    if (walk === undefined) await this.addFiles(files);
    else this.#takeWalk(walk);
  }
  #takeWalk({ name, bytes }: PickedFile): void {
    const info = this.#explorer.opened?.info;
    if (info === undefined) return;
    this.#notices.attempt(() => {
      const json = walkJson(name, bytes);
      const { model, keys, ...way } = walkFromFile(json);
      refuseStrangers(keys, info.latent.size, info.title);
      const isPaced = JSON.stringify(json).includes('"pace"');
      const cleared: WalkSpec = {
        ...EMPTY_WALK,
        ...way,
        pace: isPaced ? 'legs' : 'set',
        nextId: this.#walk.spec.nextId,
      };
      this.#walk.edit(withKeys(cleared, keys), 'Walk from a file');
      if (model !== null && model !== this.#walk.model)
        this.#notices.done(`This walk was made with ${model}; it is shown in ${info.title}.`);
    });
  }

  get #condition(): number | undefined {
    return this.#walk.classNames === null ? undefined : (this.#explorer.spec.condition ?? 0);
  }
  #seedKey(seed: number): NewKey | null {
    const latent = this.#explorer.opened?.info.latent;
    if (latent === undefined) return null;
    const z = latentOfSeed(seed, latent.size, latent.prior);
    return { z, condition: this.#condition, name: `Seed ${seed}`, seed };
  }
  /** A point that is called by its seed, and is that seed's. */
  #seedOf(z: LatentVector, name: string): number | null {
    const seed = /^Seed (-?\d{1,9})$/.exec(name)?.[1];
    const drawn = seed === undefined ? null : this.#seedKey(Number(seed))?.z;
    return drawn?.length === z.length && drawn.every((value, i) => value === z[i]) ? Number(seed) : null;
  }
}

function refuseStrangers(keys: readonly NewKey[], size: number, title: string): void {
  const stranger = keys.find(({ z }) => z.length !== size);
  if (stranger === undefined) return;
  const { name, z } = stranger;
  throw new AppError({
    code: 'input/walk',
    headline: 'A key of another model cannot join this walk',
    where: name,
    cause: `it has ${z.length} ${z.length === 1 ? 'number' : 'numbers'}, the latent of ${title} has ${size}`,
    remedy: 'take keys of one model',
  });
}
