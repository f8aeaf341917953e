// Pictures of a person's own as points of the map: chosen as a file, a folder or a path, and brought to the engine. A project knows them by
// a name alone; where they lie is known to this machine, so that a project tells no paths and a stranger's project cannot name one.
import { AppError } from '#shared/errors';
import type { MapSource } from '#shared/map';
import { filesOfDrop, uploadFiles, type BroughtFile } from './file-upload';
import { MAP_COUNTS, type ChosenSource, type OwnData } from './map-spec';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { DATA_FILES } from './training-data.svelte';
import type { Upload } from './training-upload';

const KEY = 'latentscape-map-data';
/** Places that are remembered, the newest last. */
const MOST_PLACES = 200;

export class MapData {
  /** A person is about to choose. */
  isOpen = $state(false);
  upload = $state.raw<Upload | null>(null);
  readonly #session: Session;
  readonly #notices: Notices;
  readonly #onChosen: (data: OwnData) => void;
  #places = readPlaces();
  /** These are looked for again; null: others are chosen. */
  #missing: OwnData | null = null;
  #uploading = 0;

  constructor(session: Session, notices: Notices, onChosen: (data: OwnData) => void) {
    this.#session = session;
    this.#notices = notices;
    this.#onChosen = onChosen;
  }

  choose(missing: OwnData | null = null): void {
    this.#missing = missing;
    this.isOpen = true;
  }
  close(): void {
    this.cancelUpload();
    this.isOpen = false;
  }
  cancelUpload(): void {
    this.#uploading++;
    this.upload = null;
  }

  isMissing(source: ChosenSource): source is OwnData {
    return source.kind === 'data' && !this.#places.has(source.id);
  }

  /** As the engine takes it. @throws AppError where this machine does not know where they lie. */
  sourceOf(source: ChosenSource): MapSource {
    if (source.kind !== 'data') return source;
    const path = this.#places.get(source.id);
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
    const dropped = await filesOfDrop(transfer);
    if (dropped !== null) await this.take(dropped.name, dropped.files);
  }
  takePath(path: string): void {
    const known = path.trim();
    if (known !== '') this.#take(known, known.split(/[\\/]/).filter(Boolean).at(-1) ?? known);
  }

  async take(name: string, files: readonly BroughtFile[]): Promise<void> {
    const mine = ++this.#uploading;
    const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
    if (total === 0) return this.#notices.problem(`“${name}” is empty; choose other pictures.`);
    const isWanted = (): boolean => mine === this.#uploading;
    this.isOpen = true; // its progress is told there
    this.upload = { name, done: 0, total };
    try {
      const onProgress = (done: number): void => {
        if (isWanted()) this.upload = { name, done, total };
      };
      const path = await uploadFiles(this.#session, name, files, { onProgress, isWanted });
      if (path !== null && isWanted()) this.#take(path, name);
    } catch (error) {
      if (isWanted()) this.#notices.failed(error);
    } finally {
      if (isWanted()) this.upload = null;
    }
  }

  #take(path: string, title: string): void {
    const data = this.#missing ?? { kind: 'data', id: newId(), title, count: MAP_COUNTS.first };
    this.#places.set(data.id, path);
    keepPlaces(this.#places);
    this.#missing = null;
    this.isOpen = false;
    this.#onChosen(data);
  }
}

const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

function readPlaces(): Map<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    const isPlace = (each: unknown): each is [string, string] =>
      Array.isArray(each) && each.length === 2 && each.every((part) => typeof part === 'string');
    return new Map(Array.isArray(kept) ? kept.filter(isPlace) : []);
  } catch {
    return new Map();
  }
}

function keepPlaces(places: ReadonlyMap<string, string>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...places].slice(-MOST_PLACES)));
  } catch {
    // a browser that keeps nothing asks for them again
  }
}

const notAtHand = (title: string): AppError =>
  new AppError({
    code: 'input/map-data',
    headline: 'The pictures of this map are not at hand',
    where: title,
    cause: 'a project does not hold them, and this machine does not know where they lie',
    remedy: 'choose them again',
  });
