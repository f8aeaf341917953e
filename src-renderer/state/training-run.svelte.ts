// One job as it is watched: where it stands, its figures, what it makes, and what can be told to it.
import type { Diagnosis, JobEvent, JobInfo, Preview, TrainCommand, TrainEvent } from '#shared/training';
import { isCancelled, AppError } from '#shared/errors';
import type { Call } from '#shared/rpc';
import { FigureTable } from './figure-table';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

/** Why a run pauses that was told to. */
const ASKED_FOR = 'asked for';

export type EpochEvent = TrainEvent & { readonly kind: 'epoch' };
export type ProgressEvent = TrainEvent & { readonly kind: 'progress' };
export type Live = Readonly<Record<string, number | string>>;

export class TrainingRun {
  readonly id: string;
  readonly table = new FigureTable();
  job = $state.raw<JobInfo>();
  progress = $state.raw<ProgressEvent | null>(null);
  speed = $state.raw<(TrainEvent & { kind: 'speed' }) | null>(null);
  finishing = $state.raw<(TrainEvent & { kind: 'finishing' }) | null>(null);
  parameters = $state.raw<number | null>(null);
  /** Something to know of this run that is no fault: a damaged checkpoint, why it pauses. */
  note = $state.raw<string | null>(null);
  epochs = $state.raw<readonly EpochEvent[]>([]);
  diagnoses = $state.raw<readonly Diagnosis[]>([]);
  preview = $state.raw<Preview | null>(null);
  /** KL of each dimension of z at the last step that was told of; null where there is no posterior. */
  klPerDimension = $state.raw<readonly number[] | null>(null);
  metrics = $state.raw<Readonly<Record<string, number>> | null>(null);
  #version = $state(0);
  /** The table, anew with every figure: who reads it here reads it again when it has grown. */
  readonly figures: { readonly table: FigureTable } = $derived.by(() => ({
    table: this.table,
    version: this.#version,
  }));
  /** The engine is away; the job itself goes on in its own process. */
  lost = $state(false);
  learningRateScale = $state(1);
  pace = $state<number | null>(null);
  live = $state.raw<Live>({});
  #session: Session;
  #notices: Notices;
  #call: Call<null> | null = null;

  constructor(id: string, session: Session, notices: Notices) {
    this.id = id;
    this.#session = session;
    this.#notices = notices;
  }

  /** The share of its steps that is done. */
  get share(): number {
    const { step, steps } = this.progress ?? this.job ?? { step: 0, steps: 1 };
    return steps > 0 ? Math.min(1, step / steps) : 0;
  }

  get isLive(): boolean {
    const state = this.job?.state;
    return state === 'running' || state === 'paused' || state === 'queued';
  }

  /** Follows the job until it is told otherwise; an engine that comes back is asked anew. */
  watch(): void {
    this.unwatch();
    const call = this.#session.call('jobs/watch', { job: this.id }, (event) => this.take(event));
    this.#call = call;
    call.then(
      () => (this.lost = false),
      (error: unknown) => {
        if (isCancelled(error)) return;
        this.lost = error instanceof AppError && error.code === 'engine/crashed';
        if (!this.lost) this.#notices.failed(error);
      },
    );
  }

  unwatch(): void {
    this.#call?.cancel();
    this.#call = null;
  }

  async tell(command: TrainCommand): Promise<void> {
    try {
      await this.#session.call('jobs/command', { job: this.id, command });
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async scaleLearningRate(scale: number): Promise<void> {
    this.learningRateScale = scale;
    await this.tell({ kind: 'learning-rate', scale });
  }

  async setPace(stepsPerSecond: number | null): Promise<void> {
    this.pace = stepsPerSecond;
    await this.tell({ kind: 'pace', stepsPerSecond });
  }

  async setLive(live: Live): Promise<void> {
    this.live = { ...this.live, ...live };
    await this.tell({ kind: 'live', live });
  }

  take(event: JobEvent): void {
    this.lost = false;
    switch (event.kind) {
      case 'job':
        this.job = event.job;
        break;
      case 'history':
        this.table.replace(event.rows);
        this.klPerDimension = event.rows.at(-1)?.klPerDimension ?? null;
        this.epochs = event.epochs;
        this.#version++;
        break;
      case 'start':
        this.parameters = event.parameters;
        this.note = event.note ?? null;
        this.#become({ state: 'running' });
        break;
      case 'speed':
        this.speed = event;
        break;
      case 'progress':
        this.progress = event;
        this.table.add(event);
        this.klPerDimension = event.klPerDimension ?? this.klPerDimension;
        this.#version++;
        break;
      case 'epoch':
        this.epochs = [...this.epochs.filter(({ epoch }) => epoch < event.epoch), event];
        if (event.model !== null) this.#keep(event.epoch, event.model);
        break;
      case 'preview':
        this.preview = event.preview;
        break;
      case 'diagnosis':
        this.#say(event.diagnosis);
        break;
      case 'paused':
        // a pause that was asked for needs no words
        this.note = event.why === ASKED_FOR ? null : event.why;
        this.#become({ state: 'paused' });
        break;
      case 'resumed':
        this.note = null;
        this.#become({ state: 'running' });
        break;
      case 'finishing':
        this.finishing = event;
        break;
      case 'stopped':
        this.#become({ state: 'stopped', step: event.step });
        break;
      case 'done':
        this.metrics = event.metrics;
        this.finishing = null;
        this.#become({ state: 'done' });
        break;
      case 'checkpoint':
        break;
    }
  }

  #become(change: Partial<JobInfo>): void {
    if (this.job !== undefined) this.job = { ...this.job, ...change };
  }

  #keep(epoch: number, model: string): void {
    const others = this.job?.checkpoints.filter((each) => each.epoch !== epoch) ?? [];
    this.#become({ checkpoints: [...others, { epoch, model }].sort((a, b) => a.epoch - b.epoch) });
  }

  #say(diagnosis: Diagnosis): void {
    const isKnown = this.diagnoses.some(
      ({ step, kind }) => step === diagnosis.step && kind === diagnosis.kind,
    );
    if (!isKnown) this.diagnoses = [...this.diagnoses, diagnosis].sort((a, b) => a.step - b.step);
  }
}
