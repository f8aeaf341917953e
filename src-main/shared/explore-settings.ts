// What a person sets in Explore beside the point and its plane: how far random points lie, along which axes the point moves, how large the
// traversal is. A file leaves out what is as at first; files from before these were kept have none of it.
import { z } from 'zod';

/** What the sliders move along: the latent's own axes, principal components of its codes, or a random rotation. */
export type Coordinates = 'axes' | 'components' | 'rotation';
export type DimensionOrder = 'number' | 'activity';

export interface ExploreSettings {
  /** The point is the draw of this seed, truncated by psi; null: it came from elsewhere. */
  readonly drawn: number | null;
  /** Truncation of random points: z = mean + psi (draw - mean), the mean of the prior. 1 leaves them as they are drawn. */
  readonly psi: number;
  readonly coordinates: {
    readonly along: Coordinates;
    readonly order: DimensionOrder;
    /** Seed of the random rotation. */
    readonly rotation: number;
  };
  readonly traversal: {
    /** How many rows, the most telling first. */
    readonly rows: number;
    /** Pictures in a row. */
    readonly n: number;
    /** From so far below 0 to so far above it. */
    readonly reach: number;
  };
}

export const FIRST_SETTINGS: ExploreSettings = {
  drawn: null,
  psi: 1,
  coordinates: { along: 'axes', order: 'number', rotation: 1 },
  traversal: { rows: 10, n: 9, reach: 3 },
};

/** Of a psi, to either side. */
export const MOST_PSI = 10;
/** What a traversal may be asked for. */
export const TRAVERSAL_LIMITS = {
  rows: { min: 1, max: 64 },
  n: { min: 2, max: 32 },
  reach: { min: 0.1, max: 10 },
} as const;

const seed = z
  .number()
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const whole = ({ min, max }: { readonly min: number; readonly max: number }) =>
  z.number().int().min(min).max(max);

/** Fields of a step's JSON. */
export const settingsSchema = {
  drawn: seed.nullable().default(FIRST_SETTINGS.drawn),
  psi: z.number().min(-MOST_PSI).max(MOST_PSI).default(FIRST_SETTINGS.psi),
  coordinates: z
    .object({
      along: z.enum(['axes', 'components', 'rotation']),
      order: z.enum(['number', 'activity']),
      rotation: seed,
    })
    .default(FIRST_SETTINGS.coordinates),
  traversal: z
    .object({
      rows: whole(TRAVERSAL_LIMITS.rows),
      n: whole(TRAVERSAL_LIMITS.n),
      reach: z.number().min(TRAVERSAL_LIMITS.reach.min).max(TRAVERSAL_LIMITS.reach.max),
    })
    .default(FIRST_SETTINGS.traversal),
} as const;

export function settingsToJson(settings: ExploreSettings): Partial<ExploreSettings> {
  const { drawn, psi, coordinates, traversal } = settings;
  return {
    ...(drawn === null ? {} : { drawn }),
    ...(psi === FIRST_SETTINGS.psi ? {} : { psi }),
    ...(isFirst(coordinates, FIRST_SETTINGS.coordinates) ? {} : { coordinates }),
    ...(isFirst(traversal, FIRST_SETTINGS.traversal) ? {} : { traversal }),
  };
}

const isFirst = <Part extends object>(part: Part, first: Part): boolean =>
  Object.entries(first).every(([key, value]) => part[key as keyof Part] === value);
