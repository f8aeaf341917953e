// All trainings on this machine: asked for now and then while somebody looks or something runs.
import { isCancelled } from '#shared/errors';
import type { JobInfo, UnreadableJob } from '#shared/training';
import { FigureTable, type Column } from './figure-table';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

/** `first`: a fresh engine draws the picture first. */
const POLL_MS = { first: 3_000, looked: 1_500, behind: 6_000 } as const;
/** What stands for a run in a list, best first. */
const HEADLINES = ['loss', 'gLoss', 'dLoss'] as const;

export class JobList {
  jobs = $state.raw<readonly JobInfo[] | null>(null);
  unreadable = $state.raw<readonly UnreadableJob[]>([]);
  /** The main figure of each job over its steps, by id. */
  lines = $state.raw<Readonly<Record<string, Column>>>({});
  readonly active: boolean = $derived.by(
    () => this.jobs?.some(({ state }) => state === 'running' || state === 'queued') ?? false,
  );
  #session: Session;
  #notices: Notices;
  #looked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #lineSteps = new Map<string, number>();
  #onDone: (job: JobInfo) => void;

  constructor(session: Session, notices: Notices, onDone: (job: JobInfo) => void) {
    this.#session = session;
    this.#notices = notices;
    this.#onDone = onDone;
    session.onReady(() => this.#soon(this.#looked ? 0 : POLL_MS.first));
  }

  /** Resolves when the list is there. */
  async look(looked: boolean): Promise<void> {
    this.#looked = looked;
    if (!looked) return;
    await this.refresh();
    await this.#session.call('jobs/unreadable', {}).then(
      (unreadable) => (this.unreadable = unreadable),
      () => undefined, // asked again when somebody looks again
    );
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    const mine = ++this.#asked;
    try {
      const jobs = await this.#session.call('jobs/list', {});
      if (mine !== this.#asked) return;
      this.#tellDone(jobs);
      this.jobs = [...jobs].sort((a, b) => b.createdAt - a.createdAt);
      if (this.#looked) void this.#draw(this.jobs);
    } catch (error) {
      if (mine === this.#asked && this.#looked) this.#notices.failed(error);
    }
    if (mine !== this.#asked) return;
    if (this.#looked) this.#soon(POLL_MS.looked);
    else if (this.active) this.#soon(POLL_MS.behind);
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), ms);
  }

  async resume(id: string): Promise<void> {
    await this.#do(() => this.#session.call('jobs/resume', { job: id }));
  }

  /** `prepared`: where the data lie that a training is being prepared of. */
  async remove(id: string, prepared: string | null): Promise<void> {
    const params = { job: id, ...(prepared === null ? {} : { prepared }) };
    await this.#do(() => this.#session.call('jobs/remove', params));
  }

  async #do(act: () => PromiseLike<null>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#notices.failed(error);
    }
    await this.refresh();
  }

  /** The history of a job without following it. */
  historyOf(id: string): Promise<FigureTable> {
    const table = new FigureTable();
    return new Promise((resolve, reject) => {
      const call = this.#session.call('jobs/watch', { job: id }, (event) => {
        if (event.kind !== 'history') return;
        table.replace(event.rows);
        resolve(table);
        call.cancel();
      });
      call.then(
        () => resolve(table),
        (error: unknown) => (isCancelled(error) ? resolve(table) : reject(error as Error)),
      );
    });
  }

  #tellDone(jobs: readonly JobInfo[]): void {
    for (const job of jobs) {
      const before = this.jobs?.find(({ id }) => id === job.id);
      if (job.state === 'done' && before !== undefined && before.state !== 'done') this.#onDone(job);
    }
  }

  /** Only what has moved since the last time, one job after another. */
  async #draw(jobs: readonly JobInfo[]): Promise<void> {
    for (const { id, step } of jobs) {
      const drawn = this.#lineSteps.get(id);
      if (drawn !== undefined && step - drawn < Math.max(1, 0.04 * step)) continue;
      this.#lineSteps.set(id, step);
      try {
        const table = await this.historyOf(id);
        const name = HEADLINES.find((each) => table.column(each).y.length > 0);
        if (name !== undefined) this.lines = { ...this.lines, [id]: table.column(name) };
      } catch {
        return; // the list is still of use without its lines
      }
    }
  }
}
