/**
 * Questions put to a running network: what comes out for these latents, does a class change it, how many classes are there,
 * may many be asked at once. Every latent is seeded, so that the same file gives the same answers.
 */
import type { Batch } from '#shared/importing';
import type { Prior } from '#shared/domain';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { NetworkRunner, NumberArray } from '../network-runner';
import { MAX_CLASSES, MAX_LATENT_SIZE } from '../store/limits';
import type { SideInput } from './ports';

/** Everything but the latent's values; enough to run the network before its output is understood. */
export interface Feeding {
  readonly latent: string;
  readonly shape: readonly number[];
  readonly batch: Batch;
  readonly sides: readonly SideInput[];
  /** The class that every label input is given. */
  readonly label?: number;
}

/** Numbers in a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((total, side) => total * side, 1);

/** All outputs for the z of `count` pictures. // [count, ...shape] */
export async function runOnce(
  runner: NetworkRunner,
  { latent, shape, batch, sides, label = 0 }: Feeding,
  z: Float32Array,
  rows: number,
): Promise<ReadonlyMap<string, NumberArray>> {
  const feeds = new Map<string, NumberArray>();
  feeds.set(latent, { shape: batch === 'none' ? shape : [rows, ...shape], data: z });
  for (const side of sides) feeds.set(side.port.name, feedOf(side, batch, rows, label));
  return runner.run(
    feeds,
    runner.outputs.map(({ name }) => name),
  );
}

function feedOf(side: SideInput, batch: Batch, rows: number, label: number): NumberArray {
  const { shape: declared } = side.port;
  if (side.kind === 'fixed') {
    const shape = side.shape.map((length, at) => (at === 0 && declared[0] === null ? rows : length));
    return { shape, data: filled(shape, side.value) };
  }
  if (side.kind === 'one-hot') {
    const shape = batch === 'none' || declared.length === 1 ? [side.size] : [rows, side.size];
    const data = filled(shape, 0);
    for (let at = label; at < data.length; at += side.size) data[at] = 1;
    return { shape, data };
  }
  const shape = declared.map((length, at) => (at === 0 ? (length ?? rows) : (length ?? 1)));
  return { shape, data: filled(shape, label) };
}

function filled(shape: readonly number[], value: number): Float32Array {
  return new Float32Array(shape.reduce((total, side) => total * side, 1)).fill(value);
}

/** z of seeds `seed`, `seed + 1`, …; the same numbers that "seed n" means everywhere. */
export function latentsOf(seed: number, count: number, size: number, prior: Prior): Float32Array {
  const z = new Float32Array(count * size);
  for (let at = 0; at < count; at++) z.set(latentOfSeed(seed + at, size, prior), at * size);
  return z;
}

/** Sides that the network leaves open, found by trying: the first that it takes. */
export async function resolveShape(
  runner: NetworkRunner,
  feeding: Omit<Feeding, 'shape'>,
  open: readonly (number | null)[],
): Promise<{ readonly shape: readonly number[]; readonly guessed: boolean } | null> {
  const missing = open.filter((side) => side === null).length;
  if (missing === 0) return { shape: open as readonly number[], guessed: false };
  const rows = typeof feeding.batch === 'number' ? feeding.batch : 1;
  const takes = async (sides: readonly number[]): Promise<readonly number[] | null> => {
    let next = 0;
    const shape = open.map((side) => side ?? sides[Math.min(next++, sides.length - 1)] ?? 1);
    const size = shape.reduce((total, side) => total * side, 1);
    if (size > MAX_LATENT_SIZE) return null;
    const works = await succeeds(() =>
      runOnce(runner, { ...feeding, shape }, new Float32Array(rows * size), rows),
    );
    return works ? shape : null;
  };
  // two open sides are rows and columns of a network that takes any: a small picture is asked for
  for (const side of missing > 1 ? [16, 8, 4, 1] : OPEN_SIDES) {
    const shape = await takes([side]);
    if (shape !== null) return { shape, guessed: true };
  }
  return null;
}

/** Usual sizes first, then all up to where networks are hardly ever larger. */
const OPEN_SIDES = [
  ...new Set([100, 128, 64, 512, 256, 32, 16, 2, ...Array.from({ length: 1024 }, (_, at) => at + 1)]),
];

export async function succeeds(task: () => Promise<unknown>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Largest difference of two answers; NaN counts as the same as NaN. */
export function differenceOf(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return Infinity;
  let worst = 0;
  for (let at = 0; at < one.length; at++) {
    const [a = 0, b = 0] = [one[at], other[at]];
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const difference = Math.abs(a - b);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst;
}

/** What a label input does: nothing, or choose among so many classes. `picture(label)` rejects where there is no such class. */
export async function countClasses(
  picture: (label: number) => Promise<Float32Array>,
  takesFractions: boolean,
): Promise<{ readonly size: number; readonly certain: boolean } | null> {
  const answers = new Map<number, Float32Array | null>();
  const at = async (label: number): Promise<Float32Array | null> => {
    const known = answers.get(label);
    if (known !== undefined) return known;
    let answer: Float32Array | null;
    try {
      answer = await picture(label);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      answer = null;
    }
    answers.set(label, answer);
    return answer;
  };
  const first = await at(0);
  const second = await at(1);
  if (first === null) return null;
  if (second === null) return { size: 1, certain: true };
  if (differenceOf(first, second) === 0) return null;
  // a fraction that changes the picture smoothly is a quantity, not a class
  const half = takesFractions ? await at(0.5) : null;
  if (half !== null && differenceOf(half, first) > 0 && differenceOf(half, second) > 0) return null;
  /** A class beyond the last fails, or is like every other beyond the last (a one-hot row of zeros, a clipped index). */
  const exists = async (label: number): Promise<boolean> => {
    const here = await at(label);
    if (here === null) return false;
    const beyond = await at(label + 1);
    const far = await at(label + 2);
    return !(
      beyond !== null &&
      far !== null &&
      differenceOf(here, beyond) === 0 &&
      differenceOf(beyond, far) === 0
    );
  };
  let known = 1;
  let none = 2;
  while (none <= MAX_CLASSES && (await exists(none))) {
    known = none;
    none *= 2;
  }
  if (none > MAX_CLASSES) return { size: 1000, certain: false };
  while (none - known > 1) {
    const middle = Math.floor((known + none) / 2);
    if (await exists(middle)) known = middle;
    else none = middle;
  }
  return { size: none, certain: (await at(none)) === null };
}
