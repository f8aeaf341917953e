// Labels for a pack from labelled data, through the model's own encoder: mu of each picture beside its labels.
import type { LabelTable } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { quantile } from '#shared/statistics';
import { checkFits } from '../evaluation/data';
import type { OpenModel } from '../open-model';
import type { FactoredSource } from '../datasets/procedural/factored-source';
import type { Source } from '../training/source';
import { headLabels, areHeads } from './head-attributes';
import { labelsFromNumbers, rowsOfTable } from './label-table';
import type { Labelling } from './labelled';
import { unlikeness } from './likeness';

const AT_ONCE = 128;
/** A 99th percentile of fewer is a guess. */
const LEAST_FOR_LIKENESS = 200;

export type Progress = (done: number, total: number) => void;

/** The labels of a source: its own table, or the factors that it was drawn from. null where it has neither. */
export function labelsOf(source: Source | FactoredSource): LabelTable | null {
  if (source.labelTable !== undefined) return source.labelTable;
  if (!('factors' in source) || source.factors.names.length === 0) return null;
  const { factors } = source;
  return areHeads(factors.names) ? headLabels(factors) : labelsFromNumbers(factors.names, factors.values);
}

/** @throws AppError data/labels where the data has none that say anything */
export function requireLabels(source: Source | FactoredSource, title: string): LabelTable {
  const table = labelsOf(source);
  if (table !== null) return table;
  throw new AppError({
    code: 'data/labels',
    headline: 'The data has no labels that tell its pictures apart',
    where: title,
    remedy:
      'give it a labels.csv with a column called file and columns such as smile, each with two or more values',
  });
}

/** Of `count` pictures at most a third of those that the data holds out, as the last rows; the rest of those that it does not. */
export async function labelBothParts(
  model: OpenModel,
  {
    source,
    heldOut,
    title,
  }: { readonly source: Source; readonly heldOut: Source | null; readonly title: string },
  count: number,
  onProgress?: Progress,
): Promise<Labelling> {
  if (heldOut === null) return labelData(model, source, title, count, onProgress);
  const judged = Math.min(heldOut.count, Math.ceil(count / 3));
  const first = await labelData(model, source, title, count - judged, onProgress);
  const last = await labelData(model, heldOut, title, judged, onProgress);
  const { attributes } = first.table;
  return {
    table: {
      attributes,
      count: first.table.count + last.table.count,
      values: concatenated(first.table.values, last.table.values),
    },
    mu: concatenated(first.mu ?? new Float32Array(), last.mu ?? new Float32Array()),
    seeds: null,
    by: title,
    heldOut: last.table.count,
    likeness: last.likeness ?? first.likeness,
  };
}

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The first `count` pictures, encoded as the app encodes them. */
export async function labelData(
  model: OpenModel,
  source: Source | FactoredSource,
  title: string,
  count: number,
  onProgress: Progress = () => undefined,
): Promise<Labelling> {
  const table = requireLabels(source, title);
  const { output, latent } = model.info;
  checkFits(source.shape, output);
  const rows = Math.min(count, source.count);
  const mu = new Float32Array(rows * latent.size);
  const errors: number[] = [];
  for (let from = 0; from < rows; from += AT_ONCE) {
    const places = Uint32Array.from({ length: Math.min(AT_ONCE, rows - from) }, (_, i) => from + i);
    const bytes = Uint8Array.from(await source.read(places), (value) => Math.round(255 * value));
    const codes = (await model.encode(bytes, places.length)).mu;
    mu.set(codes, from * latent.size);
    const { rgba } = await model.decode(codes, places.length);
    errors.push(...unlikeness(bytes, rgba, places.length, output.channels));
    onProgress(from + places.length, rows);
  }
  return {
    table: rowsOfTable(
      table,
      Uint32Array.from({ length: rows }, (_, i) => i),
    ),
    mu,
    seeds: null,
    by: title,
    likeness: errors.length >= LEAST_FOR_LIKENESS ? Math.max(1e-9, quantile(errors, 0.99)) : undefined,
  };
}
