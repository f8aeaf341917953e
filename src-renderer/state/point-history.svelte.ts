// Undo and redo of the point. A drag is one step; quick presses of an arrow key are one step too.
import type { LatentVector } from '#shared/domain';

/** Nudges that follow each other faster than this belong together. */
const TOGETHER_MS = 700;
const MOST_STEPS = 500;

export class PointHistory {
  #past = $state.raw<readonly LatentVector[]>([]);
  #future = $state.raw<readonly LatentVector[]>([]);
  #lastKind: string | null = null;
  #lastAt = -Infinity;

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** The point was at `before` and is about to be, or was, moved. `kind` groups quick repeats. */
  record(before: LatentVector, at: number, kind: string | null = null): void {
    const together = kind !== null && kind === this.#lastKind && at - this.#lastAt < TOGETHER_MS;
    this.#lastKind = kind;
    this.#lastAt = at;
    this.#future = [];
    if (!together) this.#past = [...this.#past, before].slice(-MOST_STEPS);
  }

  undo(current: LatentVector): LatentVector | null {
    const before = this.#past.at(-1);
    if (before === undefined) return null;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, current];
    this.#lastKind = null;
    return before;
  }

  redo(current: LatentVector): LatentVector | null {
    const after = this.#future.at(-1);
    if (after === undefined) return null;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, current];
    this.#lastKind = null;
    return after;
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
    this.#lastKind = null;
  }
}
