// The data that a model is evaluated on: pictures that it has not seen where the data says which those are, and a part for a judge to
// learn from that shares no picture with what is judged.
import { readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '#shared/errors';
import { mixSeed } from '#shared/random';
import type { DataOptions, DataSpec } from '#shared/training';
import { BUILT_IN_DATA, builtInSource } from '../datasets/built-in-data';
import { splitSource } from '../datasets/describe-data';
import { readIdxTestSet } from '../datasets/idx';
import { openData } from '../datasets/open-data';
import type { FactoredSource } from '../datasets/procedural/factored-source';
import { GRID_25, RING_8, type Point } from '../datasets/procedural/toy-points';
import { imageSource, type Source } from '../training/source';

export interface EvaluationData {
  readonly spec: DataSpec;
  readonly title: string;
  /** What bounds and reconstructions are measured on. */
  readonly pictures: Source;
  /** 'test set': held out by the data itself; 'drawn anew': from another seed; 'all': the model may have been trained on them. */
  readonly part: 'test set' | 'drawn anew' | 'all';
  /** For a judge, which reads the second and learns from the first. */
  readonly judged: { readonly learn: Source | FactoredSource; readonly test: Source | FactoredSource };
  /** Where the modes of points are known. */
  readonly modes: { readonly centres: readonly Point[]; readonly sd: number } | null;
  readonly notes: readonly string[];
}

/** Of data that holds nothing out, a judge learns from the rest. */
const JUDGED_SHARE = 0.25;
/** Drawn data is judged on pictures of this stream of its seed, which no training draws. */
const FRESH_STREAM = 0x7e57;
const FRESH_COUNT = 10_000;

export async function openEvaluationData(spec: DataSpec, options: DataOptions): Promise<EvaluationData> {
  if (spec.kind === 'builtin') return drawnData(spec);
  if (await isIdxTestOnly(spec.path)) {
    const images = await readIdxTestSet(spec.path);
    const classes = 1 + (images.labels?.reduce((a, b) => Math.max(a, b), 0) ?? -1);
    const names = Array.from({ length: classes }, (_, label) => String(label));
    const notes = [
      'There are only these pictures, and no others to train a judge with: it learned from three quarters of them.',
    ];
    return undivided(spec, basename(spec.path), imageSource(images, names), 'test set', notes);
  }
  const { source, validation, description } = await openData(spec, options);
  const { title } = description;
  if (validation === null) {
    const notes = [
      'The data does not say what it holds out, so the model may have been trained on these pictures.',
    ];
    return undivided(spec, title, source, 'all', notes);
  }
  const judged = { learn: source, test: validation };
  return { spec, title, pictures: validation, part: 'test set', judged, modes: null, notes: [] };
}

function drawnData(spec: Extract<DataSpec, { kind: 'builtin' }>): EvaluationData {
  const learn = builtInSource(spec);
  const count = Math.min(FRESH_COUNT, Math.max(spec.count, 2));
  const test = builtInSource({ ...spec, count, seed: mixSeed(spec.seed, FRESH_STREAM) });
  const known = { 'ring-8': RING_8, 'grid-25': GRID_25 }[spec.name] ?? null;
  const title = BUILT_IN_DATA[spec.name]?.title ?? spec.name;
  return {
    ...{ spec, title, pictures: test, part: 'drawn anew', judged: { learn, test } },
    modes: known === null ? null : { centres: known.centres, sd: known.sd },
    notes: [],
  };
}

function undivided(
  spec: DataSpec,
  title: string,
  pictures: Source,
  part: EvaluationData['part'],
  notes: readonly string[],
): EvaluationData {
  const { training, validation } = splitSource(pictures, JUDGED_SHARE, 0);
  const judged = { learn: training, test: validation ?? training };
  return { spec, title, pictures, part, judged, modes: null, notes };
}

/** One file of IDX pictures, or a folder that has a test set and nothing to train on. */
async function isIdxTestOnly(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  if (info === null) return false;
  if (info.isFile()) return /idx[34]-ubyte(\.gz)?$/.test(path);
  const names = await readdir(path);
  const has = (part: string): boolean =>
    names.some((name) => new RegExp(`^${part}-images[-.]idx[34]-ubyte(\\.gz)?$`).test(name));
  return has('t10k') && !has('train');
}

/** @throws AppError data/mismatch where the model makes other pictures than these. */
export function checkFits(
  { height, width, channels }: Source['shape'],
  model: Pick<Source['shape'], 'height' | 'width' | 'channels'>,
): void {
  if (height === model.height && width === model.width && channels === model.channels) return;
  throw new AppError({
    code: 'data/mismatch',
    headline: 'The pictures do not fit the model',
    cause: `they are ${width} x ${height} x ${channels} and it makes ${model.width} x ${model.height} x ${model.channels}`,
    remedy: 'choose the data it was trained for, or bring it to that size by --size, --crop and --grey',
  });
}
