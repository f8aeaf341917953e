// What is drawn from the prior, beside the data: how far from it, are all kinds there, as various, and of the class that was asked for.
import { mixSeed, shuffledIndices } from '#shared/random';
import { frechetDistance } from '../datasets/frechet';
import { FEATURES, type Judge, type Reading } from '../datasets/judge';
import type { NamedJudge } from '../datasets/data-judge';
import { drawPrior } from './drawn-pictures';
import type { Subject } from './subject';
import { agreement, classCoverage, purity, spreadWithinClasses, type ClassCoverage } from './judged-figures';
import type { Source } from '../training/source';

export interface SampleFigures {
  /** Pictures on each side of every comparison. */
  readonly samples: number;
  /** On the judge's features; null with too few pictures for their covariance. */
  readonly frechet: number | null;
  /** The same distance of two sets of real pictures of that size: nothing can be expected below. */
  readonly floor: number | null;
  /** Spread within a class over that of the data: 1 is as various, 0 one picture. */
  readonly diversity: number;
  readonly coverage: (ClassCoverage & { readonly names: readonly string[] }) | null;
  /** Mean and standard deviation of each factor that the judge reads. */
  readonly attributes: Readonly<Record<string, { readonly generated: Moments; readonly data: Moments }>>;
  /** Share of pictures whose class is the one that was asked for, by the judge; null where none is asked for. */
  readonly labelAgreement: number | null;
  /** The same of real pictures: what the judge itself gets right. */
  readonly labelAgreementOfData: number | null;
  /** Where classes can be asked for that are not those of the data: share of pictures of their category's commonest class. */
  readonly purity: number | null;
  readonly notes: readonly string[];
}

interface Moments {
  readonly mean: number;
  readonly sd: number;
}

/** Ten pictures for each feature; below, the distance is mostly that of small samples. */
const ENOUGH = 10 * FEATURES;

export interface SampleOptions {
  readonly samples: number;
  readonly seed: number;
  /** From the classes of the data to those of the model; null where they have nothing to do with each other. */
  readonly modelClassOf: readonly number[] | null;
}

/** `test`: pictures that the judge has not learned from, two for each sample. */
export async function measureSamples(
  subject: Subject,
  { judge, learned }: NamedJudge,
  test: Source,
  { samples, seed, modelClassOf }: SampleOptions,
): Promise<SampleFigures> {
  const order = shuffledIndices(seed, test.count);
  const [places, others] = [order.subarray(0, samples), order.subarray(samples, 2 * samples)];
  const labels = Uint8Array.from(places, (place) => test.labels?.[place] ?? 0);
  // the classes as often as in the data, so that a rare one counts as little as it does there
  const asked = modelClassOf === null ? undefined : labels.map((label) => modelClassOf[label]!);
  const readReal = (wanted: Uint32Array): Promise<Seen> =>
    readInParts(judge, samples, (from, to) => test.read(wanted.subarray(from, to)));
  const real = await readReal(places);
  const categories = new Uint8Array(samples);
  const drawn = await readInParts(judge, samples, (from, to) => {
    const wanted = asked?.subarray(from, to);
    const draws = drawPrior(subject, to - from, mixSeed(seed, from), wanted);
    categories.set(draws.labels, from);
    return subject.draw(draws);
  });
  const byClass = learned === 'classes';
  const within = spreadOver(byClass, asked === undefined ? null : labels);
  const notes: string[] = [];
  if (samples <= FEATURES)
    notes.push(
      `${samples} pictures are too few for a Frechet distance on ${FEATURES} features: more than ${FEATURES} are needed.`,
    );
  else if (samples < ENOUGH)
    notes.push(
      `The Frechet distance is of ${samples} pictures on ${FEATURES} features: with fewer than ${ENOUGH} it is mostly that of small samples; read it beside its floor.`,
    );
  const canMeasure = samples > FEATURES;
  return {
    samples,
    frechet: canMeasure ? frechetDistance(real.features, drawn.features, FEATURES) : null,
    floor: canMeasure ? frechetDistance(real.features, (await readReal(others)).features, FEATURES) : null,
    diversity: within(drawn, test.shape.classes) / within(real, test.shape.classes),
    coverage: byClass
      ? { ...classCoverage(drawn.classes, real.classes, test.shape.classes), names: test.classNames }
      : null,
    attributes: Object.fromEntries(
      Object.keys(real.factors).map((name) => [
        name,
        { generated: momentsOf(drawn.factors[name]!), data: momentsOf(real.factors[name]!) },
      ]),
    ),
    labelAgreement: byClass && asked !== undefined ? agreement(drawn.classes, labels) : null,
    labelAgreementOfData: byClass && asked !== undefined ? agreement(real.classes, labels) : null,
    purity: byClass && asked === undefined && subject.classes > 0 ? purity(drawn.classes, categories) : null,
    notes,
  };
}

type Seen = Omit<Reading, 'probabilities'>;

const PART = 500;

/** What a judge sees in many pictures, of which only a part is in memory at a time. */
async function readInParts(
  judge: Judge,
  count: number,
  picturesOf: (from: number, to: number) => Float32Array | Promise<Float32Array>,
): Promise<Seen> {
  const names = judge.scales.map(({ name }) => name);
  const classes = new Uint8Array(judge.classes === 0 ? 0 : count);
  const features = new Float32Array(count * FEATURES);
  const factors = Object.fromEntries(names.map((name) => [name, new Float32Array(count)]));
  for (let from = 0; from < count; from += PART) {
    const seen = judge.read(await picturesOf(from, Math.min(count, from + PART)));
    if (judge.classes > 0) classes.set(seen.classes, from);
    features.set(seen.features, from * FEATURES);
    for (const name of names) factors[name]!.set(seen.factors[name]!, from);
  }
  return { classes, features, factors };
}

/** Within the classes that were asked for, or those that the judge reads, or over everything. */
function spreadOver(byClass: boolean, asked: Uint8Array | null) {
  return (reading: Seen, classes: number): number => {
    const rows = reading.features.length / FEATURES;
    if (asked !== null) return spreadWithinClasses(reading, asked, classes);
    return byClass
      ? spreadWithinClasses(reading, reading.classes, classes)
      : spreadWithinClasses(reading, new Uint8Array(rows), 1);
  };
}

function momentsOf(values: Float32Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sd: Math.sqrt(variance) };
}
