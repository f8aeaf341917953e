// The GAN as a family: its updates move what they should and nothing else, leak nothing, and go on after a checkpoint as if nothing had
// happened; its generator is shipped with statistics of its own.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueSource } from '#engine/training/source';
import { createStepper, type Counters } from '#engine/training/stepper';
import { layerRule } from '#engine/layer-rules';
import { seededNormal } from '#shared/random';
import { gan, NO_PENALTY, type GanConfig } from '#ml/gan';
import { buildDiscriminator, buildGenerator, halvingsOf } from '#ml/gan-networks';
import { recalibrateBatchNorm } from '#ml/gan-average';
import { GAN_LOSSES } from '#ml/gan-losses';
import type { Live, Trainable } from '#ml/family';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const BATCH = 4;
const POINTS: GanConfig = {
  latentSize: 2,
  batchSize: BATCH,
  generator: { body: { kind: 'dense', units: [8, 8] }, batchNorm: false, learningRate: 1e-2 },
  discriminator: { body: { kind: 'dense', units: [8, 8] }, batchNorm: false, learningRate: 1e-2 },
  schedule: 'linear',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  discriminatorSteps: 1,
  penalty: { r1: 0.1, r2: 0.1, every: 1, form: 'gradient' },
  wassersteinWeight: 10,
  averageDecay: 0,
};
const PICTURES: GanConfig = {
  ...POINTS,
  latentSize: 3,
  generator: { body: { kind: 'conv', width: 2 }, batchNorm: true, learningRate: 1e-2 },
  discriminator: { body: { kind: 'conv', width: 2 }, batchNorm: true, learningRate: 1e-2 },
  penalty: NO_PENALTY,
  averageDecay: 0.9,
};
const pointData = valueSource(seededNormal(1, 40), { height: 1, width: 1, channels: 2, classes: 0 });
const pictureData = valueSource(
  seededNormal(2, 10 * 64).map((value) => Math.min(1, Math.abs(value))),
  { height: 8, width: 8, channels: 1, classes: 0 },
);

const values = ({ variables }: Pick<Trainable, 'variables'>): readonly number[] =>
  variables.flatMap((variable) => [...variable.dataSync()]);

async function stepperOf(trainable: Trainable, counters?: Counters, live?: Live) {
  const source = trainable.range === 'points' ? pointData : pictureData;
  const given = { trainable, source, batchSize: BATCH, steps: 20, seed: 5, trace: false };
  return createStepper({
    ...given,
    ...(counters === undefined ? {} : { counters }),
    ...(live === undefined ? {} : { live }),
  });
}

describe('the GAN as a family', () => {
  it.each([...GAN_LOSSES])(
    'plays every loss, switched live, without leaving a tensor behind: %s',
    async (loss) => {
      const trainable = gan(POINTS, pointData.shape, 1);
      const stepper = await stepperOf(trainable);
      await stepper.setLive({ loss, discriminatorSteps: 2 });
      await stepper.next();
      const tensors = tf.memory().numTensors;
      const figures = await stepper.next();
      expect(tf.memory().numTensors).toBe(tensors);
      expect(Object.values(figures).every(Number.isFinite)).toBe(true);
      expect(stepper.counters.runs).toMatchObject({ discriminator: 4, generator: 2 });
      expect(figures['gradientMinimax']! + figures['gradientNonSaturating']!).toBeCloseTo(1, 5);
      stepper.dispose();
      trainable.dispose();
    },
  );

  it('moves only the player whose turn it is, and batch norm statistics', async () => {
    const trainable = gan(PICTURES, pictureData.shape, 1);
    const stepper = await stepperOf(trainable);
    const names = () => new Map(trainable.variables.map((v) => [v, [...v.dataSync()].join()]));
    for (const [update, mine] of [
      ['discriminator', 'discriminator'],
      ['generator', 'generator'],
    ] as const) {
      const earlier = names();
      await stepper.only(update);
      const declared = new Set(trainable.updates({}).find(({ name }) => name === mine)!.variables);
      for (const [variable, value] of names()) {
        if (value !== earlier.get(variable)) expect(declared.has(variable), variable.name).toBe(true);
      }
      expect([...names()].some(([variable, value]) => value !== earlier.get(variable))).toBe(true);
    }
    stepper.dispose();
    trainable.dispose();
  });

  it.each([
    ['points with a lazy penalty', { ...POINTS, penalty: { ...POINTS.penalty, every: 3 } }],
    ['points with the stand-in', { ...POINTS, penalty: { ...POINTS.penalty, form: 'difference' } }],
    ['pictures with batch norm and an average', PICTURES],
  ] as const)('goes on from its variables and counters as if uninterrupted: %s', async (_, config) => {
    const shape = config.latentSize === 2 ? pointData.shape : pictureData.shape;
    const whole = gan(config, shape, 1);
    const first = await stepperOf(whole);
    for (let i = 0; i < 4; i++) await first.next();
    const kept = whole.variables.map((variable) => variable.clone());
    const { counters } = first;
    for (let i = 0; i < 4; i++) await first.next();

    const resumed = gan(config, shape, 99);
    resumed.variables.forEach((variable, i) => variable.assign(kept[i]!));
    const second = await stepperOf(resumed, counters);
    for (let i = 0; i < 4; i++) await second.next();
    expect(values(resumed)).toEqual(values(whole));
    if ('every' in config.penalty && config.penalty.every === 3)
      expect(second.counters.runs['regulariser']).toBe(3);
    tf.dispose(kept);
    first.dispose();
    second.dispose();
    whole.dispose();
    resumed.dispose();
  });

  it('refuses a penalty on the gradient through batch norm, and takes the stand-in', () => {
    const penalty = { r1: 1, r2: 0, every: 1, form: 'gradient' } as const;
    const trainable = gan({ ...PICTURES, penalty }, pictureData.shape, 1);
    expect(() => trainable.updates({})).toThrow(/without batch norm/);
    expect(() => trainable.updates({ loss: 'wasserstein' })).toThrow(/choose another loss/);
    trainable.dispose();
    const standIn = gan({ ...PICTURES, penalty: { ...penalty, form: 'difference' } }, pictureData.shape, 1);
    expect(standIn.updates({})).toHaveLength(2);
    standIn.dispose();
  });

  it('ships a generator of layers that are lowered, which draws as the average does', async () => {
    const trainable = gan(
      { ...PICTURES, generator: { ...PICTURES.generator, batchNorm: false } },
      pictureData.shape,
      1,
    );
    const stepper = await stepperOf(trainable);
    for (let i = 0; i < 3; i++) await stepper.next();
    const { generator } = trainable.products();
    for (const layer of generator.layers) {
      const name = layer.getClassName();
      expect(name === 'InputLayer' || layerRule(name) !== undefined, name).toBe(true);
    }
    tf.tidy(() => {
      const z = tf.randomNormal<tf.Rank.R2>([2, 3], 0, 1, 'float32', 1);
      const shipped = generator.predict(z) as tf.Tensor;
      expect(shipped.shape).toEqual([2, 8, 8, 1]);
      expect([...shipped.dataSync()]).toEqual([...trainable.generate(z).dataSync()]);
    });
    generator.dispose();
    stepper.dispose();
    trainable.dispose();
  });
});

describe('many pictures at once', () => {
  it('are made as they will be shipped, and move nothing', async () => {
    const shape = { height: 8, width: 8, channels: 1, classes: 0 };
    const trainable = gan({ ...PICTURES, batchSize: 64 }, shape, 7);
    const stepper = await stepperOf(trainable);
    for (let step = 0; step < 5; step++) await stepper.next();
    const held = values(trainable);
    const { generator: shipped } = trainable.products();
    const distance = (rows: number): number =>
      tf.tidy(() => {
        const z = tf.randomNormal<tf.Rank.R2>([rows, 3], 0, 1, 'float32', 1);
        const [now, later] = [trainable.generate(z), shipped.predict(z) as tf.Tensor];
        return tf.mean(tf.abs(tf.sub(now, later))).dataSync()[0]! / tf.mean(tf.abs(later)).dataSync()[0]!;
      });
    // a few are made with running statistics, which lag behind; a batch has statistics of its own
    expect(distance(256)).toBeLessThan(0.5 * distance(8));
    expect(values(trainable)).toEqual(held);
    shipped.dispose();
    stepper.dispose();
    trainable.dispose();
  });
});

describe('the networks', () => {
  it('are as large as the DCGAN paper makes them, and halve what can be halved', () => {
    expect([16, 28, 32, 64].map((size) => halvingsOf(size, size))).toEqual([2, 2, 3, 4]);
    const shape = {
      height: 32,
      width: 32,
      channels: 3,
      body: { kind: 'conv', width: 16 },
      batchNorm: true,
    } as const;
    const generator = buildGenerator({ ...shape, inputSize: 64, output: 'tanh' }, 1);
    const discriminator = buildDiscriminator({ ...shape, outputs: 1 }, 1);
    expect(Math.round(generator.countParams() / 1000)).toBe(108);
    expect(Math.round(discriminator.countParams() / 1000)).toBe(43);
    generator.dispose();
    discriminator.dispose();
  });

  it('get the mean and variance of their batches by recalibration', () => {
    const shape = {
      inputSize: 2,
      height: 1,
      width: 1,
      channels: 2,
      batchNorm: true,
      output: 'linear',
    } as const;
    const generator = buildGenerator({ ...shape, body: { kind: 'dense', units: [3] } }, 1);
    const batches = [1, 2].map((seed) => tf.randomNormal<tf.Rank.R2>([6, 2], 0, 1, 'float32', seed));
    const [dense] = generator.layers.filter((layer) => layer.getClassName() === 'Dense');
    const expected = tf.tidy(() => {
      const each = batches.map((z) => tf.moments(dense!.apply(z) as tf.Tensor, 0).mean);
      return [...tf.mean(tf.stack(each), 0).dataSync()];
    });
    recalibrateBatchNorm(generator, batches);
    const norm = generator.layers.find((layer) => layer.getClassName() === 'BatchNormalization')!;
    const means = (norm.nonTrainableWeights[0]!.read() as tf.Variable).dataSync();
    expected.forEach((value, i) => expect(means[i]).toBeCloseTo(value, 4));
    tf.dispose(batches);
    generator.dispose();
  });
});
