// What was done to a spec, as a tree: going back and doing something else starts a branch, and the old one stays within reach. A value,
// never changed in place; specs share what they have in common, so an entry costs what its edit changed.
import { AppError } from '#shared/errors';

export interface HistoryEntry<Spec> {
  readonly id: number;
  /** Null for the first; always older than the entry itself. */
  readonly parent: number | null;
  readonly spec: Spec;
  /** What was done, in a few words. */
  readonly label: string;
}

export interface HistoryTree<Spec> {
  /** By id, oldest first. */
  readonly entries: ReadonlyMap<number, HistoryEntry<Spec>>;
  readonly current: number;
  /** Which child redo goes to: the one that was made or left last. */
  readonly onward: ReadonlyMap<number, number>;
  readonly nextId: number;
}

export const planted = <Spec>(spec: Spec, label: string): HistoryTree<Spec> => ({
  entries: new Map([[0, { id: 0, parent: null, spec, label }]]),
  current: 0,
  onward: new Map(),
  nextId: 1,
});

export const currentOf = <Spec>(tree: HistoryTree<Spec>): HistoryEntry<Spec> =>
  tree.entries.get(tree.current)!;

/** One more step, from where one is. Past `most` entries the oldest is forgotten that one would miss least. */
export function committed<Spec>(
  tree: HistoryTree<Spec>,
  spec: Spec,
  label: string,
  most: number,
): HistoryTree<Spec> {
  const { nextId: id, current: parent } = tree;
  return trimmed(
    {
      entries: new Map(tree.entries).set(id, { id, parent, spec, label }),
      current: id,
      onward: new Map(tree.onward).set(parent, id),
      nextId: id + 1,
    },
    most,
  );
}

/** The same step, taken further. */
export function amended<Spec>(tree: HistoryTree<Spec>, spec: Spec): HistoryTree<Spec> {
  const entry = { ...currentOf(tree), spec };
  return { ...tree, entries: new Map(tree.entries).set(entry.id, entry) };
}

export function undone<Spec>(tree: HistoryTree<Spec>): HistoryTree<Spec> | null {
  const { id, parent } = currentOf(tree);
  if (parent === null) return null;
  return { ...tree, current: parent, onward: new Map(tree.onward).set(parent, id) };
}

export function redone<Spec>(tree: HistoryTree<Spec>): HistoryTree<Spec> | null {
  const child = tree.onward.get(tree.current);
  return child === undefined ? null : { ...tree, current: child };
}

/** To any entry, on whatever branch; undo and redo then walk along that branch. */
export function wentTo<Spec>(tree: HistoryTree<Spec>, id: number): HistoryTree<Spec> {
  if (!tree.entries.has(id)) return tree;
  const onward = new Map(tree.onward);
  for (let at = tree.entries.get(id)!; at.parent !== null; at = tree.entries.get(at.parent)!)
    onward.set(at.parent, at.id);
  return { ...tree, current: id, onward };
}

export interface HistoryRow<Spec> {
  readonly entry: HistoryEntry<Spec>;
  /** 0 on the way that undo and redo walk; every branch off it has a lane of its own. */
  readonly lane: number;
}

/** Every entry, newest first. */
export function rowsOf<Spec>(tree: HistoryTree<Spec>): readonly HistoryRow<Spec>[] {
  const lanes = new Map<number, number>();
  for (const id of wayOf(tree)) lanes.set(id, 0);
  let used = 0;
  for (const { id } of tree.entries.values()) {
    if (lanes.has(id)) continue;
    // a branch is followed to its end, so that it keeps its lane
    used++;
    for (let at: number | undefined = id; at !== undefined && !lanes.has(at); at = firstFree(tree, at, lanes))
      lanes.set(at, used);
  }
  return [...tree.entries.values()].toReversed().map((entry) => ({ entry, lane: lanes.get(entry.id)! }));
}

function firstFree<Spec>(
  tree: HistoryTree<Spec>,
  parent: number,
  taken: ReadonlyMap<number, number>,
): number | undefined {
  const onward = tree.onward.get(parent);
  if (onward !== undefined && !taken.has(onward)) return onward;
  return [...tree.entries.values()].find((entry) => entry.parent === parent && !taken.has(entry.id))?.id;
}

/** From the first entry over the current one to the last that redo reaches. */
function wayOf<Spec>(tree: HistoryTree<Spec>): readonly number[] {
  const back: number[] = [];
  for (let at: number | null = tree.current; at !== null; at = tree.entries.get(at)!.parent) back.push(at);
  const way = back.toReversed();
  for (let at = tree.onward.get(tree.current); at !== undefined; at = tree.onward.get(at)) way.push(at);
  return way;
}

function trimmed<Spec>(tree: HistoryTree<Spec>, most: number): HistoryTree<Spec> {
  let { entries, onward } = tree;
  while (entries.size > Math.max(1, most)) {
    const way = new Set(wayOf({ ...tree, entries, onward }));
    const parents = new Set([...entries.values()].map(({ parent }) => parent));
    // the oldest end of a branch; where there is no branch left, the beginning
    const end = [...entries.keys()].find((id) => !way.has(id) && !parents.has(id));
    const gone = end ?? [...entries.keys()][0]!;
    const kept = new Map(entries);
    kept.delete(gone);
    const orphan = [...kept.values()].find(({ parent }) => parent === gone);
    if (orphan !== undefined) kept.set(orphan.id, { ...orphan, parent: null });
    entries = kept;
    onward = new Map([...onward].filter(([from, to]) => from !== gone && to !== gone));
  }
  return { ...tree, entries, onward };
}

/** As plain data for a file; `specOf` says what a spec is there. */
export const historyToJson = <Spec>(
  { entries, current, onward }: HistoryTree<Spec>,
  specOf: (spec: Spec) => unknown,
): unknown => ({
  current,
  onward: [...onward],
  entries: [...entries.values()].map((entry) => ({ ...entry, spec: specOf(entry.spec) })),
});

/** @throws AppError input/history where it is none: files are written by strangers, too. */
export function historyFromJson<Spec>(value: unknown, specOf: (spec: unknown) => Spec): HistoryTree<Spec> {
  const { current, onward, entries } = fieldsOf(value);
  if (!Array.isArray(entries) || !Array.isArray(onward) || typeof current !== 'number') throw refused();
  const found = new Map<number, HistoryEntry<Spec>>();
  for (const entry of entries.map(fieldsOf)) {
    const { id, parent, label } = entry;
    const isFirst = parent === null && found.size === 0;
    const hasParent = typeof parent === 'number' && found.has(parent);
    if (!Number.isSafeInteger(id) || found.has(id as number) || !(isFirst || hasParent)) throw refused();
    if (typeof label !== 'string') throw refused();
    found.set(id as number, {
      id: id as number,
      parent: parent as number | null,
      label,
      spec: specOf(entry.spec),
    });
  }
  if (!found.has(current)) throw refused();
  const pairs = (onward as readonly unknown[]).filter(
    (pair): pair is [number, number] =>
      Array.isArray(pair) && found.get(pair[1] as number)?.parent === pair[0],
  );
  return { entries: found, current, onward: new Map(pairs), nextId: Math.max(...found.keys()) + 1 };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const refused = (): AppError =>
  new AppError({
    code: 'input/history',
    headline: 'This history cannot be read',
    cause: 'its steps do not follow from one another',
    remedy: 'open the work without it',
  });
