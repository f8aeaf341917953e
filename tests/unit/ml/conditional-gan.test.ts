import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  conditionalDiscriminator,
  conditionalGan,
  conditionalGenerator,
  conditionalShapes,
} from '#ml/conditional-gan';
import { buildDiscriminator, buildGenerator, withClassPlanes } from '#ml/gan-networks';
import { gradientPenalty } from '#ml/gan-penalties';
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

function networks(config = DENSE) {
  const shapes = conditionalShapes(config, SHAPE);
  return {
    generator: buildGenerator(shapes.generator, 1),
    discriminator: buildDiscriminator(shapes.discriminator, 2),
  };
}

function withNetworks(run: (both: ReturnType<typeof networks>) => void): void {
  const both = networks();
  tf.tidy(() => run(both));
  both.generator.dispose();
  both.discriminator.dispose();
}

describe('the game of a conditional GAN', () => {
  it('has the gradients of finite differences, on both sides', () =>
    withNetworks((both) => {
      const [x, y, z] = [pictures(), classesOf(0, 1, 2, 1), noise()];
      expectGradients(
        weightsOf(both.discriminator),
        () => conditionalDiscriminator(both, [x, y, z], 'non-saturating').loss,
      );
      expectGradients(
        weightsOf(both.generator),
        () => conditionalGenerator(both, [z, y], 'non-saturating').loss,
      );
    }));

  it('has a penalty with the second-order gradients of finite differences', () =>
    withNetworks(({ discriminator }) => {
      const [x, y] = [pictures(), classesOf(0, 1, 2, 1)];
      const critic = (at: tf.Tensor) => discriminator.apply(withClassPlanes(at, y)) as tf.Tensor;
      const kernels = weightsOf(discriminator).filter(({ shape }) => shape.length > 1);
      expectGradients(kernels, () => gradientPenalty(critic, x));
    }));

  it('tells both players the class', () =>
    withNetworks((both) => {
      const [x, z] = [pictures(), noise()];
      const judged = (...labels: readonly number[]) =>
        valuesOf(conditionalDiscriminator(both, [x, classesOf(...labels), z], 'hinge').figures);
      expect(judged(0, 0, 0, 0)).not.toEqual(judged(1, 1, 1, 1));
    }));

  it('stands at 2 ln 2 and ln 2 where D knows nothing', () =>
    withNetworks((both) => {
      both.discriminator.setWeights(both.discriminator.getWeights().map((weight) => tf.zerosLike(weight)));
      const y = classesOf(0, 1, 2, 1);
      const [loss, real, fake] = valuesOf(
        conditionalDiscriminator(both, [pictures(), y, noise()], 'non-saturating').figures,
      );
      expect(loss).toBeCloseTo(2 * Math.log(2), 5);
      expect([real, fake]).toEqual([0.5, 0.5]);
      const generator = conditionalGenerator(both, [noise(), y], 'non-saturating');
      expect(valuesOf([generator.loss])[0]).toBeCloseTo(Math.log(2), 5);
    }));
});

describe('as a family', () => {
  const one = { make: () => conditionalGan(SMALL, SHAPE, 7), shape: SHAPE, batchSize: BATCH };

  it('shows and ships the average of its generator', () =>
    expectAveraged((averageDecay) => conditionalGan({ ...SMALL, averageDecay }, SHAPE, 7), one));

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator that takes the classes after z', () => expectShips(one.make(), 3 + 3));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
