// Recipes for faces of 64 x 64 pixels: a VAE and a DCGAN of drawn heads, and the same VAE for a person's own photographs with labels.
import { OWN_DATA } from './fit-config';
import { parseTrainConfig } from './train-config';

const HEADS = {
  name: 'Heads, drawn by Latentscape',
  classNames: [], // the data name them
  source: 'made by the project: datasets make heads --n 20000 --size 64 --seed 1',
  licence: 'MIT',
} as const;

const FACE_VAE = {
  family: 'vae',
  model: {
    height: 64,
    width: 64,
    channels: 3,
    // Drawn heads vary in twelve ways. With 32 numbers, draws from the prior lie further from the data.
    latentSize: 20,
    // The code is a line through what the encoder sees, and one hidden layer after z has the decoder look at all of z at once before it
    // draws any part: without it many draws from the prior are broken, with two, or with one before z as well, glasses lie on no line.
    encoder: { kind: 'conv', filters: [32, 64, 128, 256], units: [] },
    decoder: { kind: 'conv', filters: [256, 128, 64, 32], units: [256] },
    activation: 'elu',
    // A fixed width of the noise for all pixels. A learned one (Rybkin et al. 2021) shrinks as the pictures become sharp, to .03, and the KL
    // grows to 140 nats, of which the prior's own draws are broken; this ends below 50, and its reconstructions are no worse than those of .2.
    likelihood: { kind: 'gaussian', sigma: 0.3, mean: 'sigmoid' },
  },
  seed: 1,
  epochs: 24,
  batchSize: 64,
  learningRate: { schedule: 'cosine', peak: 1e-3, floor: 1e-5 },
  // few steps are steeper than this, early on
  clipNorm: 1000,
  beta: 1,
  klWarmUpSteps: 2000,
  validationCount: 1000,
  checkpointSteps: 200,
} as const;

export const HEADS_VAE = parseTrainConfig({
  ...FACE_VAE,
  id: 'heads-vae',
  title: 'Heads, a VAE',
  data: HEADS,
});

export const PHOTOS_VAE = parseTrainConfig({
  ...FACE_VAE,
  id: 'photos-vae',
  title: 'Photographs, a VAE',
  data: OWN_DATA,
  // Photographs vary in more ways than drawings. A narrower sigma reconstructs .4 dB better and makes sums of ten worse: what z says of the
  // pixels of single pictures is noise in a mean.
  model: { ...FACE_VAE.model, latentSize: 64 },
  // Pixels alone leave what is small in the picture, as glasses, all over z. At this weight, where the squared error of the pixels comes to
  // some 700 nats, a straight line through z tells what labels.csv says.
  labelWeight: 3000,
  epochs: 60,
});

/**
 * Radford, Metz & Chintala 2016, with what makes it settle in a few thousand steps: R1 in place of the discriminator's batch norm, which
 * bears three times the paper's learning rate where it falls to 0, and the average of the generators. 24 filters beside the picture, where the
 * paper has 128.
 */
export const HEADS_DCGAN = parseTrainConfig({
  family: 'gan',
  id: 'heads-dcgan',
  title: 'Heads, a DCGAN',
  data: HEADS,
  latentSize: 64,
  generator: { body: { kind: 'conv', width: 24 }, batchNorm: true, learningRate: 6e-4 },
  discriminator: { body: { kind: 'conv', width: 24 }, batchNorm: false, learningRate: 6e-4 },
  schedule: 'linear',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  discriminatorSteps: 1,
  penalty: { r1: 0.5, r2: 0, every: 8, form: 'gradient' },
  wassersteinWeight: 10,
  averageDecay: 0.998,
  seed: 1,
  epochs: 40,
  batchSize: 32,
  validationCount: 1000,
  checkpointSteps: 200,
});
