import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BI_GAN_DEFAULTS,
  biGan,
  biGanDiscriminator,
  biGanGenerator,
  createBiGan,
  judgePair,
  type BiGanConfig,
  type BiGanNetworks,
} from '#ml/bi-gan';
import { gradientPenalty } from '#ml/gan-penalties';
import { weightsOf } from '#ml/minimise';
import {
  expectGradients,
  expectResumes,
  expectShips,
  expectTracesLikeEager,
  native,
  useNative,
  valuesOf,
} from './family-checks';
import { BATCH, DENSE, noise, pictures, SHAPE, SMALL } from './small-games';

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const CONFIG: BiGanConfig = { ...DENSE, ...BI_GAN_DEFAULTS, jointUnits: 5 };

function withNetworks(run: (networks: BiGanNetworks) => void): void {
  const networks = createBiGan(CONFIG, SHAPE, 1);
  tf.tidy(() => run(networks));
  for (const network of Object.values(networks)) (network as tf.Sequential).dispose();
}

describe('the game of a BiGAN', () => {
  it('has the gradients of finite differences, on both sides', () =>
    withNetworks((networks) => {
      const [x, z] = [pictures(), noise()];
      expectGradients(
        weightsOf(networks.pictureBody, networks.pairHead),
        () => biGanDiscriminator(networks, [x, z], 'non-saturating').loss,
      );
      expectGradients(
        weightsOf(networks.generator, networks.encoder),
        () => biGanGenerator(networks, [x, z], 'non-saturating', 0.02).loss,
      );
    }));

  it('has a penalty with the second-order gradients of finite differences', () =>
    withNetworks((networks) => {
      const [x, z] = [pictures(), noise()];
      const kernels = weightsOf(networks.pictureBody, networks.pairHead).filter(
        ({ shape }) => shape.length > 1,
      );
      expectGradients(kernels, () => gradientPenalty((at) => judgePair(networks, at, z), x));
    }));

  it('turns the loss of the data around: at the equilibrium G and E pay ln 2 for each kind of pair', () =>
    withNetworks((networks) => {
      networks.pairHead.setWeights(networks.pairHead.getWeights().map((weight) => tf.zerosLike(weight)));
      const [value, distance] = valuesOf(
        biGanGenerator(networks, [pictures(), noise()], 'non-saturating', 0.02).figures,
      );
      expect(value).toBeCloseTo(2 * Math.log(2), 5);
      expect(distance).toBeGreaterThan(0);
    }));
});

describe('as a family', () => {
  const one = {
    make: () => biGan({ ...SMALL, ...BI_GAN_DEFAULTS, jointUnits: 5 }, SHAPE, 7),
    shape: SHAPE,
    batchSize: BATCH,
  };

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator and an encoder that gives z', () => expectShips(one.make(), 3, 3));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
