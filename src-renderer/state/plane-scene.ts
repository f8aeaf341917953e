// A plane as its chart draws it: circles of equal distance from the origin, the outline of the grid, how far one sees.
import { shellRadius } from '#shared/arithmetic';
import { latentPoint, type LatentPoint } from '#shared/coords';
import type { LatentVector, Prior } from '#shared/domain';
import { onPlane, placeOnPlane, type LatentPlane } from '#shared/latent-math';
import { latticeAxis, type Lattice, type PlaneFrame } from '#shared/plane';

export interface Ring {
  readonly radius: number;
  readonly name: string;
  readonly isShell: boolean;
}

export interface PlaneScene {
  readonly rings: readonly Ring[];
  /** The corners of the grid, in turn. */
  readonly outline: readonly LatentPoint[];
  /** To either side. */
  readonly reach: number;
  /** |z| of a typical draw, and whether the plane meets that sphere. */
  readonly shell: number;
  readonly meetsShell: boolean;
}

/** Where many latents fall. // [count, size] -> [count, 2] */
export function placesOf({ origin, u, v }: LatentPlane, mu: Float32Array): Float32Array<ArrayBuffer> {
  const { length: size } = origin;
  const count = mu.length / size;
  const places = new Float32Array(2 * count);
  // u and v have length 1 and are at right angles
  for (let row = 0; row < count; row++) {
    let [x, y] = [0, 0];
    for (let i = 0; i < size; i++) {
      const from = mu[row * size + i]! - origin[i]!;
      x += from * u[i]!;
      y += from * v[i]!;
    }
    places[2 * row] = x;
    places[2 * row + 1] = y;
  }
  return places;
}

/** Norms of the rings, in shell radii. */
const RINGS = [0.5, 1, 1.5] as const;
const ROOM = 1.2;

export function sceneOf(
  { drawn, lattice: plane, range, height }: PlaneFrame,
  lattice: Lattice,
  prior: Prior,
  anchors: readonly LatentVector[],
): PlaneScene {
  const shell = shellRadius(drawn.origin.length, prior);
  const rings = RINGS.flatMap((share) => {
    const wanted = share * shell;
    if (wanted <= height) return [];
    const name = `|z| ${wanted.toFixed(1)}${share === 1 ? ', the shell' : ''}`;
    return [{ radius: Math.sqrt(wanted ** 2 - height ** 2), name, isShell: share === 1 }];
  });
  const axis = latticeAxis(lattice.n, lattice.span, prior, range);
  const [low, high] = [axis[0]!, axis.at(-1)!];
  const placeOf = (z: LatentVector): LatentPoint => {
    const { x, y } = placeOnPlane(drawn, z);
    return latentPoint(x, y);
  };
  const outline = [
    [low, low],
    [high, low],
    [high, high],
    [low, high],
  ].map(([x, y]) => placeOf(onPlane(plane, x!, y!)));
  const seen = [...outline, ...anchors.map(placeOf)].flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]);
  return { rings, outline, reach: ROOM * Math.max(1e-3, ...seen), shell, meetsShell: shell > height };
}
