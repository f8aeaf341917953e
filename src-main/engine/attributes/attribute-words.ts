// What people say for the labels that data sets usually have. A column that is not among them is spoken of by its own name and values.
import type { Level } from '#shared/attributes';

type Words = Readonly<Record<Level, readonly string[]>>;

interface KnownLabel {
  /** Names of the column. */
  readonly column: RegExp;
  readonly title: string;
  readonly words: Words;
}

export const KNOWN_LABELS: readonly KnownLabel[] = [
  {
    column: /^(smile|smiling|happy)$/i,
    title: 'smile',
    words: { low: ['neutral', 'not smiling', 'serious'], middle: [], high: ['smiling', 'smile', 'happy'] },
  },
  {
    column: /^(gender|sex)$/i,
    title: 'gender',
    words: {
      low: ['man', 'men', 'male', 'masculine'],
      middle: ['androgynous'],
      high: ['woman', 'women', 'female', 'feminine'],
    },
  },
  {
    column: /^(glasses|eyeglasses|spectacles)$/i,
    title: 'glasses',
    words: {
      low: ['no glasses', 'without glasses'],
      middle: [],
      high: ['glasses', 'with glasses', 'spectacles'],
    },
  },
  {
    column: /^(pose|yaw|head_?turn)$/i,
    title: 'head turn',
    words: {
      low: ['looking left', 'turned left'],
      middle: ['frontal', 'facing front'],
      high: ['looking right', 'turned right'],
    },
  },
  { column: /^age$/i, title: 'age', words: { low: ['young'], middle: [], high: ['old'] } },
];

/** Values that stand for "it has it" and "it has it not", and such as have an order of their own, low to high. */
export const POSITIVE = new Set(['1', 'yes', 'true', 'y', 't', 'on', 'with', 'present']);
export const NEGATIVE = new Set(['0', '-1', 'no', 'false', 'n', 'f', 'off', 'without', 'absent', 'none']);

export const ORDERS: readonly (readonly string[])[] = [
  ['male', 'female'],
  ['man', 'woman'],
  ['men', 'women'],
  ['m', 'f'],
  ['neutral', 'smiling'],
  ['left_profile', 'left', 'frontal', 'right', 'right_profile'],
  ['left', 'centre', 'right'],
  ['left', 'center', 'right'],
  ['left', 'front', 'right'],
  ['low', 'medium', 'high'],
  ['small', 'medium', 'large'],
  ['short', 'medium', 'long'],
  ['young', 'middle-aged', 'old'],
];
