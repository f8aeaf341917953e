import { describe, expect, test } from 'vitest';
import { numbersTaken, withClassAppended, withoutCondition } from '#shared/appended-class';
import type { GeneratorContract } from '#shared/importing';

const plain: GeneratorContract = {
  latent: { input: 'z', shape: [18], batch: 'any', prior: { kind: 'normal' } },
  condition: null,
  fixed: [],
  picture: { output: 'x', layout: 'flat', height: 28, width: 28, channels: 1, range: [0, 1] },
};
const inputs = [
  { name: 'z', shape: [null, 18], type: 'float32' },
  { name: 'label', shape: [null, 1], type: 'int64' },
] as const;

describe('a class in the last numbers of z', () => {
  test('takes them from z, and gives them back', () => {
    const appended = withClassAppended(plain, 10, inputs);
    expect(appended).toMatchObject({
      latent: { shape: [8] },
      condition: { input: 'z', encoding: 'one-hot', size: 10, names: [] },
    });
    expect(numbersTaken(appended!)).toBe(18);
    expect(withClassAppended(appended!, 3, inputs)?.latent.shape).toEqual([15]);
    expect(withoutCondition(appended!, inputs)).toEqual(plain);
  });

  test('names stay where their number stays', () => {
    const named = withClassAppended(plain, 2, inputs)!;
    const contract = { ...named, condition: { ...named.condition!, names: ['cat', 'dog'] } };
    expect(withClassAppended(contract, 2, inputs)?.condition?.names).toEqual(['cat', 'dog']);
    expect(withClassAppended(contract, 3, inputs)?.condition?.names).toEqual([]);
  });

  test.each([0, 18, 1.5, -1])('%s classes of 18 numbers leave no z', (classes) => {
    expect(withClassAppended(plain, classes, inputs)).toBeNull();
  });

  test('a spatial latent has no last numbers', () => {
    const spatial = { ...plain, latent: { ...plain.latent, shape: [4, 8, 8] } };
    expect(withClassAppended(spatial, 10, inputs)).toBeNull();
  });

  test('an input of its own that is no class is filled with 0', () => {
    const contract: GeneratorContract = {
      ...plain,
      condition: { input: 'label', encoding: 'index', size: 10, names: [] },
    };
    const expected = [{ input: 'label', shape: [1, 1], value: 0 }];
    expect(withoutCondition(contract, inputs)).toEqual({ ...plain, fixed: expected });
    expect(withClassAppended(contract, 10, inputs)?.fixed).toEqual(expected);
  });
});
