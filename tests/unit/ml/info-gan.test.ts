import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildDiscriminator, buildGenerator } from '#ml/gan-networks';
import {
  INFO_GAN_CODES,
  infoGan,
  infoGanDiscriminator,
  infoGanGenerator,
  infoGanShapes,
  type InfoGanConfig,
} from '#ml/info-gan';
import { weightsOf } from '#ml/minimise';
import {
  expectAveraged,
  expectGradients,
  expectResumes,
  expectShips,
  expectTracesLikeEager,
  native,
  useNative,
  valuesOf,
} from './family-checks';
import { BATCH, classesOf, DENSE, noise, pictures, SHAPE, SMALL } from './small-games';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const CODES = { ...INFO_GAN_CODES, categories: 3 };
const CONFIG: InfoGanConfig = { ...DENSE, ...CODES };

function withNetworks(run: (both: { generator: tf.Sequential; discriminator: tf.Sequential }) => void): void {
  const shapes = infoGanShapes(CONFIG, SHAPE);
  const generator = buildGenerator(shapes.generator, 1);
  const discriminator = buildDiscriminator(shapes.discriminator, 2);
  tf.tidy(() => run({ generator, discriminator }));
  generator.dispose();
  discriminator.dispose();
}

describe('the game of an InfoGAN', () => {
  it('has the gradients of finite differences, on both sides', () =>
    withNetworks((both) => {
      const [x, z, c] = [pictures(), noise(), classesOf(0, 1, 2, 1)];
      expectGradients(
        weightsOf(both.discriminator),
        () => infoGanDiscriminator(both, [x, z, c], 'non-saturating', CONFIG).loss,
      );
      expectGradients(
        weightsOf(both.generator),
        () => infoGanGenerator(both, [z, c], 'non-saturating', CONFIG).loss,
      );
    }));

  it('knows 0 nats of the category where Q guesses evenly, and ln 3 where it is sure and right', () =>
    withNetworks((both) => {
      const { discriminator } = both;
      const even = discriminator.getWeights().map((weight) => tf.zerosLike(weight));
      const z = tf.zeros<tf.Rank.R2>([BATCH, 3]);
      const told = () =>
        valuesOf(infoGanGenerator(both, [z, classesOf(1, 1, 1, 1)], 'hinge', CONFIG).figures);
      discriminator.setWeights(even);
      expect(told()[1]).toBeCloseTo(0, 6);
      expect(told()[2]).toBe(0); // the numbers are 0, and so is Q's mean
      const sure = tf.tensor1d([0, -50, 50, -50, 1, 0]); // D, three categories, two numbers
      discriminator.setWeights([...even.slice(0, -1), sure]);
      expect(told()[1]).toBeCloseTo(Math.log(3), 5);
      expect(told()[2]).toBeCloseTo(0.5, 6); // one number is missed by 1
    }));
});

describe('as a family', () => {
  const one = { make: () => infoGan({ ...SMALL, ...CODES }, SHAPE, 7), shape: SHAPE, batchSize: BATCH };

  it('shows and ships the average of its generator', () =>
    expectAveraged((averageDecay) => infoGan({ ...SMALL, ...CODES, averageDecay }, SHAPE, 7), one));

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator that takes the category after z', () => expectShips(one.make(), 3 + 3));

  it('draws all of z from the same interval, the codes first', () => {
    const family = one.make();
    expect(family.latent).toEqual({ size: 3, prior: { kind: 'uniform', low: -1, high: 1 } });
    expect(family.classes).toBe(3);
    expect(family.categoryNames).toEqual(['#1', '#2', '#3']);
    tf.tidy(() => {
      expect(family.readCodes(pictures()).shape).toEqual([BATCH, 2 + 3]);
    });
    family.dispose();
  });

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
