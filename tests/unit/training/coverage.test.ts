import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { RING_8 } from '#engine/datasets/procedural/toy-points';
import { createCoverage } from '#engine/training/coverage';
import { openTrainingData } from '#engine/training/data';

const AS_IT_IS = { size: null, crop: 'cover', grey: false } as const;
const open = (name: string, count: number, heldOut: number, size = 16) =>
  openTrainingData({ kind: 'builtin', name, count, seed: 1, size }, AS_IT_IS, heldOut, []);
const range = (count: number, from = 0) => Uint32Array.from({ length: count }, (_, i) => from + i);

let tensors = 0;
beforeAll(() => selectBackend());
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensors));

describe('modes of known points', () => {
  it('are all there in the data itself', async () => {
    const data = await open('ring-8', 2000, 0, 1);
    const { coverage } = await createCoverage(data)(await data.training.read(range(1000)), null);
    expect(coverage).toMatchObject({ kind: 'modes', covered: 8, accuracy: null, agreement: null });
    expect(coverage!.near).toBeGreaterThan(0.97);
    coverage!.made.forEach((share) => expect(share).toBeCloseTo(1 / 8, 2));
  });

  it('are two where points lie at two of the centres, and none where they lie beside', async () => {
    const judge = createCoverage(await open('ring-8', 100, 0, 1));
    const at = (x: number, y: number) => Array.from({ length: 50 }, () => [x, y]).flat();
    const two = Float32Array.from([...at(...RING_8.centres[0]!), ...at(...RING_8.centres[4]!)]);
    expect((await judge(two, null)).coverage).toMatchObject({
      covered: 2,
      near: 1,
      made: [0.5, 0, 0, 0, 0.5, 0, 0, 0],
    });
    // what lies at no mode is made of none: the bars say what the count says
    const nowhere = new Array<number>(8).fill(0);
    expect((await judge(Float32Array.from(at(0, 0)), null)).coverage).toMatchObject({
      ...{ covered: 0, near: 0, made: nowhere },
    });
  });

  it('of a curve are its arms, told by the nearest point', async () => {
    const data = await open('two-rings', 2000, 200, 1);
    const inner = (await data.training.read(range(2000 - 200))).filter(
      (_, i) => data.training.labels![Math.floor(i / 2)] === 0,
    );
    const { coverage, spread } = await createCoverage(data)(inner, null);
    expect(coverage).toMatchObject({ kind: 'classes', covered: 1, made: [1, 0], names: ['inner', 'outer'] });
    expect(coverage!.accuracy).toBeGreaterThan(0.99);
    expect(spread).toBeNull();
  });
});

describe('classes of pictures', () => {
  it('are those of the nearest pictures, and how far that can be believed stands beside', async () => {
    const data = await open('glyphs', 2300, 300);
    const judge = createCoverage(data);
    const { coverage, spread } = await judge(await data.heldOut!.read(range(300)), null);
    expect(coverage!.accuracy).toBeGreaterThan(0.9);
    expect(coverage!.isBelievable).toBe(true);
    expect(coverage!.covered).toBe(10);
    expect(spread).toBeCloseTo(1, 1);
    // pictures of one class alone, all the same
    const sevens = range(300).filter((at) => data.heldOut!.labels![at] === 7);
    const same = await data.heldOut!.read(new Uint32Array(40).fill(sevens[0]!));
    const collapsed = await judge(same, null);
    expect(collapsed.coverage!.covered).toBe(1);
    expect(collapsed.spread).toBeLessThan(1e-3);
    // asked for seven and for three in turn: half of them agree
    const agreement = (await judge(same, range(40).map((at) => (at % 2 === 0 ? 7 : 3)) as never)).coverage;
    expect(agreement!.agreement === 0.5 || agreement!.agreement === 0).toBe(true);
    expect(agreement!.agreement).toBe(collapsed.coverage!.made[7] === 1 ? 0.5 : 0);
  });

  it('are not believed where the nearest picture is hardly better than the largest class', async () => {
    const data = await open('heads', 1500, 300, 16); // with glasses or without: one of many things that differ
    const { coverage } = await createCoverage(data)(await data.training.read(range(50)), null);
    expect(coverage!.accuracy).toBeGreaterThan(0.5);
    expect(coverage!.isBelievable).toBe(false);
  });

  it('are none where the data has none, and the spread is told all the same', async () => {
    const data = await open('glyphs', 200, 0);
    const unlabelled = { ...data, training: { ...data.training, labels: null, classNames: [] } };
    const { coverage, spread } = await createCoverage(unlabelled)(await data.training.read(range(100)), null);
    expect(coverage).toBeNull();
    expect(spread).toBeGreaterThan(0.8);
  });
});
