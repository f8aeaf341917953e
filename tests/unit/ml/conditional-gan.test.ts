import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  conditionalDiscriminator,
  conditionalGan,
  conditionalGenerator,
  conditionalNetworks,
  judgeAs,
  type ConditionalGanConfig,
  type ConditionalNetworks,
} from '#ml/conditional-gan';
import { withClassPlanes } from '#ml/gan-networks';
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

/** The class joined to what D has seen, and only in planes. */
const JOINED: ConditionalGanConfig = { ...SMALL, jointUnits: 5 };
const WIDTHS = [5, 0];

const playersOf = ({ discriminator, jointHead }: ConditionalNetworks) =>
  jointHead === null ? [discriminator] : [discriminator, jointHead];

function withNetworks(jointUnits: number, run: (both: ConditionalNetworks) => void): void {
  const both = conditionalNetworks({ ...DENSE, jointUnits }, SHAPE, 1);
  tf.tidy(() => run(both));
  [both.generator, ...playersOf(both)].forEach((network) => network.dispose());
}

describe.each(WIDTHS)('the game of a conditional GAN with %d joint units', (width) => {
  it('has the gradients of finite differences, on both sides', () =>
    withNetworks(width, (both) => {
      const [x, y, z] = [pictures(), classesOf(0, 1, 2, 1), noise()];
      expectGradients(
        weightsOf(...playersOf(both)),
        () => conditionalDiscriminator(both, [x, y, z], 'non-saturating').loss,
      );
      expectGradients(
        weightsOf(both.generator),
        () => conditionalGenerator(both, [z, y], 'non-saturating').loss,
      );
    }));

  it('has a penalty with the second-order gradients of finite differences', () =>
    withNetworks(width, (both) => {
      const [x, y] = [pictures(), classesOf(0, 1, 2, 1)];
      const kernels = weightsOf(...playersOf(both)).filter(({ shape }) => shape.length > 1);
      expectGradients(kernels, () => gradientPenalty((at) => judgeAs(both, at, y), x));
    }));

  it('tells both players the class', () =>
    withNetworks(width, (both) => {
      const [x, z] = [pictures(), noise()];
      const judged = (...labels: readonly number[]) =>
        valuesOf(conditionalDiscriminator(both, [x, classesOf(...labels), z], 'hinge').figures);
      expect(judged(0, 0, 0, 0)).not.toEqual(judged(1, 1, 1, 1));
    }));

  it('stands at 2 ln 2 and ln 2 where D knows nothing', () =>
    withNetworks(width, (both) => {
      for (const network of playersOf(both))
        network.setWeights(network.getWeights().map((weight) => tf.zerosLike(weight)));
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

it('joins the class to what D has seen, beside the planes', () =>
  withNetworks(5, (both) => {
    const seen = both.discriminator.apply(withClassPlanes(pictures(), classesOf(0, 1, 2, 1)));
    const read = (...labels: readonly number[]) => {
      const rows = tf.concat([seen as tf.Tensor2D, classesOf(...labels)], 1);
      return valuesOf([both.jointHead!.apply(tf.reshape(rows, [4, 1, 1, 8])) as tf.Tensor]);
    };
    expect(read(0, 0, 0, 0)).not.toEqual(read(1, 1, 1, 1));
  }));

describe('as a family', () => {
  const one = { make: () => conditionalGan(JOINED, SHAPE, 7), shape: SHAPE, batchSize: BATCH };

  it('shows and ships the average of its generator', () =>
    expectAveraged((averageDecay) => conditionalGan({ ...JOINED, averageDecay }, SHAPE, 7), one));

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator that takes the classes after z', () => expectShips(one.make(), 3 + 3));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
