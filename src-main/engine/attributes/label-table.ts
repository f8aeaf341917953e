// Labels as a table of numbers with words: the columns of a labels.csv, whatever they hold. Yes and no, -1 and 1, two or more names, names
// with an order, or numbers; a column that says nothing is left out, and said to be.
import { LEVELS, type Attribute, type LabelTable, type Level } from '#shared/attributes';
import { quantile } from '#shared/statistics';
import { KNOWN_LABELS, NEGATIVE, ORDERS, POSITIVE } from './attribute-words';

export interface TextColumn {
  readonly name: string;
  /** '' where a picture has none. */
  readonly values: readonly string[];
}

interface NumberColumn {
  readonly attribute: Attribute;
  readonly values: Float32Array;
}

export interface LabelsFromText {
  /** null where no column says anything. */
  readonly table: LabelTable | null;
  /** Columns that were left out, each with a sentence why. */
  readonly left: readonly { readonly name: string; readonly why: string }[];
}

const CLASSES = /^(label|class|category|target|y)$/i;
/** Names beyond this are as good as no order: each is one attribute. */
const MOST_NAMES = 12;

export function labelsFromText(columns: readonly TextColumn[]): LabelsFromText {
  const found: NumberColumn[] = [];
  const left: { readonly name: string; readonly why: string }[] = [];
  // the classes last: they often say again what another column says under a better name
  const order = [...columns].sort((a, b) => Number(CLASSES.test(a.name)) - Number(CLASSES.test(b.name)));
  for (const column of order) {
    const made = numbersOf(column);
    if (typeof made === 'string') left.push({ name: column.name, why: made });
    else {
      // a column that says the same as one before it, as "label" often does
      const fresh = made.filter(({ values }) => !found.some((other) => sameValues(other.values, values)));
      found.push(...fresh);
    }
  }
  return { table: tableOf(found), left };
}

function tableOf(columns: readonly NumberColumn[]): LabelTable | null {
  const count = columns[0]?.values.length ?? 0;
  if (columns.length === 0 || count === 0) return null;
  const values = new Float32Array(count * columns.length);
  columns.forEach((column, at) =>
    column.values.forEach((value, row) => (values[row * columns.length + at] = value)),
  );
  return { attributes: columns.map(({ attribute }) => attribute), count, values };
}

/** Some of the rows, in this order. */
export function rowsOfTable({ attributes, values }: LabelTable, places: ArrayLike<number>): LabelTable {
  const width = attributes.length;
  const chosen = new Float32Array(places.length * width);
  for (let row = 0; row < places.length; row++)
    chosen.set(values.subarray(places[row]! * width, (places[row]! + 1) * width), row * width);
  return { attributes, count: places.length, values: chosen };
}

/** One attribute of all rows; NaN where a row has none. // [count] */
export function columnOfTable({ attributes, count, values }: LabelTable, name: string): Float32Array {
  const at = attributes.findIndex((attribute) => attribute.name === name);
  return Float32Array.from({ length: count }, (_, row) => values[row * attributes.length + at] ?? NaN);
}

/** Numbers and words of one column, or a sentence why it gives none. */
function numbersOf({ name, values }: TextColumn): readonly NumberColumn[] | string {
  const texts = values.map((value) => value.trim());
  const distinct = [...new Set(texts.filter(Boolean))];
  if (distinct.length === 0) return `The column ${name} is empty.`;
  if (distinct.length === 1)
    return `The column ${name} has one value only, ${distinct[0]!}, so it makes no attribute.`;
  const small = distinct.map((value) => value.toLowerCase());
  if (distinct.length === 2) return [twoValues(name, texts, distinct)];
  if (distinct.every((value) => Number.isFinite(Number(value)))) return [quantities(name, texts)];
  const order = ORDERS.find((known) => small.every((value) => known.includes(value)));
  if (order !== undefined) return [ordered(name, texts, order)];
  if (distinct.length > MOST_NAMES)
    return `The column ${name} has ${distinct.length} different names, too many for attributes.`;
  return distinct.sort().map((value) => oneName(name, texts, value));
}

/** 0 and 1, half-way ends: what a judge reads lies around them. */
const EITHER: Attribute['ranges'] = { low: [-1, 0.35], middle: null, high: [0.65, 2] };

function twoValues(name: string, texts: readonly string[], distinct: readonly string[]): NumberColumn {
  const [low, high] = lowAndHigh(distinct);
  const values = Float32Array.from(texts, (text) => (text === '' ? NaN : text === high ? 1 : 0));
  const known = knownLabel(name);
  const isPlain = [low, high].every((value) => isYesOrNo(value));
  const words = isPlain
    ? { low: [`no ${spoken(name)}`, `without ${spoken(name)}`, `not ${spoken(name)}`], high: [spoken(name)] }
    : { low: [spoken(low)], high: [spoken(high)] };
  return {
    attribute: {
      name,
      title: known?.title ?? spoken(name),
      ranges: EITHER,
      words: {
        low: joined(known?.words.low, words.low),
        middle: [],
        high: joined(known?.words.high, words.high),
      },
    },
    values,
  };
}

function lowAndHigh(distinct: readonly string[]): readonly [string, string] {
  const [a, b] = distinct as [string, string];
  const [smallA, smallB] = [a.toLowerCase(), b.toLowerCase()];
  for (const order of ORDERS) {
    if (order.includes(smallA) && order.includes(smallB))
      return order.indexOf(smallA) < order.indexOf(smallB) ? [a, b] : [b, a];
  }
  if (POSITIVE.has(smallA) || NEGATIVE.has(smallB) || DENIES.test(smallB)) return [b, a];
  if (POSITIVE.has(smallB) || NEGATIVE.has(smallA) || DENIES.test(smallA)) return [a, b];
  const isSmaller = Number.isFinite(Number(a) - Number(b)) ? Number(a) < Number(b) : a < b;
  return isSmaller ? [a, b] : [b, a];
}

const DENIES = /^(no|not|without|non)[\s_-]/;

const isYesOrNo = (value: string): boolean =>
  POSITIVE.has(value.toLowerCase()) || NEGATIVE.has(value.toLowerCase()) || Number.isFinite(Number(value));

/** Numbers: their lower, middle and upper third, less what lies between. */
function quantities(name: string, texts: readonly string[]): NumberColumn {
  const values = Float32Array.from(texts, (text) => (text === '' ? NaN : Number(text)));
  const known = Array.from(values).filter(Number.isFinite);
  const at = (p: number): number => quantile(known, p);
  const reach = at(1) - at(0);
  const label = knownLabel(name);
  const middle = label?.words.middle ?? [];
  return {
    attribute: {
      name,
      title: label?.title ?? spoken(name),
      ranges: { low: [at(0) - reach, at(0.3)], middle: [at(0.4), at(0.6)], high: [at(0.7), at(1) + reach] },
      words: {
        low: joined(label?.words.low, [`low ${spoken(name)}`]),
        middle: joined(middle, [`medium ${spoken(name)}`]),
        high: joined(label?.words.high, [`high ${spoken(name)}`]),
      },
    },
    values,
  };
}

/** Names with an order: evenly spaced around 0 in the middle. */
function ordered(name: string, texts: readonly string[], order: readonly string[]): NumberColumn {
  const half = (order.length - 1) / 2;
  const values = Float32Array.from(texts, (text) =>
    text === '' ? NaN : order.indexOf(text.toLowerCase()) - half,
  );
  const label = knownLabel(name);
  const own = (level: Level): readonly string[] =>
    order
      .filter((_, at) => (level === 'low' ? at < half : level === 'high' ? at > half : at === half))
      .map(spoken);
  return {
    attribute: {
      name,
      title: label?.title ?? spoken(name),
      ranges: { low: [-half - 1, -0.65], middle: [-0.35, 0.35], high: [0.65, half + 1] },
      words: {
        low: joined(label?.words.low, own('low')),
        middle: joined(label?.words.middle, own('middle')),
        high: joined(label?.words.high, own('high')),
      },
    },
    values,
  };
}

function oneName(column: string, texts: readonly string[], value: string): NumberColumn {
  return {
    attribute: {
      name: `${column}=${value}`,
      title: spoken(value),
      ranges: EITHER,
      words: { low: [`not ${spoken(value)}`], middle: [], high: [spoken(value)] },
    },
    values: Float32Array.from(texts, (text) => (text === '' ? NaN : text === value ? 1 : 0)),
  };
}

const knownLabel = (name: string) => KNOWN_LABELS.find(({ column }) => column.test(name.trim()));

/** As it would be typed: small letters, words apart. */
const spoken = (name: string): string =>
  name
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[_\s]+/g, ' ')
    .slice(0, 100);

const joined = (known: readonly string[] | undefined, own: readonly string[]): readonly string[] => [
  ...new Set([...(known ?? []), ...own]),
];

const sameValues = (a: Float32Array, b: Float32Array): boolean =>
  a.every((value, at) => value === b[at] || (Number.isNaN(value) && Number.isNaN(b[at])));

/** Numbers from elsewhere (drawn data): words by the same rules, but for names that have a table of their own. */
export function labelsFromNumbers(
  names: readonly string[],
  values: Float32Array,
  own: readonly Attribute[] = [],
): LabelTable {
  const count = values.length / names.length;
  const attributes = names.map((name, column) => {
    const found = own.find((attribute) => attribute.name === name);
    if (found !== undefined) return found;
    const texts = Array.from({ length: count }, (_, row) => String(values[row * names.length + column]));
    return quantities(name, texts).attribute;
  });
  return { attributes, count, values };
}

/** What a value is called, for people; null between the levels. */
export const levelOf = ({ ranges }: Attribute, value: number): Level | null =>
  LEVELS.find((level) => {
    const range = ranges[level];
    return range !== null && value >= range[0] && value <= range[1];
  }) ?? null;
