// A step of Explore on its way through a file, which a stranger may have written.
import { describe, expect, it } from 'vitest';
import { FIRST_SETTINGS } from '#shared/explore-settings';
import { exploreStepFromJson, exploreStepToJson, type ExploreStep } from '#shared/explore-step';
import type { PlaneSpec } from '#shared/plane';
import { latentOfSeed } from '#shared/random';

const PRIOR = { kind: 'normal' } as const;
const seed = (n: number) => latentOfSeed(n, 4, PRIOR);
const anchor = (n: number) => ({ z: seed(n), name: `Seed ${n}` });
const along = (n: number) => ({ name: `Random ${n}`, vector: seed(n), ref: `random:${n}:1` });
const PLANES: readonly PlaneSpec[] = [
  { kind: 'axes', across: 3, up: 0 },
  { kind: 'points', a: anchor(1), b: anchor(2), c: anchor(3), fourth: anchor(4) },
  { kind: 'points', a: anchor(1), b: anchor(2), c: anchor(3), fourth: null },
  { kind: 'directions', at: anchor(1), across: along(2), up: along(3) },
];
const step = (plane: PlaneSpec): ExploreStep => ({
  z: seed(5),
  base: seed(6),
  sliders: { values: { 'conditional:smile': 1.25 }, locks: ['conditional:age'] },
  condition: undefined,
  plane,
  lattice: { n: 9, span: 2.5, margin: 0.25 },
  drawn: 12,
  psi: 0.7,
  coordinates: { along: 'rotation', order: 'activity', rotation: 5 },
  traversal: { rows: 4, n: 11, reach: 1.5 },
});
const through = (value: ExploreStep): ExploreStep =>
  exploreStepFromJson(JSON.parse(JSON.stringify(exploreStepToJson(value))));

describe('a step of Explore', () => {
  it.each(PLANES)('comes back to the bit, with a plane of $kind', (plane) => {
    expect(through(step(plane))).toEqual(step(plane));
  });

  it('shares z and where its sliders begin when they are the same', () => {
    const z = seed(5);
    expect(JSON.stringify(exploreStepToJson({ ...step(PLANES[0]!), z, base: z }))).toContain('"base":null');
    const back = through({ ...step(PLANES[0]!), z, base: z });
    expect(back.base).toBe(back.z);
  });

  it('says nothing of settings that are as at first, as files from before they were kept', () => {
    const json = exploreStepToJson({ ...step(PLANES[0]!), ...FIRST_SETTINGS }) as object;
    expect(Object.keys(json).sort()).toEqual(['base', 'condition', 'lattice', 'plane', 'sliders', 'z']);
    expect(exploreStepFromJson(json)).toMatchObject(FIRST_SETTINGS);
  });

  const good = exploreStepToJson(step(PLANES[1]!)) as Record<string, unknown>;
  it.each([
    ['nothing', null],
    ['a latent of text', { ...good, z: ['1', '2', '3', '4'] }],
    ['a number that no float holds', { ...good, z: [1e300, 0, 0, 0] }],
    ['latents of two sizes', { ...good, z: [1, 2, 3] }],
    ['an axis that is not there', { ...good, plane: { kind: 'axes', across: 4, up: 0 } }],
    ['a plane of another kind', { ...good, plane: { kind: 'sphere' } }],
    ['a grid of a million', { ...good, lattice: { n: 1_000_000, span: 1, margin: 0 } }],
    ['a truncation without end', { ...good, psi: 1e9 }],
    ['axes of another kind', { ...good, coordinates: { along: 'umap', order: 'number', rotation: 1 } }],
    ['a traversal of a million rows', { ...good, traversal: { rows: 1_000_000, n: 9, reach: 3 } }],
    [
      'corners on one line',
      { ...good, plane: { ...(good['plane'] as object), b: (good['plane'] as { c: unknown }).c } },
    ],
  ])('refuses %s in one sentence', (_, value) => {
    expect(() => exploreStepFromJson(value)).toThrow(
      /^(A step of Explore cannot be read|These span no plane)/,
    );
  });
});
