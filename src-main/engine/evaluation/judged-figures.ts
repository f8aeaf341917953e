// What a judge makes of pictures: are they of the class that was asked for, as various as the real ones, and are all kinds among them.
import { FEATURES, type Reading } from '../datasets/judge';

/** Share of pictures that the judge takes for what they were meant to be. */
export function agreement(seen: ArrayLike<number>, meant: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < seen.length; i++) right += Number(seen[i] === meant[i]);
  return right / seen.length;
}

/** Share of pictures whose class is the commonest one of what they were made from: 1 where each category is one class. */
export function purity(seen: ArrayLike<number>, categories: ArrayLike<number>): number {
  const counts = new Map<number, Map<number, number>>();
  for (let i = 0; i < seen.length; i++) {
    const count = counts.get(categories[i]!) ?? new Map<number, number>();
    count.set(seen[i]!, (count.get(seen[i]!) ?? 0) + 1);
    counts.set(categories[i]!, count);
  }
  const commonest = [...counts.values()].reduce((sum, count) => sum + Math.max(...count.values()), 0);
  return commonest / seen.length;
}

/**
 * Standard deviation of the judge's features within a class, over all classes: what one class has of variety. Half the mean square
 * distance of two pictures of a class is the same number squared. Classes without two pictures say nothing.
 */
export function spreadWithinClasses(
  { features }: Pick<Reading, 'features'>,
  labels: ArrayLike<number>,
  classes: number,
): number {
  let variance = 0;
  let counted = 0;
  for (let label = 0; label < classes; label++) {
    const sums = new Float64Array(FEATURES);
    const squares = new Float64Array(FEATURES);
    let count = 0;
    for (let row = 0; row < labels.length; row++) {
      if (labels[row] !== label) continue;
      count++;
      for (let i = 0; i < FEATURES; i++) {
        const value = features[row * FEATURES + i]!;
        sums[i]! += value;
        squares[i]! += value * value;
      }
    }
    if (count < 2) continue;
    counted++;
    for (let i = 0; i < FEATURES; i++) variance += squares[i]! / count - (sums[i]! / count) ** 2;
  }
  return counted === 0 ? NaN : Math.sqrt(variance / counted / FEATURES);
}

/** A class counts as covered where it has at least this much of its share in the data. */
const COVERED_SHARE = 0.2;

export interface ClassCoverage {
  /** Share of each class among the generated pictures and in the data, both as the judge reads them. */
  readonly shares: readonly { readonly generated: number; readonly data: number }[];
  /** Classes of the data that have at least a fifth of their share. */
  readonly covered: number;
  readonly ofClasses: number;
  /** KL(generated || data) of the classes in nats: 0 where they are as frequent as in the data. */
  readonly kl: number;
}

/** Both read by the same judge, so that its mistakes fall on both sides. */
export function classCoverage(
  generated: ArrayLike<number>,
  data: ArrayLike<number>,
  classes: number,
): ClassCoverage {
  const count = (labels: ArrayLike<number>): Float64Array => {
    const counts = new Float64Array(classes);
    for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
    return counts.map((each) => each / labels.length);
  };
  const [made, there] = [count(generated), count(data)];
  const shares = Array.from(made, (share, label) => ({ generated: share, data: there[label]! }));
  const present = shares.filter(({ data: share }) => share > 0);
  return {
    shares,
    covered: present.filter(({ generated: own, data: share }) => own >= COVERED_SHARE * share).length,
    ofClasses: present.length,
    // where the data has none of a class, half a picture stands for none
    kl: shares.reduce(
      (sum, { generated: own, data: share }) =>
        own === 0 ? sum : sum + own * Math.log(own / Math.max(share, 0.5 / data.length)),
      0,
    ),
  };
}
