/**
 * The prior, as far as anything tells it. An encoder does by where it puts pictures: one that ends in a sigmoid uses [0, 1]
 * and nothing else. A generator does where N(0, I) gives it next to nothing to draw and another range a picture.
 */
import type { Prior } from '#shared/domain';
import type { Guess } from '#shared/importing';

export interface PriorGuess {
  readonly prior: Prior;
  readonly guess: Guess;
}

/** Only an encoder without variances is asked: one with them was trained towards N(0, I). null where mu says nothing. */
export function priorFromEncoder(mu: Float32Array, hasVariance: boolean): PriorGuess | null {
  if (hasVariance || mu.length === 0) return null;
  const low = mu.reduce((least, value) => Math.min(least, value), Infinity);
  const high = mu.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!(high - low > 0.2)) return null;
  const answer = (least: number, most: number): PriorGuess => ({
    prior: { kind: 'uniform', low: least, high: most },
    guess: {
      field: 'latent.prior',
      certain: false,
      why: `The encoder beside it gives no variances and only numbers from ${low.toPrecision(2)} to ${high.toPrecision(2)}, as one that is bounded to [${least}, ${most}] does.`,
    },
  });
  if (low >= 0 && high <= 1) return answer(0, 1);
  if (low >= -1 && high <= 1 && low < -0.3 && high > 0.3) return answer(-1, 1);
  return null;
}

const NORMAL: Prior = { kind: 'normal' };
/** Ranges that are tried beside N(0, I): those of sigmoid and tanh, and those of activations that nothing bounds above. */
const OTHERS: readonly Prior[] = [
  { kind: 'uniform', low: 0, high: 1 },
  { kind: 'uniform', low: -1, high: 1 },
  { kind: 'uniform', low: 0, high: 5 },
  { kind: 'uniform', low: 0, high: 20 },
];
/** Pictures of N(0, I) with less than this share of what another prior shows are taken for a sign that it is wrong, */
const NEXT_TO_NOTHING = 0.25;
/** where the others show this much more than z itself spreads more: a network that bounds nothing gives as much more, whatever it was trained on. */
const BEYOND_PROPORTION = 2;

/** The same number of pictures from each prior, asked of the network. */
export async function priorFromPictures(
  draw: (prior: Prior) => Promise<Float32Array>,
  count: number,
): Promise<PriorGuess> {
  const drawn: { readonly prior: Prior; readonly shown: number }[] = [];
  for (const prior of [NORMAL, ...OTHERS]) drawn.push({ prior, shown: shownBy(await draw(prior), count) });
  const ofNormal = drawn[0]?.shown ?? 0;
  const [best = { prior: NORMAL, shown: 0 }] = drawn.toSorted((a, b) => b.shown - a.shown);
  const usual = { field: 'latent.prior', certain: false } as const;
  const isInProportion = best.shown < BEYOND_PROPORTION * Math.max(1, spreadOf(best.prior)) * ofNormal;
  if (best.prior.kind === 'normal' || isInProportion || ofNormal >= NEXT_TO_NOTHING * best.shown) {
    const why = 'Nothing in the file says how z is drawn; N(0, I) is what most generators are trained with.';
    return { prior: NORMAL, guess: { ...usual, why } };
  }
  const { low, high } = best.prior;
  const share = Math.round((100 * ofNormal) / best.shown);
  return {
    prior: best.prior,
    guess: {
      ...usual,
      why: `z of N(0, I) gives pictures with ${share} % of the contrast and variety that z from ${low} to ${high} gives, so that range was taken.`,
    },
  };
}

/** Standard deviation of each number of z. */
const spreadOf = (prior: Prior): number =>
  prior.kind === 'normal' ? 1 : (prior.high - prior.low) / Math.sqrt(12);

/** How much there is to see: the lesser of the contrast inside pictures and the difference between them. */
function shownBy(values: Float32Array, count: number): number {
  const each = values.length / count;
  let inside = 0;
  for (let at = 0; at < count; at++) inside += deviation(values.subarray(at * each, (at + 1) * each));
  let between = 0;
  for (let pixel = 0; pixel < each; pixel++) {
    between +=
      deviation(Float32Array.from({ length: count }, (_, at) => values[at * each + pixel] ?? 0)) ** 2;
  }
  const shown = Math.min(inside / count, Math.sqrt(between / each));
  return Number.isFinite(shown) ? shown : 0;
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
