import { describe, expect, it } from 'vitest';
import { latentOfSeed, mixSeed, seededNormal, seededRandom, shuffledIndices } from '#shared/random';

describe('seeded randomness', () => {
  it('never changes: seed 7 is one picture for ever', () => {
    expect([...latentOfSeed(7, 3, { kind: 'normal' })]).toMatchInlineSnapshot(`
      [
        1.2549676895141602,
        0.9300586581230164,
        -0.6484223008155823,
      ]
    `);
  });

  it('is standard normal', () => {
    const z = seededNormal(1, 200_000);
    const mean = z.reduce((sum, value) => sum + value, 0) / z.length;
    const variance = z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / z.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.01);
  });

  it('stays within a uniform prior', () => {
    const z = latentOfSeed(3, 1000, { kind: 'uniform', low: -1, high: 1 });
    expect(Math.min(...z)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...z)).toBeLessThanOrEqual(1);
  });

  it('shuffles into a permutation', () => {
    const order = shuffledIndices(5, 1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order.slice(0, 10)]).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(shuffledIndices(5, 1000)).toEqual(order);
  });

  it('gives neighbouring (seed, step) pairs unrelated seeds', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 50; seed++)
      for (let step = 0; step < 200; step++) seeds.add(mixSeed(seed, step));
    expect(seeds.size).toBeGreaterThan(9_990);
    const first = Array.from({ length: 2000 }, (_, step) => seededRandom(mixSeed(1, step)).uniform());
    const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
    expect(first.filter((value) => value > 0.999).length).toBeLessThan(12);
  });
});
