// Sums as people type them, and the words in them.
import { describe, expect, test } from 'vitest';
import { conditionsOf, rowsWith, type Attribute } from '#shared/attributes';
import { expressionText, parseExpression } from '#shared/expression';

const ATTRIBUTES: readonly Attribute[] = [
  {
    name: 'smile',
    title: 'smile',
    ranges: { low: [-1, -0.4], middle: [-0.2, 0.2], high: [0.4, 1] },
    words: { low: ['frowning'], middle: ['neutral'], high: ['smiling'] },
  },
  {
    name: 'gender',
    title: 'gender',
    ranges: { low: [-1, -0.4], middle: null, high: [0.4, 1] },
    words: { low: ['man'], middle: [], high: ['woman'] },
  },
  {
    name: 'glasses',
    title: 'glasses',
    ranges: { low: [0, 0.5], middle: null, high: [0.5, 1] },
    words: { low: ['no glasses', 'without glasses'], middle: [], high: ['glasses'] },
  },
];

describe('expressions', () => {
  test('the lecture’s example', () => {
    expect(parseExpression('smiling woman - neutral woman + neutral man')).toEqual([
      { weight: 1, operand: { kind: 'words', phrase: 'smiling woman' } },
      { weight: -1, operand: { kind: 'words', phrase: 'neutral woman' } },
      { weight: 1, operand: { kind: 'words', phrase: 'neutral man' } },
    ]);
  });

  test('weights, seeds, files with hyphens and spaces, a sign in front, other dashes', () => {
    expect(parseExpression('− 0.5 * seed:-7 + image:my face-2.png – well:a.json')).toEqual([
      { weight: -0.5, operand: { kind: 'seed', seed: -7 } },
      { weight: 1, operand: { kind: 'image', path: 'my face-2.png' } },
      { weight: -1, operand: { kind: 'well', path: 'a.json' } },
    ]);
  });

  test.each(['a - b + c', '- 2 * a + seed:3', 'image:x-y.png - well:z.json'])(
    '%s reads back the same',
    (text) => {
      expect(expressionText(parseExpression(text))).toBe(text);
    },
  );

  test.each([
    ['', 'it is empty'],
    ['a -', 'an operator has nothing beside it'],
    ['a + - b', 'an operator has nothing beside it'],
    ['x * a', '“x” before * is no number'],
    ['2 *', 'a number stands alone'],
    ['seed:1.5', '“1.5” is no seed'],
    ['image:', '“image:” names no file'],
  ])('%j is refused: %s', (text, cause) => {
    expect(() => parseExpression(text)).toThrow(cause);
  });
});

describe('words', () => {
  test('conditions, fillers, and the longest words first', () => {
    expect(conditionsOf('a Smiling woman with no glasses', ATTRIBUTES)).toEqual([
      { attribute: 'smile', level: 'high' },
      { attribute: 'gender', level: 'high' },
      { attribute: 'glasses', level: 'low' },
    ]);
    expect(conditionsOf('man with glasses', ATTRIBUTES)).toEqual([
      { attribute: 'gender', level: 'low' },
      { attribute: 'glasses', level: 'high' },
    ]);
  });

  test('a slip is met with the nearest word, a stranger with all of them', () => {
    expect(() => conditionsOf('smilling man', ATTRIBUTES)).toThrow('did you mean “smiling”?');
    expect(() => conditionsOf('bearded man', ATTRIBUTES)).toThrow(/its words are frowning, neutral/);
    expect(() => conditionsOf('smiling', [])).toThrow(/This model has no attributes/);
    expect(() => conditionsOf('smiling neutral man', ATTRIBUTES)).toThrow(/two different values of smile/);
  });

  test('rows that meet all conditions; a missing label meets none', () => {
    const values = Float32Array.of(0.5, 0.5, 0, 0.5, -0.5, 1, NaN, 0.5, 1, 0.4, 1, 1);
    const table = { attributes: ATTRIBUTES, count: 4, values };
    expect(rowsWith(table, conditionsOf('smiling woman', ATTRIBUTES))).toEqual([0, 3]);
    expect(rowsWith(table, conditionsOf('woman with glasses', ATTRIBUTES))).toEqual([2, 3]);
    expect(rowsWith(table, [])).toEqual([0, 1, 2, 3]);
  });
});
