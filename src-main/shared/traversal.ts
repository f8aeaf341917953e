// Traversals: rows of pictures, one for each coordinate, in which it alone goes from value to value.
import type { LatentVector } from './domain';
import { dot } from './latent-math';

/** A coordinate: a raw axis of the latent, or the distance from `mean` along a direction of length 1. */
export type Coordinate =
  { readonly axis: number } | { readonly direction: LatentVector; readonly mean: LatentVector };

export function valueAlong(z: LatentVector, coordinate: Coordinate): number {
  if ('axis' in coordinate) return z[coordinate.axis] ?? 0;
  const { direction, mean } = coordinate;
  return dot(
    direction,
    z.map((value, i) => value - mean[i]!),
  );
}

/** z with that value there, and all other coordinates at right angles to it as they were. */
export function withValueAlong(
  z: LatentVector,
  coordinate: Coordinate,
  value: number,
): Float32Array<ArrayBuffer> {
  if ('axis' in coordinate) {
    const moved = Float32Array.from(z);
    moved[coordinate.axis] = value;
    return moved;
  }
  const by = value - valueAlong(z, coordinate);
  return Float32Array.from(z, (each, i) => each + by * coordinate.direction[i]!);
}

/** `n` values in equal steps, both ends included. */
export const traversalValues = (from: number, to: number, n: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => (n === 1 ? from : from + ((to - from) * i) / (n - 1)));

/** Row by row. // [coordinates * values, size] */
export function traversalLatents(
  z: LatentVector,
  coordinates: readonly Coordinate[],
  values: Float32Array,
): Float32Array<ArrayBuffer> {
  const all = new Float32Array(coordinates.length * values.length * z.length);
  coordinates.forEach((coordinate, row) =>
    values.forEach((value, column) =>
      all.set(withValueAlong(z, coordinate, value), (row * values.length + column) * z.length),
    ),
  );
  return all;
}
