// How a project is saved: what its file does not have yet goes there by itself, on top of the revision that this window knows, and only
// while this window has the right to.
import { untrack } from 'svelte';
import type { Pictures } from '#shared/domain';
import { AppError, toWireError } from '#shared/errors';
import type { OpenedProject } from '#shared/project';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import type { Notices } from './notices.svelte';
import { Autosave, type SaveState } from './project-autosave';
import { ProjectHold } from './project-hold';
import type { ModelsOfProject } from './project-models.svelte';
import { filesOf, ProjectParts } from './project-parts';
import type { Session } from './session.svelte';

/** Why nothing is saved here. */
export type ReadOnly =
  /** Another window has it, or had it and has let it go. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'free' }
  /** Somebody else saved it, or it is of a kind that must not be saved over. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** What is saved of a project besides its parts, as it is at this moment. */
export interface SavedProject {
  readonly id: string;
  readonly title: string | null;
  readonly notes: string;
  readonly models: Pick<ModelsOfProject, 'list'>;
}

interface Draft {
  readonly parts: ReadonlyMap<string, string>;
  readonly title: string | null;
  readonly notes: string;
  readonly models: readonly string[];
  readonly cover: Pictures | null;
}

export class ProjectSaving {
  state = $state.raw<SaveState>({ kind: 'saved' });
  readOnly = $state.raw<ReadOnly | null>(null);
  readonly parts: ProjectParts;
  readonly #project: SavedProject;
  readonly #session: Session;
  readonly #explorer: Explorer;
  readonly #notices: Notices;
  readonly #hold: ProjectHold;
  #revision = $state(0);
  #holder: string | null = null;
  /** As the file has them. */
  #words: { readonly title: string | null; readonly notes: string } = { title: null, notes: '' };
  #cover: Pictures | null = null;
  /** What was sent and not answered when the engine was lost: it may be in the file. */
  #unanswered: Draft | null = null;
  #told: string | null = null;
  readonly #autosave = new Autosave<Draft>({
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
    project: SavedProject,
    kept: readonly Kept[],
    session: Session,
    explorer: Explorer,
    notices: Notices,
  ) {
    this.#project = project;
    this.#session = session;
    this.#explorer = explorer;
    this.#notices = notices;
    this.parts = new ProjectParts(kept);
    this.#hold = new ProjectHold(session, () => {
      if (this.readOnly?.kind === 'elsewhere') this.readOnly = { kind: 'free' };
    });
    $effect.root(() => {
      for (const each of kept)
        followed(
          () => each.edition,
          () => {
            this.parts.mark(each.key);
            this.#edited();
          },
        );
      followed(
        () => [project.title, project.notes],
        () => this.#edited(),
      );
    });
    // a tab that is hidden may never be seen again
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) void this.flush();
    });
    addEventListener('pagehide', () => void this.flush());
  }

  /** It lies on disk. */
  get isSaved(): boolean {
    return this.#revision > 0;
  }

  /** Everything up to now is saved, or has failed to be. */
  flush(): Promise<void> {
    return this.#autosave.flush();
  }
  /** Saved as it is now, also where there is nothing of a person's to save yet. */
  async flushAll(): Promise<void> {
    if (!this.isSaved) this.parts.markAll();
    this.#autosave.edited();
    await this.#autosave.flush();
  }

  /** Nothing more is saved: another project is about to come. */
  pause(): void {
    this.#autosave.pause();
  }
  /** Nor may this window save it any more. */
  release(): void {
    this.#autosave.pause();
    this.#hold.release();
  }

  /** A project that is put in the place of the one before, as its file has it. */
  begin({ title, notes, revision }: Pick<OpenedProject, 'title' | 'notes' | 'revision'>): void {
    this.#words = { title, notes };
    this.#revision = revision;
    this.#cover = null;
    this.#unanswered = null;
    this.readOnly = null;
    this.state = { kind: 'saved' };
  }

  /** Asks for the right to save on top of that revision; null: whatever there is. */
  async take(id: string, revision: number | null): Promise<void> {
    this.#autosave.pause();
    this.#holder = null;
    const held = await this.#hold.take(id);
    if (id !== this.#project.id) return;
    if (held === null) return this.#lock({ kind: 'elsewhere' });
    if (revision !== null && held.revision !== revision && !(await this.#wasOurs(held.revision)))
      return this.refuse(OTHER_STATE);
    this.#revision = held.revision;
    this.#holder = held.holder;
    this.readOnly = null;
    this.#autosave.begin();
  }

  /** From an engine that was lost to the next: the right to save is asked for anew. */
  async takeAgain(): Promise<void> {
    if (this.readOnly?.kind === 'refused') return;
    try {
      await this.take(this.#project.id, this.#revision);
    } catch (error) {
      if (!isLost(error)) this.refuse(toWireError(error).sentence);
    }
  }

  refuse(sentence: string): void {
    this.#lock({ kind: 'refused', sentence });
  }

  #edited(): void {
    if (this.readOnly === null) this.#autosave.edited();
  }

  #collect(): Draft | null {
    // a window that nobody has touched has nothing of theirs to save
    if (!this.isSaved && !navigator.userActivation.hasBeenActive) return null;
    const parts = this.parts.changed();
    const { title, notes, models } = this.#project;
    const isSame = title === this.#words.title && notes === this.#words.notes;
    if (parts.size === 0 && isSame) return null;
    const known = [...(this.#explorer.models?.models ?? []), ...models.list].map(({ id }) => id);
    const { picture } = this.#explorer;
    const cover = picture === this.#cover ? null : picture;
    return { parts, title, notes, models: this.parts.mentioned(known, parts), cover };
  }

  async #save(draft: Draft): Promise<void> {
    this.#unanswered = draft;
    const { title, notes, models, cover } = draft;
    const { revision } = await this.#session.call('projects/save', {
      project: this.#project.id,
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
    this.parts.settled(draft.parts);
    this.#words = { title: draft.title, notes: draft.notes };
    this.#cover = draft.cover ?? this.#cover;
  }

  /** The engine was lost between a save and its answer: the file has what was sent. */
  async #wasOurs(revision: number): Promise<boolean> {
    const draft = this.#unanswered;
    if (draft === null || revision !== this.#revision + 1) return false;
    const { parts, notes, title } = await this.#session.call('projects/open', { project: this.#project.id });
    const decoder = new TextDecoder();
    const isSame = [...draft.parts].every(([key, text]) => {
      const there = parts[key];
      return there === undefined ? text === 'null' : decoder.decode(there) === text;
    });
    if (!isSame || notes !== draft.notes || title !== draft.title) return false;
    this.#answered(draft, revision);
    return true;
  }

  #tell(state: SaveState): void {
    this.state = state;
    if (state.kind === 'saved') this.#told = null;
    if (state.kind !== 'failed' || isLost(state.error)) return;
    const { code, sentence } = toWireError(state.error);
    if (code === 'store/revision') return this.refuse(sentence);
    if (this.#told !== sentence) this.#notices.problem(sentence);
    this.#told = sentence; // it is tried again, and said once
  }

  #lock(why: ReadOnly): void {
    this.readOnly = why;
    this.#autosave.pause();
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

export const isLost = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'engine/crashed';
