// Principal components against numpy's, and what says how much a dimension says.
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byActivity, firstAxes } from '#shared/dimensions';
import { dot } from '#shared/latent-math';
import { activityOf, codeComponents, decoderComponents } from '#engine/dimensions';
import type { OpenModel } from '#engine/open-model';
import type { Pack } from '#engine/pack';
import { createCancellation } from '#shared/rpc';

interface Reference {
  readonly z: readonly (readonly number[])[];
  readonly mean: readonly number[];
  readonly directions: readonly (readonly number[])[];
  readonly deviations: readonly number[];
  readonly shares: readonly number[];
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, 'components-by-numpy.json'), 'utf8'),
) as Reference;

describe('principal components of codes', () => {
  const size = 6;
  const codes = { z: Float32Array.from(reference.z.flat()), size, count: reference.z.length };
  const found = codeComponents(codes, 'of a test');

  it('agree with numpy to 1e-4: directions but for their sign, deviations, shares and mean', () => {
    expect(found.count).toBe(size);
    for (let k = 0; k < size; k++) {
      const direction = found.directions.subarray(k * size, (k + 1) * size);
      const theirs = Float32Array.from(reference.directions[k]!);
      const sign = Math.sign(dot(direction, theirs));
      direction.forEach((value, i) => expect(Math.abs(sign * value - theirs[i]!)).toBeLessThan(1e-4));
      expect(Math.abs(found.deviations[k]! - reference.deviations[k]!)).toBeLessThan(1e-4);
      expect(Math.abs(found.shares[k]! - reference.shares[k]!)).toBeLessThan(1e-4);
      expect(Math.abs(found.mean[k]! - reference.mean[k]!)).toBeLessThan(1e-4);
    }
  });
});

/** A generator of one grey pixel row that hears its first two numbers alone, the second half as loud. */
function toy(metrics: Readonly<Record<string, number>>): { pack: Pack; opened: OpenModel } {
  const latent = { size: 3, prior: { kind: 'normal' } } as const;
  const decode: OpenModel['decode'] = (z, count) => {
    const rgba = new Uint8Array(count * 4);
    for (let i = 0; i < count; i++) {
      const shade = 128 + 20 * z[3 * i]! + 10 * z[3 * i + 1]!;
      rgba.set([shade, shade, shade, 255], 4 * i);
    }
    return Promise.resolve({ count, width: 1, height: 1, rgba, networkMs: 0, notes: [] });
  };
  const pack = { manifest: { id: 'toy', title: 'Toy', latent, training: { metrics } } };
  const opened = { info: { latent, condition: null, output: { width: 1, height: 1 } }, decode };
  return { pack: pack as unknown as Pack, opened: opened as unknown as OpenModel };
}
const watching = () => ({ ...createCancellation(), send: () => undefined });

describe('what a dimension says', () => {
  it('is its KL where the training measured it', async () => {
    const activity = await activityOf(toy({ kl1: 0.2, kl2: 3.5, kl3: 0.001 }), watching());
    expect(activity.measure).toBe('kl');
    expect([...activity.active]).toEqual([1, 1, 0]);
    expect(byActivity(activity)).toEqual([1, 0, 2]);
  });

  it('names the axes to begin with, the first two where there are no others or none is known to say more', () => {
    expect(firstAxes({ kl1: 0.001, kl2: 0.2, kl3: 3.5 }, 3)).toEqual([2, 1]);
    expect(firstAxes({ kl1: 0.001, kl2: 0.2 }, 2)).toEqual([0, 1]);
    expect(firstAxes({ kl1: 0.001, kl3: 3.5 }, 3)).toEqual([0, 1]);
    expect(firstAxes({}, 1)).toEqual([0, 0]);
  });

  it('is else what the decoder makes of small steps: 20 shades, 10, and none, which is dead', async () => {
    const model = toy({});
    const activity = await activityOf(model, watching());
    expect(activity.measure).toBe('sensitivity');
    // shades are whole numbers, so one of them may be lost on the way
    expect(Math.abs(activity.values[0]! - 20)).toBeLessThan(1);
    expect(Math.abs(activity.values[1]! - 10)).toBeLessThan(1);
    expect(activity.values[2]).toBe(0);
    expect([...activity.active]).toEqual([1, 1, 0]);
    expect(await activityOf(model, watching())).toBe(activity);
  });

  it('is given up when nobody waits for it, and found when somebody does again', async () => {
    const model = toy({});
    const { cancellation, cancel } = createCancellation();
    cancel();
    await expect(activityOf(model, { cancellation, send: () => undefined })).rejects.toThrow();
    expect((await activityOf(model, watching())).measure).toBe('sensitivity');
  });
});

it('the directions that change the picture most are those of the decoder, where nothing else tells', async () => {
  const { opened } = toy({});
  const found = await decoderComponents(opened, watching());
  // the shade moves along (20, 10, 0) and along nothing else
  const [x = 0, y = 0, z = 0] = found.directions;
  expect(x).toBeCloseTo(2 / Math.sqrt(5), 2);
  expect(y).toBeCloseTo(1 / Math.sqrt(5), 2);
  expect(z).toBe(0);
  expect(found.shares[0]).toBeCloseTo(1, 2);
  expect(found.of).toMatch(/change the decoded picture most/);
});
