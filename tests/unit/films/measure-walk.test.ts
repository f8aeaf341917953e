import { describe, expect, it } from 'vitest';
import { decodedPoints } from '#engine/films/decoded-points';
import { evenWalk, measureWalk, pixelDistance } from '#engine/films/measure-walk';
import { key, quiet, toyModel, toyWalk } from './toy-model';

describe('measuring', () => {
  it('gives the change between decoded neighbours, their sum, and the norms', async () => {
    const { steps, total, norms, seconds, variation } = await measureWalk(toyWalk(), 5, toyModel(), quiet);
    expect([...seconds]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([...norms]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    const exact = [1, 7, 19, 37].map((cubes) => cubes / 64);
    steps.forEach((step, i) => expect(Math.abs(step - exact[i]!)).toBeLessThan(1 / 255));
    expect(total).toBeCloseTo(1, 6);
    expect(variation).toBeGreaterThan(0.8);
  });

  it('goes round to the start of a closed walk', async () => {
    const { steps, norms } = await measureWalk(toyWalk({ closed: true }), 9, toyModel(), quiet);
    expect(norms[8]).toBe(0);
    expect(steps[0]).toBeCloseTo(steps[7]!, 6);
  });

  it('knows black from white, and what is transparent from what is not', () => {
    const [black, white, clear] = [
      [0, 0, 0, 255],
      [255, 255, 255, 255],
      [255, 255, 255, 0],
    ].map((pixel) => Uint8Array.from(pixel)) as [Uint8Array, Uint8Array, Uint8Array];
    expect(pixelDistance(black, white)).toBe(1);
    expect(pixelDistance(clear, white)).toBe(1);
    expect(pixelDistance(Uint8Array.of(255, 0, 0, 255), black)).toBeCloseTo(Math.sqrt(1 / 3), 12);
  });
});

describe('evening', () => {
  it('brings the variation of a known uneven path below .1', async () => {
    const model = toyModel();
    const even = await evenWalk(toyWalk(), 64, false, model, quiet);
    const before = await measureWalk(toyWalk(), 31, model, quiet);
    const after = await measureWalk(even, 31, model, quiet);
    expect(before.variation).toBeGreaterThan(0.85);
    expect(after.variation).toBeLessThan(0.1);
    expect(after.total).toBeCloseTo(before.total, 2);
  });

  it('gives each leg time by what happens on it, and keeps the whole', async () => {
    // cubes: 0 to .125 and .125 to 1
    const walk = toyWalk({ keys: [key(0), key(0.5), key(1)] });
    const even = await evenWalk(walk, 64, false, toyModel(), quiet);
    expect(even.keys[0]!.seconds).toBeCloseTo(2 / 8, 1);
    expect(even.keys[0]!.seconds + even.keys[1]!.seconds).toBeCloseTo(2, 6);
    expect((await measureWalk(even, 41, toyModel(), quiet)).variation).toBeLessThan(0.1);
    const kept = await evenWalk(walk, 64, true, toyModel(), quiet);
    expect(kept.keys.map(({ seconds }) => seconds)).toEqual([1, 1, 1]);
  });

  it('does not wait at a change of class', async () => {
    const jump = toyWalk({ keys: [key(0.2, { condition: 0 }), key(0.6, { condition: 1 })] });
    const even = await evenWalk(jump, 32, false, toyModel(), quiet);
    const pace = even.keys[0]!.pace!;
    const steps = Array.from({ length: pace.length - 1 }, (_, i) => pace[i + 1]! - pace[i]!);
    expect(Math.min(...steps)).toBeGreaterThan(0.2 / 32);
  });
});

describe('decoding the points of a walk', () => {
  const points = (classes: readonly (number | undefined)[]) =>
    classes.map((condition, i) => ({ z: Float32Array.of(i / 1000), condition }));

  it('takes many of one class at once, in order, and tells how far it is', async () => {
    const calls: number[] = [];
    const told: number[] = [];
    const model = toyModel(calls);
    const progress = { ...quiet, send: ({ done }: { done: number }) => told.push(done) };
    const classes = [...new Array<number>(70).fill(0), 1, 1, 0];
    let count = 0;
    for await (const _ of decodedPoints(points(classes), model.picture, model.decode, progress)) count++;
    expect(count).toBe(73);
    expect(calls).toEqual([64, 6, 2, 1]);
    expect(told).toEqual([64, 70, 72, 73]);
  });

  it('stops between two calls when it is cancelled', async () => {
    const calls: number[] = [];
    const model = toyModel(calls);
    const progress = {
      cancellation: { cancelled: false },
      send: () => (progress.cancellation.cancelled = true),
    };
    const all = decodedPoints(points(new Array<number>(200).fill(0)), model.picture, model.decode, progress);
    const drained = async () => {
      for await (const _ of all) continue;
    };
    await expect(drained()).rejects.toMatchObject({ code: 'engine/cancelled' });
    expect(calls).toEqual([64]);
  });
});
