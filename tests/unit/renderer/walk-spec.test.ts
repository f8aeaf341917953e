// A walk as a spec: edits that leave the old one alone, what cannot be walked, its way through files, and the command that makes it again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latentOfSeed } from '#shared/random';
import { frameCount, walkSeconds } from '#shared/walk';
import { walkFromJson, walkToJson } from '#shared/walk-schema';
import { walkCommand, type FilmSetting } from '../../../src-renderer/state/walk-command';
import {
  walkFile,
  walkFromFile,
  walkSpecFromJson,
  walkSpecToJson,
} from '../../../src-renderer/state/walk-file';
import {
  EMPTY_WALK,
  keyMoments,
  problemOf,
  WALK_LIMITS,
  walkOf,
  withClass,
  withCopy,
  withKey,
  withKeyAt,
  withKeys,
  withoutKey,
  withTotal,
  type NewKey,
  type WalkSpec,
} from '../../../src-renderer/state/walk-spec';

const PRIOR = { kind: 'normal' } as const;
const LATENT = { size: 3, prior: PRIOR } as const;
const WIDE = { size: 64, prior: PRIOR } as const;
const seed = (value: number, size = 3): NewKey => ({
  z: latentOfSeed(value, size, PRIOR),
  condition: undefined,
  name: `Seed ${value}`,
  seed: value,
});
const three = withKeys(EMPTY_WALK, [seed(1), seed(2), seed(3)]);
const names = ({ keys }: WalkSpec): string => keys.map((key) => key.seed).join(' ');
const FILM: FilmSetting = { format: 'gif', fps: 30, frames: null, size: 512, smooth: false, repeat: false };

describe('edits', () => {
  it('add, copy, move and remove keys, each with an id of its own', () => {
    expect(names(withKeys(three, [seed(9)], 1))).toBe('1 9 2 3');
    expect(names(withKeyAt(three, 0, 2))).toBe('2 3 1');
    expect(names(withKeyAt(three, 2, 0))).toBe('3 1 2');
    expect(withKeyAt(three, 1, 1)).toBe(three);
    expect(names(withoutKey(three, 1))).toBe('1 3');
    const copied = withCopy(three, 1);
    expect(names(copied)).toBe('1 2 2 3');
    expect(new Set(copied.keys.map(({ id }) => id)).size).toBe(4);
    expect(copied.keys[2]!.z).not.toBe(copied.keys[1]!.z);
    expect(names(three)).toBe('1 2 3');
  });

  it('never take the ids of others, whatever the order of edits', () => {
    const edit = fc.tuple(fc.constantFrom('add', 'copy', 'move', 'remove'), fc.nat(9), fc.nat(9));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 40 }), (edits) => {
        let spec = EMPTY_WALK;
        for (const [what, a, b] of edits) {
          const id = spec.keys[a % Math.max(1, spec.keys.length)]?.id ?? -1;
          if (what === 'add') spec = withKeys(spec, [seed(a)], b % (spec.keys.length + 1));
          else if (what === 'copy') spec = withCopy(spec, id);
          else if (what === 'move') spec = withKeyAt(spec, id, b);
          else spec = withoutKey(spec, id);
        }
        expect(new Set(spec.keys.map(({ id }) => id)).size).toBe(spec.keys.length);
        expect(spec.keys.every(({ id }) => id < spec.nextId)).toBe(true);
      }),
    );
  });

  it('give a key of another class a z of its own: pictures are known by it', () => {
    const changed = withClass(three, 1, 4);
    expect(changed.keys[1]!.z).toEqual(three.keys[1]!.z);
    expect(changed.keys[1]!.z).not.toBe(three.keys[1]!.z);
    expect(changed.keys[0]).toBe(three.keys[0]);
  });

  it('share a total among the legs as they were, holds apart', () => {
    const held = withKey(withKey(three, 0, { seconds: 1 }), 1, { seconds: 3, hold: 2 });
    const spec = withTotal(held, 10);
    expect(spec.keys.map(({ seconds }) => seconds).slice(0, 2)).toEqual([2, 6]);
    expect(walkSeconds(walkOf(spec)!)).toBeCloseTo(10, 9);
  });

  it('refuse too many keys, and keys of another model, in one sentence', () => {
    const many = Array.from({ length: WALK_LIMITS.keys + 1 }, () => seed(1));
    expect(() => withKeys(EMPTY_WALK, many)).toThrow('at most 256 keys');
    expect(() => withKeys(three, [seed(4, 5)])).toThrow('A key of another model cannot join this walk');
  });
});

describe('the walk of a spec', () => {
  it('needs two keys and some time', () => {
    expect(problemOf(EMPTY_WALK)).toMatch('two keys');
    expect(problemOf(withKeys(EMPTY_WALK, [seed(1)]))).toMatch('add a second one');
    const still = { ...three, keys: three.keys.map((key) => ({ ...key, seconds: 0 })) };
    expect(problemOf(still)).toMatch('No leg takes any time');
    expect(walkOf(still)).toBeNull();
    expect(problemOf(three)).toBeNull();
  });

  it('is linear in time where its pace is even', () => {
    const eased = withKey(three, 0, { easing: 'cosine' });
    expect(walkOf(eased)!.keys[0]!.easing).toBe('cosine');
    expect(walkOf({ ...eased, pace: 'even' })!.keys[0]!.easing).toBe('linear');
  });

  it('knows the moments of its keys', () => {
    const spec = withKey(withKey(three, 0, { hold: 1 }), 1, { seconds: 0.5 });
    expect(keyMoments(walkOf(spec)!)).toEqual([0, 3, 3.5]);
    expect(frameCount(walkOf(spec)!, 30)).toBe(105);
  });
});

describe('files', () => {
  const spec: WalkSpec = {
    ...withKey(withClass(three, 1, 2), 2, { hold: 0.25, easing: 'ease-in', seconds: 0.1 }),
    path: 'spline',
    closed: true,
    keepNorm: true,
    pace: 'legs',
  };

  it('bring a spec back to the bit', () => {
    expect(walkSpecFromJson(JSON.parse(JSON.stringify(walkSpecToJson(spec))))).toEqual(spec);
    expect(walkSpecFromJson(JSON.parse(JSON.stringify(walkSpecToJson(EMPTY_WALK))))).toEqual(EMPTY_WALK);
  });

  it('are refused in one sentence, whatever is wrong with them', () => {
    const good = walkSpecToJson(spec) as { keys: object[] };
    const first = good.keys[0]!;
    for (const bad of [
      null,
      [],
      { ...good, keys: 'many' },
      { ...good, keys: [{ ...first, z: [1, NaN, 3] }] },
      { ...good, keys: [{ ...first, z: ['1', 2, 3] }] },
      { ...good, keys: [{ ...first, z: [] }] },
      { ...good, keys: [first, first] },
      { ...good, keys: [first, { ...first, id: 7, z: [1] }] },
      { ...good, keys: [{ ...first, seconds: -1 }] },
      { ...good, keys: [{ ...first, seconds: 1e9 }] },
      { ...good, keys: [{ ...first, easing: 'bouncy' }] },
      { ...good, keys: [{ ...first, condition: -1 }] },
      { ...good, path: 'zigzag' },
      { ...good, pace: undefined },
    ])
      expect(() => walkSpecFromJson(bad)).toThrow('This walk cannot be read');
    expect(() => walkFromFile({ format: 'latentscape-walk/2', keys: [] })).toThrow('latentscape-walk/1');
  });

  it('are what the command line reads and writes', () => {
    const walk = walkOf({ ...spec, pace: 'set' })!;
    const read = walkFromJson(JSON.parse(walkFile('some-model', walk)), 'a test');
    expect(read.model).toBe('some-model');
    expect(walkToJson(read)).toEqual(walkToJson({ model: 'some-model', walk }));
    const back = walkFromFile(JSON.parse(JSON.stringify(walkToJson(read))));
    expect(back.keys.map(({ z }) => [...z])).toEqual(walk.keys.map(({ z }) => [...z]));
    expect(back).toMatchObject({ model: 'some-model', path: 'spline', closed: true, keepNorm: true });
  });
});

describe('the command', () => {
  const wordsOf = (spec: WalkSpec, film = FILM, latent: typeof LATENT | typeof WIDE = LATENT): string =>
    walkCommand('m', latent, spec, film).words.join(' ');

  it('says a walk of seeds in words', () => {
    expect(wordsOf(three)).toBe(
      'interpolate m --from seed:1 --via seed:2 --to seed:3 --method slerp --seconds 4 --fps 30 --size 512 --out walk.gif',
    );
    expect(wordsOf({ ...three, closed: true, path: 'spline', keepNorm: true })).toMatch(
      '--method spline --loop --keep-norm --seconds 6',
    );
    expect(wordsOf({ ...three, closed: true }, { ...FILM, repeat: true })).not.toMatch('--repeat');
    expect(wordsOf(three, { ...FILM, repeat: true, smooth: true, frames: 7 })).toMatch(
      '--frames 7 --size 512 --smooth-pixels --repeat --out walk.gif',
    );
  });

  it('says smooth for an even spline, which keeps to the shell where there is one', () => {
    expect(wordsOf({ ...three, path: 'spline', pace: 'even' })).toMatch('--method smooth --seconds');
    const wide = withKeys(EMPTY_WALK, [seed(1, 64), seed(2, 64)]);
    const onShell: WalkSpec = { ...wide, path: 'spline', pace: 'even', keepNorm: true };
    expect(wordsOf(onShell, FILM, WIDE)).toMatch('--method smooth --seconds 2');
    expect(wordsOf({ ...onShell, keepNorm: false }, FILM, WIDE)).toMatch('--walk walk.json');
  });

  it('reads a file where words do not say the walk', () => {
    const others: readonly WalkSpec[] = [
      withKey(three, 0, { seconds: 1 }),
      withKey(three, 1, { hold: 1 }),
      withKey(three, 1, { easing: 'cosine' }),
      withKey(three, 1, { seed: null }),
      withKey(three, 1, { z: Float32Array.of(1, 2, 3) }),
      withClass(three, 1, 1),
      { ...three, pace: 'even' },
      { ...three, path: 'spline', pace: 'legs' },
    ];
    for (const spec of others) {
      expect(wordsOf(spec)).toMatch(/^interpolate m --walk walk\.json --fps 30/);
      expect(walkCommand('m', LATENT, spec, FILM).needsFile).toBe(true);
    }
    expect(walkCommand('m', LATENT, three, FILM, true).needsFile).toBe(true);
    // a third of a total does not come back to the bit: then words would be another walk
    const thirds = { ...three, closed: true, keys: three.keys.map((key) => ({ ...key, seconds: 0.7 })) };
    const total = 0.7 * 3;
    expect(walkCommand('m', LATENT, thirds, FILM).needsFile).toBe(total / 3 !== 0.7);
  });
});
