// Operations on numbers that are known already: moving them about, and the arithmetic by which graphs prepare their weights.
import type { Size } from './sizes';
import { known, type Data, type Known } from './value';

/** The elements at these places, in this order. */
export function picked(
  value: Known,
  places: readonly number[] | Int32Array,
  shape: readonly number[],
): Known {
  const { data, element } = value;
  const moved: Data =
    data instanceof Float32Array
      ? Float32Array.from(places, (place) => data[place] ?? 0)
      : Array.from(places, (place) => data[place] ?? 0);
  return known(element, shape, moved);
}

export const reshaped = (value: Known, shape: readonly number[]): Known =>
  known(value.element, shape, value.data);

export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** For each element of `shape`, walked row by row, where it lies by these strides and this start. */
export function places(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const result = new Int32Array(shape.reduce((product, size) => product * size, 1));
  const position = shape.map(() => 0);
  let from = start;
  for (let to = 0; to < result.length; to++) {
    result[to] = from;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 1)) {
        position[axis] = next;
        break;
      }
      from -= next * (strides[axis] ?? 0);
      position[axis] = 0;
    }
  }
  return result;
}

export function transposed(value: Known, axes: readonly number[]): Known {
  const strides = stridesOf(value.shape);
  const shape = axes.map((axis) => value.shape[axis] ?? 1);
  return picked(
    value,
    places(
      shape,
      axes.map((axis) => strides[axis] ?? 1),
    ),
    shape,
  );
}

export function joined(values: readonly Known[], axis: number): Known {
  const [first] = values;
  const rank = first?.shape.length ?? 0;
  const total = values.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  const shape = Array.from({ length: rank }, (_, at) => (at === axis ? total : (first?.shape[at] ?? 1)));
  const rows = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const data: Size[] = [];
  for (let row = 0; row < rows; row++) {
    for (const value of values) {
      const length = (value.shape[axis] ?? 0) * inner;
      for (let at = 0; at < length; at++) data.push(value.data[row * length + at] ?? 0);
    }
  }
  const element = first?.element ?? 'float';
  return known(element, shape, element === 'float' ? Float32Array.from(data as number[]) : data);
}

interface Matched {
  readonly shape: readonly number[];
  /** For each element of the result, the place of the one and of the other that it is made of. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Element by element, the smaller repeated; undefined where the shapes do not fit. */
function matched(a: readonly number[], b: readonly number[]): Matched | undefined {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]): readonly number[] => [
    ...Array.from({ length: rank - shape.length }, () => 1),
    ...shape,
  ];
  const [one, other] = [padded(a), padded(b)];
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [left = 1, right = 1] = [one[axis], other[axis]];
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  const strides = (of: readonly number[]): readonly number[] =>
    stridesOf(of).map((stride, axis) => (of[axis] === 1 ? 0 : stride));
  return { shape, from: places(shape, strides(one)), to: places(shape, strides(other)) };
}

export function combinedFloats(
  a: Known,
  b: Known,
  operation: (a: number, b: number) => number,
): Known | undefined {
  const both = matched(a.shape, b.shape);
  const [left, right] = [a.data, b.data];
  if (both === undefined || !(left instanceof Float32Array) || !(right instanceof Float32Array))
    return undefined;
  const data = both.from.length === 0 ? new Float32Array() : new Float32Array(both.from.length);
  for (let at = 0; at < data.length; at++)
    data[at] = operation(left[both.from[at] ?? 0] ?? 0, right[both.to[at] ?? 0] ?? 0);
  return known('float', both.shape, data);
}

export function combinedSizes(
  a: Known,
  b: Known,
  element: Known['element'],
  operation: (a: Size, b: Size) => Size,
): Known | undefined {
  const both = matched(a.shape, b.shape);
  const [left, right] = [a.data, b.data];
  if (both === undefined || left instanceof Float32Array || right instanceof Float32Array) return undefined;
  const data = Array.from(both.from, (place, at) =>
    operation(left[place] ?? 0, right[both.to[at] ?? 0] ?? 0),
  );
  return data.includes(null) ? undefined : known(element, both.shape, data);
}
