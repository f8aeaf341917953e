// What every attribute reads along latents, by regression on labelled ones: fitted on one part of them, judged on the other: what the
// data holds out, or a random half. This is the
// ruler for all directions: +1 on a slider is one standard deviation of its attribute as read here, and what it drags along is read here.
import type { Readout } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { shuffledIndices } from '#shared/random';
import { inner } from '#ml/directions/latents';
import { readAt, ridgeRegressions, type LinearReading } from '#ml/directions/ridge';
import { MAX_REGRESSED_SIZE } from '../store/limits';
import type { Labelled } from './labelled';

export interface AttributeReading {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
  readonly reading: LinearReading;
  /** Share of the held-out labels' variance that it explains. */
  readonly r2: number;
}

export interface Readings {
  /** Rows that directions are found on, and rows that they are judged on. */
  readonly found: readonly number[];
  readonly judged: readonly number[];
  readonly attributes: readonly AttributeReading[];
}

const SPLIT_SEED = 0x5d;
const LEAST_LABELLED = 20;

const cache = new WeakMap<Labelled, Readings>();

/** @throws AppError data/too-few, model/too-large */
export function readingsOf(labelled: Labelled): Readings {
  let readings = cache.get(labelled);
  if (readings === undefined) cache.set(labelled, (readings = fit(labelled)));
  return readings;
}

function fit(labelled: Labelled): Readings {
  const { size, count, table } = labelled;
  if (size > MAX_REGRESSED_SIZE)
    throw new AppError({
      code: 'model/too-large',
      headline: 'The latent has too many numbers for directions by regression',
      cause: `${size}, and up to ${MAX_REGRESSED_SIZE} are handled`,
      remedy: 'use exemplars of your own, or directions without labels',
    });
  const isSplit = labelled.heldOut > 0 && labelled.heldOut < count;
  const order = isSplit
    ? Array.from({ length: count }, (_, row) => row)
    : Array.from(shuffledIndices(SPLIT_SEED, count));
  const share = isSplit ? count - labelled.heldOut : Math.ceil(count / 2);
  const [found, judged] = [order.slice(0, share), order.slice(share)];
  const columns = table.attributes.map((_, at) => columnAt(labelled, at));
  // labels that all rows have share the work; a row without a label is left out of that label's own
  const complete = columns.map((column) => found.every((row) => Number.isFinite(column[row]!)));
  const shared = ridgeRegressions(
    labelled,
    found,
    columns.filter((_, at) => complete[at]),
  );
  let next = 0;
  const attributes = table.attributes.map(({ name }, at) => {
    const column = columns[at]!;
    const rows = found.filter((row) => Number.isFinite(column[row]!));
    if (rows.length < LEAST_LABELLED) throw tooFew(name, rows.length);
    const reading = complete[at] ? shared[next++]! : ridgeRegressions(labelled, rows, [column])[0]!;
    const { mean, sd } = momentsOf(rows.map((row) => column[row]!));
    const held = judged.filter((row) => Number.isFinite(column[row]!));
    return { name, mean, sd, reading, r2: explained(labelled, held, column, reading) };
  });
  return { found, judged, attributes };
}

function columnAt({ table, count }: Labelled, at: number): Float64Array {
  const width = table.attributes.length;
  return Float64Array.from({ length: count }, (_, row) => table.values[row * width + at]!);
}

function explained(
  { z, size }: Labelled,
  rows: readonly number[],
  column: Float64Array,
  reading: LinearReading,
): number {
  const { sd } = momentsOf(rows.map((row) => column[row]!));
  let error = 0;
  for (const row of rows)
    error += (column[row]! - readAt(reading, z.subarray(row * size, (row + 1) * size))) ** 2;
  return sd === 0 ? 0 : 1 - error / rows.length / (sd * sd);
}

export function momentsOf(values: readonly number[]): { readonly mean: number; readonly sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
  return { mean, sd: Math.sqrt(variance) };
}

/** // z [size] */
export function readoutAt({ attributes }: Readings, z: ArrayLike<number>): Readout {
  return Object.fromEntries(
    attributes.map(({ name, mean, sd, reading }) => {
      const value = readAt(reading, z);
      return [name, { value, sigma: sd === 0 ? 0 : (value - mean) / sd }];
    }),
  );
}

/** What a step of v moves an attribute by, in its standard deviations. */
export const movedBy = ({ reading, sd }: AttributeReading, v: ArrayLike<number>): number =>
  sd === 0 ? 0 : inner(reading.weights, v) / sd;

function tooFew(name: string, count: number): AppError {
  return new AppError({
    code: 'data/too-few',
    headline: 'Too few pictures have this label',
    where: name,
    cause: `${count}, and at least ${LEAST_LABELLED} are needed on each side of the test`,
    remedy: 'label more pictures',
  });
}
