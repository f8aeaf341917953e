// What the generators that come with a way back have to show: codes that can be read in the picture, encoders that keep what it shows.
import * as tf from '@tensorflow/tfjs';
import { SMALL_PICTURES } from '#ml/adversarial';
import { BI_GAN_DEFAULTS, biGan } from '#ml/bi-gan';
import type { Trainable } from '#ml/family';
import { INFO_GAN_CODES, infoGan } from '#ml/info-gan';
import { vae } from '#ml/vae-family';
import { VAE_GAN_DEFAULTS, vaeGan } from '#ml/vae-gan';
import { judgedDistance, type Judge } from '../datasets/judge';
import { glyphJudge } from '../datasets/kept-judges';
import { glyphSource } from '../datasets/procedural/glyphs';
import { drawPictures } from '../evaluation/drawn-pictures';
import { agreement } from '../evaluation/judged-figures';
import { allPictures, HELD_OUT_SEED } from './judging';
import { play } from './play';
import type { Proof } from './proof';

const RUN = { size: 16, trained: 20_000, judged: 2000 } as const;
const { batchSize } = SMALL_PICTURES;

async function setUp(seed: number) {
  const { size, trained, judged } = RUN;
  const source = glyphSource({ size, count: trained, seed });
  const test = glyphSource({ size, count: judged, seed: HELD_OUT_SEED });
  return { judge: await glyphJudge(size), source, test, real: await allPictures(test) };
}

const tensorOf = (pictures: Float32Array): tf.Tensor4D =>
  tf.tensor4d(pictures, [pictures.length / RUN.size ** 2, RUN.size, RUN.size, 1]);

/** Pictures through the encoder and back: how many keep their digit, and the square error of a pixel. */
function wayBack(trainable: Trainable, judge: Judge, real: Float32Array, labels: ArrayLike<number>) {
  const again = tf.tidy(() => {
    const { mu } = trainable.encode!(tensorOf(real));
    return Float32Array.from(trainable.generate(mu).dataSync());
  });
  const squareError = again.reduce((sum, value, i) => sum + (value - real[i]!) ** 2, 0) / real.length;
  return { kept: agreement(judge.read(again).classes, labels), squareError };
}

const information: Proof = {
  id: 'info-gan-glyphs',
  family: 'info-gan',
  claim:
    'strokes of 16 x 16: of a code of ten values (ln 10 = 2.303 nats), at least 2.2 nats can be read off the picture',
  reference:
    'L_I 2.29, the code names the digit in .55 to .66, |correlation| of a number with the slant .69, in a PyTorch prototype',
  seconds: 240,
  async run(seed, log) {
    const { judge, source, test, real } = await setUp(seed);
    const { categories, continuous } = INFO_GAN_CODES;
    const discriminator = { ...SMALL_PICTURES.discriminator, learningRate: 5e-4 };
    const trainable = infoGan({ ...SMALL_PICTURES, ...INFO_GAN_CODES, discriminator }, source.shape, seed);
    await play({ trainable, source, batchSize, steps: 5000, seed, log });
    const { pictures, z, labels } = drawPictures(trainable, RUN.judged, seed);
    const read = (from: Float32Array): Float32Array =>
      tf.tidy(() => Float32Array.from(trainable.readCodes(tensorOf(from)).dataSync()));
    const width = continuous + categories;
    const logits = read(pictures);
    let nats = 0;
    for (let row = 0; row < labels.length; row++) {
      const own = logits.subarray(row * width + continuous, (row + 1) * width);
      const top = Math.max(...own);
      const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
      nats += Math.log(categories) + own[labels[row]!]! - top - Math.log(total);
    }
    const { slant } = judge.read(pictures).factors;
    const stride = z.length / labels.length;
    const number = (code: number) => Array.from(labels, (_, row) => z[row * stride + code]!);
    const figures = {
      information: nats / labels.length,
      purity: purity(read(real), test.labels!, continuous, categories),
      slantCorrelation: Math.max(
        ...Array.from({ length: continuous }, (_, code) => Math.abs(correlation(number(code), slant!))),
      ),
      frechet: judgedDistance(judge, pictures, real),
      floor: judge.report.floor,
    };
    trainable.dispose();
    judge.dispose();
    return { figures, passed: figures.information >= 2.2 };
  },
};

/** Share of real pictures whose digit is the commonest one of the category that Q reads in them. */
function purity(readings: Float32Array, labels: Uint8Array, skip: number, categories: number): number {
  const counts = Array.from({ length: categories }, () => new Map<number, number>());
  for (let row = 0; row < labels.length; row++) {
    const own = readings.subarray(row * (skip + categories) + skip, (row + 1) * (skip + categories));
    const count = counts[own.indexOf(Math.max(...own))]!;
    count.set(labels[row]!, (count.get(labels[row]!) ?? 0) + 1);
  }
  return counts.reduce((sum, count) => sum + Math.max(0, ...count.values()), 0) / labels.length;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sa += a[i]!;
    sb += b[i]!;
    saa += a[i]! ** 2;
    sbb += b[i]! ** 2;
    sab += a[i]! * b[i]!;
  }
  return (sab - (sa * sb) / n) / Math.sqrt((saa - sa ** 2 / n) * (sbb - sb ** 2 / n));
}

const pairs: Proof = {
  id: 'bi-gan-glyphs',
  family: 'bi-gan',
  claim: 'strokes of 16 x 16 through the encoder and back: at least 90 % keep their digit',
  reference:
    '.997, square error .007 (variance of the data .107), in a PyTorch prototype; .33 to .71 without the L1 term',
  seconds: 360,
  async run(seed, log) {
    const { judge, source, test, real } = await setUp(seed);
    const trainable = biGan({ ...SMALL_PICTURES, ...BI_GAN_DEFAULTS }, source.shape, seed);
    await play({ trainable, source, batchSize, steps: 6000, seed, log });
    const { pictures } = drawPictures(trainable, RUN.judged, seed);
    const figures = {
      ...wayBack(trainable, judge, real, test.labels!),
      frechet: judgedDistance(judge, pictures, real),
      floor: judge.report.floor,
    };
    trainable.dispose();
    judge.dispose();
    return { figures, passed: figures.kept >= 0.9 };
  },
};

const likeness: Proof = {
  id: 'vae-gan-glyphs',
  family: 'vae-gan',
  claim:
    'strokes of 16 x 16: pictures from the prior lie nearer to the data than those of the plain VAE with the same latent size, and 90 % of real ones keep their digit',
  reference: 'Larsen et al. 2016: sharper than the VAE; the distance is Frechet on the features of a judge',
  seconds: 300,
  async run(seed, log) {
    const { judge, source, test, real } = await setUp(seed);
    const steps = 3000;
    const latentSize = 16;
    const measure = (trainable: Trainable) => {
      const { pictures } = drawPictures(trainable, RUN.judged, seed);
      const { kept, squareError } = wayBack(trainable, judge, real, test.labels!);
      trainable.dispose();
      return { frechet: judgedDistance(judge, pictures, real), kept, squareError };
    };
    const mixed = vaeGan({ ...SMALL_PICTURES, ...VAE_GAN_DEFAULTS, latentSize }, source.shape, seed);
    await play({ trainable: mixed, source, batchSize, steps, seed, log });
    const own = measure(mixed);
    const body = { kind: 'conv', filters: [32, 64], units: [] } as const;
    const { height, width, channels } = source.shape;
    const plain = vae(
      {
        model: {
          ...{ height, width, channels, latentSize },
          encoder: body,
          decoder: { ...body, filters: [64, 32] },
          activation: 'relu',
          likelihood: { kind: 'bernoulli' },
        },
        batchSize,
        learningRate: { schedule: 'linear', peak: 1e-3, floor: 0 },
        clipNorm: null,
        beta: 1,
        klWarmUpSteps: 400,
      },
      source.shape,
      seed,
    );
    await play({ trainable: plain, source, batchSize, steps, seed, log });
    const other = measure(plain);
    const figures = {
      ...own,
      frechetOfVae: other.frechet,
      keptByVae: other.kept,
      squareErrorOfVae: other.squareError,
      floor: judge.report.floor,
    };
    judge.dispose();
    return { figures, passed: own.frechet < other.frechet && own.kept >= 0.9 };
  },
};

export const INFERENCE_PROOFS: readonly Proof[] = [information, pairs, likeness];
