// Undo, redo and branches over a spec: whatever a person set and would want back. What is merely looked at (a zoom, a hovered picture)
// is view state and has no place here.
import {
  amended,
  committed,
  currentOf,
  historyFromJson,
  historyToJson,
  planted,
  redone,
  rowsOf,
  undone,
  wentTo,
  type HistoryRow,
  type HistoryTree,
} from './history-tree';

/** Edits of one kind that follow each other faster than this belong together. */
const TOGETHER_MS = 700;
const MOST_ENTRIES = 500;

export interface Edit {
  /** What was done, in a few words. */
  readonly label: string;
  readonly at: number;
  /** Groups quick repeats, e.g. presses of one arrow key. */
  readonly kind?: string | null;
}

export class SpecHistory<Spec> {
  #tree = $state.raw<HistoryTree<Spec>>() as HistoryTree<Spec>;
  #lastKind: string | null = null;
  #lastAt = -Infinity;

  constructor(first: Spec, label = 'Start') {
    this.#tree = planted(first, label);
  }

  get spec(): Spec {
    return currentOf(this.#tree).spec;
  }

  get current(): number {
    return this.#tree.current;
  }

  get canUndo(): boolean {
    return currentOf(this.#tree).parent !== null;
  }

  get canRedo(): boolean {
    return this.#tree.onward.has(this.#tree.current);
  }

  /** Every step on every branch, newest first. */
  get rows(): readonly HistoryRow<Spec>[] {
    return rowsOf(this.#tree);
  }

  /** One step. What a hand does between taking hold and letting go is one edit, made when it lets go. */
  edit(spec: Spec, { label, at, kind = null }: Edit): void {
    const together = kind !== null && kind === this.#lastKind && at - this.#lastAt < TOGETHER_MS;
    this.#lastKind = kind;
    this.#lastAt = at;
    this.#tree = together ? amended(this.#tree, spec) : committed(this.#tree, spec, label, MOST_ENTRIES);
  }

  /** The spec to be at then; null where there is nothing to undo. */
  undo(): Spec | null {
    return this.#goTo(undone(this.#tree));
  }

  redo(): Spec | null {
    return this.#goTo(redone(this.#tree));
  }

  goTo(id: number): Spec | null {
    return this.#goTo(wentTo(this.#tree, id));
  }

  /** Begins again: there is nothing before this. */
  reset(spec: Spec, label = 'Start'): void {
    this.#goTo(planted(spec, label));
  }

  /** Another object after every step: an effect that reads it follows them. */
  get edition(): object {
    return this.#tree;
  }

  toJson(specOf: (spec: Spec) => unknown): unknown {
    return historyToJson(this.#tree, specOf);
  }

  /** @throws AppError input/history, and then nothing has changed. */
  restore(value: unknown, specOf: (spec: unknown) => Spec): Spec {
    this.#goTo(historyFromJson(value, specOf));
    return this.spec;
  }

  #goTo(tree: HistoryTree<Spec> | null): Spec | null {
    if (tree === null) return null;
    this.#lastKind = null;
    this.#tree = tree;
    return this.spec;
  }
}
