// Trials of arithmetic, graded by a judge: exemplars are drawn, their means are added up and decoded, and the judge reads whether the
// picture is what the words ask for. A sum names two levels of each attribute it is about, smiling and neutral, woman and man: it succeeds
// where what is read lies nearer to the one that is asked than to the other. Exemplars are picked by narrower ranges, so that they are
// clearly one or the other; whether the result is as clear as they are is told beside it.
import { evaluateTerms, seedOfTerm, type NormRule } from '#shared/arithmetic';
import { conditionsOf, type Attribute, type Direction } from '#shared/attributes';
import type { Prior } from '#shared/domain';
import { mixSeed } from '#shared/random';
import { meanOf } from '#shared/arithmetic';
import type { Labelled } from '../attributes/labelled';
import { pickExemplars } from '../attributes/pick';
import { momentsOf } from '../attributes/readings';
import { columnOfTable } from '../attributes/label-table';

export interface Example {
  readonly name: string;
  readonly terms: readonly { readonly weight: number; readonly phrase: string }[];
  /** What the result has to be, in words. */
  readonly asked: string;
  /** The attribute that the first two terms differ in: for directions in the place of their difference. */
  readonly moves: string;
}

/** The lecture's two. "man" alone would be half of them with glasses where these are independent, so it is said that he has none. */
export const EXAMPLES: readonly Example[] = [
  {
    name: 'smile',
    terms: [
      { weight: 1, phrase: 'smiling woman' },
      { weight: -1, phrase: 'neutral woman' },
      { weight: 1, phrase: 'neutral man' },
    ],
    asked: 'smiling man',
    moves: 'smile',
  },
  {
    name: 'glasses',
    terms: [
      { weight: 1, phrase: 'man with glasses' },
      { weight: -1, phrase: 'man without glasses' },
      { weight: 1, phrase: 'woman without glasses' },
    ],
    asked: 'woman with glasses',
    moves: 'glasses',
  },
];

export type Factors = Readonly<Record<string, ArrayLike<number>>>;

export interface Graded {
  /** Share of trials in which all that is read lies nearer to the asked level than to the other that the sum names. */
  readonly success: number;
  /** Share of trials in which all that is read lies in the asked words' own ranges, or beyond them. */
  readonly clear: number;
  /** How far untouched attributes are from what the exemplars add up to, kept to the labels' range: mean |difference| in sd. */
  readonly drift: number;
}

export interface TrialSetting {
  readonly labelled: Labelled;
  readonly prior: Prior;
  readonly norm: NormRule;
  readonly trials: number;
  readonly exemplars: number;
  readonly seed: number;
  /** In the place of the first two terms: the third's mean is moved along it by as much as their labels differ. */
  readonly direction?: Direction | undefined;
  /** Those whose drift is told. */
  readonly untouched: readonly string[];
  /** Decodes and reads by the judge. // z [count, size] */
  readonly read: (z: Float32Array, count: number) => Promise<Factors>;
}

const AT_ONCE = 100;

export async function gradeTrials(example: Example, setting: TrialSetting): Promise<Graded> {
  const { labelled, trials, untouched, read } = setting;
  const asked = askedOf(example, labelled.table.attributes);
  const moments = new Map(untouched.map((name) => [name, rangeOf(labelled, name)]));
  let [successes, clear, drift, drifts] = [0, 0, 0, 0];
  for (let from = 0; from < trials; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, trials - from);
    const made = Array.from({ length: count }, (_, at) =>
      oneTrial(example, setting, mixSeed(setting.seed, from + at)),
    );
    const z = new Float32Array(count * labelled.size);
    made.forEach((trial, at) => z.set(trial.z, at * labelled.size));
    const factors = await read(z, count);
    made.forEach(({ expected }, at) => {
      const reads = ({ attribute }: Asked): number => factors[attribute]?.[at] ?? NaN;
      if (asked.every((each) => each.upwards * (reads(each) - each.halfway) > 0)) successes++;
      if (asked.every((each) => each.upwards * (reads(each) - each.clearly) >= 0)) clear++;
      for (const [name, { low, high, sd }] of moments) {
        const wanted = Math.min(high, Math.max(low, expected[name] ?? NaN));
        drift += Math.abs((factors[name]?.[at] ?? NaN) - wanted) / sd;
        drifts++;
      }
    });
  }
  return { success: successes / trials, clear: clear / trials, drift: drifts === 0 ? 0 : drift / drifts };
}

interface Trial {
  readonly z: Float32Array;
  /** What the exemplars' labels add up to. */
  readonly expected: Readonly<Record<string, number>>;
}

function oneTrial(
  example: Example,
  { labelled, prior, norm, exemplars, direction }: TrialSetting,
  seed: number,
): Trial {
  const terms = example.terms.map(({ weight, phrase }, place) => ({
    weight,
    exemplars: pickExemplars(labelled, phrase, exemplars, seedOfTerm(seed, place)).exemplars,
  }));
  const meanLabel = (place: number, name: string): number =>
    momentsOf(terms[place]!.exemplars.map(({ labels }) => labels[name] ?? NaN)).mean;
  if (direction !== undefined) {
    const by =
      (meanLabel(0, example.moves) - meanLabel(1, example.moves)) / rangeOf(labelled, example.moves).sd;
    const start = meanOf(terms[2]!.exemplars.map(({ z }) => z));
    const z = start.map((value, i) => value + by * direction.vector[i]!);
    const expected = labelled.table.attributes.map(({ name }) => [name, meanLabel(2, name)] as const);
    return {
      z: evaluateTerms([{ weight: 1, exemplars: [z] }], norm, prior),
      expected: Object.fromEntries(expected),
    };
  }
  const expected = labelled.table.attributes.map(
    ({ name }) =>
      [name, terms.reduce((sum, { weight }, place) => sum + weight * meanLabel(place, name), 0)] as const,
  );
  const latents = terms.map((term) => ({ weight: term.weight, exemplars: term.exemplars.map(({ z }) => z) }));
  return { z: evaluateTerms(latents, norm, prior), expected: Object.fromEntries(expected) };
}

interface Asked {
  readonly attribute: string;
  /** 1 where more is asked of the attribute than the other level has, -1 where less is. */
  readonly upwards: 1 | -1;
  /** In the middle between the two levels' ranges. */
  readonly halfway: number;
  /** Where the asked level's own range begins. */
  readonly clearly: number;
}

/** Each attribute that is asked, against the other level of it that the terms name. */
function askedOf(example: Example, attributes: readonly Attribute[]): readonly Asked[] {
  const named = example.terms.flatMap(({ phrase }) => conditionsOf(phrase, attributes));
  return conditionsOf(example.asked, attributes).map(({ attribute, level }) => {
    const other = named.find((each) => each.attribute === attribute && each.level !== level)?.level;
    const { ranges } = attributes.find(({ name }) => name === attribute)!;
    const [to, from] = [ranges[level], other === undefined ? null : ranges[other]];
    if (!to || !from) {
      throw new Error(
        `The terms of ${example.name} name no level of ${attribute} but the one that is asked.`,
      );
    }
    return from[1] < to[0]
      ? { attribute, upwards: 1, halfway: (from[1] + to[0]) / 2, clearly: to[0] }
      : { attribute, upwards: -1, halfway: (from[0] + to[1]) / 2, clearly: to[1] };
  });
}

function rangeOf({ table }: Labelled, name: string): { low: number; high: number; sd: number } {
  const values = Array.from(columnOfTable(table, name)).filter(Number.isFinite);
  const [low, high] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
  return { low: low!, high: high!, sd: momentsOf(values).sd };
}
