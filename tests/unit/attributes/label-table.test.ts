import { describe, expect, it } from 'vitest';
import { conditionsOf, rowsWith } from '#shared/attributes';
import {
  columnOfTable,
  labelsFromNumbers,
  labelsFromText,
  rowsOfTable,
} from '#engine/attributes/label-table';
import { HEAD_ATTRIBUTES, headLabels, inWordsOfHeads } from '#engine/attributes/head-attributes';
import { HEAD_FACTORS, sampleHeads } from '#engine/datasets/procedural/head-factors';

const tableOf = (name: string, values: readonly string[]) => labelsFromText([{ name, values }]);
const columnFor = (name: string, values: readonly string[], attribute = name): readonly number[] =>
  Array.from(columnOfTable(tableOf(name, values).table!, attribute));

describe('columns become attributes', () => {
  it.each([
    ['smile', ['0', '1', '1'], [0, 1, 1]],
    ['smile', ['-1', '1', ''], [0, 1, NaN]],
    ['hat', ['yes', 'No', 'yes'], [1, 0, 1]],
    ['gender', ['male', 'female', 'male'], [0, 1, 0]],
    ['sex', ['F', 'M', 'M'], [1, 0, 0]],
    ['kind', ['dog', 'cat', 'dog'], [1, 0, 1]],
    ['pose', ['left', 'right_profile', 'frontal'], [-1, 2, 0]],
    ['size', ['small', 'large', 'medium'], [-1, 1, 0]],
  ])('%s: %j', (name, values, numbers) => {
    expect(columnFor(name, values)).toEqual(numbers);
  });
  it('keep numbers as they are, with their thirds as levels', () => {
    const values = Array.from({ length: 11 }, (_, i) => String(i));
    const { table } = tableOf('age', values);
    expect(columnFor('age', values)).toEqual(values.map(Number));
    expect(table!.attributes[0]!.ranges).toEqual({ low: [-10, 3], middle: [4, 6], high: [7, 20] });
    expect(rowsWith(table!, conditionsOf('young', table!.attributes))).toEqual([0, 1, 2, 3]);
  });
  it('of names without an order are one for each name', () => {
    const { table } = tableOf('animal', ['cat', 'dog', 'owl', 'cat']);
    expect(table!.attributes.map(({ name }) => name)).toEqual(['animal=cat', 'animal=dog', 'animal=owl']);
    expect(rowsWith(table!, conditionsOf('cat', table!.attributes))).toEqual([0, 3]);
    expect(rowsWith(table!, conditionsOf('not cat', table!.attributes))).toEqual([1, 2]);
  });
  it('with one value, or with too many names, are left out with a reason', () => {
    const many = Array.from({ length: 20 }, (_, i) => `name${i}`);
    const { table, left } = labelsFromText([
      { name: 'young', values: Array.from({ length: 20 }, () => '1') },
      { name: 'who', values: many },
      { name: 'smile', values: many.map((_, i) => String(i % 2)) },
    ]);
    expect(table!.attributes.map(({ name }) => name)).toEqual(['smile']);
    expect(left.map(({ why }) => why)).toEqual([
      'The column young has one value only, 1, so it makes no attribute.',
      'The column who has 20 different names, too many for attributes.',
    ]);
    expect(tableOf('young', ['1', '1']).table).toBeNull();
  });
  it('that say the same as one before are taken once', () => {
    const { table } = labelsFromText([
      { name: 'label', values: ['glasses', 'no glasses', 'glasses'] },
      { name: 'glasses', values: ['1', '0', '1'] },
    ]);
    expect(table!.attributes.map(({ name }) => name)).toEqual(['glasses']);
  });
  it('speak the usual words', () => {
    const { table } = labelsFromText([
      { name: 'gender', values: ['male', 'female', 'female', 'male'] },
      { name: 'smile', values: ['1', '1', '0', '0'] },
      { name: 'glasses', values: ['0', '1', '0', '1'] },
    ]);
    const rows = (phrase: string) => rowsWith(table!, conditionsOf(phrase, table!.attributes));
    expect(rows('smiling woman')).toEqual([1]);
    expect(rows('neutral woman without glasses')).toEqual([2]);
    expect(rows('man with glasses')).toEqual([3]);
    expect(() => rows('smilng woman')).toThrow('did you mean “smiling”?');
  });
});

describe('drawn heads', () => {
  const table = headLabels(sampleHeads(2000, 1));
  it('have exemplars for every word that they know', () => {
    for (const { words } of HEAD_ATTRIBUTES)
      for (const word of [...words.low, ...words.middle, ...words.high])
        expect(rowsWith(table, conditionsOf(word, table.attributes)).length, word).toBeGreaterThan(150);
  });
  it('meet the lecture’s words as the factors say', () => {
    const rows = rowsWith(table, conditionsOf('smiling woman with glasses', table.attributes));
    expect(rows.length).toBeGreaterThan(50);
    for (const row of rows) {
      expect(columnOfTable(table, 'smile')[row]).toBeGreaterThanOrEqual(0.4 - 1e-6);
      expect(columnOfTable(table, 'gender')[row]).toBeGreaterThanOrEqual(0.4 - 1e-6);
      expect(columnOfTable(table, 'glasses')[row]).toBe(1);
    }
  });
  it('some of them are some of the rows', () => {
    const some = rowsOfTable(table, [7, 3]);
    expect(some.count).toBe(2);
    expect(columnOfTable(some, 'yaw')[1]).toBe(columnOfTable(table, 'yaw')[3]);
  });
});

it('heads that were read from a file are spoken of as drawn ones are', () => {
  const columns = [...HEAD_FACTORS, 'hairStyle'].map((name, at) => ({
    name,
    values: Array.from({ length: 30 }, (_, row) => String((row * (at + 1)) % 17)),
  }));
  const { attributes } = inWordsOfHeads(labelsFromText(columns).table!);
  expect(attributes.slice(0, 12)).toEqual(HEAD_ATTRIBUTES);
  expect(attributes[12]!.words.high).toEqual(['high hair style']);
});

it('factors without words are spoken of by their names', () => {
  const { attributes } = labelsFromNumbers(
    ['slant'],
    Float32Array.from({ length: 10 }, (_, i) => i),
  );
  expect(attributes[0]!.words).toEqual({
    low: ['low slant'],
    middle: ['medium slant'],
    high: ['high slant'],
  });
});
