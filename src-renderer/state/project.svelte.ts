// The project that the window is at work on. There always is one: unnamed at first, saved by itself soon after every edit, found again when
// the window opens. One window saves it; every other one that has it open reads it and says so.
import { untrack } from 'svelte';
import { AppError, toWireError } from '#shared/errors';
import type { OpenedProject, ProjectList, ProjectSummary } from '#shared/project';
import type { Pictures } from '#shared/domain';
import type { Explorer } from './explorer.svelte';
import { fetchedFile } from './fetched-file';
import { uploadFiles, type BroughtFile } from './file-upload';
import type { Kept } from './kept';
import type { Notices } from './notices.svelte';
import { Autosave, type SaveState } from './project-autosave';
import { ProjectHold } from './project-hold';
import { filesOf, ProjectParts } from './project-parts';
import type { Session } from './session.svelte';

export const UNNAMED = 'Unnamed project';
const PROJECT_FILES = { name: 'Projects', extensions: ['latentscape'] } as const;

/** Why nothing is saved here. */
export type ReadOnly =
  /** Another window has it, or had it and has let it go. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'free' }
  /** Somebody else saved it, or it is of a kind that must not be saved over. */
  | { readonly kind: 'refused'; readonly sentence: string };

export interface ProjectHooks {
  /** A model that came inside a project file, to be looked at and brought in. */
  readonly bringIn: (path: string, folder: string) => void;
}

interface Draft {
  readonly parts: ReadonlyMap<string, string>;
  readonly title: string | null;
  readonly notes: string;
  readonly models: readonly string[];
  readonly cover: Pictures | null;
}

export class Project {
  /** Null while it has no name. */
  title = $state<string | null>(null);
  notes = $state('');
  state = $state.raw<SaveState>({ kind: 'saved' });
  readOnly = $state.raw<ReadOnly | null>(null);
  models = $state.raw<OpenedProject['models']>([]);
  /** Null until it is asked for. */
  recent = $state.raw<ProjectList | null>(null);
  /** A file, or another project, on its way. */
  busy = $state<string | null>(null);
  /** Where models lie that came with the project. */
  carried = $state.raw<{ readonly path: string; readonly models: readonly string[] } | null>(null);
  #id = $state(newId());
  #revision = $state(0);
  #holder: string | null = null;
  #session: Session;
  #explorer: Explorer;
  #notices: Notices;
  #hooks: ProjectHooks;
  #parts: ProjectParts;
  #hold: ProjectHold;
  #words: { title: string | null; notes: string } = { title: null, notes: '' };
  #cover: Pictures | null = null;
  /** What was sent and not answered when the engine was lost: it may be in the file. */
  #unanswered: Draft | null = null;
  #told: string | null = null;
  #begun = false;
  #autosave = new Autosave<Draft>({
    collect: () => this.#collect(),
    save: (draft) => this.#save(draft),
    onState: (state) => this.#tell(state),
    now: () => performance.now(),
    later: (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });

  constructor(
    session: Session,
    explorer: Explorer,
    notices: Notices,
    kept: readonly Kept[],
    hooks: ProjectHooks,
  ) {
    this.#session = session;
    this.#explorer = explorer;
    this.#notices = notices;
    this.#hooks = hooks;
    this.#parts = new ProjectParts(kept);
    this.#hold = new ProjectHold(session, () => {
      if (this.readOnly?.kind === 'elsewhere') this.readOnly = { kind: 'free' };
    });
    $effect.root(() => {
      for (const each of kept)
        followed(
          () => each.edition,
          () => this.#edited(each.key),
        );
      followed(
        () => [this.title, this.notes],
        () => this.#edited(null),
      );
    });
    session.onReady(() => {
      if (this.#begun) void this.#again();
    });
    // a tab that is hidden may never be seen again
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) void this.#autosave.flush();
    });
    addEventListener('pagehide', () => void this.#autosave.flush());
  }

  get id(): string {
    return this.#id;
  }
  get name(): string {
    return this.title ?? UNNAMED;
  }
  /** It lies on disk. */
  get isSaved(): boolean {
    return this.#revision > 0;
  }

  /** Goes on with what was saved last, before anything else is opened. Once, and it never fails. */
  async begin(): Promise<void> {
    if (this.#begun) return;
    try {
      this.recent = await this.#session.call('projects/list', {});
      const [last] = this.recent.projects;
      if (last === undefined) await this.#take(this.#id, null);
      else await this.#open(last.id, false);
      this.#begun = true;
    } catch (error) {
      this.#notices.failed(error);
      if (isLost(error)) return; // tried again with the next engine
      this.#begun = true;
      await this.#blank().catch(() => undefined);
    }
  }

  async open(id: string): Promise<void> {
    await this.#guarded('Opening…', async () => {
      await this.#autosave.flush();
      await this.#open(id);
    });
  }

  async startNew(): Promise<void> {
    await this.#guarded('A new project…', async () => {
      await this.#autosave.flush();
      await this.#blank();
    });
  }

  rename(title: string): void {
    const line = title.trim().slice(0, 200);
    if (line === '' || line === this.title) return;
    this.title = line;
    void this.#autosave.flush();
  }

  /** What this window holds, as a project of its own: also where the one it came from is somebody else's. */
  async duplicate(): Promise<void> {
    await this.#guarded('Duplicating…', async () => {
      await this.#autosave.flush();
      const title = `${this.name} copy`.slice(0, 200);
      this.#autosave.pause();
      this.#hold.release();
      this.#put({ id: newId(), title, notes: this.notes, revision: 0 });
      this.#parts.markAll();
      await this.#take(this.#id, 0);
      await this.#autosave.flush();
      this.#notices.done(`This is “${title}” now; the other one stays as it is.`);
    });
  }

  async remove({ id, title }: Pick<ProjectSummary, 'id' | 'title'>): Promise<void> {
    await this.#guarded('Removing…', async () => {
      const isHere = id === this.#id;
      if (isHere) {
        await this.#autosave.flush();
        if (!this.isSaved) return this.#blank();
        this.#autosave.pause();
        this.#hold.release();
      }
      const { undo } = await this.#removed(id);
      if (isHere) await this.#blank();
      await this.look();
      this.#notices.offer(`“${title ?? UNNAMED}” was removed.`, {
        name: 'Undo',
        run: () =>
          void this.#guarded('Bringing back…', async () => {
            await this.#session.call('projects/restore', { undo });
            if (isHere) await this.#open(id);
            await this.look();
          }),
      });
    });
  }

  /** All projects, as they are now. */
  async look(): Promise<void> {
    try {
      this.recent = await this.#session.call('projects/list', {});
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async export(withModels: boolean): Promise<void> {
    await this.#guarded('Exporting…', async () => {
      if (!this.isSaved) this.#parts.markAll();
      this.#autosave.edited();
      await this.#autosave.flush();
      const made = await this.#session.call('projects/export', { project: this.#id, withModels });
      const bytes = await fetchedFile(this.#session, made);
      const saved = await this.#session.host.saveFile(made.name, bytes, 'application/zip');
      if (saved !== null) this.#notices.done(`Saved as ${saved}.`);
    });
  }

  async pickFile(): Promise<void> {
    try {
      const [file] = await this.#session.host.openFiles(PROJECT_FILES);
      if (file !== undefined)
        await this.takeFile({ path: file.name, blob: new Blob([file.bytes as Uint8Array<ArrayBuffer>]) });
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  /** A project file of anybody's becomes one of the person's own. */
  async takeFile(file: BroughtFile): Promise<void> {
    await this.#guarded('Opening…', async () => {
      await this.#autosave.flush();
      const path = await uploadFiles(this.#session, file.path, [file], {
        onProgress: (done) => (this.busy = `Opening… ${Math.round((100 * done) / file.blob.size)} %`),
        isWanted: () => true,
      });
      if (path === null) return;
      const { project, inside } = await this.#session.call('projects/import', { path });
      await this.#open(project);
      this.carried = inside.length === 0 ? null : { path, models: inside };
    });
  }

  /** Whether it can be opened: a model that is missing cannot. */
  hasModel(id: string): boolean {
    return !this.models.some((model) => model.id === id && model.standing.kind === 'missing');
  }

  /** The models of the project that are not as they were. */
  get absent(): OpenedProject['models'] {
    return this.models.filter(({ standing }) => standing.kind === 'missing' || standing.kind === 'changed');
  }

  bringIn(): void {
    const { carried } = this;
    const wanted = this.absent.find(({ id }) => carried?.models.includes(id) === true);
    this.carried = null; // the copy goes with its import
    if (carried !== null && wanted !== undefined) this.#hooks.bringIn(carried.path, `models/${wanted.id}/`);
  }

  /** A model has come into the library: it may be one that was missed. */
  async modelCame(): Promise<void> {
    if (this.absent.length === 0) return;
    await this.#guarded('Opening…', async () => {
      await this.#autosave.flush();
      await this.#open(this.#id);
    });
  }

  dismissAbsent(): void {
    this.models = this.models.filter((model) => !this.absent.includes(model));
    this.carried = null;
  }

  #edited(key: string | null): void {
    if (key !== null) this.#parts.mark(key);
    if (this.readOnly === null) this.#autosave.edited();
  }

  #collect(): Draft | null {
    // a window that nobody has touched has nothing of theirs to save
    if (!this.isSaved && !navigator.userActivation.hasBeenActive) return null;
    const parts = this.#parts.changed();
    const { title, notes } = this;
    const isSame = title === this.#words.title && notes === this.#words.notes;
    if (parts.size === 0 && isSame) return null;
    const known = [...(this.#explorer.models?.models ?? []), ...this.models].map(({ id }) => id);
    const { picture } = this.#explorer;
    const cover = picture === this.#cover ? null : picture;
    return { parts, title, notes, models: this.#parts.mentioned(known, parts), cover };
  }

  async #save(draft: Draft): Promise<void> {
    this.#unanswered = draft;
    const { title, notes, models, cover } = draft;
    const { revision } = await this.#session.call('projects/save', {
      project: this.#id,
      holder: this.#holder ?? '',
      revision: this.#revision,
      ...{ title, notes, models: [...models] },
      parts: filesOf(draft.parts),
      cover: cover === null ? null : { width: cover.width, height: cover.height, rgba: cover.rgba },
    });
    this.#answered(draft, revision);
  }

  #answered(draft: Draft, revision: number): void {
    this.#unanswered = null;
    this.#revision = revision;
    this.#parts.settled(draft.parts);
    this.#words = { title: draft.title, notes: draft.notes };
    this.#cover = draft.cover ?? this.#cover;
  }

  #tell(state: SaveState): void {
    this.state = state;
    if (state.kind === 'saved') this.#told = null;
    if (state.kind !== 'failed' || isLost(state.error)) return;
    const { code, sentence } = toWireError(state.error);
    if (code === 'store/revision') return this.#lock({ kind: 'refused', sentence });
    if (this.#told !== sentence) this.#notices.problem(sentence);
    this.#told = sentence; // it is tried again, and said once
  }

  #lock(why: ReadOnly): void {
    this.readOnly = why;
    this.#autosave.pause();
  }

  /** From an engine that was lost to the next: the right to save is asked for anew. */
  async #again(): Promise<void> {
    if (this.readOnly?.kind === 'refused') return;
    try {
      await this.#take(this.#id, this.#revision);
    } catch (error) {
      if (!isLost(error)) this.#lock({ kind: 'refused', sentence: toWireError(error).sentence });
    }
  }

  /** Asks for the right to save on top of that revision; null: whatever there is. */
  async #take(id: string, revision: number | null): Promise<void> {
    this.#autosave.pause();
    this.#holder = null;
    const held = await this.#hold.take(id);
    if (id !== this.#id) return;
    if (held === null) return this.#lock({ kind: 'elsewhere' });
    if (revision !== null && held.revision !== revision && !(await this.#wasOurs(held.revision)))
      return this.#lock({ kind: 'refused', sentence: OTHER_STATE });
    this.#revision = held.revision;
    this.#holder = held.holder;
    this.readOnly = null;
    this.#autosave.begin();
  }

  /** The engine was lost between a save and its answer: the file has what was sent. */
  async #wasOurs(revision: number): Promise<boolean> {
    const draft = this.#unanswered;
    if (draft === null || revision !== this.#revision + 1) return false;
    const { parts, notes, title } = await this.#session.call('projects/open', { project: this.#id });
    const decoder = new TextDecoder();
    const isSame = [...draft.parts].every(([key, text]) => {
      const there = parts[key];
      return there === undefined ? text === 'null' : decoder.decode(there) === text;
    });
    if (!isSame || notes !== draft.notes || title !== draft.title) return false;
    this.#answered(draft, revision);
    return true;
  }

  /** What is not saved by now is not saved any more. */
  async #open(id: string, thenModel = true): Promise<void> {
    this.#autosave.pause();
    const found = await this.#session.call('projects/open', { project: id });
    this.#put(found);
    this.models = found.models;
    const problems = this.#parts.restore(found.parts);
    if (found.models.some(({ standing }) => standing.kind === 'elsewhere')) this.#parts.markAll();
    if (found.recovered !== null)
      this.#notices.problem(
        `“${this.name}” was damaged (${found.recovered}); this is how it was saved the time before.`,
      );
    if (thenModel) await this.#showModel();
    await this.#take(id, found.revision);
    if (problems.length > 0)
      this.#lock({
        kind: 'refused',
        sentence: `A part of the project could not be read, and it stays as it is on disk: ${problems.join(' ')}`,
      });
  }

  async #blank(): Promise<void> {
    this.#autosave.pause();
    this.#put({ id: newId(), title: null, notes: '', revision: 0 });
    this.#parts.restore({});
    this.models = [];
    await this.#take(this.#id, 0);
  }

  #put({ id, title, notes, revision }: Pick<OpenedProject, 'id' | 'title' | 'notes' | 'revision'>): void {
    this.#id = id;
    this.title = title;
    this.notes = notes;
    this.#words = { title, notes };
    this.#revision = revision;
    this.#cover = null;
    this.#unanswered = null;
    this.carried = null;
    this.readOnly = null;
    this.state = { kind: 'saved' };
  }

  /** The model that was open, where it is there. */
  async #showModel(): Promise<void> {
    const { model, opened } = this.#explorer;
    if (model !== null && opened?.info.id !== model) await this.#explorer.open(model);
  }

  /** The right to save it goes a moment after it was given back. */
  async #removed(id: string): Promise<{ readonly undo: string }> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#session.call('projects/remove', { project: id });
      } catch (error) {
        const { code } = toWireError(error);
        if (code !== 'store/held' || attempt >= 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  async #guarded(what: string, body: () => Promise<void>): Promise<void> {
    if (this.busy !== null) return;
    this.busy = what;
    try {
      await body();
    } catch (error) {
      this.#notices.failed(error);
      if (this.readOnly === null) await this.#again();
    } finally {
      this.busy = null;
    }
  }
}

/** `react` to everything that is read. */
function followed(read: () => unknown, react: () => void): void {
  $effect(() => {
    read();
    untrack(react);
  });
}

const OTHER_STATE = 'The project was saved by another window since.';

const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

const isLost = (error: unknown): boolean => error instanceof AppError && error.code === 'engine/crashed';
