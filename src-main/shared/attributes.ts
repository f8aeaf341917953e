// What pictures are labelled with, in the words that people say: "a smiling woman" is two conditions on two labels.
import { AppError } from './errors';
import { nearestWord } from './nearest-word';

/** The end of an attribute's range that a word means. */
export type Level = 'low' | 'middle' | 'high';
export const LEVELS: readonly Level[] = ['low', 'middle', 'high'];

/** One label of a data set, as a number for each picture. */
export interface Attribute {
  /** As in the labels' own column. */
  readonly name: string;
  readonly title: string;
  /** The values that a level holds, both ends included; null where there is no such level. */
  readonly ranges: Readonly<Record<Level, readonly [number, number] | null>>;
  /** What people say for it, the first word for display; e.g. high: smiling, happy. */
  readonly words: Readonly<Record<Level, readonly string[]>>;
}

export interface Condition {
  readonly attribute: string;
  readonly level: Level;
}

/** Labels of many pictures: one column for each attribute. */
export interface LabelTable {
  readonly attributes: readonly Attribute[];
  readonly count: number;
  /** Row by row; NaN where a picture has no such label. // [count, attributes] */
  readonly values: Float32Array;
}

/** How a direction was found; each is a page of its own in ml/directions. */
export const DIRECTION_METHODS = {
  'mean-difference': 'difference of class means (Larsen et al. 2016)',
  balanced: 'difference of balanced class means (White 2016)',
  hyperplane: 'logistic hyperplane (InterFaceGAN, Shen et al. 2020)',
  regression: 'ridge regression of the label on z',
  joint: 'least squares of z on all labels at once (Haufe et al. 2014)',
  conditional: 'hyperplane with the others projected out (InterFaceGAN)',
  pca: 'principal component of the first layer (GANSpace, Härkönen et al. 2020)',
  sefa: 'closed-form factorisation of the first layer (SeFa, Shen & Zhou 2021)',
  exemplars: 'difference of exemplars that a person chose (Radford et al. 2016)',
} as const;
export type DirectionMethod = keyof typeof DIRECTION_METHODS;

/** A direction in latent space with a name: a slider. */
export interface Direction {
  readonly name: string;
  readonly title: string;
  readonly method: DirectionMethod;
  /** The attribute that it moves; null for one that was found without labels. */
  readonly attribute: string | null;
  /** What z moves by for +1 on the slider: one standard deviation of the attribute, or of z along it where there is no label. // [size] */
  readonly vector: readonly number[];
  /** How well z along it separates labelled pictures that it was not found on; null without labels. */
  readonly auc: number | null;
  /** What +1 drags along: standard deviations of every other attribute, as measured on decoded pictures or held-out codes. */
  readonly sideEffects: readonly { readonly attribute: string; readonly sigma: number }[];
  /** From the model's own pack, or a person's own. */
  readonly origin: 'pack' | 'own';
}

/** What a model can be asked about: its labels in words, and the sliders that are known. */
export interface ModelAttributes {
  readonly attributes: readonly Attribute[];
  readonly directions: readonly Direction[];
  /** How many of its pictures have labels, and whether those are encoded data or samples that a judge looked at. */
  readonly labelled: number;
  readonly source: LabelSource | null;
}

/** Codes of labelled pictures, or draws from the prior whose pictures a judge has labelled. */
export const LABEL_SOURCES = ['codes', 'samples'] as const;
export type LabelSource = (typeof LABEL_SOURCES)[number];

/** A labelled latent that an app found for words. */
export interface Exemplar {
  readonly z: Float32Array;
  /** "code 17" of the model's labelled codes, or "seed 17" of its prior. */
  readonly ref: string;
  /** By the attribute's name; without those that it has no label for. */
  readonly labels: Readonly<Record<string, number>>;
}

/** What the attributes read at a z, by name: in units of the label, and in standard deviations from its mean. */
export type Readout = Readonly<Record<string, { readonly value: number; readonly sigma: number }>>;

/** Words that carry no condition. */
const FILLERS = new Set(['a', 'an', 'the', 'and', 'of', 'person', 'face', 'head', 'with']);

/**
 * The conditions of a phrase such as "smiling woman with glasses". The longest words win, so that "no glasses" is not "glasses".
 * @throws AppError input/word for a word that means nothing here, with the nearest that does.
 */
export function conditionsOf(phrase: string, attributes: readonly Attribute[]): readonly Condition[] {
  if (attributes.length === 0) throw noAttributes();
  const known = vocabularyOf(attributes);
  const words = phrase
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const conditions: Condition[] = [];
  for (let at = 0; at < words.length;) {
    const found = longestAt(words, at, known);
    if (found !== undefined) {
      conditions.push(found.condition);
      at += found.length;
    } else if (FILLERS.has(words[at]!)) at++;
    else throw unknownWord(words[at]!, [...known.keys()]);
  }
  const twice = conditions.find(({ attribute, level }) =>
    conditions.some((other) => other.attribute === attribute && other.level !== level),
  );
  if (twice !== undefined) throw contradiction(phrase, twice.attribute);
  return conditions;
}

export function vocabularyOf(attributes: readonly Attribute[]): ReadonlyMap<string, Condition> {
  const known = new Map<string, Condition>();
  for (const { name, words } of attributes) {
    for (const level of LEVELS)
      for (const word of words[level]) known.set(word.toLowerCase(), { attribute: name, level });
  }
  return known;
}

/** Rows that meet all conditions. A picture without the label meets none. */
export function rowsWith(table: LabelTable, conditions: readonly Condition[]): readonly number[] {
  const width = table.attributes.length;
  const tests = conditions.map(({ attribute, level }) => {
    const column = table.attributes.findIndex(({ name }) => name === attribute);
    const range = table.attributes[column]?.ranges[level] ?? null;
    return { column, range };
  });
  const rows: number[] = [];
  for (let row = 0; row < table.count; row++) {
    const meets = tests.every(({ column, range }) => {
      const value = table.values[row * width + column] ?? NaN;
      return range !== null && value >= range[0] && value <= range[1];
    });
    if (meets) rows.push(row);
  }
  return rows;
}

/** The number of words that a condition spans, most first. */
function longestAt(
  words: readonly string[],
  at: number,
  known: ReadonlyMap<string, Condition>,
): { readonly condition: Condition; readonly length: number } | undefined {
  const MOST_WORDS = 4;
  for (let length = Math.min(MOST_WORDS, words.length - at); length >= 1; length--) {
    const condition = known.get(words.slice(at, at + length).join(' '));
    if (condition !== undefined) return { condition, length };
  }
  return undefined;
}

function unknownWord(word: string, known: readonly string[]): AppError {
  const near = nearestWord(word, known);
  return new AppError({
    code: 'input/word',
    headline: 'This model knows no such attribute',
    where: word.slice(0, 60),
    remedy: near === undefined ? `its words are ${known.join(', ')}` : `did you mean “${near}”?`,
  });
}

function contradiction(phrase: string, attribute: string): AppError {
  return new AppError({
    code: 'input/word',
    headline: 'These words contradict each other',
    where: phrase.slice(0, 60),
    cause: `they ask for two different values of ${attribute}`,
    remedy: 'leave one of them out',
  });
}

export function noAttributes(): AppError {
  return new AppError({
    code: 'model/no-attributes',
    headline: 'This model has no attributes',
    cause: 'nothing says which of its pictures smile, or wear glasses',
    remedy: 'use seeds or pictures of your own as exemplars, or find directions from labelled pictures',
  });
}
