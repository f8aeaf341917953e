// The palette: everything that can be done or gone to, found by typing. What there is to find comes from sources that are asked anew for
// every query, so nothing in here can be out of date.
import type { Undo } from '#shared/channel';
import type { Keys } from '#shared/commands';
import { fitOf } from './find-words';

export interface PaletteEntry {
  /** Unlike every other entry's. */
  readonly id: string;
  readonly group: string;
  readonly name: string;
  /** Other words that it is found by. */
  readonly words?: string;
  /** Beside its name, small. */
  readonly about?: string;
  readonly keys?: readonly Keys[];
  /** Made for this very query: it is not compared with it, and comes first. */
  readonly isAnswer?: boolean;
  /** The control that has the focus afterwards, by its label. */
  readonly focus?: string;
  run(): void;
}

/** May look at the query, or not. */
export type PaletteSource = (query: string) => readonly PaletteEntry[];

export interface PaletteGroup {
  readonly name: string;
  readonly entries: readonly PaletteEntry[];
}

const MOST = 60;
/** Of one group, as long as nothing was typed. */
const MOST_AT_FIRST = 12;
const ANSWER = 2;

export class Palette {
  open = $state(false);
  query = $state('');
  #sources = $state.raw<readonly PaletteSource[]>([]);

  readonly groups: readonly PaletteGroup[] = $derived.by(() =>
    this.open ? grouped(this.query.trim(), this.#sources) : [],
  );

  /** One more thing to look through; its entries come after those of earlier ones. */
  add(source: PaletteSource): Undo {
    this.#sources = [...this.#sources, source];
    return () => {
      this.#sources = this.#sources.filter((each) => each !== source);
    };
  }

  close(): void {
    this.open = false;
    this.query = '';
  }
}

/** The best first, under the names of their groups; a group stands where its best entry does. */
export function grouped(query: string, sources: readonly PaletteSource[]): readonly PaletteGroup[] {
  const found = sources
    .flatMap((source) => source(query))
    .map((entry) => ({ entry, fit: fitting(query, entry) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit)
    .slice(0, query === '' ? Infinity : MOST);
  const groups = new Map<string, PaletteEntry[]>();
  for (const { entry } of found) {
    const group = groups.get(entry.group) ?? [];
    groups.set(entry.group, group);
    if (query !== '' || group.length < MOST_AT_FIRST) group.push(entry);
  }
  return [...groups].map(([name, entries]) => ({ name, entries }));
}

const fitting = (query: string, { isAnswer = false, name, group, words = '' }: PaletteEntry): number =>
  isAnswer ? ANSWER : fitOf(query, name, `${words} ${group}`);
