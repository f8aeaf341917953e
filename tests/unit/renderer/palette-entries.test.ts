// Finding by typing, and the table of commands that everything reads.
import { describe, expect, it } from 'vitest';
import { COMMANDS, keyNames, PLACES, type KnownCommand } from '#shared/commands';
import { fitOf } from '../../../src-renderer/state/find-words';
import { grouped, type PaletteEntry } from '../../../src-renderer/state/palette.svelte';

describe('finding', () => {
  it.each([
    ['save', 'Save picture…', ''],
    ['sav pic', 'Save picture…', ''],
    ['png', 'Save picture…', 'png download'],
    ['grd', 'Save grid…', ''],
    ['smilng', 'Smiling slider', ''],
    ['pitcure', 'Save picture…', ''],
    ['fashon', 'Open Fashion VAE', ''],
    ['cafe', 'Café', ''],
    ['', 'Anything', ''],
  ])('%j finds %j', (query, name, words) => expect(fitOf(query, name, words)).toBeGreaterThan(0));

  it.each([
    ['xyz', 'Save picture…', 'png'],
    ['save model', 'Save picture…', 'png'],
    ['t', 'Save picture…', ''],
    ['gird', 'Save picture…', ''],
  ])('%j does not find %j', (query, name, words) => expect(fitOf(query, name, words)).toBe(0));

  it('puts the very word first, then a beginning, then what is inside, then a slip', () => {
    const names = ['Grip', 'Subgrid', 'Gridlock', 'Grid'];
    const sorted = names.toSorted((a, b) => fitOf('grid', b) - fitOf('grid', a));
    expect(sorted).toEqual(['Grid', 'Gridlock', 'Subgrid', 'Grip']);
    expect(fitOf('grid', 'Other', 'grid')).toBeLessThan(fitOf('grid', 'Gridlock'));
  });
});

describe('the palette', () => {
  const entry = (name: string, group: string, more: Partial<PaletteEntry> = {}): PaletteEntry => ({
    id: name,
    name,
    group,
    run: () => undefined,
    ...more,
  });
  const sources = [
    () => [entry('Save picture', 'Commands'), entry('Save grid', 'Commands')],
    () => [entry('Open grids', 'Models')],
    (query: string) => (query === '7' ? [entry('Seed 7', 'Points', { isAnswer: true })] : []),
  ];
  const names = (query: string) =>
    grouped(query, sources).map(({ name, entries }) => [name, entries.map((each) => each.name)]);

  it('shows everything in the order of its sources at first', () =>
    expect(names('')).toEqual([
      ['Commands', ['Save picture', 'Save grid']],
      ['Models', ['Open grids']],
    ]));
  it('a group stands where its best entry does', () =>
    expect(names('gri')).toEqual([
      ['Commands', ['Save grid']],
      ['Models', ['Open grids']],
    ]));
  it('answers come first', () => expect(names('7')).toEqual([['Points', ['Seed 7']]]));
  it('finds nothing where nothing fits', () => expect(names('zzz')).toEqual([]));
  it('a long history is cut at first, not when it is searched', () => {
    const steps = Array.from({ length: 500 }, (_, i) => entry(`Step ${i}`, 'Steps'));
    expect(grouped('', [() => steps])[0]!.entries).toHaveLength(12);
    expect(grouped('step 499', [() => steps])[0]!.entries[0]!.name).toBe('Step 499');
  });
});

describe('the table of commands', () => {
  const all: readonly KnownCommand[] = COMMANDS;
  it('has no id, no name and no keys twice', () => {
    const keys = all.flatMap((each) => each.keys.map((one) => keyNames(one, false).join('+')));
    for (const list of [all.map(({ id }) => id), all.map(({ name }) => name), keys])
      expect(list.filter((each, i) => list.indexOf(each) !== i)).toEqual([]);
  });
  it('has the places in the order of the bar', () => {
    const order = ['library', 'explore', 'map', 'interpolate', 'arithmetic', 'train'];
    expect(PLACES.map(({ value }) => value)).toEqual(
      order.filter((each) => PLACES.some(({ value }) => value === each)),
    );
  });
  it('writes keys as they are on keyboards', () => {
    expect(keyNames({ key: 's', ctrl: true, shift: true }, false)).toEqual(['Ctrl', 'Shift', 'S']);
    expect(keyNames({ key: 'k', ctrl: true }, true)).toEqual(['⌘', 'K']);
    expect(keyNames({ key: 'Home' }, true)).toEqual(['Home']);
  });
});
