// The data of a run: what is trained on, what is held out, and the test set where the data has one of its own.
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '#shared/errors';
import { mixSeed, shuffledIndices } from '#shared/random';
import type { DataOptions, DataSpec, DataSummary, LabelColumn } from '#shared/training';
import { augmentedSource } from '../datasets/augmented-source';
import { readIdxData, sliceImages, type LabelledImages } from '../datasets/idx';
import { openData, type OpenOptions } from '../datasets/open-data';
import type { CodesOf } from '../manifest';
import { imageSource, subsetSource, type Source } from './source';

export interface TrainingData {
  readonly title: string;
  /** Augmented, if that was asked for, where it is read with an epoch. */
  readonly training: Source;
  /** Held out of training: never trained on, each epoch is judged by it. null where none is. */
  readonly heldOut: Source | null;
  /** The data's own test set, in its own order: its codes go into the pack and its pictures are recognised by their hash. */
  readonly test: LabelledImages | null;
  readonly unreadable: DataSummary['unreadable'];
  readonly notes: readonly string[];
  readonly labelColumns: readonly LabelColumn[];
  readonly labelColumn: string | null;
}

/** What a model is shown with while it trains: what was held out, or else what it is trained on. */
export const shownPart = ({
  heldOut,
  training,
}: Pick<TrainingData, 'heldOut' | 'training'>): { readonly source: Source; readonly of: CodesOf } =>
  heldOut === null
    ? { source: training, of: 'training pictures' }
    : { source: heldOut, of: 'held-out pictures' };

/** Who waits for it. */
export type Waiting = Pick<OpenOptions, 'onProgress' | 'isCancelled'>;

const NOTHING_AMISS = { unreadable: [], notes: [], labelColumns: [], labelColumn: null };
const AUGMENT_SEED = 1;
const SPLIT_STREAM = 0x51;

/** @throws AppError data/… in one sentence. */
export async function openTrainingData(
  spec: DataSpec,
  options: DataOptions,
  heldOutCount: number,
  classNames: readonly string[],
  waiting: Waiting = {},
): Promise<TrainingData> {
  const data = await openUnchanged(spec, options, heldOutCount, classNames, waiting);
  const { augmentation } = options;
  if (augmentation === undefined) return data;
  return { ...data, training: augmentedSource(data.training, augmentation, AUGMENT_SEED) };
}

async function openUnchanged(
  spec: DataSpec,
  options: DataOptions,
  heldOutCount: number,
  classNames: readonly string[],
  waiting: Waiting,
): Promise<TrainingData> {
  if (
    spec.kind === 'path' &&
    options.size === null &&
    !options.grey &&
    (await hasIdxTrainingSet(spec.path))
  ) {
    return openIdx(spec.path, heldOutCount, classNames);
  }
  const { source, validation, description } = await openData(spec, { ...options, ...waiting });
  const { title, unreadable, notes, labelColumns, labelColumn } = description;
  const about = { unreadable, notes, labelColumns, labelColumn };
  // a part that the data itself holds out is never trained on
  if (validation !== null) return { title, training: source, heldOut: validation, test: null, ...about };
  return {
    ...split(title, source, heldOutCount, spec.kind === 'builtin' ? spec.seed : 0),
    ...about,
  };
}

/** MNIST and its kin come with a test set of their own, whose order a pack's codes follow. */
async function openIdx(
  path: string,
  heldOutCount: number,
  classNames: readonly string[],
): Promise<TrainingData> {
  const { train, test } = await readIdxData(path);
  checkHeldOut(heldOutCount, train.count);
  const names = classNames.length > 0 ? classNames : namesOf(train);
  // IDX files come shuffled: the last pictures are as good a sample as any, and stay the same for every seed
  const trainCount = train.count - heldOutCount;
  return {
    title: basename(path),
    training: imageSource(sliceImages(train, 0, trainCount), names),
    heldOut: heldOutCount > 0 ? imageSource(sliceImages(train, trainCount, train.count), names) : null,
    test,
    ...NOTHING_AMISS,
    notes:
      test === null
        ? []
        : [`Its own test set, ${test.count} pictures, is kept apart and measures the finished model.`],
  };
}

const hasIdxTrainingSet = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.some((name) => /^train-images[-.]idx[34]-ubyte(\.gz)?$/.test(name)),
    () => false,
  );

/** The same held-out part for every run on the same data. */
function split(title: string, source: Source, heldOutCount: number, seed: number): TrainingData {
  checkHeldOut(heldOutCount, source.count);
  if (heldOutCount === 0) return { title, training: source, heldOut: null, test: null, ...NOTHING_AMISS };
  const order = shuffledIndices(mixSeed(seed, SPLIT_STREAM), source.count);
  return {
    title,
    training: subsetSource(source, order.subarray(heldOutCount)),
    heldOut: subsetSource(source, order.subarray(0, heldOutCount)),
    test: null,
    ...NOTHING_AMISS,
  };
}

function checkHeldOut(heldOut: number, count: number): void {
  if (heldOut < count) return;
  throw new AppError({
    code: 'data/too-few',
    headline: 'There are too few pictures',
    cause: `${heldOut} are to be held out and ${count} are there`,
    remedy: 'bring more, or hold fewer out',
  });
}

const namesOf = ({ labels }: LabelledImages): readonly string[] =>
  labels === null
    ? []
    : Array.from({ length: 1 + labels.reduce((a, b) => Math.max(a, b), 0) }, (_, label) => String(label));
