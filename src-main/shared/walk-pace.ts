/**
 * Evening a walk: equal times show equal changes of the picture. The engine measures how far apart decoded neighbours are; here the
 * lengths become a pace for each leg, the parameterisation by arc length on the decoder's image (Arvanitidis et al. 2018), by chords.
 */
import type { Prior } from './domain';
import { legCount, type Keyframe, type Walk } from './walk';

/** Places that a leg is measured at: those of its pace, or equal ones. // [steps + 1] */
export function paceOf({ pace }: Pick<Keyframe, 'pace'>, steps: number): Float32Array {
  const table = pace ?? Float32Array.of(0, 1);
  return Float32Array.from({ length: steps + 1 }, (_, i) =>
    valueBetween(table, (i / steps) * (table.length - 1)),
  );
}

function valueBetween(table: Float32Array, at: number): number {
  const below = Math.min(table.length - 2, Math.floor(at));
  return table[below]! + (at - below) * (table[below + 1]! - table[below]!);
}

/** `places` with the lengths measured between them -> places that lie equal lengths apart. // [n + 1], [n] -> [n + 1] */
export function evenPlaces(places: Float32Array, lengths: ArrayLike<number>): Float32Array {
  const steps = places.length - 1;
  const total = sum(lengths);
  // where nothing changes, no pace is better than another
  if (!(total > 0)) return places.slice();
  const even = new Float32Array(steps + 1);
  even[steps] = 1;
  let step = 0;
  let reached = 0; // length up to places[step]
  for (let i = 1; i < steps; i++) {
    const wanted = (i / steps) * total;
    while (step < steps - 1 && reached + lengths[step]! < wanted) reached += lengths[step++]!;
    const within = lengths[step]! > 0 ? Math.min(1, (wanted - reached) / lengths[step]!) : 0;
    even[i] = places[step]! + within * (places[step + 1]! - places[step]!);
  }
  return even;
}

/**
 * The walk with these places as paces. Its legs share their time by their lengths, so that the speed is one from end to end;
 * with `keepSeconds` each leg keeps its own time and is even in itself.
 */
export function withPaces(
  walk: Walk,
  paces: readonly Float32Array[],
  legLengths: readonly number[],
  keepSeconds: boolean,
): Walk {
  const legs = legCount(walk);
  const seconds = sum(walk.keys.slice(0, legs).map((key) => key.seconds));
  const total = sum(legLengths);
  const keys = walk.keys.map((key, leg): Keyframe => {
    if (leg >= legs) return key;
    const share = keepSeconds || !(total > 0) ? key.seconds : (seconds * legLengths[leg]!) / total;
    return { ...key, easing: 'linear', seconds: share, pace: paces[leg]! };
  });
  return { ...walk, keys };
}

/** Standard deviation over mean; 0 where there is nothing to vary. */
export function coefficientOfVariation(values: ArrayLike<number>): number {
  const mean = sum(values) / values.length;
  if (!(mean > 0)) return 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / values.length) / mean;
}

/** What a measurement of a walk gives. */
export interface WalkMeasure {
  /** Moments of the walk, evenly spread. // [samples] */
  readonly seconds: Float32Array;
  /** Root mean square of the change of a pixel from one moment to the next, black to white being 1. // [samples - 1] */
  readonly steps: Float32Array;
  readonly total: number;
  /** Standard deviation of the steps over their mean: 0 for an even walk. */
  readonly variation: number;
  /** |z| at each moment, and the shell where the prior's mass lies. // [samples] */
  readonly norms: Float32Array;
  readonly shell: Shell;
}

export interface Shell {
  /** Mean and standard deviation of |z| over the prior. */
  readonly mean: number;
  readonly deviation: number;
}

/** Where the prior's mass lies: for a normal prior the chi distribution, for a uniform one its moments to first order. */
export function priorShell(prior: Prior, size: number): Shell {
  if (prior.kind === 'uniform') {
    const { low, high } = prior;
    const power = (k: number): number => (high ** (k + 1) - low ** (k + 1)) / ((k + 1) * (high - low));
    const mean = Math.sqrt(size * power(2));
    // Var |z| = Var |z|^2 / (2 mean)^2
    return { mean, deviation: Math.sqrt(size * (power(4) - power(2) ** 2)) / (2 * mean) };
  }
  // E|z| = sqrt(2) Gamma((d+1)/2) / Gamma(d/2): from d to d + 2 it grows by (d + 1) / d
  let mean = size % 2 === 1 ? Math.sqrt(2 / Math.PI) : Math.sqrt(Math.PI / 2);
  for (let d = size % 2 === 1 ? 1 : 2; d < size; d += 2) mean *= (d + 1) / d;
  return { mean, deviation: Math.sqrt(size - mean * mean) };
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
