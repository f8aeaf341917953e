// What the DCGAN claims on heads of known factors: pictures that a judge, trained on real ones, can hardly tell from them.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededNormal } from '#shared/random';
import { gan, NO_PENALTY, type GanConfig } from '#ml/gan';
import { judgedDistance } from '../datasets/judge';
import { headJudge } from '../datasets/kept-judges';
import { headSource } from '../datasets/procedural/heads';
import { play } from './play';
import type { Outcome, Proof } from './proof';

/** As in the paper (Radford et al. 2016, section 3), a quarter as wide and half the size; the averaged generator is shown. */
export const PAPER_DCGAN: GanConfig = {
  latentSize: 64,
  batchSize: 32,
  generator: { body: { kind: 'conv', width: 16 }, batchNorm: true, learningRate: 2e-4 },
  discriminator: { body: { kind: 'conv', width: 16 }, batchNorm: true, learningRate: 2e-4 },
  schedule: 'constant',
  beta1: 0.5,
  beta2: 0.999,
  loss: 'non-saturating',
  discriminatorSteps: 1,
  penalty: NO_PENALTY,
  wassersteinWeight: 10,
  averageDecay: 0.995,
};

/**
 * The same networks with R1 in place of the discriminator's batch norm: the discriminator no longer runs ahead (D at .58 and .42 instead
 * of .89 and .11), which bears a learning rate five times as high, and the distance is less than half.
 */
export const R1_DCGAN: GanConfig = {
  ...PAPER_DCGAN,
  generator: { ...PAPER_DCGAN.generator, learningRate: 1e-3 },
  discriminator: { ...PAPER_DCGAN.discriminator, batchNorm: false, learningRate: 1e-3 },
  schedule: 'linear',
  beta2: 0.99,
  penalty: { r1: 0.5, r2: 0, every: 8, form: 'gradient' },
};

const STEPS = 3500;
const HEADS = 20_000;
/** On each side of the distance: it depends on how many there are, and so does the floor. */
const COUNT = 2000;

export const DCGAN_PROOFS: readonly Proof[] = [
  heads('dcgan-heads', 'with R1', R1_DCGAN, 7),
  heads('dcgan-heads-paper', 'as in the paper', PAPER_DCGAN, 14),
];

function heads(id: string, recipe: string, config: GanConfig, largest: number): Proof {
  return {
    id,
    family: 'dcgan',
    claim: `heads of 32 x 32, DCGAN ${recipe}: Frechet distance on the judge's features at most ${largest} after ${STEPS} steps`,
    reference:
      'as in the paper, in PyTorch, on a judge whose scale is about 7 times smaller: 1.4, averaged 1.1, untrained 18, floor .09',
    seconds: 100,
    async run(seed, log): Promise<Outcome> {
      const judge = await headJudge(32);
      const source = headSource({ size: 32, count: HEADS, seed: mixSeed(seed, 1) });
      const trainable = gan(config, source.shape, mixSeed(seed, 2));
      try {
        const others = headSource({ size: 32, count: COUNT, seed: mixSeed(seed, 3) });
        const real = await others.read(Uint32Array.from({ length: COUNT }, (_, i) => i));
        const distance = (generate: (z: tf.Tensor2D) => tf.Tensor): number =>
          judgedDistance(judge, real, picturesOf(generate, config.latentSize, mixSeed(seed, 4)));
        const untrained = distance(trainable.generate);
        const { batchSize } = config;
        const run = { trainable, source, batchSize, steps: STEPS, seed: mixSeed(seed, 5), log };
        const { dReal = NaN, dFake = NaN } = await play(run);
        const live = distance(trainable.generate);
        const { generator } = trainable.products();
        const frechet = distance((z) => generator.predict(z) as tf.Tensor);
        generator.dispose();
        const { floor } = judge.report;
        return {
          figures: { frechet, live, untrained, floor, dReal, dFake },
          passed: frechet <= largest,
        };
      } finally {
        trainable.dispose();
        judge.dispose();
      }
    },
  };
}

/** Generated pictures as the judge reads them. // [COUNT, height, width, channels] in [0, 1] */
function picturesOf(generate: (z: tf.Tensor2D) => tf.Tensor, latentSize: number, seed: number): Float32Array {
  return tf.tidy(() => {
    const z = tf.tensor2d(seededNormal(seed, COUNT * latentSize), [COUNT, latentSize]);
    return tf.mul(tf.add(generate(z), 1), 0.5).dataSync() as Float32Array;
  });
}
