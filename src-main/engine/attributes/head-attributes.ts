// The twelve factors of drawn heads in words. Ranges reach beyond the factors' own, because a judge's readings scatter around the ends;
// between the levels lies a gap, so that an exemplar is clearly one or the other.
import type { Attribute, LabelTable, Level } from '#shared/attributes';
import type { Factors } from '../datasets/procedural/factored-source';
import { HEAD_FACTOR_RANGES, HEAD_FACTORS, type HeadFactor } from '../datasets/procedural/head-factors';

/** Of the way from low to high: up to .3, .375 to .625, from .7. */
const LEVEL_SHARES = { low: [-1, 0.3], middle: [0.375, 0.625], high: [0.7, 2] } as const;

const WORDS: Readonly<Record<HeadFactor, Readonly<Record<Level, readonly string[]>>>> = {
  smile: {
    low: ['frowning', 'sad'],
    middle: ['neutral', 'serious'],
    high: ['smiling', 'smile', 'happy'],
  },
  yaw: {
    low: ['looking left', 'turned left'],
    middle: ['frontal', 'facing front'],
    high: ['looking right', 'turned right'],
  },
  gender: {
    low: ['man', 'men', 'male', 'masculine'],
    middle: ['androgynous'],
    high: ['woman', 'women', 'female', 'feminine'],
  },
  glasses: {
    low: ['no glasses', 'without glasses'],
    middle: [],
    high: ['glasses', 'with glasses', 'spectacles'],
  },
  hairLength: { low: ['short hair'], middle: ['medium hair'], high: ['long hair'] },
  hairColour: {
    low: ['blond', 'blonde', 'fair hair'],
    middle: ['brown hair'],
    high: ['dark hair', 'black hair'],
  },
  skin: { low: ['light skin'], middle: ['medium skin'], high: ['dark skin'] },
  light: {
    low: ['lit from the left'],
    middle: ['lit from the front'],
    high: ['lit from the right'],
  },
  open: { low: ['closed mouth', 'mouth closed'], middle: [], high: ['open mouth', 'mouth open'] },
  dx: { low: ['on the left'], middle: ['centred'], high: ['on the right'] },
  dy: { low: ['high up'], middle: [], high: ['low down'] },
  scale: { low: ['small'], middle: [], high: ['large', 'big'] },
};

export const HEAD_ATTRIBUTES: readonly Attribute[] = HEAD_FACTORS.map((name) => {
  const { title, low, high, ...range }: { title: string; low: number; high: number; either?: boolean } =
    HEAD_FACTOR_RANGES[name];
  const either = range.either === true;
  const at = ([from, to]: readonly [number, number]): [number, number] => [
    low + from * (high - low),
    low + to * (high - low),
  ];
  return {
    name,
    title,
    ranges: {
      low: at(LEVEL_SHARES.low),
      middle: either ? null : at(LEVEL_SHARES.middle),
      high: at(LEVEL_SHARES.high),
    },
    words: WORDS[name],
  };
});

export const headLabels = ({ names, values }: Factors): LabelTable => ({
  attributes: names.map((name) => HEAD_ATTRIBUTES.find((attribute) => attribute.name === name)!),
  count: values.length / names.length,
  values,
});

/** A table that holds the heads' own factors, read from a file, speaks of them in the heads' own words. */
export function inWordsOfHeads(table: LabelTable): LabelTable {
  if (!areHeads(table.attributes.map(({ name }) => name))) return table;
  const attributes = table.attributes.map(
    (attribute) => HEAD_ATTRIBUTES.find(({ name }) => name === attribute.name) ?? attribute,
  );
  return { ...table, attributes };
}

export const areHeads = (names: readonly string[]): boolean =>
  HEAD_FACTORS.every((name) => names.includes(name));
