// Maps and their groups as plain JSON for the project. The members of a group stand once, whatever number of steps speak of them; which
// points they are is a bit for each point. What comes back is checked by hand: the window's policy forbids what a schema library compiles.
import { AppError } from '#shared/errors';
import { MAP_FEATURES, MAP_METHODS, MAP_OVERLAYS } from '#shared/map';
import {
  FIRST_MAP,
  MAP_COUNTS,
  type ChosenSource,
  type MapGroup,
  type MapMembers,
  type MapSpec,
} from './map-spec';

type Fields = Readonly<Record<string, unknown>>;

export interface MemberTable {
  readonly toJson: (spec: MapSpec) => unknown;
  /** After the specs have been written. */
  readonly members: () => readonly unknown[];
}

export function memberTable(): MemberTable {
  const all = new Map<MapMembers, number>();
  const placeOf = (members: MapMembers): number => {
    const place = all.get(members) ?? all.size;
    all.set(members, place);
    return place;
  };
  return {
    toJson: (spec) => ({
      ...spec,
      groups: spec.groups.map(({ id, name, members }) => ({ id, name, members: placeOf(members) })),
    }),
    members: () =>
      [...all.keys()].map((members) => ({
        ...members,
        mean: [...members.mean],
        indices: bitsOf(members.indices, members.of),
      })),
  };
}

/** @throws AppError input/map */
export function membersFromJson(value: unknown): MapMembers {
  const from = fields(value, 'a group');
  const of = within(from.of, 1, MAP_COUNTS.most, 'a group');
  const indices = indicesOf(from.indices, of);
  const mean = Float32Array.from(
    list(from.mean, 'the mean of a group').map((each) => finite(each, 'the mean of a group')),
  );
  return {
    source: sourceFrom(from.source),
    ...{ of, indices, mean },
    count: indices.length,
    spread: finite(from.spread, 'a group'),
    classes: list(from.classes, 'the classes of a group').map((each) => {
      const { name, count } = fields(each, 'a class');
      return { name: text(name, 'a class'), count: within(count, 0, of, 'a class') };
    }),
    attributes: list(from.attributes, 'the attributes of a group').map((each) => {
      const { title, mean: value, sigma } = fields(each, 'an attribute');
      return {
        title: text(title, 'an attribute'),
        // a group without a label of that kind: JSON has no NaN
        mean: value === null ? NaN : finite(value, 'an attribute'),
        sigma: sigma === null ? NaN : finite(sigma, 'an attribute'),
      };
    }),
  };
}

/** @throws AppError input/map */
export function mapSpecFromJson(value: unknown, members: readonly MapMembers[]): MapSpec {
  const from = fields(value, 'the map');
  const groups = list(from.groups, 'the groups').map((each): MapGroup => {
    const { id, name, members: place } = fields(each, 'a group');
    const found = members[within(place, 0, members.length - 1, 'a group')];
    if (found === undefined) throw refused('a group');
    return {
      id: within(id, 0, Number.MAX_SAFE_INTEGER, 'a group'),
      name: text(name, 'the name of a group'),
      members: found,
    };
  });
  if (new Set(groups.map(({ id }) => id)).size !== groups.length) throw refused('the groups');
  const [across, up] = list(from.axes, 'the axes').map((axis) => within(axis, 0, 65_535, 'the axes'));
  return {
    source: from.source === null ? null : sourceFrom(from.source),
    method: from.method === null ? null : oneOf(MAP_METHODS, from.method, 'the way it is laid out'),
    features: oneOf(MAP_FEATURES, from.features, 'what lies near what'),
    seed: within(from.seed, -(2 ** 31), 2 ** 31 - 1, 'the seed'),
    axes: [across ?? 0, up ?? 1],
    colour: from.colour === null ? null : text(from.colour, 'the colour'),
    overlay: from.overlay === null ? null : oneOf(MAP_OVERLAYS, from.overlay, 'what lies under it'),
    hidden: list(from.hidden, 'the classes').map((each) => within(each, 0, 255, 'the classes')),
    groups,
    nextId: Math.max(FIRST_MAP.nextId - 1, ...groups.map(({ id }) => id)) + 1,
  };
}

function sourceFrom(value: unknown): ChosenSource {
  const { kind, count, seed, id, title } = fields(value, 'its points');
  if (kind === 'codes' || kind === 'labelled') return { kind };
  if (kind === 'data') {
    if (typeof id !== 'string' || !/^[0-9a-f]{24}$/.test(id)) throw refused('its points');
    const most = within(count, 3, MAP_COUNTS.most, 'its points');
    return { kind, id, title: text(title, 'its points'), count: most };
  }
  if (kind !== 'samples') throw refused('its points');
  return {
    kind,
    count: within(count, 3, MAP_COUNTS.most, 'its points'),
    seed: within(seed, -(2 ** 31), 2 ** 31 - 1, 'its points'),
  };
}

/** Base64 of a bit for each point. */
export function bitsOf(indices: Uint32Array, of: number): string {
  const bits = new Uint8Array(Math.ceil(of / 8));
  for (const index of indices) bits[index >> 3]! |= 1 << (index & 7);
  let binary = '';
  for (const byte of bits) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function indicesOf(value: unknown, of: number): Uint32Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 !== 0)
    throw refused('the points of a group');
  const binary = atob(value);
  if (binary.length !== Math.ceil(of / 8)) throw refused('the points of a group');
  const indices: number[] = [];
  for (let index = 0; index < of; index++)
    if ((binary.charCodeAt(index >> 3) & (1 << (index & 7))) !== 0) indices.push(index);
  if (indices.length === 0) throw refused('the points of a group');
  return Uint32Array.from(indices);
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(what);
  return value as Fields;
}
function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length > 65_536) throw refused(what);
  return value;
}
function finite(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(what);
  return value;
}
function within(value: unknown, low: number, high: number, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < low || (value as number) > high)
    throw refused(what);
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

export const refused = (where: string): AppError =>
  new AppError({
    code: 'input/map',
    headline: 'This map cannot be read',
    where,
    cause: 'it is not what the app writes',
    remedy: 'make the groups again',
  });
