// The figures of a run, one column for each name. Columns may be of different lengths: not every update tells every figure. How far a
// step moved each network stands under names of its own: 'updateRatio.generator'.
import type { FigureRow } from '#shared/training';

/** Equally long; x never falls. */
export interface Column {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Growing {
  readonly x: number[];
  readonly y: number[];
}

const EMPTY: Column = { x: [], y: [] };
export const MOVED = 'updateRatio.';

export class FigureTable {
  #columns = new Map<string, Growing>();

  get names(): readonly string[] {
    return [...this.#columns.keys()];
  }

  column(name: string): Column {
    return this.#columns.get(name) ?? EMPTY;
  }

  last(name: string): number | null {
    return this.column(name).y.at(-1) ?? null;
  }

  /** A run that goes on from a checkpoint repeats some steps: what was said of them before is dropped. */
  add({ step, figures, updateRatio = {} }: FigureRow): void {
    const moved = Object.entries(updateRatio).map(([network, ratio]) => [MOVED + network, ratio] as const);
    for (const [name, value] of [...Object.entries(figures), ...moved]) {
      let column = this.#columns.get(name);
      if (column === undefined) this.#columns.set(name, (column = { x: [], y: [] }));
      while ((column.x.at(-1) ?? -Infinity) > step) {
        column.x.pop();
        column.y.pop();
      }
      column.x.push(step);
      column.y.push(value);
    }
  }

  replace(rows: readonly FigureRow[]): void {
    this.#columns.clear();
    rows.forEach((row) => this.add(row));
  }
}
