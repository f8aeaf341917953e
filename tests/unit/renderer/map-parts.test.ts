// Parts of the map in the window: what a loop holds, and groups as JSON and back.
import { describe, expect, it } from 'vitest';
import { firstColour } from '#shared/map';
import { isInside, pointsInside } from '../../../src-renderer/charts/map-lasso';
import { groupCsv, groupJson } from '../../../src-renderer/state/map-export';
import {
  bitsOf,
  indicesOf,
  mapSpecFromJson,
  membersFromJson,
  memberTable,
} from '../../../src-renderer/state/map-file';
import {
  FIRST_MAP,
  recipeOf,
  withClassAlone,
  withClassToggled,
  withGroup,
  withName,
  withoutGroup,
  type MapMembers,
} from '../../../src-renderer/state/map-spec';

const members: MapMembers = {
  source: { kind: 'samples', count: 20, seed: 3 },
  of: 20,
  indices: Uint32Array.of(0, 7, 8, 19),
  count: 4,
  mean: Float32Array.of(0.1, -1.25),
  spread: 0.4,
  classes: [{ name: 'bag', count: 4 }],
  attributes: [{ title: 'smile', mean: NaN, sigma: 1.5 }],
};

describe('a loop', () => {
  const star = [0, 3, 1, 1, 3, 0, 1, -1, 0, -3, -1, -1, -3, 0, -1, 1];
  it('holds what lies within, with every notch', () => {
    expect(isInside(star, 0, 0)).toBe(true);
    expect(isInside(star, 0, 2.5)).toBe(true);
    expect(isInside(star, 1.5, 1.5)).toBe(false);
    expect(isInside(star, 4, 0)).toBe(false);
  });
  it('leaves out what is hidden, and points that lie nowhere', () => {
    const xy = Float32Array.of(0, 0, 1.5, 1.5, 0.2, 0.2, NaN, 0, 0, 2.5);
    expect([...pointsInside(xy, star, (at) => at !== 2)]).toEqual([0, 4]);
  });
});

describe('groups', () => {
  it('are named by the class that they are of, renamed, and taken away', () => {
    const spec = withGroup(withGroup(FIRST_MAP, members), {
      ...members,
      classes: [{ name: 'bag', count: 1 }],
    });
    expect(spec.groups.map(({ name }) => name)).toEqual(['bag', 'Group 2']);
    expect(withName(spec, 2, 'left').groups[1]!.name).toBe('left');
    expect(withoutGroup(spec, 1).groups.map(({ id }) => id)).toEqual([2]);
  });

  it('come back from JSON as they were, their members written once', () => {
    const spec = withGroup(FIRST_MAP, members);
    const table = memberTable();
    const json = JSON.stringify([table.toJson(spec), table.toJson(withName(spec, 1, 'x')), table.members()]);
    const [first, second, all] = JSON.parse(json) as [unknown, unknown, unknown[]];
    expect(all).toHaveLength(1);
    const back = all.map(membersFromJson);
    expect(mapSpecFromJson(first, back)).toEqual(spec);
    expect(mapSpecFromJson(second, back).groups[0]!.name).toBe('x');
  });

  it('of pictures of one’s own come back by their name, and tell no path', () => {
    const source = { kind: 'data', id: '0123456789abcdef01234567', title: 'Holidays', count: 50 } as const;
    const spec = { ...withGroup(FIRST_MAP, { ...members, source }), source };
    const table = memberTable();
    const json = JSON.parse(JSON.stringify([table.toJson(spec), table.members()])) as [unknown, unknown[]];
    expect(mapSpecFromJson(json[0], json[1].map(membersFromJson))).toEqual(spec);
  });

  it.each([
    ['no number', { indices: 'AAAA' }],
    ['too many bits', { indices: bitsOf(Uint32Array.of(1), 900) }],
    ['no base64', { indices: '<script>' }],
    ['a source on disk', { source: { kind: 'data', path: '/etc', count: 3 } }],
    ['a path for a name', { source: { kind: 'data', id: '../../etc', title: 'x', count: 3 } }],
    ['a mean of words', { mean: ['x'] }],
    ['more points than there are', { of: 1e9 }],
  ])('of a stranger with %s are refused in a sentence', (_, damage) => {
    const table = memberTable();
    table.toJson(withGroup(FIRST_MAP, members));
    const [json] = JSON.parse(JSON.stringify(table.members())) as [object];
    expect(() => membersFromJson({ ...json, ...damage })).toThrow(/^This map cannot be read/);
  });

  it('speak of members that are there', () => {
    const table = memberTable();
    const json = table.toJson(withGroup(FIRST_MAP, members));
    expect(() => mapSpecFromJson(json, [])).toThrow(/^This map cannot be read/);
  });

  it('hold any points as bits', () => {
    for (const of of [1, 8, 9, 1000]) {
      const all = Uint32Array.from({ length: of }, (_, i) => i);
      expect(indicesOf(bitsOf(all, of), of)).toEqual(all);
      expect(indicesOf(bitsOf(Uint32Array.of(of - 1), of), of)).toEqual(Uint32Array.of(of - 1));
    }
  });

  it('are saved with the places of the map that is shown, and the mean as z', () => {
    const { groups } = withGroup(FIRST_MAP, members);
    const recipe = recipeOf({ ...FIRST_MAP, source: members.source }, { sources: ['samples'], size: 2 });
    const xy = Float32Array.from({ length: 40 }, (_, i) => i / 2);
    const points = { count: 20, xy } as never;
    expect(groupCsv(groups[0]!, { model: 'm', points, recipe })).toBe(
      'point,x,y\n0,0,0.5\n7,7,7.5\n8,8,8.5\n19,19,19.5\n',
    );
    expect(groupCsv(groups[0]!, { model: 'm', points: null, recipe })).toBe('point\n0\n7\n8\n19\n');
    const json = JSON.parse(groupJson(groups[0]!, { model: 'm', points, recipe })) as {
      z: number[];
      points: number[];
    };
    expect(json).toMatchObject({ model: 'm', z: [0.1, -1.25], points: [0, 7, 8, 19] });
  });
});

describe('a class', () => {
  it('is hidden and shown again', () => {
    const hidden = withClassToggled(withClassToggled(FIRST_MAP, 2), 0);
    expect(hidden.hidden).toEqual([2, 0]);
    expect(withClassToggled(hidden, 2).hidden).toEqual([0]);
  });

  it('is shown alone, and all of them are where it was alone', () => {
    const alone = withClassAlone(withClassToggled(FIRST_MAP, 1), 1, 3);
    expect(alone.hidden).toEqual([0, 2]);
    expect(withClassAlone(alone, 1, 3).hidden).toEqual([]);
    expect(withClassAlone(alone, 2, 3).hidden).toEqual([0, 1]);
  });
});

describe('what a map is of', () => {
  it('is the first that the model has: axes where there are two, else principal components', () => {
    expect(recipeOf(FIRST_MAP, { sources: ['codes', 'samples'], size: 2 })).toMatchObject({
      source: { kind: 'codes' },
      method: 'axes',
    });
    expect(recipeOf(FIRST_MAP, { sources: ['samples'], size: 32 })).toMatchObject({
      source: { kind: 'samples', count: 5000 },
      method: 'pca',
    });
  });

  it('is coloured by its classes at first, or else by its first attribute, of which each can be had', () => {
    const choice = (key: string, unavailable: string | null = null) => ({ key, title: key, unavailable });
    const attributes = [choice('attribute:smile'), choice('attribute:yaw')];
    expect(firstColour([choice('none'), choice('class'), ...attributes])).toBe('class');
    expect(firstColour([choice('none'), choice('class', 'has none'), ...attributes])).toBe('attribute:smile');
    expect(firstColour([choice('none'), choice('class', 'has none'), choice('norm')])).toBe('none');
    expect(firstColour([])).toBe('none');
  });
});
