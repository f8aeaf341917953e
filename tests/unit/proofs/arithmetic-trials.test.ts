import { describe, expect, it } from 'vitest';
import type { Attribute } from '#shared/attributes';
import { mixSeed, seededRandom } from '#shared/random';
import { findDirection } from '#engine/attributes/find';
import { labelledOf } from '#engine/attributes/labelled';
import { EXAMPLES, gradeTrials, type Factors, type TrialSetting } from '#engine/proofs/arithmetic-trials';

const NAMES = ['smile', 'gender', 'glasses', 'yaw'] as const;
const WORDS: Readonly<Record<(typeof NAMES)[number], readonly [string, string]>> = {
  smile: ['sad', 'smiling'],
  gender: ['man', 'woman'],
  glasses: ['without glasses', 'with glasses'],
  yaw: ['left', 'right'],
};
const attributes = NAMES.map((name): Attribute => {
  const [low, high] = WORDS[name];
  return {
    name,
    title: name,
    ranges: { low: [-9, -0.4], middle: [-0.25, 0.25], high: [0.4, 9] },
    words: { low: [low], middle: name === 'smile' ? ['neutral'] : [], high: [high] },
  };
});

/** Latents whose coordinates are the labels, and four more of noise. */
const COUNT = 2000;
const SIZE = 8;
const latent = { size: SIZE, prior: { kind: 'normal' } } as const;
const labelled = (() => {
  const mu = new Float32Array(COUNT * SIZE);
  const values = new Float32Array(COUNT * NAMES.length);
  for (let row = 0; row < COUNT; row++) {
    const { uniform } = seededRandom(mixSeed(9, row));
    const z = Float32Array.from({ length: SIZE }, () => 2 * uniform() - 1);
    mu.set(z, row * SIZE);
    values.set(z.subarray(0, NAMES.length), row * NAMES.length);
  }
  return labelledOf({ table: { attributes, count: COUNT, values }, mu, seeds: null, by: 'a test' }, latent);
})();

/** A judge whose readings are what the coordinates make of it. */
const judge =
  (reading: (coordinate: number, name: string) => number): TrialSetting['read'] =>
  (z, count) =>
    Promise.resolve(
      Object.fromEntries(
        NAMES.map((name, column) => [
          name,
          Float32Array.from({ length: count }, (_, row) => reading(z[row * SIZE + column]!, name)),
        ]),
      ) satisfies Factors,
    );

const setting: TrialSetting = {
  labelled,
  prior: latent.prior,
  norm: 'none',
  trials: 200,
  exemplars: 10,
  seed: 1,
  untouched: ['yaw'],
  read: judge((value) => value),
};

describe('trials of arithmetic are graded', () => {
  it.each(EXAMPLES)(
    '$name: all but a few succeed where latents are the labels, and nothing else drifts',
    async (example) => {
      const { success, drift } = await gradeTrials(example, setting);
      expect(success).toBeGreaterThan(0.95);
      expect(drift).toBeLessThan(0.02); // latents are kept as halves
    },
  );
  it('fewer succeed with one exemplar: a sum that is out of range counts by what is read', async () => {
    const saturated = judge((value) => Math.max(-1, Math.min(1, value)));
    const one = await gradeTrials(EXAMPLES[0]!, { ...setting, exemplars: 1, read: saturated });
    const ten = await gradeTrials(EXAMPLES[0]!, { ...setting, read: saturated });
    expect(one.success).toBeLessThan(ten.success);
    expect(one.drift).toBeLessThan(0.02); // what is expected is kept to the labels' range as well
  });
  it('none succeeds with a judge that sees no smile, or the wrong gender', async () => {
    const blind = judge((value, name) => (name === 'smile' ? 0 : value));
    const wrong = judge((value, name) => (name === 'gender' ? -value : value));
    expect((await gradeTrials(EXAMPLES[0]!, { ...setting, read: blind })).success).toBe(0);
    expect((await gradeTrials(EXAMPLES[0]!, { ...setting, read: wrong })).success).toBeLessThan(0.05);
  });
  it('halfway to what is asked is where success begins, and where the asked range begins it is clear', async () => {
    const reading = (smile: number) => judge((value, name) => (name === 'smile' ? smile : value));
    const at = (smile: number) => gradeTrials(EXAMPLES[0]!, { ...setting, read: reading(smile) });
    // between neutral, up to .25, and smiling, from .4
    expect((await at(0.32)).success).toBe(0);
    const near = await at(0.33);
    expect(near.success).toBeGreaterThan(0.95);
    expect(near.clear).toBe(0);
    expect((await at(0.41)).clear).toBeGreaterThan(0.9);
  });
  it('drift is told in standard deviations', async () => {
    const off = judge((value, name) => (name === 'yaw' ? 0 : value));
    const { drift } = await gradeTrials(EXAMPLES[0]!, { ...setting, read: off });
    // sums of three means of ten uniform draws: sd of sqrt(3 / 10), mean absolute value sqrt(2 / pi) of it
    expect(drift).toBeCloseTo(Math.sqrt((3 / 10) * (2 / Math.PI)), 1);
  });
  it('directions stand for the difference', async () => {
    const direction = findDirection(labelled, { method: 'regression', attribute: 'smile' });
    const { success, drift } = await gradeTrials(EXAMPLES[0]!, { ...setting, direction });
    expect(success).toBeGreaterThan(0.97);
    expect(drift).toBeLessThan(0.05);
  });
  it('the same seed gives the same figures', async () => {
    expect(await gradeTrials(EXAMPLES[1]!, setting)).toEqual(await gradeTrials(EXAMPLES[1]!, setting));
  });
});
