// Which dimensions of a latent say anything, and directions that say more than its axes do.

/** What tells how much a dimension says. */
export const ACTIVITY_MEASURES = {
  kl: 'KL of q(z|x) to the prior, in nats',
  variance: 'variance of the code from picture to picture (Burda et al. 2016)',
  sensitivity: 'change of the decoded picture for one standard deviation of the prior',
} as const;
export type ActivityMeasure = keyof typeof ACTIVITY_MEASURES;

export interface Activity {
  readonly measure: ActivityMeasure;
  /** In nats; in units of z squared; in shades of 255, root mean square over pixels. // [size] */
  readonly values: Float32Array;
  /** 1 where the dimension is in use. // [size] */
  readonly active: Uint8Array;
  /** What it was measured on, e.g. "1,000 encoded pictures". */
  readonly on: string;
}

/** Largest first. */
export interface Components {
  readonly count: number;
  /** Length 1, at right angles to each other. // [count, size] */
  readonly directions: Float32Array;
  /** What coordinates along them are counted from. // [size] */
  readonly mean: Float32Array;
  /** One standard deviation along each. // [count] */
  readonly deviations: Float32Array;
  /** Of all variance. // [count] */
  readonly shares: Float32Array;
  /** Whose components these are, in a sentence. */
  readonly of: string;
}

/** Which dimension comes first when those that say most do. // [size] */
export const byActivity = ({ values }: Pick<Activity, 'values'>): readonly number[] =>
  Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);

/** What a training has measured of each dimension, from its figures kl1, kl2 … in nats; null where one is missing. // [size] */
export function klByAxis(metrics: Readonly<Record<string, number>>, size: number): Float32Array | null {
  const values = Array.from({ length: size }, (_, i) => metrics[`kl${i + 1}`]);
  return values.every((value) => value !== undefined) ? Float32Array.from(values) : null;
}

/** The two axes to begin with: of many, those that say most where the model's figures tell, or else its first two. */
export function firstAxes(metrics: Readonly<Record<string, number>>, size: number): [number, number] {
  const kl = size > 2 ? klByAxis(metrics, size) : null;
  const [across = 0, up = 1] = kl === null ? [] : byActivity({ values: kl });
  return [across, Math.min(up, Math.max(0, size - 1))];
}
