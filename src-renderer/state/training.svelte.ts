// The place where models are trained: a training that is prepared, those that run or ran, and which of them is looked at.
import type { JobInfo } from '#shared/training';
import type { FigureTable } from './figure-table';
import { JobList } from './job-list.svelte';
import { KeptModels } from './kept-models.svelte';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';
import { TrainingDraft } from './training-draft.svelte';
import { TrainingRun } from './training-run.svelte';

export type Showing = 'new' | 'run' | 'compare';

/** What the rest of the window does with a finished model. */
export interface TrainingWorld {
  /** Opens a model where it is explored. */
  readonly explore: (model: string) => void;
  /** The library has a new model. */
  readonly onNewModel: () => void;
}

export class Training {
  readonly draft: TrainingDraft;
  readonly list: JobList;
  readonly kept: KeptModels;
  showing = $state<Showing>('new');
  run = $state.raw<TrainingRun | null>(null);
  /** Jobs whose curves are laid over each other. */
  compared = $state.raw<readonly string[]>([]);
  comparedTables = $state.raw<ReadonlyMap<string, FigureTable>>(new Map());
  #session: Session;
  #notices: Notices;
  #world: TrainingWorld;
  /** Runs that were looked at keep what they said. */
  #runs = new Map<string, TrainingRun>();
  #isLooked = false;
  #chosen = false;

  constructor(session: Session, notices: Notices, world: TrainingWorld) {
    this.#session = session;
    this.#notices = notices;
    this.#world = world;
    this.draft = new TrainingDraft(session, notices);
    this.kept = new KeptModels(session);
    this.list = new JobList(session, notices, (job) => this.#finished(job));
    session.onReady(() => {
      if (this.#isLooked) this.#refresh();
    });
  }

  /** The view is there. */
  enter(): void {
    this.#isLooked = true;
    this.#refresh();
  }

  /** The view is gone: nothing is drawn or followed for it, so that a drag elsewhere has the machine for itself. */
  leave(): void {
    this.#isLooked = false;
    this.run?.unwatch();
    void this.list.look(false);
  }

  prepare(): void {
    this.#chosen = true;
    this.#stopLooking();
    this.showing = 'new';
    void this.draft.data.look();
  }

  open(id: string): void {
    this.#chosen = true;
    if (this.run?.id !== id) this.#stopLooking();
    const run = this.#runs.get(id) ?? new TrainingRun(id, this.#session, this.#notices);
    this.#runs.set(id, run);
    // shown at once from the list, and in full when the engine answers
    run.job ??= this.list.jobs?.find((job) => job.id === id);
    this.run = run;
    this.showing = 'run';
    run.watch();
  }

  compare(ids: readonly string[]): void {
    this.#chosen = true;
    this.#stopLooking();
    this.compared = ids;
    this.showing = 'compare';
    for (const id of ids) void this.#fetch(id);
  }

  /** Dropped somewhere on the window: data for a new training. */
  takeFiles(files: readonly File[]): void {
    const [file] = files;
    if (file === undefined) return;
    if (files.length > 1)
      this.#notices.problem('Training data comes as one file; put many pictures into a zip.');
    else {
      this.prepare();
      void this.draft.data.send({ name: file.name, blob: file });
    }
  }

  async start(): Promise<void> {
    const id = await this.draft.start();
    if (id === null) return;
    await this.list.refresh();
    this.open(id);
  }

  async resume(id: string): Promise<void> {
    await this.list.resume(id);
    if (this.run?.id === id) this.run.watch();
  }

  async remove(id: string): Promise<void> {
    const { spec } = this.draft.data;
    await this.list.remove(id, spec?.kind === 'path' ? spec.path : null);
    this.#runs.delete(id);
    if (this.run?.id === id) {
      this.run.unwatch();
      this.run = null;
      this.showing = 'new';
    }
  }

  explore(model: string): void {
    this.#world.explore(model);
  }

  async copyCommand(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#notices.done('Command copied');
    } catch {
      this.#notices.problem('The browser did not let the command be copied; select it in the text instead.');
    }
  }

  async #fetch(id: string): Promise<void> {
    try {
      const table = await this.list.historyOf(id);
      this.comparedTables = new Map([...this.comparedTables, [id, table]]);
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  #refresh(): void {
    if (this.showing === 'run') this.run?.watch();
    void this.#arrive();
  }

  /** The jobs first, then what can be trained, and the little pictures of the data last: they cost the engine the most. */
  async #arrive(): Promise<void> {
    await this.list.look(true);
    // whoever comes here while something runs wants to see it
    const running = this.list.jobs?.find(({ state }) => state === 'running' || state === 'paused');
    if (running !== undefined && !this.#chosen) this.open(running.id);
    await this.draft.load();
    if (this.#isLooked && this.showing === 'new') await this.draft.data.look();
  }

  #stopLooking(): void {
    this.run?.unwatch();
  }

  #finished(job: JobInfo): void {
    this.#notices.done(`“${job.title}” has finished training`);
    this.#world.onNewModel();
  }
}
