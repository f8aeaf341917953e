/** The prior, told by where an encoder puts pictures: one that ends in a sigmoid uses [0, 1] and nothing else. */
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
