import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acGan, acGanDiscriminator, acGanGenerator, acGanShapes, type AcGanConfig } from '#ml/ac-gan';
import { crossEntropy } from '#ml/adversarial';
import { buildDiscriminator, buildGenerator } from '#ml/gan-networks';
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

const CONFIG: AcGanConfig = { ...DENSE, classWeight: 1 };

function withNetworks(run: (both: { generator: tf.Sequential; discriminator: tf.Sequential }) => void): void {
  const shapes = acGanShapes(CONFIG, SHAPE);
  const generator = buildGenerator(shapes.generator, 1);
  const discriminator = buildDiscriminator(shapes.discriminator, 2);
  tf.tidy(() => run({ generator, discriminator }));
  generator.dispose();
  discriminator.dispose();
}

describe('the class loss', () => {
  it('is minus the logarithm of the probability of the class', () =>
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, 2, 3],
        [0, 0, 0],
      ]);
      const first = -Math.log(Math.exp(2) / (Math.E + Math.exp(2) + Math.exp(3)));
      const expected = (first + Math.log(3)) / 2;
      expect(crossEntropy(logits, classesOf(1, 0)).dataSync()[0]).toBeCloseTo(expected, 5);
      const far = crossEntropy(tf.tensor2d([[0, 800, 0]]), classesOf(0));
      expect(far.dataSync()[0]).toBeCloseTo(800, 2);
    }));
});

describe('the game of an AC-GAN', () => {
  it('has the gradients of finite differences, on both sides', () =>
    withNetworks((both) => {
      const [x, y, z] = [pictures(), classesOf(0, 1, 2, 1), noise()];
      expectGradients(
        weightsOf(both.discriminator),
        () => acGanDiscriminator(both, [x, y, z], 'non-saturating', 0.7).loss,
      );
      expectGradients(
        weightsOf(both.generator),
        () => acGanGenerator(both, [z, y], 'non-saturating', 0.7).loss,
      );
    }));

  it('stands at 2 ln 2 + 2 ln 3 and ln 2 + ln 3 where D knows nothing of three classes', () =>
    withNetworks((both) => {
      both.discriminator.setWeights(both.discriminator.getWeights().map((weight) => tf.zerosLike(weight)));
      const y = classesOf(0, 1, 2, 1);
      const losses = [
        acGanDiscriminator(both, [pictures(), y, noise()], 'non-saturating', 1).loss,
        acGanGenerator(both, [noise(), y], 'non-saturating', 1).loss,
      ];
      const [d, g] = valuesOf(losses);
      expect(d).toBeCloseTo(2 * Math.log(6), 5);
      expect(g).toBeCloseTo(Math.log(6), 5);
    }));
});

describe('as a family', () => {
  const one = { make: () => acGan({ ...SMALL, classWeight: 1 }, SHAPE, 7), shape: SHAPE, batchSize: BATCH };

  it('shows and ships the average of its generator', () =>
    expectAveraged((averageDecay) => acGan({ ...SMALL, classWeight: 1, averageDecay }, SHAPE, 7), one));

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator that takes the classes after z', () => expectShips(one.make(), 3 + 3));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
