// Walks as plain data: for the project, and as the JSON that the command line reads and writes. What comes back was perhaps written by a
// stranger: all of it is checked, by hand, because the window's policy forbids what a schema library would compile.
import { AppError } from '#shared/errors';
import { EASINGS, WALK_PATHS, type Walk } from '#shared/walk';
import { PACES, WALK_LIMITS, type NewKey, type WalkKey, type WalkSpec } from './walk-spec';

/** As in shared/walk-schema. */
export const WALK_FORMAT = 'latentscape-walk/1';

export const walkSpecToJson = (spec: WalkSpec): unknown => ({
  ...spec,
  keys: spec.keys.map((key) => ({ ...key, z: [...key.z] })),
});

/** @throws AppError input/walk */
export function walkSpecFromJson(value: unknown): WalkSpec {
  const spec = fields(value, 'the walk');
  const keys = list(spec.keys, 'the keys').map((each): WalkKey => {
    const key = fields(each, 'a key');
    return {
      ...keyOf(key),
      id: whole(key.id, 'a key'),
      name: text(key.name, 'the name of a key'),
      seed: key.seed === null ? null : whole(key.seed, 'the seed of a key'),
      hold: seconds(key.hold),
    };
  });
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw refused('the keys');
  if (keys.some(({ z }) => z.length !== keys[0]!.z.length)) throw refused('keys of different models');
  return {
    keys,
    ...wayOf(spec),
    pace: oneOf(PACES, spec.pace, 'the pace'),
    nextId: Math.max(-1, ...keys.map(({ id }) => id)) + 1,
  };
}

export interface ReadWalk extends Pick<WalkSpec, 'path' | 'closed' | 'keepNorm'> {
  /** Null where the file does not say. */
  readonly model: string | null;
  readonly keys: readonly NewKey[];
}

/** A walk that was saved as JSON, here or on the command line. A pace it was given is found again by evening it. */
export function walkFromFile(value: unknown): ReadWalk {
  const file = fields(value, 'the file');
  if (file.format !== WALK_FORMAT) throw refused(`its format, which is not ${WALK_FORMAT}`);
  const keys = list(file.keys, 'the keys').map((each, i): NewKey => {
    const key = fields(each, 'a key');
    return { ...keyOf(key), name: `Key ${i + 1}`, seed: null };
  });
  return { model: typeof file.model === 'string' ? file.model : null, keys, ...wayOf(file) };
}

/** What a file that is called so has in it. @throws AppError input/walk where it is no JSON. */
export function walkJson(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new AppError({
      code: 'input/walk',
      headline: 'This file holds no walk',
      where: name,
      cause: 'it is not JSON',
      remedy: 'choose a walk that was saved as JSON',
    });
  }
}

/** As shared/walk-schema reads it. */
export function walkFile(model: string, { path, closed, keepNorm, keys }: Walk): string {
  const plain = keys.map(({ z, pace, ...key }) => ({
    ...key,
    z: [...z],
    ...(pace === undefined ? {} : { pace: [...pace] }),
  }));
  return `${JSON.stringify({ format: WALK_FORMAT, model, path, closed, keepNorm, keys: plain })}\n`;
}

const keyOf = (key: Readonly<Record<string, unknown>>): Omit<WalkKey, 'id' | 'name' | 'seed'> => ({
  z: latent(key.z),
  condition: key.condition === undefined ? undefined : natural(key.condition, 'the class of a key'),
  seconds: seconds(key.seconds),
  easing: oneOf(EASINGS, key.easing, 'an easing'),
  hold: key.hold === undefined ? 0 : seconds(key.hold),
});

const wayOf = (walk: Readonly<Record<string, unknown>>): Pick<WalkSpec, 'path' | 'closed' | 'keepNorm'> => ({
  path: oneOf(WALK_PATHS, walk.path, 'the path'),
  closed: walk.closed === true,
  keepNorm: walk.keepNorm === true,
});

function latent(value: unknown): Float32Array {
  if (!Array.isArray(value) || value.length === 0) throw refused('the z of a key');
  const z = Float32Array.from(value as number[]);
  if (!value.every((each) => typeof each === 'number') || !z.every(Number.isFinite))
    throw refused('the z of a key');
  return z;
}
function fields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(what);
  return value as Readonly<Record<string, unknown>>;
}
function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > WALK_LIMITS.keys) throw refused(what);
  return value;
}
function seconds(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= WALK_LIMITS.seconds))
    throw refused('the seconds of a key');
  return value;
}
function whole(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw refused(what);
  return value as number;
}
function natural(value: unknown, what: string): number {
  if (whole(value, what) < 0) throw refused(what);
  return value as number;
}
function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length > 400) throw refused(what);
  return value;
}
function oneOf<Value>(values: readonly Value[], value: unknown, what: string): Value {
  const found = values.find((each) => each === value);
  if (found === undefined) throw refused(what);
  return found;
}

const refused = (what: string): AppError =>
  new AppError({
    code: 'input/walk',
    headline: 'This walk cannot be read',
    where: what,
    cause: 'it is not what the app writes',
    remedy: 'save the walk again, or correct it',
  });
