// A walk as a person set it up: keys with what they are called, the legs between them, and the way they are walked. Every edit gives a new
// spec that shares the rest with the old one. A key whose class changes gets a z of its own, because pictures are known by their z.
import type { LatentVector } from '#shared/domain';
import { AppError } from '#shared/errors';
import { legCount, type Easing, type Keyframe, type Walk, type WalkPath } from '#shared/walk';

export interface WalkKey {
  readonly id: number;
  readonly z: LatentVector; // [size]
  /** The class of the pictures around this key; undefined for models that take none. */
  readonly condition: number | undefined;
  /** As a person would call it, e.g. "Seed 7". */
  readonly name: string;
  /** Where it came from, where that is a seed: the command line knows it by that. */
  readonly seed: number | null;
  /** Of the leg that leaves it. */
  readonly seconds: number;
  readonly easing: Easing;
  /** Seconds that the walk stands here. */
  readonly hold: number;
}

/** set: as the seconds and easings say. even: equal times, equal changes, from end to end. legs: even within each leg's own time. */
export const PACES = ['set', 'even', 'legs'] as const;
export type Pace = (typeof PACES)[number];

export interface WalkSpec {
  readonly keys: readonly WalkKey[];
  readonly path: WalkPath;
  readonly closed: boolean;
  readonly keepNorm: boolean;
  readonly pace: Pace;
  readonly nextId: number;
}

export type NewKey = Pick<WalkKey, 'z' | 'condition' | 'name' | 'seed'> & Partial<Omit<WalkKey, 'id'>>;

export const WALK_LIMITS = { keys: 256, seconds: 3600 } as const;
export const SECONDS_PER_LEG = 2;
/** From so many dimensions on the mass of a normal prior lies on a shell, where a straight line does not stay. */
export const SHELL_FROM = 8;

export const EMPTY_WALK: WalkSpec = {
  keys: [],
  path: 'slerp',
  closed: false,
  keepNorm: false,
  pace: 'set',
  nextId: 0,
};

/** Adds keys before place `at`, or at the end. */
export function withKeys(spec: WalkSpec, added: readonly NewKey[], at = spec.keys.length): WalkSpec {
  if (spec.keys.length + added.length > WALK_LIMITS.keys) throw tooMany();
  const size = spec.keys[0]?.z.length ?? added[0]?.z.length;
  const stranger = added.find(({ z }) => z.length !== size);
  if (stranger !== undefined && size !== undefined) throw ofAnotherModel(stranger, size);
  const keys = added.map((key, i): WalkKey => ({
    seconds: SECONDS_PER_LEG,
    easing: 'linear',
    hold: 0,
    ...key,
    id: spec.nextId + i,
  }));
  return { ...spec, keys: spec.keys.toSpliced(at, 0, ...keys), nextId: spec.nextId + added.length };
}

export const withoutKey = (spec: WalkSpec, id: number): WalkSpec => ({
  ...spec,
  keys: spec.keys.filter((key) => key.id !== id),
});

/** To place `to` among the keys as they are; what belongs to the legs goes with their keys. */
export function withKeyAt(spec: WalkSpec, id: number, to: number): WalkSpec {
  const from = spec.keys.findIndex((key) => key.id === id);
  const place = Math.max(0, Math.min(spec.keys.length - 1, to));
  if (from < 0 || from === place) return spec;
  const key = spec.keys[from]!;
  return { ...spec, keys: spec.keys.toSpliced(from, 1).toSpliced(place, 0, key) };
}

export function withCopy(spec: WalkSpec, id: number): WalkSpec {
  const at = spec.keys.findIndex((key) => key.id === id);
  const key = spec.keys[at];
  if (key === undefined) return spec;
  return withKeys(spec, [{ ...key, z: key.z.slice() }], at + 1);
}

export const withKey = (spec: WalkSpec, id: number, change: Partial<Omit<WalkKey, 'id'>>): WalkSpec => ({
  ...spec,
  keys: spec.keys.map((key) => (key.id === id ? { ...key, ...change } : key)),
});

export const withClass = (spec: WalkSpec, id: number, condition: number): WalkSpec => ({
  ...spec,
  keys: spec.keys.map((key) => (key.id === id ? { ...key, condition, z: key.z.slice() } : key)),
});

/** Every leg takes the same part of so many seconds. */
export function withTotal(spec: WalkSpec, total: number): WalkSpec {
  const legs = Math.max(1, legCount(spec));
  const held = spec.keys.reduce((sum, { hold }) => sum + hold, 0);
  const now = spec.keys.slice(0, legs).reduce((sum, { seconds }) => sum + seconds, 0);
  const wanted = Math.max(0, total - held);
  return {
    ...spec,
    keys: spec.keys.map((key) => ({
      ...key,
      seconds: toMilliseconds(now > 0 ? (key.seconds * wanted) / now : wanted / legs),
    })),
  };
}

/** What is typed and dragged is whole milliseconds, so that the number in the box is the whole truth. */
export const toMilliseconds = (seconds: number): number =>
  Math.max(0, Math.min(WALK_LIMITS.seconds, Math.round(seconds * 1000) / 1000));

/** Why it cannot be walked, in a sentence; null where it can. */
export function problemOf({ keys, closed }: WalkSpec): string | null {
  if (keys.length === 0) return 'A walk needs two keys or more.';
  if (keys.length === 1) return 'A walk goes from one key to another; add a second one.';
  if (keys.slice(0, legCount({ keys, closed })).every(({ seconds }) => seconds === 0))
    return 'No leg takes any time; give one of them a duration.';
  return null;
}

/** The walk that the spec says, at the pace of its seconds; null where there is none. */
export function walkOf(spec: WalkSpec): Walk | null {
  if (problemOf(spec) !== null) return null;
  const keys = spec.keys.map(({ z, condition, seconds, easing, hold }): Keyframe => ({
    z,
    ...(condition === undefined ? {} : { condition }),
    ...(hold === 0 ? {} : { hold }),
    seconds,
    easing: spec.pace === 'set' ? easing : 'linear',
  }));
  return { path: spec.path, closed: spec.closed, keepNorm: spec.keepNorm, keys };
}

/** Moments of the keys. // [keys] */
export function keyMoments({ keys }: Pick<Walk, 'keys'>): readonly number[] {
  let at = 0;
  return keys.map(({ hold = 0, seconds }) => {
    const here = at;
    at += hold + seconds;
    return here;
  });
}

const tooMany = (): AppError =>
  new AppError({
    code: 'input/walk',
    headline: `A walk has at most ${WALK_LIMITS.keys} keys`,
    remedy: 'take some out first',
  });

const ofAnotherModel = ({ name, z }: NewKey, size: number): AppError =>
  new AppError({
    code: 'input/walk',
    headline: 'A key of another model cannot join this walk',
    where: name,
    cause: `it has ${z.length} ${z.length === 1 ? 'number' : 'numbers'}, the other keys have ${size}`,
    remedy: 'take keys of one model',
  });
