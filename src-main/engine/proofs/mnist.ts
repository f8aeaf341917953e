// What the VAE reaches on handwriting: the figure that everybody knows.
import { vae, type VaeTraining } from '#ml/vae-family';
import { mixSeed } from '#shared/random';
import { measureVae, storedNetworks } from '../evaluation/vae-bounds';
import { play } from './play';
import type { Proof } from './proof';
import { openReal } from './real-data';

/** The network and the optimiser of pytorch/examples/vae, whose log ends at a test loss of 105 to 106 after ten epochs. */
const LATENT_20: VaeTraining = {
  model: {
    ...{ height: 28, width: 28, channels: 1, latentSize: 20, activation: 'relu' },
    encoder: { kind: 'dense', filters: [], units: [400] },
    decoder: { kind: 'dense', filters: [], units: [400] },
    likelihood: { kind: 'bernoulli' },
  },
  batchSize: 128,
  learningRate: { schedule: 'constant', peak: 1e-3, floor: 1e-3 },
  clipNorm: null,
  beta: 1,
  klWarmUpSteps: 0,
};
const EPOCHS = 10;

const latent20: Proof = {
  id: 'vae-mnist',
  family: 'vae',
  claim: 'grey MNIST through 20 numbers: -ELBO of the 10,000 test pictures at most 106 nats after 10 epochs',
  reference: 'pytorch/examples/vae, the same network and optimiser: 105 to 106 after 10 epochs',
  seconds: 60,
  needs: 'mnist',
  async run(seed, log) {
    const { source, test } = await openReal('mnist');
    const { batchSize, model } = LATENT_20;
    const trainable = vae(LATENT_20, source.shape, mixSeed(seed, 1));
    const steps = EPOCHS * Math.floor(source.count / batchSize);
    await play({ trainable, source, batchSize, steps, seed: mixSeed(seed, 2), log });
    const { encoder, generator } = trainable.products();
    const networks = storedNetworks(encoder!, generator, model.likelihood, model.latentSize);
    const { measures } = await measureVae(networks, test, { n: test.count, seed: 1, importanceSamples: 50 });
    [encoder, generator, trainable].forEach((each) => each!.dispose());
    const { elbo, iwae, kl, activeUnits } = measures;
    return { figures: { nats: -elbo, iwaeNats: -iwae, kl, activeUnits }, passed: -elbo <= 106 };
  },
};

export const MNIST_PROOFS: readonly Proof[] = [latent20];
