// Ready-made trainings: those that made the bundled packs, and one or two for each family. Each value says why.
import { AppError } from '#shared/errors';
import type { PresetInfo } from '#shared/training';
import { HEADS_DCGAN, HEADS_VAE, PHOTOS_VAE } from './face-presets';
import { OWN_DATA } from './fit-config';
import { parseTrainConfig, type ConfigOf, type TrainConfig } from './train-config';

export interface Preset {
  readonly name: string;
  readonly pace: PresetInfo['pace'];
  readonly summary: string;
  readonly config: TrainConfig;
}

/** Both presets: the same network and recipe, 28 x 28 grey pictures to two numbers and back. */
const VAE_2D = {
  family: 'vae',
  model: {
    height: 28,
    width: 28,
    channels: 1,
    latentSize: 2,
    // The encoder only has to find a place on the plane; the decoder draws the picture and gets the width.
    encoder: { kind: 'conv', filters: [16, 32], units: [64] },
    // Two plain layers fold the plane before the picture is laid out as 7 x 7 x 32 and doubled twice. The second is narrow:
    // most weights lie between it and those 1568 values.
    decoder: { kind: 'conv', filters: [32, 32], units: [128, 64] },
    // Smooth, so that the manifold has no creases; 1.5 nats better here than ELU at the same cost.
    activation: 'swish',
    likelihood: { kind: 'bernoulli' },
  },
  seed: 1,
  epochs: 40,
  batchSize: 128,
  // High to spread the classes over the plane, then to nearly nothing; the last ten epochs gain only 0.3 nats, so 40 are enough.
  learningRate: { schedule: 'cosine', peak: 2e-3, floor: 1e-5 },
  clipNorm: null,
  beta: 1,
  // Less than an epoch: enough to keep both dimensions in use.
  klWarmUpSteps: 400,
  validationCount: 2000,
  checkpointSteps: 200,
} as const;

const FASHION = parseTrainConfig({
  ...VAE_2D,
  id: 'fashion-vae-2d',
  title: 'Fashion, a plane of clothes',
  data: {
    name: 'Fashion-MNIST',
    classNames: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    source:
      'https://github.com/zalandoresearch/fashion-mnist (Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747)',
    licence: 'MIT, Copyright 2017 Zalando SE',
  },
});

const DIGITS = parseTrainConfig({
  ...VAE_2D,
  id: 'digits-vae-2d',
  title: 'Digits, a plane of handwriting',
  data: {
    name: 'MNIST',
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    source: 'http://yann.lecun.com/exdb/mnist (LeCun, Cortes & Burges 1998)',
    licence: 'CC BY-SA 3.0, Yann LeCun and Corinna Cortes',
  },
});

const VAE_QUICK = parseTrainConfig({
  ...VAE_2D,
  id: 'vae-quick',
  title: 'VAE, two dimensions',
  data: OWN_DATA,
  epochs: 10,
  validationCount: 500,
});

const VAE_PAPER = parseTrainConfig({
  ...VAE_2D,
  id: 'vae-paper',
  title: 'VAE, as in the paper',
  data: OWN_DATA,
  // Kingma & Welling 2014, section 5: fully connected, 500 hidden units; 20 dimensions is the paper's best on MNIST
  model: {
    ...VAE_2D.model,
    latentSize: 20,
    encoder: { kind: 'dense', filters: [], units: [500] },
    decoder: { kind: 'dense', filters: [], units: [500] },
    activation: 'tanh',
  },
  epochs: 20,
  learningRate: { schedule: 'cosine', peak: 1e-3, floor: 1e-5 },
  validationCount: 500,
});

/** For points of a plane: with both penalties D ends at 1/2 on the data and on what is generated (Goodfellow 2014, theorem 1). */
const GAN_POINTS = {
  family: 'gan',
  data: { name: 'points of a plane', classNames: [], source: 'made by the project', licence: 'MIT' },
  latentSize: 2,
  generator: { body: { kind: 'dense', units: [64, 64, 64] }, batchNorm: false, learningRate: 3e-3 },
  discriminator: { body: { kind: 'dense', units: [64, 64, 64] }, batchNorm: false, learningRate: 3e-3 },
  schedule: 'cosine',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  discriminatorSteps: 1,
  penalty: { r1: 0.05, r2: 0.05, every: 1, form: 'gradient' },
  wassersteinWeight: 10,
  averageDecay: 0,
  seed: 1,
  epochs: 100,
  batchSize: 256,
  validationCount: 0,
  checkpointSteps: 200,
} as const;

const GAN_TOY = parseTrainConfig({ ...GAN_POINTS, id: 'gan-points', title: 'GAN on points of a plane' });

const GAN_MINIMAX = parseTrainConfig({
  ...GAN_POINTS,
  id: 'gan-minimax',
  title: 'GAN on points, the minimax game',
  // algorithm 1 as it stands: it saturates, which is the point of watching it
  loss: 'minimax',
  penalty: { r1: 0, r2: 0, every: 1, form: 'gradient' },
});

const DCGAN_QUICK = parseTrainConfig({
  ...GAN_POINTS,
  id: 'dcgan-quick',
  title: 'DCGAN, small',
  data: OWN_DATA,
  latentSize: 64,
  // Radford et al. 2016: batch norm, Adam with beta1 1/2; narrower, and the generator averaged for display
  generator: { body: { kind: 'conv', width: 16 }, batchNorm: true, learningRate: 1e-3 },
  discriminator: { body: { kind: 'conv', width: 16 }, batchNorm: false, learningRate: 1e-3 },
  penalty: { r1: 0.5, r2: 0, every: 8, form: 'gradient' },
  averageDecay: 0.995,
  epochs: 20,
  batchSize: 64,
});

const DCGAN_PAPER = parseTrainConfig({
  ...GAN_POINTS,
  id: 'dcgan-paper',
  title: 'DCGAN, as in the paper',
  data: OWN_DATA,
  latentSize: 100,
  generator: { body: { kind: 'conv', width: 64 }, batchNorm: true, learningRate: 2e-4 },
  discriminator: { body: { kind: 'conv', width: 64 }, batchNorm: true, learningRate: 2e-4 },
  schedule: 'constant',
  beta2: 0.999,
  penalty: { r1: 0, r2: 0, every: 1, form: 'gradient' },
  epochs: 25,
  batchSize: 128,
});

/** What pictures of 16 to 32 pixels train with, in any relative of the GAN (the values of ml/adversarial's SMALL_PICTURES). */
const SMALL_PICTURES = {
  data: OWN_DATA,
  latentSize: 32,
  generator: { body: { kind: 'conv', width: 32 }, batchNorm: true, learningRate: 1e-3 },
  discriminator: { body: { kind: 'conv', width: 32 }, learningRate: 1e-3 },
  schedule: 'linear',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  r1: 0.2,
  r1Every: 8,
  seed: 1,
  epochs: 20,
  batchSize: 64,
  validationCount: 500,
  checkpointSteps: 200,
} as const;

/** For generators that no encoder inverts. */
const AVERAGED = { ...SMALL_PICTURES, averageDecay: 0.995 } as const;

const { freeBits: _freeBits, labelWeight: _labelWeight, ...VAE_FOR_CLASSES } = VAE_QUICK as ConfigOf<'vae'>;
const CVAE_QUICK = parseTrainConfig({
  ...VAE_FOR_CLASSES,
  family: 'cvae',
  id: 'cvae-quick',
  title: 'Conditional VAE, small',
});

const CGAN_QUICK = parseTrainConfig({
  ...AVERAGED,
  family: 'cgan',
  id: 'cgan-quick',
  title: 'Conditional GAN, small',
  jointUnits: 128,
});

const ACGAN_QUICK = parseTrainConfig({
  ...AVERAGED,
  family: 'acgan',
  id: 'acgan-quick',
  title: 'AC-GAN, small',
  classWeight: 1,
});

const INFOGAN_QUICK = parseTrainConfig({
  ...AVERAGED,
  family: 'infogan',
  id: 'infogan-quick',
  title: 'InfoGAN, small',
  // Chen et al. 2016, section 7.2: ten categories, two numbers, weights 1 and 0.1
  categories: 10,
  continuous: 2,
  categoryWeight: 1,
  continuousWeight: 0.1,
});

const BIGAN_QUICK = parseTrainConfig({
  ...SMALL_PICTURES,
  family: 'bigan',
  id: 'bigan-quick',
  title: 'BiGAN, small',
  // without this likeness the encoder drifts away from the picture (Li et al. 2017, ALICE)
  reconstructionWeight: 0.02,
  jointUnits: 128,
});

const VAEGAN_QUICK = parseTrainConfig({
  ...SMALL_PICTURES,
  family: 'vaegan',
  id: 'vaegan-quick',
  title: 'VAE/GAN, small',
  likenessWeight: 0.05,
  beta: 1,
});

export const PRESETS: readonly Preset[] = [
  preset(FASHION, 'bundled', 'What made the bundled plane of clothes: Fashion-MNIST, 40 epochs.'),
  preset(DIGITS, 'bundled', 'What made the bundled plane of digits: MNIST, 40 epochs.'),
  preset(
    HEADS_VAE,
    'as in the paper',
    'Drawn heads (builtin:heads,20000,64) with an encoder: edits of what was encoded.',
  ),
  preset(
    HEADS_DCGAN,
    'as in the paper',
    'Drawn heads (builtin:heads,20000,64) by the DCGAN of Radford et al. 2016.',
  ),
  preset(
    PHOTOS_VAE,
    'as in the paper',
    'The VAE of heads on photographs of your own: faces that lie alike, 64 pixels, labels for attributes.',
  ),
  preset(
    VAE_QUICK,
    'small and quick',
    'Any pictures onto a plane of two numbers, so that the whole manifold can be seen.',
  ),
  preset(VAE_PAPER, 'as in the paper', 'Kingma & Welling 2014: fully connected, 20 dimensions.'),
  preset(
    GAN_TOY,
    'small and quick',
    'Points of a plane: watch the generator find the modes and D settle at one half.',
  ),
  preset(
    GAN_MINIMAX,
    'as in the paper',
    'Goodfellow 2014, algorithm 1 with the minimax loss, which saturates while D is ahead.',
  ),
  preset(
    DCGAN_QUICK,
    'small and quick',
    'A narrow DCGAN for pictures of 16, 32 or 64 pixels, with an averaged generator.',
  ),
  preset(
    DCGAN_PAPER,
    'as in the paper',
    'Radford et al. 2016: batch norm in both nets, Adam 2e-4, beta1 one half.',
  ),
  preset(
    CVAE_QUICK,
    'small and quick',
    'A plane for each class: what is left to z once the class is told (Sohn 2015).',
  ),
  preset(
    CGAN_QUICK,
    'small and quick',
    'Mirza & Osindero 2014: both nets are told the class, so it can be chosen.',
  ),
  preset(ACGAN_QUICK, 'small and quick', 'Odena et al. 2017: the discriminator also names the class.'),
  preset(
    INFOGAN_QUICK,
    'small and quick',
    'Chen et al. 2016: finds ten categories and two numbers by itself.',
  ),
  preset(
    BIGAN_QUICK,
    'small and quick',
    'Donahue and Dumoulin 2017: a GAN with an encoder, so pictures of your own have a place.',
  ),
  preset(
    VAEGAN_QUICK,
    'small and quick',
    'Larsen et al. 2016: likeness is measured in the discriminator’s features.',
  ),
];

function preset(config: TrainConfig, pace: Preset['pace'], summary: string): Preset {
  return { name: config.id, pace, summary, config };
}

export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name);

export function presetOf(name: string): TrainConfig {
  const found = PRESETS.find((each) => each.name === name);
  if (found !== undefined) return found.config;
  throw new AppError({
    code: 'usage/preset',
    headline: 'There is no such preset',
    where: name,
    remedy: `choose one of ${PRESET_NAMES.join(', ')}`,
  });
}
