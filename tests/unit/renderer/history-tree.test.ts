// The tree of edits: nothing that was done is out of reach, and it stays bounded.
import { describe, expect, it } from 'vitest';
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
  type HistoryTree,
} from '../../../src-renderer/state/history-tree';

type Tree = HistoryTree<string>;
const grown = (tree: Tree, ...specs: readonly string[]): Tree =>
  specs.reduce((grownSoFar, spec) => committed(grownSoFar, spec, `made ${spec}`, 100), tree);
const at = (tree: Tree): string => currentOf(tree).spec;
const back = (tree: Tree, steps: number): Tree =>
  Array.from({ length: steps }).reduce<Tree>((now) => undone(now)!, tree);

describe('the history of a spec', () => {
  it('goes back and forth, and no further than its ends', () => {
    const tree = grown(planted('a', 'start'), 'b', 'c');
    expect(at(back(tree, 2))).toBe('a');
    expect(undone(back(tree, 2))).toBeNull();
    expect(at(redone(redone(back(tree, 2))!)!)).toBe('c');
    expect(redone(tree)).toBeNull();
  });

  it('keeps the old branch within reach when something else is done', () => {
    const tree = grown(back(grown(planted('a', 'start'), 'b', 'c'), 1), 'd');
    expect(rowsOf(tree).map(({ entry, lane }) => [entry.spec, lane])).toEqual([
      ['d', 0],
      ['c', 1],
      ['b', 0],
      ['a', 0],
    ]);
    const other = wentTo(tree, 2);
    expect(at(other)).toBe('c');
    // undo and redo now walk along the branch one went to
    expect(at(redone(undone(other)!)!)).toBe('c');
    expect(rowsOf(other).find(({ entry }) => entry.spec === 'd')?.lane).toBe(1);
  });

  it('gives each branch one lane to its end', () => {
    let tree = grown(back(grown(planted('a', 'start'), 'b', 'c'), 2), 'd', 'e');
    tree = grown(wentTo(tree, 0), 'f');
    const lanes = Object.fromEntries(rowsOf(tree).map(({ entry, lane }) => [entry.spec, lane]));
    expect(lanes).toEqual({ a: 0, f: 0, b: 1, c: 1, d: 2, e: 2 });
  });

  it('takes one step further without a new entry, and leaves the value before it alone', () => {
    const tree = grown(planted('a', 'start'), 'b');
    expect([at(amended(tree, 'b2')), at(tree)]).toEqual(['b2', 'b']);
    expect(amended(tree, 'b2').entries.size).toBe(2);
  });

  it('is bounded: old branches go first, then the beginning', () => {
    let tree = grown(back(grown(planted('a', 'start'), 'b', 'c'), 2), 'd');
    tree = committed(tree, 'e', 'e', 4);
    expect([...tree.entries.values()].map(({ spec }) => spec)).toEqual(['a', 'b', 'd', 'e']);
    for (const spec of 'fghij') tree = committed(tree, spec, spec, 4);
    expect([...tree.entries.values()].map(({ spec }) => spec)).toEqual(['g', 'h', 'i', 'j']);
    expect(at(back(tree, 3))).toBe('g');
    expect(undone(back(tree, 3))).toBeNull();
  });

  it('comes back from a file as it was', () => {
    const tree = wentTo(grown(back(grown(planted('a', 'start'), 'b', 'c'), 1), 'd'), 2);
    const again = historyFromJson(
      JSON.parse(JSON.stringify(historyToJson(tree, (spec) => ({ spec })))),
      (value) => (value as { spec: string }).spec,
    );
    expect(again).toEqual(tree);
  });

  it.each([
    null,
    {},
    { current: 0, onward: [], entries: [] },
    { current: 1, onward: [], entries: [{ id: 0, parent: null, label: '', spec: 'a' }] },
    { current: 0, onward: [], entries: [{ id: 0, parent: 0, label: '', spec: 'a' }] },
    {
      current: 0,
      onward: [],
      entries: [
        { id: 0, parent: null, label: '', spec: 'a' },
        { id: 1, parent: 2, label: '', spec: 'b' },
      ],
    },
  ])('refuses what is no history: %j', (value) =>
    expect(() => historyFromJson(value, String)).toThrow(/This history cannot be read/),
  );
});
