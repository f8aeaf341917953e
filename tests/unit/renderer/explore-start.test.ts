// Where a point starts from in a model that was never open, and what a seed draws.
import { describe, expect, it } from 'vitest';
import { latentOfSeed } from '#shared/random';
import { drawOf, startOf } from '../../../src-renderer/state/explore-start';

const prior = { kind: 'normal' } as const;
const model = (size: number) => ({ latent: { size, prior }, condition: null, metrics: {} });

describe('a model that was never open', () => {
  it('begins at the origin of a few dimensions', () => {
    const { step, label } = startOf(model(2));
    expect(label).toBe('The origin');
    expect([...step.z]).toEqual([0, 0]);
    expect(step.drawn).toBeNull();
    expect(step.condition).toBeUndefined();
  });

  it('begins at a draw of many dimensions, whose origin lies far from all draws', () => {
    const { step, label } = startOf(model(64));
    expect(label).toBe('Seed 1');
    expect(step.z).toEqual(latentOfSeed(1, 64, prior));
    expect(step.base).toBe(step.z);
    expect(step.drawn).toBe(1);
  });

  it('begins with the first class, on the axes that say most', () => {
    const metrics = { kl1: 0.001, kl2: 0.2, kl3: 3.5 };
    const { step } = startOf({ ...model(3), condition: { names: ['a', 'b'] }, metrics });
    expect(step.condition).toBe(0);
    expect(step.plane).toEqual({ kind: 'axes', across: 2, up: 1 });
  });
});

it('a draw is the seed’s own without truncation, and the mean of the prior at psi 0', () => {
  expect(drawOf(model(3), 7, 1)).toEqual(latentOfSeed(7, 3, prior));
  expect([...drawOf(model(3), 7, 0)].every((value) => Math.abs(value) === 0)).toBe(true);
});
