// What a head is drawn from: twelve numbers, independent of each other unless someone asks for a correlation to study what a
// generator makes of it.
import { mixSeed, seededRandom } from '#shared/random';
import type { Factors } from './factored-source';

interface FactorRange {
  readonly title: string;
  readonly low: number;
  readonly high: number;
  /** Only `low` or `high`, nothing between. */
  readonly either?: boolean;
}

export const HEAD_FACTOR_RANGES = {
  smile: { title: 'smile', low: -1, high: 1 },
  yaw: { title: 'head turn', low: -1, high: 1 },
  gender: { title: 'masculine- to feminine-coded features', low: -1, high: 1 },
  glasses: { title: 'glasses', low: 0, high: 1, either: true },
  hairLength: { title: 'hair length', low: 0, high: 1 },
  hairColour: { title: 'hair colour', low: 0, high: 1 },
  skin: { title: 'skin tone', low: 0, high: 1 },
  light: { title: 'light from the side', low: -1, high: 1 },
  open: { title: 'open mouth', low: 0, high: 1 },
  dx: { title: 'place across', low: -1, high: 1 },
  dy: { title: 'place down', low: -1, high: 1 },
  scale: { title: 'size', low: -1, high: 1 },
} as const satisfies Readonly<Record<string, FactorRange>>;

export type HeadFactor = keyof typeof HEAD_FACTOR_RANGES;
export type Head = Readonly<Record<HeadFactor, number>>;
export const HEAD_FACTORS = Object.keys(HEAD_FACTOR_RANGES) as readonly HeadFactor[];

/** With probability rho, `target` is copied from the place of `source` in its range; Pearson's correlation is then rho. */
export interface Correlation {
  readonly source: HeadFactor;
  readonly target: HeadFactor;
  readonly rho: number;
}

/** The factors of one head. */
export function sampleHead(seed: number, correlate?: Correlation): Head {
  const { uniform } = seededRandom(seed);
  const place = Object.fromEntries(HEAD_FACTORS.map((name) => [name, uniform()])) as Record<
    HeadFactor,
    number
  >;
  if (correlate !== undefined && uniform() < correlate.rho) place[correlate.target] = place[correlate.source];
  return Object.fromEntries(
    HEAD_FACTORS.map((name) => {
      const { low, high, ...range }: FactorRange = HEAD_FACTOR_RANGES[name];
      const t = range.either === true ? Math.round(place[name]) : place[name];
      return [name, low + t * (high - low)];
    }),
  ) as Head;
}

export function sampleHeads(count: number, seed: number, correlate?: Correlation): Factors {
  const values = new Float32Array(count * HEAD_FACTORS.length);
  for (let index = 0; index < count; index++) {
    const head = sampleHead(mixSeed(seed, index), correlate);
    HEAD_FACTORS.forEach((name, column) => {
      values[index * HEAD_FACTORS.length + column] = head[name];
    });
  }
  return { names: HEAD_FACTORS, values };
}

/** Row `index` of a table of factors. */
export const headAt = ({ values }: Factors, index: number): Head =>
  Object.fromEntries(
    HEAD_FACTORS.map((name, column) => [name, values[index * HEAD_FACTORS.length + column]!]),
  ) as Head;
