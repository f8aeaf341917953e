// Directions from labelled latents, by the methods of ml/directions. Each is found on one half of the rows; how well it separates, and
// what it drags along, is said of the other half.
import { rowsWith, type Attribute, type Direction, type DirectionMethod } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { nearestWord } from '#shared/nearest-word';
import { areaUnderCurve } from '#ml/directions/auc';
import { balancedDifference } from '#ml/directions/balanced';
import { conditional } from '#ml/directions/conditional';
import { hyperplane } from '#ml/directions/hyperplane';
import { jointEffect } from '#ml/directions/joint';
import { scoresAlong, unit } from '#ml/directions/latents';
import { meanDifference } from '#ml/directions/mean-difference';
import { columnOfTable } from './label-table';
import type { Labelled } from './labelled';
import { momentsOf, movedBy, readingsOf, type Readings } from './readings';

/** Methods that need labels; the others look at the network alone, or at exemplars. */
export const LABEL_METHODS = [
  'mean-difference',
  'balanced',
  'hyperplane',
  'regression',
  'joint',
  'conditional',
] as const;
export type LabelMethod = (typeof LABEL_METHODS)[number];
export const isLabelMethod = (method: DirectionMethod): method is LabelMethod =>
  (LABEL_METHODS as readonly string[]).includes(method);

export interface Wanted {
  readonly method: LabelMethod;
  readonly attribute: string;
  /** Conditional and joint: what must not move; all others where left out. Balanced: what is divided into cells. */
  readonly against?: readonly string[] | undefined;
}

/** @throws AppError input/attribute for an unknown one, data/too-few where a class is all but empty. */
export function findDirection(labelled: Labelled, { method, attribute: name, against }: Wanted): Direction {
  const attribute = attributeOf(labelled, name);
  const others = (against ?? labelled.table.attributes.map((other) => other.name)).filter(
    (other) => attributeOf(labelled, other).name !== name,
  );
  const readings = readingsOf(labelled);
  const own = readings.attributes.find((reading) => reading.name === name)!;
  const [withIt, without] = sidesOf(labelled, attribute, readings.found);
  const v = vectorOf(labelled, method, { attribute, others, asked: against !== undefined, withIt, without });
  // +1 is one standard deviation of the attribute, as it reads along v
  const moved = movedBy(own, v);
  if (!(Math.abs(moved) > 1e-9)) throw nothingLeft(name, method);
  return measured(labelled, {
    name,
    title: attribute.title,
    method,
    attribute: name,
    vector: Array.from(v, (value) => Math.fround(value / moved)),
    auc: null,
    sideEffects: [],
    origin: 'own',
  });
}

interface Parts {
  readonly attribute: Attribute;
  readonly others: readonly string[];
  /** Were the others named, or are they all there are? */
  readonly asked: boolean;
  readonly withIt: readonly number[];
  readonly without: readonly number[];
}

function vectorOf(
  labelled: Labelled,
  method: LabelMethod,
  { attribute, others, asked, withIt, without }: Parts,
): Float64Array {
  const readings = readingsOf(labelled);
  const normalOf = (name: string): Float64Array =>
    readings.attributes.find((reading) => reading.name === name)!.reading.weights;
  switch (method) {
    case 'mean-difference':
      return meanDifference(labelled, withIt, without);
    case 'balanced': {
      const cells = asked ? others : strongest(labelled, attribute.name, others);
      return balanced(labelled, attribute.name, cells, withIt, without);
    }
    case 'hyperplane':
      return hyperplane(labelled, withIt, without).weights;
    case 'regression':
      return normalOf(attribute.name);
    case 'joint':
      return joint(labelled, readings.found, [attribute.name, ...others]);
    case 'conditional': {
      const v = conditional(hyperplane(labelled, withIt, without).weights, others.map(normalOf));
      if (v === null) throw nothingLeft(attribute.name, method);
      return v;
    }
  }
}

/** Of the first, beside the others; a label that some pictures lack is left to those that have it. */
function joint(labelled: Labelled, found: readonly number[], names: readonly string[]): Float64Array {
  const columns = names.map((name) => columnOfTable(labelled.table, name));
  const rows = found.filter((row) => columns.every((column) => Number.isFinite(column[row]!)));
  if (rows.length >= LEAST_TO_EACH_LABEL * names.length) return jointEffect(labelled, rows, columns, 0);
  throw new AppError({
    code: 'data/too-few',
    headline: 'Too few pictures have all of these labels',
    where: names.join(', ').slice(0, 120),
    cause: `${rows.length}, and ${LEAST_TO_EACH_LABEL * names.length} are needed`,
    remedy: 'name fewer with --against, or label more pictures',
  });
}

/** Each label in two halves, at its mean. */
function balanced(
  labelled: Labelled,
  name: string,
  others: readonly string[],
  withIt: readonly number[],
  without: readonly number[],
): Float64Array {
  const splits = others.map((other) => {
    const column = columnOfTable(labelled.table, other);
    const { mean } = momentsOf(
      [...withIt, ...without].map((row) => column[row]!).filter((value) => Number.isFinite(value)),
    );
    return (row: number): string => (Number.isFinite(column[row]!) ? String(column[row]! >= mean) : '?');
  });
  const v = balancedDifference(labelled, withIt, without, (row) => splits.map((side) => side(row)).join());
  if (v !== null) return v;
  throw new AppError({
    code: 'data/too-few',
    headline: 'No cell has pictures on both sides',
    where: name,
    cause: `balanced against ${others.join(', ')}`,
    remedy: 'balance against fewer attributes, or take the conditional direction',
  });
}

/** The other label that goes with this one most. */
function strongest(labelled: Labelled, name: string, others: readonly string[]): readonly string[] {
  const own = columnOfTable(labelled.table, name);
  const ranked = others
    .map((other) => ({ other, with: Math.abs(correlation(own, columnOfTable(labelled.table, other))) }))
    .sort((a, b) => b.with - a.with);
  return ranked.slice(0, 1).map(({ other }) => other);
}

export function correlation(a: Float32Array, b: Float32Array): number {
  const rows = Array.from(a.keys()).filter((row) => Number.isFinite(a[row]! + b[row]!));
  const [x, y] = [momentsOf(rows.map((row) => a[row]!)), momentsOf(rows.map((row) => b[row]!))];
  if (x.sd === 0 || y.sd === 0) return 0;
  return (
    rows.reduce((sum, row) => sum + (a[row]! - x.mean) * (b[row]! - y.mean), 0) / rows.length / x.sd / y.sd
  );
}

/** A direction with how well it separates its attribute, and what +1 drags along; any vector of the model's size will do. */
export function measured(labelled: Labelled | null, direction: Direction): Direction {
  if (labelled === null) return direction;
  const readings = readingsOf(labelled);
  return {
    ...direction,
    auc: direction.attribute === null ? null : separation(labelled, readings, direction),
    sideEffects: readings.attributes
      .filter(({ name }) => name !== direction.attribute)
      .map((reading) => ({ attribute: reading.name, sigma: movedBy(reading, direction.vector) }))
      .sort((a, b) => Math.abs(b.sigma) - Math.abs(a.sigma)),
  };
}

function separation(
  labelled: Labelled,
  { judged }: Readings,
  { attribute, vector }: Direction,
): number | null {
  const found = labelled.table.attributes.find(({ name }) => name === attribute);
  if (found === undefined) return null;
  const [withIt, without] = rowsOfSides(labelled, found, judged);
  if (withIt.length === 0 || without.length === 0) return null;
  const v = unit(Float64Array.from(vector));
  return areaUnderCurve(scoresAlong(labelled, withIt, v), scoresAlong(labelled, without, v));
}

const LEAST_IN_CLASS = 5;
const LEAST_TO_EACH_LABEL = 5;

/** Rows that clearly have it and rows that clearly have it not. */
function sidesOf(
  labelled: Labelled,
  attribute: Attribute,
  among: readonly number[],
): readonly [readonly number[], readonly number[]] {
  const sides = rowsOfSides(labelled, attribute, among);
  const least = Math.min(...sides.map(({ length }) => length));
  if (least >= LEAST_IN_CLASS) return sides;
  throw new AppError({
    code: 'data/too-few',
    headline: 'Too few pictures are on one side of this attribute',
    where: attribute.name,
    cause: `${sides[0].length} have it and ${sides[1].length} have it not, and ${LEAST_IN_CLASS} of each are needed`,
    remedy: 'label more pictures',
  });
}

function rowsOfSides(
  { table }: Labelled,
  { name }: Attribute,
  among: readonly number[],
): readonly [readonly number[], readonly number[]] {
  const wanted = new Set(among);
  const of = (level: 'high' | 'low'): readonly number[] =>
    rowsWith(table, [{ attribute: name, level }]).filter((row) => wanted.has(row));
  return [of('high'), of('low')];
}

export function attributeOf({ table }: Labelled, name: string): Attribute {
  const names = table.attributes.map((attribute) => attribute.name);
  const found = table.attributes.find((attribute) => attribute.name === name);
  if (found !== undefined) return found;
  const near = nearestWord(name, names);
  throw new AppError({
    code: 'input/attribute',
    headline: 'This model has no such attribute',
    where: name.slice(0, 60),
    remedy: near === undefined ? `its attributes are ${names.join(', ')}` : `did you mean “${near}”?`,
  });
}

function nothingLeft(name: string, method: LabelMethod): AppError {
  return new AppError({
    code: 'data/no-direction',
    headline: 'No direction moves this attribute',
    where: name,
    cause:
      method === 'conditional'
        ? 'what is left of it without the others is nothing'
        : 'its labels have nothing to do with the latents',
    remedy: method === 'conditional' ? 'condition on fewer attributes' : 'check the labels',
  });
}
