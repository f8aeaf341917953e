// The networks whose training is measured: those of tests/bench/train.py, which does the same steps in PyTorch.
import type { Trainable } from '#ml/family';
import type { Source } from '../training/source';

export interface TrainCase {
  readonly name: 'vae' | 'dcgan';
  readonly what: string;
  readonly batchSize: number;
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly steps: number;
  readonly create: () => Promise<Trainable>;
}

export const TRAIN_CASES: readonly TrainCase[] = [
  {
    name: 'vae',
    what: 'conv VAE 28 x 28, batch 128, latent 20',
    batchSize: 128,
    shape: { height: 28, width: 28, channels: 1 },
    steps: 30,
    async create() {
      const { vae } = await import('#ml/vae-family');
      const config = {
        model: {
          height: 28,
          width: 28,
          channels: 1,
          latentSize: 20,
          encoder: { kind: 'conv', filters: [32, 64], units: [128] },
          decoder: { kind: 'conv', filters: [64, 32], units: [128] },
          activation: 'relu',
          likelihood: { kind: 'bernoulli' },
        },
        batchSize: 128,
        learningRate: { schedule: 'constant', peak: 1e-3, floor: 0 },
        clipNorm: null,
        beta: 1,
        klWarmUpSteps: 0,
      } as const;
      return vae(config, { height: 28, width: 28, channels: 1, classes: 0 }, 1);
    },
  },
  {
    name: 'dcgan',
    what: 'DCGAN 64 x 64, batch 64, generator of 3.6 M parameters',
    batchSize: 64,
    shape: { height: 64, width: 64, channels: 3 },
    steps: 4,
    async create() {
      const { gan, NO_PENALTY } = await import('#ml/gan');
      const player = { body: { kind: 'conv', width: 64 }, batchNorm: true, learningRate: 2e-4 } as const;
      const config = {
        latentSize: 100,
        batchSize: 64,
        generator: player,
        discriminator: player,
        schedule: 'constant',
        beta1: 0.5,
        beta2: 0.999,
        loss: 'non-saturating',
        discriminatorSteps: 1,
        penalty: NO_PENALTY,
        wassersteinWeight: 10,
        averageDecay: 0,
      } as const;
      return gan(config, { height: 64, width: 64, channels: 3, classes: 0 }, 1);
    },
  },
];

/** A few batches of numbers: what they show makes no difference to how long a step takes. */
export async function sourceOf({ batchSize, shape }: TrainCase): Promise<Source> {
  const { valueSource } = await import('../training/source');
  const values = new Float32Array(4 * batchSize * shape.height * shape.width * shape.channels).map(
    (_, i) => ((i * 7919) % 1000) / 1000,
  );
  return valueSource(values, { ...shape, classes: 0 });
}
