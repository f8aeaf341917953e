// Flat pieces of a latent space: two of its own axes through the point, three points at the corners, or a point and two directions.
// Whatever spans a plane, it comes to one frame: where its pictures lie, and how it is drawn.
import type { LatentVector, Prior } from './domain';
import { AppError } from './errors';
import { axisPlane, dot, gridAxis, norm, onPlane, placeOnPlane, type LatentPlane } from './latent-math';

/** A point that a plane goes through. */
export interface Anchor {
  readonly z: LatentVector; // [size]
  /** As a person would call it, e.g. "Seed 7". */
  readonly name: string;
}

/** A way through latent space; +1 is one length of the vector. */
export interface PlaneDirection {
  readonly name: string;
  readonly vector: LatentVector; // [size]
  /** As the command line names it, e.g. "smile", "pca:1", "axis:3", "random:7". */
  readonly ref: string;
}

/** A at the bottom left, B at the bottom right, C at the top left. */
export const CORNERS = ['a', 'b', 'c'] as const;
export type Corner = (typeof CORNERS)[number];

export type PlaneSpec =
  /** Two of the latent's own axes; the plane goes through the point in hand, wherever that is. */
  | { readonly kind: 'axes'; readonly across: number; readonly up: number }
  /** The plane stays where its corners are. The fourth point is shown where it falls. */
  | ({ readonly kind: 'points'; readonly fourth: Anchor | null } & Readonly<Record<Corner, Anchor>>)
  | {
      readonly kind: 'directions';
      readonly at: Anchor;
      readonly across: PlaneDirection;
      readonly up: PlaneDirection;
    };

/** How far the pictures reach. */
export interface Lattice {
  /** Pictures on a side. */
  readonly n: number;
  /** Of axes: standard deviations of the prior, through its inverse CDF. Of directions: lengths of the vectors, in equal steps. */
  readonly span: number;
  /** Of corners: how far it goes on beyond them, as a share of the side; 0: the corners show their very points. */
  readonly margin: number;
}

export interface PlaneFrame {
  /** (x, y) are the positions of the lattice. */
  readonly lattice: LatentPlane;
  /** From the first picture to the last along both sides, in equal steps; null: through the inverse CDF of the prior. */
  readonly range: readonly [number, number] | null;
  /** The same plane over two directions of length 1 at right angles, about the point that is nearest to the origin: |z| draws circles. */
  readonly drawn: LatentPlane;
  /** |z| of that nearest point. Of axes 0: their circles count the two coordinates alone. */
  readonly height: number;
}

/** @throws AppError input/plane where the points or directions lie on one line, or have the size of another model. */
export function frameOf(spec: PlaneSpec, point: LatentVector, { span, margin }: Lattice): PlaneFrame {
  switch (spec.kind) {
    case 'axes': {
      const plane = axisPlane(point, [spec.across, spec.up]);
      return { lattice: plane, range: null, drawn: plane, height: 0 };
    }
    case 'points': {
      const { a, b, c } = spec;
      const lattice = { origin: a.z, u: difference(b.z, a.z), v: difference(c.z, a.z) };
      return framed(lattice, [-margin, 1 + margin]);
    }
    case 'directions': {
      const { at, across, up } = spec;
      return framed({ origin: at.z, u: across.vector, v: up.vector }, [-span, span]);
    }
  }
}

function framed(lattice: LatentPlane, range: readonly [number, number]): PlaneFrame {
  const drawn = rightAngled(lattice);
  return { lattice, range, drawn, height: norm(drawn.origin) };
}

/** The same plane: orthonormal directions (Gram-Schmidt), and the point nearest to the origin of the latent space in the middle. */
function rightAngled({ origin, u, v }: LatentPlane): LatentPlane {
  if (u.length !== origin.length || v.length !== origin.length)
    throw noPlane('they come from models of different sizes', 'take all of them from one model');
  const across = scaled(u, 1 / norm(u));
  const rest = v.map((value, i) => value - dot(v, across) * across[i]!);
  // what is left of a parallel one is rounding
  if (!(norm(u) > 0) || !(norm(rest) > 1e-4 * norm(v)))
    throw noPlane('they lie on one line', 'choose another for one of them');
  const up = scaled(rest, 1 / norm(rest));
  const zero = new Float32Array(origin.length);
  const { x, y } = placeOnPlane({ origin, u: across, v: up }, zero);
  return { origin: onPlane({ origin, u: across, v: up }, x, y), u: across, v: up };
}

/** Positions along a side. // [n] */
export const latticeAxis = (
  n: number,
  span: number,
  prior: Prior,
  range: readonly [number, number] | null,
): Float32Array<ArrayBuffer> =>
  range === null
    ? gridAxis(n, span, prior)
    : Float32Array.from({ length: n }, (_, i) => range[0] + ((range[1] - range[0]) * i) / (n - 1));

/** The latents of an n x n lattice, row by row from the top: x grows to the right, y upwards. // [n*n, size] */
export function latticeLatents(plane: LatentPlane, axis: Float32Array): Float32Array<ArrayBuffer> {
  const { length: n } = axis;
  const { length: size } = plane.origin;
  const z = new Float32Array(n * n * size);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++)
      z.set(onPlane(plane, axis[column]!, axis[n - 1 - row]!), (row * n + column) * size);
  return z;
}

/** How far z lies off the plane. */
export function distanceTo(plane: LatentPlane, z: LatentVector): number {
  const { x, y } = placeOnPlane(plane, z);
  return norm(difference(z, onPlane(plane, x, y)));
}

export const difference = (a: LatentVector, b: LatentVector): Float32Array<ArrayBuffer> =>
  Float32Array.from(a, (value, i) => value - b[i]!);

const scaled = (a: LatentVector, by: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(a, (value) => value * by);

const noPlane = (cause: string, remedy: string): AppError =>
  new AppError({ code: 'input/plane', headline: 'These span no plane', cause, remedy });
