// The sum as a person set it up: wells of exemplars with a weight each, what becomes of the sum's length, and the sliders over the result.
// Every edit gives a new spec that shares the rest with the old one.
import { evaluateTerms, meanOf, withNoise, type NormRule } from '#shared/arithmetic';
import type { LatentVector, Prior } from '#shared/domain';
import { AppError } from '#shared/errors';
import { NO_SLIDERS, type SliderSetting } from './slider-maths';

export type ExemplarSource =
  /** Drawn for words at a place of the sum, which has a part in the seed; `of` were drawn together. */
  | {
      readonly kind: 'words';
      readonly phrase: string;
      readonly seed: number;
      readonly place: number;
      readonly count: number;
      readonly of: number;
      readonly ref: string;
    }
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'picture'; readonly name: string }
  | { readonly kind: 'point' };

/** Of exemplars that the app found. */
export type WordsSource = Extract<ExemplarSource, { readonly kind: 'words' }>;

export interface WellExemplar {
  readonly id: number;
  readonly z: LatentVector;
  readonly source: ExemplarSource;
}

export interface Well {
  readonly id: number;
  /** Signed. */
  readonly weight: number;
  readonly exemplars: readonly WellExemplar[];
}

export interface ArithmeticSpec {
  readonly wells: readonly Well[];
  readonly rule: NormRule;
  /** Of the nine results around the sum. */
  readonly noise: { readonly seed: number; readonly scale: number };
  readonly sliders: SliderSetting;
  /** A picture of one's own that the sliders are over, in place of the sum. */
  readonly face: { readonly name: string; readonly z: LatentVector } | null;
  readonly nextId: number;
}

/** The sum that a person is at work on, as its parts see it. */
export interface SumAtWork {
  readonly model: string | null;
  /** As the window shows it, and as it is at this very moment. */
  readonly spec: ArithmeticSpec;
  readonly now: ArithmeticSpec;
  edit(spec: ArithmeticSpec, label: string): void;
}

export const ARITHMETIC_LIMITS = { wells: 12, exemplars: 64, weight: 3 } as const;

/** The shape of the paper's figure: A - B + C, with nothing in them yet. */
export const FIRST_SPEC: ArithmeticSpec = {
  wells: [1, -1, 1].map((weight, id) => ({ id, weight, exemplars: [] })),
  rule: 'none',
  noise: { seed: 1, scale: 0.25 },
  sliders: NO_SLIDERS,
  face: null,
  nextId: 3,
};

export const letterOf = (index: number): string => String.fromCharCode(65 + index);

export type NewExemplar = Omit<WellExemplar, 'id'>;

export function withWell(spec: ArithmeticSpec, weight: number): ArithmeticSpec {
  const { wells, nextId } = spec;
  if (wells.length >= ARITHMETIC_LIMITS.wells)
    throw new AppError({
      code: 'input/well',
      headline: `A sum has at most ${ARITHMETIC_LIMITS.wells} wells here`,
      remedy: 'put more exemplars into one, or remove another',
    });
  return { ...spec, wells: [...wells, { id: nextId, weight, exemplars: [] }], nextId: nextId + 1 };
}

export const withoutWell = (spec: ArithmeticSpec, id: number): ArithmeticSpec => ({
  ...spec,
  wells: spec.wells.filter((well) => well.id !== id),
});

export const changedWell = (
  spec: ArithmeticSpec,
  id: number,
  change: (well: Well) => Well,
): ArithmeticSpec => ({ ...spec, wells: spec.wells.map((well) => (well.id === id ? change(well) : well)) });

export const withWeight = (spec: ArithmeticSpec, id: number, weight: number): ArithmeticSpec =>
  changedWell(spec, id, (well) => ({ ...well, weight }));

/** Adds them; `instead` of those that are there. */
export function withExemplars(
  spec: ArithmeticSpec,
  id: number,
  added: readonly NewExemplar[],
  instead = false,
): ArithmeticSpec {
  const numbered = added.map((exemplar, i) => ({ ...exemplar, id: spec.nextId + i }));
  const changed = changedWell(spec, id, (well) => {
    const exemplars = [...(instead ? [] : well.exemplars), ...numbered];
    if (exemplars.length > ARITHMETIC_LIMITS.exemplars) throw tooMany();
    return { ...well, exemplars };
  });
  return { ...changed, nextId: spec.nextId + added.length };
}

export const withoutExemplar = (spec: ArithmeticSpec, id: number): ArithmeticSpec => ({
  ...spec,
  wells: spec.wells.map((well) =>
    well.exemplars.some((exemplar) => exemplar.id === id)
      ? { ...well, exemplars: well.exemplars.filter((exemplar) => exemplar.id !== id) }
      : well,
  ),
});

/** From its well to another; a copy stays where it was. */
export function withMoved(spec: ArithmeticSpec, id: number, to: number, isCopy = false): ArithmeticSpec {
  const from = spec.wells.find(({ exemplars }) => exemplars.some((exemplar) => exemplar.id === id));
  const exemplar = from?.exemplars.find((each) => each.id === id);
  if (from === undefined || exemplar === undefined || from.id === to) return spec;
  const { z, source } = exemplar;
  return withExemplars(isCopy ? spec : withoutExemplar(spec, id), to, [{ z, source }]);
}

/** Of the latents in it; null while there are none. */
export const latentSizeOf = ({ wells, face }: ArithmeticSpec): number | null =>
  [...(face === null ? [] : [face]), ...wells.flatMap(({ exemplars }) => exemplars)][0]?.z.length ?? null;

/** The words that a well was filled by, and how; null where its exemplars come from elsewhere. */
export function drawnForWords({ exemplars }: Pick<Well, 'exemplars'>): WordsSource | null {
  const source = exemplars[0]?.source;
  return source?.kind === 'words' ? source : null;
}

/** The mean of a well's exemplars, the same object for the same exemplars; null while there are none. */
export function meanOfWell({ exemplars }: Pick<Well, 'exemplars'>): LatentVector | null {
  if (exemplars.length === 0) return null;
  const known = means.get(exemplars);
  if (known !== undefined) return known;
  const mean = meanOf(exemplars.map(({ z }) => z));
  means.set(exemplars, mean);
  return mean;
}
const means = new WeakMap<readonly WellExemplar[], LatentVector>();

/** z of the sum, or of the picture in its place, before any slider. @throws AppError input/well with the letter of an empty well. */
export function baseOf({ wells, rule, face }: ArithmeticSpec, prior: Prior): LatentVector {
  if (face !== null) return face.z;
  const empty = wells.flatMap((well, i) => (well.exemplars.length === 0 ? [letterOf(i)] : []));
  if (wells.length === 0 || empty.length > 0) throw emptyWells(empty);
  return evaluateTerms(
    wells.map((well) => ({ weight: well.weight, exemplars: [meanOfWell(well)!] })),
    rule,
    prior,
  );
}

/** [9][size], the result in the middle. */
export const neighboursOf = (z: LatentVector, { noise }: ArithmeticSpec): readonly LatentVector[] =>
  withNoise(z, noise.seed, noise.scale);

function emptyWells(letters: readonly string[]): AppError {
  if (letters.length === 0)
    return new AppError({ code: 'input/well', headline: 'The sum has no term', remedy: 'add a well' });
  const many = letters.length > 1;
  return new AppError({
    code: 'input/well',
    headline: `${many ? 'Wells' : 'Well'} ${letters.join(', ').replace(/, (?=[^,]*$)/, ' and ')} ${many ? 'are' : 'is'} empty`,
    remedy: `give ${many ? 'each' : 'it'} a picture or a seed, or remove ${many ? 'them' : 'it'}`,
  });
}

const tooMany = (): AppError =>
  new AppError({
    code: 'input/well',
    headline: `A well holds at most ${ARITHMETIC_LIMITS.exemplars} exemplars`,
    remedy: 'remove some first',
  });
