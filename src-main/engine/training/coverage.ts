// How much of the data a generator makes: which modes of known points, which classes of pictures that have some, and how far its
// pictures lie apart. Nothing is trained for it: points are counted at the centres they were drawn from, and a picture has the class of
// the nearest picture of the data, with the share of held-out pictures for which that is right beside it.
import * as tf from '@tensorflow/tfjs';
import type { Coverage } from '#shared/training';
import { isToyName, modeCoverage, ownersOf, TOYS } from '../datasets/procedural/toy-points';
import type { TrainingData } from './data';
import type { Source } from './source';

const REFERENCES = 2000;
const TESTED = 500;
/** Larger pictures are averaged down to about this side: what class they have is seen at that size too. */
const SIDE = 16;
/** A class is covered, as a mode is, by a fifth of its fair share (VEEGAN, Srivastava et al. 2017, counts modes in such a way). */
const COVERED_SHARE = 0.2;
/** Of the way from naming the largest class (0) to naming every one (1). */
const BELIEVABLE = 0.5;

export interface Judgement {
  readonly coverage: Coverage | null;
  /** Standard deviation of the generated pictures over that of the data's; near 0 all look alike. */
  readonly spread: number | null;
}

/** `asked`: the class that each was to have, where the generator is told it. // made: [n, height, width, channels] as a Source gives them */
export type JudgeSamples = (made: Float32Array, asked: readonly number[] | null) => Promise<Judgement>;

export function createCoverage({ title, training, heldOut }: TrainingData): JudgeSamples {
  const { shape } = training;
  const isPoints = shape.height === 1 && shape.width === 1;
  const toy = isPoints && isToyName(title) ? TOYS[title] : null;
  if (toy !== null && toy.centres.length > 0) {
    return (made) => Promise.resolve({ coverage: ofModes(made, toy), spread: null });
  }
  let known: Promise<Known> | undefined;
  return async (made, asked) => {
    const { references, labels, accuracy, spread } = await (known ??= learn(training, heldOut));
    const features = featuresOf(made, shape);
    const relative = isPoints ? null : spreadOf(features) / spread;
    if (labels === null) return { coverage: null, spread: relative };
    const found = nearest(features, references).map((at) => labels[at]!);
    return { coverage: ofClasses(found, asked, training, accuracy), spread: relative };
  };
}

function ofModes(
  made: Float32Array,
  { centres, sd, classNames }: (typeof TOYS)[keyof typeof TOYS],
): Coverage {
  const { modes, highQuality } = modeCoverage(made, centres, sd);
  // a mode has what lies at it: what merely lies nearer to it than to the others is not counted there
  const { near } = ownersOf(made, centres, sd);
  return {
    ...{ kind: 'modes', names: classNames, covered: modes, near: highQuality },
    made: Array.from(near, (owned) => owned / Math.max(1, made.length / 2)),
    data: centres.map(() => 1 / centres.length),
    ...{ accuracy: null, isBelievable: true, agreement: null },
  };
}

function ofClasses(
  found: readonly number[],
  asked: readonly number[] | null,
  { classNames, labels }: Source,
  accuracy: number,
): Coverage {
  const made = shares(found, classNames.length);
  const data = shares(labels ?? [], classNames.length);
  const byChance = Math.max(0, ...data);
  return {
    ...{ kind: 'classes', names: classNames, made, data, accuracy, near: null },
    isBelievable: (accuracy - byChance) / Math.max(1e-6, 1 - byChance) >= BELIEVABLE,
    covered: made.filter((each, i) => data[i]! > 0 && each >= COVERED_SHARE * data[i]!).length,
    agreement:
      asked === null ? null : found.filter((each, i) => each === asked[i]).length / Math.max(1, found.length),
  };
}

function shares(owners: ArrayLike<number>, count: number): readonly number[] {
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < owners.length; i++) counts[owners[i]!]!++;
  return counts.map((each) => each / Math.max(1, owners.length));
}

interface Known {
  readonly references: Features;
  readonly labels: Uint8Array | null;
  /** Share of pictures, none of them a reference, whose nearest reference has their class. */
  readonly accuracy: number;
  readonly spread: number;
}

/** Read without an epoch: the pictures as they are, not as augmentation makes them. */
async function learn(training: Source, heldOut: Source | null): Promise<Known> {
  const { count, shape, labels } = training;
  const every = Math.max(1, count / REFERENCES);
  const places = Uint32Array.from({ length: Math.min(REFERENCES, count) }, (_, i) => Math.floor(i * every));
  const references = featuresOf(await training.read(places), shape);
  const spread = Math.max(1e-6, spreadOf(references));
  if (labels === null) return { references, labels: null, accuracy: 0, spread };
  const own = Uint8Array.from(places, (place) => labels[place]!);
  const isReference = new Set(places);
  const others = heldOut ?? training;
  const tested = Uint32Array.from({ length: others.count }, (_, i) => i)
    .filter((place) => heldOut !== null || !isReference.has(place))
    .subarray(0, TESTED);
  if (tested.length === 0 || others.labels === null) return { references, labels: own, accuracy: 0, spread };
  const found = nearest(featuresOf(await others.read(tested), shape), references);
  const right = found.filter((at, i) => own[at] === others.labels![tested[i]!]).length;
  return { references, labels: own, accuracy: right / tested.length, spread };
}

/** Small pictures, one row each. // [count, size] */
interface Features {
  readonly values: Float32Array;
  readonly count: number;
  readonly size: number;
}

function featuresOf(pictures: Float32Array, { height, width, channels }: Source['shape']): Features {
  const count = pictures.length / (height * width * channels);
  const pool = Math.max(1, Math.floor(Math.min(height, width) / SIDE));
  if (pool === 1) return { values: pictures, count, size: height * width * channels };
  const values = tf.tidy(() => {
    const x = tf.tensor4d(pictures, [count, height, width, channels]);
    return Float32Array.from(tf.avgPool(x, pool, pool, 'valid').dataSync());
  });
  return { values, count, size: values.length / count };
}

/** For each row of `of` the row of `among` that is nearest: |a - b|^2 = |a|^2 - 2 a b + |b|^2, of which |a|^2 decides nothing. */
function nearest(of: Features, among: Features): readonly number[] {
  return tf.tidy(() => {
    const a = tf.tensor2d(of.values, [of.count, of.size]);
    const b = tf.tensor2d(among.values, [among.count, among.size]);
    const squares = tf.sum(tf.square(b), 1); // [among]
    const distances = tf.sub(squares, tf.mul(2, tf.matMul(a, b, false, true))); // [of, among]
    return Array.from(tf.argMin(distances, 1).dataSync());
  });
}

/** The root of the summed variances: half the mean squared distance of two of them is its square. */
function spreadOf({ values, count, size }: Features): number {
  return tf.tidy(() => {
    const { variance } = tf.moments(tf.tensor2d(values, [count, size]), 0);
    return Math.sqrt(tf.sum(variance).dataSync()[0]!);
  });
}
