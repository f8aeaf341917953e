// Points of a plane beside those of the data: modes where they are known, and a distance that needs none.
import { shuffledIndices } from '#shared/random';
import { modeCoverage, type ModeCoverage } from '../datasets/procedural/toy-points';
import { drawPrior } from './drawn-pictures';
import type { EvaluationData } from './data';
import type { Subject } from './subject';

export interface PointFigures {
  readonly samples: number;
  /** Null where the data is a curve. */
  readonly coverage: (ModeCoverage & { readonly ofModes: number }) | null;
  /** Energy distance to the data; 0 for the same distribution. */
  readonly energyDistance: number;
  /** The same of two halves of the data. */
  readonly floor: number;
}

/** The distance compares every pair: 2000 points a side are four million. */
const COMPARED = 2000;

export async function measurePoints(
  subject: Subject,
  { judged: { test }, modes }: Pick<EvaluationData, 'judged' | 'modes'>,
  samples: number,
  seed: number,
): Promise<PointFigures> {
  const drawn = await subject.draw(drawPrior(subject, samples, seed));
  const compared = Math.min(COMPARED, samples, Math.floor(test.count / 2));
  const order = shuffledIndices(seed, test.count);
  const data = await test.read(order.subarray(0, compared));
  const others = await test.read(order.subarray(compared, 2 * compared));
  return {
    samples,
    coverage:
      modes === null
        ? null
        : { ...modeCoverage(drawn, modes.centres, modes.sd), ofModes: modes.centres.length },
    energyDistance: energyDistance(drawn.subarray(0, 2 * compared), data),
    floor: energyDistance(others, data),
  };
}

/** 2 E|a - b| - E|a - a'| - E|b - b'| (Szekely & Rizzo 2013), without bias, so that it may fall below 0. // [n, 2] each */
export function energyDistance(a: Float32Array, b: Float32Array): number {
  const [n, m] = [a.length / 2, b.length / 2];
  return (
    (2 * sumOfDistances(a, b)) / (n * m) -
    sumOfDistances(a, a) / (n * (n - 1)) -
    sumOfDistances(b, b) / (m * (m - 1))
  );
}

function sumOfDistances(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2)
    for (let j = 0; j < b.length; j += 2) sum += Math.hypot(a[i]! - b[j]!, a[i + 1]! - b[j + 1]!);
  return sum;
}
