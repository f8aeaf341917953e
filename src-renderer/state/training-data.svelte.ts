// The data of a training that is being prepared: which, how it is fitted, and what the engine says of it.
import { isCancelled, toWireError } from '#shared/errors';
import type { PickedFile } from '#shared/host';
import type { Call } from '#shared/rpc';
import type { Augmentation, DataOptions, DataSpec, DataSummary } from '#shared/training';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { uploadFile, type Upload } from './training-upload';

export interface BuiltIn {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly size: number;
  readonly count: number;
  readonly points: boolean;
}

const points = (name: string, title: string, about: string): BuiltIn => ({
  ...{ name, title, about, size: 1, count: 20_000 },
  points: true,
});

const picture = (name: string, title: string, about: string, size: number): BuiltIn => ({
  ...{ name, title, about, size, count: 10_000 },
  points: false,
});

/** What the engine draws itself, from a seed. */
export const BUILT_INS: readonly BuiltIn[] = [
  picture('heads', 'Heads', 'drawn heads, 12 known factors', 32),
  picture('glyphs', 'Glyphs', 'digits drawn with a pen', 28),
  picture('sprite-colours', 'Colours', 'silhouettes in one of four colours', 16),
  picture('sprite-moves', 'Moves', 'shapes that may go four ways', 16),
  picture('moving-shapes', 'Films', 'eight frames of a moving shape', 20),
  picture('bars-and-stripes', 'Bars', 'bars or stripes, all as likely', 8),
  points('ring-8', 'Ring', '8 Gaussians on a circle'),
  points('grid-25', 'Grid', '25 Gaussians in a square'),
  points('two-rings', 'Two rings', 'one inside the other'),
  points('swiss-roll', 'Swiss roll', 'a spiral'),
  points('two-moons', 'Two moons', 'two arcs that interlock'),
  points('pinwheel', 'Pinwheel', 'five bent arms'),
];

export const DATA_FILES = {
  name: 'Training data',
  extensions: ['zip', 'npz', 'csv', 'gz', 'idx', 'png', 'jpg', 'jpeg', 'webp'],
} as const;

const THUMBNAIL_COUNT = 16;
const SEED = 1;

export type SummaryPhase =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly done: number; readonly total: number }
  | { readonly kind: 'ready'; readonly summary: DataSummary }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly sentence: string };

const AS_IT_IS: DataOptions = { size: null, crop: 'cover', grey: false };
export const UNCHANGED: Augmentation = { mirror: false, shift: 0, brightness: 0 };

export class TrainingData {
  spec = $state.raw<DataSpec | null>(null);
  options = $state.raw<DataOptions>(AS_IT_IS);
  phase = $state.raw<SummaryPhase>({ kind: 'none' });
  upload = $state.raw<Upload | null>(null);
  /** A look at each built-in set, by name. */
  thumbnails = $state.raw<Readonly<Record<string, DataSummary>>>({});
  /** The last good summary, shown while the next is read. */
  summary = $state.raw<DataSummary | null>(null);
  #session: Session;
  #notices: Notices;
  #reading: Call<DataSummary> | null = null;
  #uploading = 0;
  #onChange: () => void;

  /** `onChange`: other data, other options, or other news of them. */
  constructor(session: Session, notices: Notices, onChange: () => void) {
    this.#session = session;
    this.#notices = notices;
    this.#onChange = onChange;
  }

  chooseBuiltIn({ name, size, count }: BuiltIn): void {
    this.#choose({ kind: 'builtin', name, count, seed: SEED, size });
  }

  choosePath(path: string): void {
    if (path.trim() !== '') this.#choose({ kind: 'path', path: path.trim() });
  }

  setOptions(change: Partial<DataOptions>): void {
    this.options = { ...this.options, ...change };
    this.read();
  }

  get augmentation(): Augmentation {
    return this.options.augmentation ?? UNCHANGED;
  }

  setAugmentation(change: Partial<Augmentation>): void {
    const augmentation = { ...this.augmentation, ...change };
    const { mirror, shift, brightness } = augmentation;
    const isChange = mirror || shift > 0 || brightness > 0;
    this.setOptions({ augmentation: isChange ? augmentation : undefined });
  }

  setCount(count: number): void {
    if (this.spec?.kind !== 'builtin') return;
    this.spec = { ...this.spec, count };
    this.read();
  }

  async pick(): Promise<void> {
    try {
      const [file] = await this.#session.host.openFiles(DATA_FILES);
      if (file !== undefined) await this.send(asBlob(file));
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async send(file: { readonly name: string; readonly blob: Blob }): Promise<void> {
    const mine = ++this.#uploading;
    if (file.blob.size === 0) return this.#notices.problem(`“${file.name}” is empty; choose another file.`);
    try {
      const path = await uploadFile(
        this.#session,
        file,
        (upload) => {
          if (mine === this.#uploading) this.upload = upload;
        },
        () => mine === this.#uploading,
      );
      if (path !== null && mine === this.#uploading) this.choosePath(path);
    } catch (error) {
      this.#notices.failed(error);
    } finally {
      if (mine === this.#uploading) this.upload = null;
    }
  }

  cancelUpload(): void {
    this.#uploading++;
    this.upload = null;
  }

  /** Gives a reading up. The data stay chosen, and can be read again. */
  cancel(): void {
    this.#reading?.cancel();
    this.#reading = null;
    this.summary = null;
    this.phase = { kind: 'cancelled' };
    this.#onChange();
  }

  /** Reads the data as it is set now; a reading that is under way is given up. */
  read(): void {
    const { spec, options } = this;
    if (spec === null) return;
    this.#reading?.cancel();
    this.phase = { kind: 'reading', done: 0, total: 0 };
    const call = this.#session.call('data/summary', { data: spec, options }, ({ done, total }) => {
      if (call === this.#reading) this.phase = { kind: 'reading', done, total };
    });
    this.#reading = call;
    call.then(
      (summary) => {
        if (call !== this.#reading) return;
        this.summary = summary;
        this.phase = { kind: 'ready', summary };
        this.#onChange();
      },
      (error: unknown) => {
        if (call !== this.#reading || isCancelled(error)) return;
        this.summary = null;
        this.phase = { kind: 'failed', sentence: toWireError(error).sentence };
        this.#onChange();
      },
    );
  }

  /** One after another, so that they cost the engine little. */
  async look(): Promise<void> {
    for (const { name, size } of BUILT_INS) {
      if (this.thumbnails[name] !== undefined) continue;
      try {
        const summary = await this.#session.call('data/summary', {
          data: { kind: 'builtin', name, count: size === 1 ? 400 : THUMBNAIL_COUNT, seed: SEED, size },
          options: AS_IT_IS,
        });
        this.thumbnails = { ...this.thumbnails, [name]: summary };
      } catch {
        // without a picture it can still be chosen by its name
      }
    }
  }

  #choose(spec: DataSpec): void {
    this.spec = spec;
    this.options = AS_IT_IS;
    this.read();
  }
}

const asBlob = ({ name, bytes }: PickedFile): { readonly name: string; readonly blob: Blob } => ({
  name,
  blob: new Blob([bytes.slice()]),
});
