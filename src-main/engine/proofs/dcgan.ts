// What the DCGAN claims on heads of known factors: pictures that a judge, trained on real ones, can hardly tell from them.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededNormal } from '#shared/random';
import { gan, NO_PENALTY, type GanConfig } from '#ml/gan';
import { judgedDistance, type Judge } from '../datasets/judge';
import { headJudge } from '../datasets/kept-judges';
import { headSource } from '../datasets/procedural/heads';
import { play } from './play';
import type { Outcome, Proof } from './proof';

/** As in the paper (Radford et al. 2016, section 3), a quarter as wide and half the size; the averaged generator is shown. */
export const HEADS_DCGAN: GanConfig = {
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

const STEPS = 3500;
const HEADS = 20_000;
/** On each side of the distance: it depends on how many there are, and so does the floor. */
const COUNT = 2000;
const LARGEST = 2.5;

export const DCGAN_PROOFS: readonly Proof[] = [
  {
    id: 'dcgan-heads',
    family: 'dcgan',
    claim: `heads of 32 x 32: Frechet distance on the judge's features at most ${LARGEST} after ${STEPS} steps`,
    reference: 'this recipe in PyTorch on another judge: 1.4, averaged 1.1, floor .09, D at .70 and .12',
    seconds: 180,
    async run(seed, log): Promise<Outcome> {
      const judge = await headJudge(32);
      const source = headSource({ size: 32, count: HEADS, seed: mixSeed(seed, 1) });
      const trainable = gan(HEADS_DCGAN, source.shape, mixSeed(seed, 2));
      try {
        const others = headSource({ size: 32, count: COUNT, seed: mixSeed(seed, 3) });
        const real = await others.read(Uint32Array.from({ length: COUNT }, (_, i) => i));
        const distance = (generate: (z: tf.Tensor2D) => tf.Tensor): number =>
          judgedDistance(judge, real, picturesOf(generate, mixSeed(seed, 4)));
        const untrained = distance(trainable.generate);
        const { batchSize } = HEADS_DCGAN;
        const run = { trainable, source, batchSize, steps: STEPS, seed: mixSeed(seed, 5), log };
        const { dReal = NaN, dFake = NaN } = await play(run);
        const live = distance(trainable.generate);
        const { generator } = trainable.products();
        const frechet = distance((z) => generator.predict(z) as tf.Tensor);
        generator.dispose();
        const figures = { frechet, live, untrained, floor: floorOf(judge), dReal, dFake };
        return { figures, passed: frechet <= LARGEST };
      } finally {
        trainable.dispose();
        judge.dispose();
      }
    },
  },
];

const floorOf = ({ report }: Judge): number => report.floor;

/** Generated pictures as the judge reads them. // [COUNT, height, width, channels] in [0, 1] */
function picturesOf(generate: (z: tf.Tensor2D) => tf.Tensor, seed: number): Float32Array {
  const { latentSize } = HEADS_DCGAN;
  return tf.tidy(() => {
    const z = tf.tensor2d(seededNormal(seed, COUNT * latentSize), [COUNT, latentSize]);
    return tf.mul(tf.add(generate(z), 1), 0.5).dataSync() as Float32Array;
  });
}
