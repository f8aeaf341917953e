// Arithmetic on means of exemplars, the norms it leaves, and what is orthogonal.
import { describe, expect, test } from 'vitest';
import {
  evaluateTerms,
  meanOf,
  orthogonalTo,
  outliersOf,
  rescaled,
  shellRadius,
  withNoise,
} from '#shared/arithmetic';
import { dot, norm } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';

const NORMAL = { kind: 'normal' } as const;
const draws = (count: number, size = 64, from = 0) =>
  Array.from({ length: count }, (_, i) => latentOfSeed(from + i, size, NORMAL));

describe('sums', () => {
  test('A - B + C of means, to the number', () => {
    const z = evaluateTerms(
      [
        { weight: 1, exemplars: [Float32Array.of(1, 2), Float32Array.of(3, 4)] },
        { weight: -1, exemplars: [Float32Array.of(1, 0)] },
        { weight: 0.5, exemplars: [Float32Array.of(4, 4)] },
      ],
      'none',
      NORMAL,
    );
    expect([...z]).toEqual([3, 5]);
  });

  test('the mean of n draws is about sqrt(n) times shorter than the shell', () => {
    const radius = shellRadius(64, NORMAL);
    const lengths = Array.from({ length: 40 }, (_, i) => norm(meanOf(draws(9, 64, 100 * i))));
    const typical = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(typical / radius).toBeGreaterThan(0.28);
    expect(typical / radius).toBeLessThan(0.39);
  });

  test('shell and slerp end on the shell, none does not; the direction of shell is that of none', () => {
    const terms = [
      { weight: 1, exemplars: draws(3) },
      { weight: -1, exemplars: draws(3, 64, 10) },
      { weight: 1, exemplars: draws(3, 64, 20) },
    ];
    const [none, shell, slerp] = (['none', 'shell', 'slerp'] as const).map((rule) =>
      evaluateTerms(terms, rule, NORMAL),
    );
    const radius = shellRadius(64, NORMAL);
    expect(norm(shell!)).toBeCloseTo(radius, 4);
    expect(norm(slerp!)).toBeCloseTo(radius, 4);
    expect(Math.abs(norm(none!) - radius)).toBeGreaterThan(0.3);
    expect(dot(none!, shell!) / norm(none!) / norm(shell!)).toBeCloseTo(1, 5);
  });

  test('on the sphere a term does not weigh more for having fewer exemplars', () => {
    const one = draws(1, 64, 5);
    const many = draws(100, 64, 50);
    const z = evaluateTerms(
      [
        { weight: 1, exemplars: one },
        { weight: 1, exemplars: many },
      ],
      'slerp',
      NORMAL,
    );
    const cosine = (a: Float32Array): number => dot(a, z) / norm(a) / norm(z);
    expect(cosine(one[0]!)).toBeCloseTo(cosine(meanOf(many)), 4);
  });

  test('the shell of a uniform prior', () => {
    const prior = { kind: 'uniform', low: -1, high: 1 } as const;
    const lengths = Array.from({ length: 200 }, (_, i) => norm(latentOfSeed(i, 100, prior)));
    const typical = lengths.reduce((sum, length) => sum + length, 0) / 200;
    expect(shellRadius(100, prior) / typical).toBeCloseTo(1, 1);
  });

  test('an empty term and terms of other sizes are refused', () => {
    const good = { weight: 1, exemplars: [Float32Array.of(1)] };
    expect(() => evaluateTerms([good, { weight: 1, exemplars: [] }], 'none', NORMAL)).toThrow(
      'A term has no exemplars; give each term at least one picture or seed.',
    );
    expect(() =>
      evaluateTerms([good, { weight: 1, exemplars: [Float32Array.of(1, 2)] }], 'none', NORMAL),
    ).toThrow(/different models/);
    expect(() => evaluateTerms([], 'none', NORMAL)).toThrow(/no exemplars/);
  });

  test('nothing can be put on a shell from the origin', () => {
    expect([...rescaled(new Float32Array(3), 2)]).toEqual([0, 0, 0]);
  });
});

test('a far exemplar is flagged, a usual one is not, and three say nothing', () => {
  const near = draws(7).map((z) => z.map((value) => 0.1 * value + 1));
  expect(outliersOf(near)).toEqual([]);
  const far = near.with(
    3,
    near[3]!.map((value) => value + 2),
  );
  expect(outliersOf(far)).toEqual([3]);
  expect(outliersOf(far.slice(2, 5))).toEqual([]);
});

test('noise surrounds the result, which stays in the middle, and is the same for the same seed', () => {
  const z = Float32Array.of(0.5, -0.5);
  const nine = withNoise(z, 3);
  expect(nine[4]).toBe(z);
  expect(nine).toEqual(withNoise(z, 3));
  for (const other of nine)
    other.forEach((value, i) => expect(Math.abs(value - z[i]!)).toBeLessThanOrEqual(0.25));
  expect(new Set(nine.map(String)).size).toBe(9);
});

describe('locked directions', () => {
  test('what is left is orthogonal to each of them, also where they are not orthogonal to each other', () => {
    const locked = [Float32Array.of(1, 0, 0, 0), Float32Array.of(1, 1, 0, 0)];
    const rest = orthogonalTo(Float32Array.of(3, 2, 1, 0), locked);
    expect([...rest]).toEqual([0, 0, 1, 0]);
  });

  test('a direction that is locked twice is locked once; one that is locked leaves nothing of itself', () => {
    const v = latentOfSeed(1, 16, NORMAL);
    const other = latentOfSeed(2, 16, NORMAL);
    const twice = orthogonalTo(v, [other, other.map((value) => 2 * value)]);
    expect(twice).toEqual(orthogonalTo(v, [other]));
    expect(norm(orthogonalTo(v, [v]))).toBeLessThan(1e-6);
  });
});
