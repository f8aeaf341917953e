// Pictures of a person's own as points of the map: chosen as a file, a folder or a path. A project knows them by an id and a name alone, so
// that it tells no paths and a stranger's project cannot name one. What was brought in the engine keeps under that id, for every window;
// where a path of the person's own leads is known to this window's machine.
import { AppError } from '#shared/errors';
import type { BroughtPictures, MapSource } from '#shared/map';
import { filesOfDrop, uploadFiles, type BroughtFile } from './file-upload';
import { MAP_COUNTS, type ChosenSource, type OwnData } from './map-spec';
import type { Notices } from './notices.svelte';
import { keepPlaces, readPlaces } from './own-places';
import type { Session } from './session.svelte';
import { DATA_FILES } from './training-data.svelte';
import type { Upload } from './training-upload';

export interface MapDataHooks {
  readonly onChosen: (data: OwnData) => void;
  /** They are not at hand any more. */
  readonly onForgotten: (id: string) => void;
}

export class MapData {
  /** A person is about to choose. */
  isOpen = $state(false);
  upload = $state.raw<Upload | null>(null);
  /** What the engine keeps, the newest first. */
  brought = $state.raw<readonly BroughtPictures[]>([]);
  /** These are looked for again; null: others are chosen. */
  missing = $state.raw<OwnData | null>(null);
  readonly #session: Session;
  readonly #notices: Notices;
  readonly #hooks: MapDataHooks;
  #places = readPlaces();
  #listing: Promise<void> | null = null;
  #uploading = 0;

  constructor(session: Session, notices: Notices, hooks: MapDataHooks) {
    this.#session = session;
    this.#notices = notices;
    this.#hooks = hooks;
    session.onReady(() => (this.#listing = null));
  }

  choose(missing: OwnData | null = null): void {
    this.missing = missing;
    this.isOpen = true;
    void this.#list().catch((error: unknown) => this.#notices.failed(error));
  }
  close(): void {
    this.cancelUpload();
    this.missing = null;
    this.isOpen = false;
  }
  cancelUpload(): void {
    this.#uploading++;
    this.upload = null;
  }

  /** To be awaited before it is asked where pictures lie: what the engine keeps is known then. */
  known(): Promise<void> {
    // whoever needs one that is not known then, is told so
    return (this.#listing ??= this.#list().catch(() => void (this.#listing = null)));
  }
  isMissing(source: ChosenSource): source is OwnData {
    return source.kind === 'data' && this.#pathOf(source.id) === undefined;
  }
  /** As the engine takes it. @throws AppError where this machine does not know where they lie. */
  sourceOf(source: ChosenSource): MapSource {
    if (source.kind !== 'data') return source;
    const path = this.#pathOf(source.id);
    if (path === undefined) throw notAtHand(source.title);
    return { kind: 'data', path, count: source.count };
  }

  async pick(): Promise<void> {
    try {
      const [file] = await this.#session.host.openFiles(DATA_FILES);
      if (file === undefined) return;
      await this.take(file.name, [{ path: file.name, blob: new Blob([file.bytes.slice()]) }]);
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  async takeDrop(transfer: DataTransfer): Promise<void> {
    try {
      const dropped = await filesOfDrop(transfer);
      if (dropped !== null) await this.take(dropped.name, dropped.files);
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  takePath(path: string): void {
    const known = path.trim();
    if (known === '') return;
    const data = this.#asked(known.split(/[\\/]/).filter(Boolean).at(-1) ?? known);
    this.#places.set(data.id, known);
    keepPlaces(this.#places);
    this.#chosen(data);
  }
  /** Once more what was brought in before. */
  takeBrought({ id, title }: BroughtPictures): void {
    this.#chosen({ kind: 'data', id, title, count: MAP_COUNTS.first });
  }

  async take(name: string, files: readonly BroughtFile[]): Promise<void> {
    const mine = ++this.#uploading;
    const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
    if (total === 0) return this.#notices.problem(`“${name}” is empty; choose other pictures.`);
    const isWanted = (): boolean => mine === this.#uploading;
    this.isOpen = true; // its progress is told there
    this.upload = { name, done: 0, total };
    const data = this.#asked(name);
    try {
      const onProgress = (done: number): void => {
        if (isWanted()) this.upload = { name, done, total };
      };
      const watch = { onProgress, isWanted, forMap: data.id };
      const path = await uploadFiles(this.#session, name, files, watch);
      if (path === null || !isWanted()) return;
      await this.#list();
      this.#chosen(data);
    } catch (error) {
      if (isWanted()) this.#notices.failed(error);
    } finally {
      if (isWanted()) this.upload = null;
    }
  }

  /** The app's copy goes at once; what the person has elsewhere stays. */
  async forget({ id }: BroughtPictures): Promise<void> {
    try {
      await this.#session.call('maps/forget', { id });
      await this.#list();
      this.#hooks.onForgotten(id);
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async #list(): Promise<void> {
    this.brought = await this.#session.call('maps/brought', {});
  }
  #pathOf(id: string): string | undefined {
    return this.brought.find((each) => each.id === id)?.path ?? this.#places.get(id);
  }
  /** What is being chosen: the missing ones, or others. */
  #asked(title: string): OwnData {
    return this.missing ?? { kind: 'data', id: newId(), title, count: MAP_COUNTS.first };
  }
  #chosen(data: OwnData): void {
    this.missing = null;
    this.isOpen = false;
    this.#hooks.onChosen(data);
  }
}

/** Why there is no map of them. */
export const whyMissing = ({ title, count }: OwnData): string =>
  `${title}, up to ${count.toLocaleString('en')} pictures: a project does not hold them, and ` +
  'this window does not know where they lie. Choose them again, and the map is made as it was.';

const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

const notAtHand = (title: string): AppError =>
  new AppError({
    code: 'input/map-data',
    headline: 'The pictures of this map are not at hand',
    where: title,
    cause: 'a project does not hold them, and this machine does not know where they lie',
    remedy: 'choose them again',
  });
