// The wells as a line of text, and as what makes the same picture on the command line.
import type { LatentVector } from '#shared/domain';
import { expressionText, type ExpressionTerm, type Operand } from '#shared/expression';
import type { ArithmeticRecipe } from '#shared/reproduce';
import { letterOf, type ArithmeticSpec, type Well } from './arithmetic-spec';
import { isAtRest } from './slider-maths';

/** How the words of all wells were drawn, where it was one way: the command line knows one seed and one number for all. */
export interface Drawing {
  readonly seed: number;
  readonly count: number;
}

export interface WellsAsText {
  readonly text: string;
  readonly drawing: Drawing | null;
  /** Wells that no words say: the command line reads them from a file. */
  readonly files: readonly { readonly name: string; readonly well: Well }[];
}

export function textOfWells({ wells }: ArithmeticSpec): WellsAsText {
  const drawing = wells.map((well, i) => drawingOf(well, i)).find((each) => each !== null) ?? null;
  const terms = wells.map((well, i): ExpressionTerm => ({
    weight: well.weight,
    operand: operandOf(well, i, drawing),
  }));
  const files = terms.flatMap(({ operand }, i) =>
    operand.kind === 'well' ? [{ name: operand.path, well: wells[i]! }] : [],
  );
  return { text: expressionText(terms), drawing, files };
}

/** Drawn where no term is words: the command line has its own way to say "no matter". */
const NO_DRAWING: Drawing = { seed: 1, count: 3 };

/** What makes this sum on the command line; null where words do not say all of it: wells of points, moved sliders, a picture in its place. */
export function recipeOfSum(
  model: string,
  spec: ArithmeticSpec,
  z: LatentVector,
  condition: number | undefined,
): ArithmeticRecipe | null {
  const { text, drawing, files } = textOfWells(spec);
  if (files.length > 0 || spec.face !== null || !isAtRest(spec.sliders)) return null;
  const { seed, count } = drawing ?? NO_DRAWING;
  return { model, expr: text, seed, n: count, norm: spec.rule, noise: false, class: condition, z: [...z] };
}

/** A well as `well:` reads it: a list of latents. */
export const wellFile = ({ exemplars }: Well): string => JSON.stringify(exemplars.map(({ z }) => [...z]));

function operandOf(well: Well, place: number, drawing: Drawing | null): Operand {
  const drawn = drawingOf(well, place);
  const [first] = well.exemplars;
  const isAsAll = drawn !== null && drawn.seed === drawing?.seed && drawn.count === drawing.count;
  if (first?.source.kind === 'words' && isAsAll) return { kind: 'words', phrase: first.source.phrase };
  if (well.exemplars.length === 1 && first?.source.kind === 'seed')
    return { kind: 'seed', seed: first.source.seed };
  return { kind: 'well', path: `${letterOf(place)}.json` };
}

/** Null where a person has added, or taken away, or mixed; and where the well was drawn at another place of the sum. */
function drawingOf({ exemplars }: Well, at: number): Drawing | null {
  const [first] = exemplars;
  if (first?.source.kind !== 'words') return null;
  const { phrase, seed, place, count, of } = first.source;
  const isWhole =
    place === at &&
    exemplars.length === of &&
    exemplars.every(
      ({ source }) =>
        source.kind === 'words' &&
        source.phrase === phrase &&
        source.seed === seed &&
        source.place === place &&
        source.count === count,
    );
  return isWhole ? { seed, count } : null;
}
