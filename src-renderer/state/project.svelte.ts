// The project that the window is at work on. There always is one: unnamed at first, saved by itself soon after every edit, found again when
// the window opens. One window saves it; every other one that has it open reads it and says so.
import type { OpenedProject, ProjectSummary } from '#shared/project';
import type { Explorer } from './explorer.svelte';
import { fetchedFile } from './fetched-file';
import { uploadFiles, type BroughtFile } from './file-upload';
import type { Kept } from './kept';
import type { Notices } from './notices.svelte';
import { ModelsOfProject } from './project-models.svelte';
import { RecentProjects } from './project-recent.svelte';
import { isLost, ProjectSaving, type SavedProject } from './project-saving.svelte';
import type { Session } from './session.svelte';

export const UNNAMED = 'Unnamed project';
const PROJECT_FILES = { name: 'Projects', extensions: ['latentscape'] } as const;

export interface ProjectHooks {
  /** A model that came inside a project file, to be looked at and brought in. */
  readonly bringIn: (path: string, folder: string) => void;
}

export class Project implements SavedProject {
  /** Null while it has no name. */
  title = $state<string | null>(null);
  notes = $state('');
  /** A file, or another project, on its way. */
  busy = $state<string | null>(null);
  readonly models: ModelsOfProject;
  readonly recent: RecentProjects;
  readonly saving: ProjectSaving;
  #id = $state(newId());
  readonly #session: Session;
  readonly #explorer: Explorer;
  readonly #notices: Notices;
  #begun = false;

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
    this.models = new ModelsOfProject(hooks.bringIn);
    this.recent = new RecentProjects(session, notices);
    this.saving = new ProjectSaving(this, kept, session, explorer, notices);
    session.onReady(() => {
      if (this.#begun) void this.saving.takeAgain();
    });
  }

  get id(): string {
    return this.#id;
  }
  get name(): string {
    return this.title ?? UNNAMED;
  }

  /** Goes on with what was saved last, before anything else is opened. Once, and it never fails. */
  async begin(): Promise<void> {
    if (this.#begun) return;
    try {
      const [last] = (await this.recent.read()).projects;
      if (last === undefined) await this.saving.take(this.#id, null);
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
      await this.saving.flush();
      await this.#open(id);
    });
  }

  async startNew(): Promise<void> {
    await this.#guarded('A new project…', async () => {
      await this.saving.flush();
      await this.#blank();
    });
  }

  rename(title: string): void {
    const line = title.trim().slice(0, 200);
    if (line === '' || line === this.title) return;
    this.title = line;
    void this.saving.flush();
  }

  /** What this window holds, as a project of its own: also where the one it came from is somebody else's. */
  async duplicate(): Promise<void> {
    await this.#guarded('Duplicating…', async () => {
      await this.saving.flush();
      const title = `${this.name} copy`.slice(0, 200);
      this.saving.release();
      this.#put({ id: newId(), title, notes: this.notes, revision: 0 });
      this.saving.parts.markAll();
      await this.saving.take(this.#id, 0);
      await this.saving.flush();
      this.#notices.done(`This is “${title}” now; the other one stays as it is.`);
    });
  }

  async remove({ id, title }: Pick<ProjectSummary, 'id' | 'title'>): Promise<void> {
    await this.#guarded('Removing…', async () => {
      const isHere = id === this.#id;
      if (isHere) {
        await this.saving.flush();
        if (!this.saving.isSaved) return this.#blank();
        this.saving.release();
      }
      const bringBack = await this.recent.remove(id);
      if (isHere) await this.#blank();
      await this.recent.look();
      this.#notices.offer(`“${title ?? UNNAMED}” was removed.`, {
        name: 'Undo',
        run: () =>
          void this.#guarded('Bringing back…', async () => {
            await bringBack();
            if (isHere) await this.#open(id);
            await this.recent.look();
          }),
      });
    });
  }

  async export(withModels: boolean): Promise<void> {
    await this.#guarded('Exporting…', async () => {
      await this.saving.flushAll();
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
      await this.saving.flush();
      const path = await uploadFiles(this.#session, file.path, [file], {
        onProgress: (done) => (this.busy = `Opening… ${Math.round((100 * done) / file.blob.size)} %`),
        isWanted: () => true,
      });
      if (path === null) return;
      const { project, inside } = await this.#session.call('projects/import', { path });
      await this.#open(project);
      this.models.carried = inside.length === 0 ? null : { path, models: inside };
    });
  }

  /** A model has come into the library: it may be one that was missed. */
  async modelCame(): Promise<void> {
    if (this.models.absent.length > 0) await this.open(this.#id);
  }

  /** What is not saved by now is not saved any more. */
  async #open(id: string, thenModel = true): Promise<void> {
    const { models, saving } = this;
    saving.pause();
    const found = await this.#session.call('projects/open', { project: id });
    this.#put(found);
    models.list = found.models;
    const problems = saving.parts.restore(found.parts);
    if (found.models.some(({ standing }) => standing.kind === 'elsewhere')) saving.parts.markAll();
    if (found.recovered !== null)
      this.#notices.problem(
        `“${this.name}” was damaged (${found.recovered}); this is how it was saved the time before.`,
      );
    if (thenModel) await this.#showModel();
    await saving.take(id, found.revision);
    if (problems.length > 0)
      saving.refuse(
        `A part of the project could not be read, and it stays as it is on disk: ${problems.join(' ')}`,
      );
  }

  async #blank(): Promise<void> {
    this.saving.pause();
    this.#put({ id: newId(), title: null, notes: '', revision: 0 });
    this.saving.parts.restore({});
    this.models.list = [];
    await this.saving.take(this.#id, 0);
  }

  #put(project: Pick<OpenedProject, 'id' | 'title' | 'notes' | 'revision'>): void {
    this.#id = project.id;
    this.title = project.title;
    this.notes = project.notes;
    this.models.carried = null;
    this.saving.begin(project);
  }

  /** The model that was open, where it is there. */
  async #showModel(): Promise<void> {
    const { model, opened } = this.#explorer;
    if (model !== null && opened?.info.id !== model) await this.#explorer.open(model);
  }

  async #guarded(what: string, body: () => Promise<void>): Promise<void> {
    if (this.busy !== null) return;
    this.busy = what;
    try {
      await body();
    } catch (error) {
      this.#notices.failed(error);
      if (this.saving.readOnly === null) await this.saving.takeAgain();
    } finally {
      this.busy = null;
    }
  }
}

const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
