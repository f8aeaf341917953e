// What a conditional VAE has to cover where the condition leaves four equally likely outcomes: all of them, at no less than ln 4 nats.
import * as tf from '@tensorflow/tfjs';
import { cvae, type CvaeTraining } from '#ml/cvae';
import { seededNormal, mixSeed } from '#shared/random';
import { spriteSource, type SpriteTask } from '../datasets/procedural/sprites';
import { HELD_OUT_SEED, picturesOf } from './judging';
import { play } from './play';
import type { Proof } from './proof';

const RUN = { size: 16, steps: 2500, batchSize: 64, trained: 12_000, heldOut: 1000 } as const;
/** Conditions that are tried, and pictures drawn for each. */
const TRIED = { conditions: 100, draws: 40 } as const;

function training(channels: number): CvaeTraining {
  return {
    model: {
      height: RUN.size,
      width: RUN.size,
      channels,
      latentSize: 4,
      encoder: { kind: 'dense', filters: [], units: [256, 256] },
      decoder: { kind: 'dense', filters: [], units: [256, 256] },
      activation: 'swish',
      likelihood: { kind: 'gaussian', sigma: 0.1, mean: 'sigmoid' },
    },
    condition: { kind: 'channels', channels: 1 },
    prior: 'standard',
    batchSize: RUN.batchSize,
    learningRate: { schedule: 'cosine', peak: 2e-3, floor: 1e-5 },
    clipNorm: null,
    beta: 1,
    klWarmUpSteps: 600,
  };
}

function proofOf(task: SpriteTask, title: string, reference: string): Proof {
  return {
    id: `cvae-${task}`,
    family: 'cvae',
    claim: `${title}: 40 draws cover at least 3.9 of the 4, and z carries at least ln 4 = 1.386 nats`,
    reference,
    seconds: 30,
    async run(seed, log) {
      const { size, steps, batchSize, trained, heldOut } = RUN;
      const source = spriteSource({ task, size, count: trained, seed });
      const test = spriteSource({ task, size, count: heldOut, seed: HELD_OUT_SEED });
      const channels = source.shape.channels - 1;
      const trainable = cvae(training(channels), source.shape, seed);
      await play({ trainable, source, batchSize, steps, seed, log });
      const { x, indices } = await picturesOf(test, heldOut, 1);
      const { kl } = trainable.judge!(x, null, 1) as { kl: number };
      let covered = 0;
      let bestError = 0;
      for (let row = 0; row < TRIED.conditions; row++) {
        const drawn = tf.tidy(() => {
          const known = tf.reshape(tf.slice(x, [row, 0, 0, 0], [1, -1, -1, 1]), [1, size * size]);
          const noise = seededNormal(mixSeed(seed, row), TRIED.draws * 4);
          const z = tf.tensor2d(noise, [TRIED.draws, 4]);
          const input = tf.concat([z, tf.tile(known, [TRIED.draws, 1])], 1) as tf.Tensor2D;
          return trainable.generate(input).dataSync();
        });
        const outcomes = test.outcomes(indices[row]!);
        const truth = test.labels![indices[row]!]!;
        const nearest = errorsOf(drawn, outcomes);
        covered += new Set(nearest.map((errors) => errors.indexOf(Math.min(...errors)))).size;
        bestError += Math.min(...nearest.slice(0, 20).map((errors) => errors[truth]!));
      }
      x.dispose();
      trainable.dispose();
      const modes = covered / TRIED.conditions;
      const psnr = -10 * Math.log10(bestError / TRIED.conditions);
      return { figures: { modes, kl, bestOf20Psnr: psnr }, passed: modes >= 3.9 && kl >= Math.log(4) };
    },
  };
}

/** Mean square error of each drawn picture from each outcome. // [draws][outcomes] */
function errorsOf(
  drawn: ArrayLike<number>,
  outcomes: readonly Float32Array[],
): readonly (readonly number[])[] {
  const size = outcomes[0]!.length;
  return Array.from({ length: drawn.length / size }, (_, draw) =>
    outcomes.map((outcome) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += (drawn[draw * size + i]! - outcome[i]!) ** 2;
      return sum / size;
    }),
  );
}

export const CVAE_PROOFS: readonly Proof[] = [
  proofOf(
    'colour',
    'a silhouette in one of four colours',
    '3.97 modes, KL 4.9 nats, best of 20 at 32.8 dB, in a PyTorch prototype',
  ),
  proofOf(
    'motion',
    'a shape that moves one of four ways',
    '3.98 modes, KL 6.2 nats, best of 20 at 27.5 dB, in a PyTorch prototype',
  ),
];
