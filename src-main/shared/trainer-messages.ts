// What crosses between a trainer process, its parent, and the engine. The parent only carries: it neither reads jobs nor events.
import type { WireError } from './errors';
import type { TrainCommand, TrainEvent } from './training';

/** What the parent itself reads of a job; the rest is the trainer's. */
export interface TrainerJob {
  /** 'train', where it is not said. An estimate is tried once: it is not started again when its process dies. */
  readonly task?: 'train' | 'estimate';
  readonly resume?: boolean;
}

/** trainer -> parent */
export type FromTrainer<Event = TrainEvent, Result = unknown> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly error: WireError };

/** parent -> trainer */
export type ToTrainer<Job> =
  | { readonly kind: 'train'; readonly job: Job }
  | { readonly kind: 'command'; readonly command: TrainCommand }
  | { readonly kind: 'stop' };

/** engine -> parent */
export type TrainerRequest =
  | { readonly kind: 'trainer-start'; readonly id: string; readonly job: unknown }
  | { readonly kind: 'trainer-tell'; readonly id: string; readonly command: TrainCommand }
  | { readonly kind: 'trainer-kill'; readonly id: string }
  /** Asked by an engine that has just started: which trainings go on? What ended while there was none to tell follows the answer. */
  | { readonly kind: 'trainers' };

/** parent -> engine */
export type TrainerNews =
  | {
      readonly kind: 'trainer-news';
      readonly id: string;
      readonly news: Exclude<FromTrainer, { kind: 'ready' }>;
    }
  | { readonly kind: 'trainers'; readonly ids: readonly string[] };
