import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { weightsOf } from '#ml/minimise';
import {
  createVaeGan,
  VAE_GAN_DEFAULTS,
  vaeGan,
  vaeGanDecoder,
  vaeGanDiscriminator,
  vaeGanEncoder,
  type VaeGanConfig,
  type VaeGanNetworks,
} from '#ml/vae-gan';
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

const CONFIG: VaeGanConfig = { ...DENSE, ...VAE_GAN_DEFAULTS };

function withNetworks(run: (networks: VaeGanNetworks) => void): void {
  const networks = createVaeGan(CONFIG, SHAPE, 2);
  tf.tidy(() => run(networks));
  const { encoder, generator, discriminator } = networks;
  for (const network of [encoder, generator, discriminator]) network.dispose();
}

describe('the three losses of a VAE/GAN', () => {
  it('have the gradients of finite differences', () =>
    withNetworks((networks) => {
      const [x, e, z] = [pictures(), noise(1), noise(2)];
      expectGradients(weightsOf(networks.encoder), () => vaeGanEncoder(networks, [x, e], 0.7).loss);
      expectGradients(
        weightsOf(networks.generator),
        () => vaeGanDecoder(networks, [x, e, z], 'non-saturating', 0.3).loss,
      );
      expectGradients(
        weightsOf(networks.discriminator),
        () => vaeGanDiscriminator(networks, [x, e, z], 'non-saturating').loss,
      );
    }));

  it('stand at 2 ln 2 and ln 2 where D sees nothing, and likeness is then perfect', () =>
    withNetworks((networks) => {
      const { discriminator } = networks;
      discriminator.setWeights(discriminator.getWeights().map((weight) => tf.zerosLike(weight)));
      const [x, e, z] = [pictures(), noise(1), noise(2)];
      const d = valuesOf(vaeGanDiscriminator(networks, [x, e, z], 'non-saturating').figures);
      expect(d[0]).toBeCloseTo(2 * Math.log(2), 5);
      const g = valuesOf(vaeGanDecoder(networks, [x, e, z], 'non-saturating', 1).figures);
      expect(g[0]).toBeCloseTo(Math.log(2), 5);
      expect(valuesOf(vaeGanEncoder(networks, [x, e], 1).figures)[1]).toBe(0);
    }));
});

describe('as a family', () => {
  const one = {
    make: () => vaeGan({ ...SMALL, ...VAE_GAN_DEFAULTS }, SHAPE, 7),
    shape: SHAPE,
    batchSize: BATCH,
  };

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it('ships a generator and an encoder that gives mu and logVar', () => expectShips(one.make(), 3, 6));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});
