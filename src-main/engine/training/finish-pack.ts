// A finished run becomes a pack: the networks are rounded to halves first, and everything else in the pack (figures, codes,
// golden pictures, card) is made with the weights as they are stored.

import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { manifoldGrid } from '#shared/latent-math';
import { LOG_VARIANCE, pictureDecoder, type Vae } from '#ml/vae';
import { imagesSha256, type LabelledImages } from '../datasets/idx';
import { createGolden, type RawDecode } from '../golden';
import { measureVae, storedNetworks, type MeasuredCodes } from '../measure-vae';
import { decodeNetwork, encodeNetwork, NETWORK_FORMAT } from '../network-file';
import { writePack, type PackContent } from '../pack';
import { toHalves } from '../store/half-float';
import { encodeSafetensors, type Tensor } from '../store/safetensors';
import { fromLayersModel, toLayersModel } from '../tf-network';
import { packCard } from './pack-card';
import type { EpochSummary } from './progress';
import { settledLikelihood, type TrainConfig } from './train-config';

export interface FinishedRun {
  readonly vae: Vae;
  readonly config: TrainConfig;
  readonly test: LabelledImages;
  readonly history: readonly EpochSummary[];
  readonly packFolder: string;
  readonly onProgress?: (done: number, total: number) => void;
}

const MEASURE = { seed: 1, importanceSamples: 50 } as const;
const GOLDEN_SEED = 1;
const PRIOR = { kind: 'normal' } as const;
const CARD_GRID = { side: 20, span: 2.5 } as const;

export async function finishPack(run: FinishedRun): Promise<Readonly<Record<string, number>>> {
  const { vae, config, test, history, packFolder, onProgress } = run;
  const { model } = config;
  const picture = pictureDecoder(vae);
  const generatorFile = encodeNetwork(fromLayersModel(picture), { dtype: 'F16' });
  const encoderFile = encodeNetwork(fromLayersModel(vae.encoder), { dtype: 'F16' });
  picture.dispose();
  const encoder = await toLayersModel(decodeNetwork(encoderFile));
  const decoder = await toLayersModel(decodeNetwork(generatorFile));
  try {
    const { latentSize, height, width, channels } = model;
    const sigma = vae.logSigma === undefined ? undefined : Math.exp(vae.logSigma.dataSync()[0]!);
    const networks = storedNetworks(encoder, decoder, settledLikelihood(model.likelihood, sigma), latentSize);
    const options = { n: test.count, ...MEASURE, ...(onProgress ? { onProgress } : {}) };
    const { measures, codes } = await measureVae(networks, test, options);
    const metrics = {
      elbo: measures.elbo,
      iwae50: measures.iwae,
      reconstruction: measures.reconstruction,
      kl: measures.kl,
      activeUnits: measures.activeUnits,
      ...Object.fromEntries(measures.klPerDimension.map((kl, dimension) => [`kl${dimension + 1}`, kl])),
      ...(sigma === undefined ? {} : { sigma }),
    };
    const hasManifold = latentSize === 2;
    const parameters = { encoder: encoder.countParams(), decoder: decoder.countParams() };
    const card = packCard({ config, measures, history, parameters, hasManifold });
    const files = new Map<string, Uint8Array>([
      ['generator.safetensors', generatorFile],
      ['encoder.safetensors', encoderFile],
      ['codes.safetensors', codesFile(codes, test, latentSize)],
      [
        'golden.json',
        await createGolden({ size: latentSize, prior: PRIOR }, GOLDEN_SEED, decodeWith(decoder)),
      ],
      ['README.md', new TextEncoder().encode(card)],
    ]);
    if (hasManifold) files.set('card.png', await manifoldPng(decoder));
    const { name: data, licence, classNames } = config.data;
    const manifest: PackContent['manifest'] = {
      id: config.id,
      title: config.title,
      family: config.family,
      generator: { file: 'generator.safetensors', format: NETWORK_FORMAT },
      encoder: {
        file: 'encoder.safetensors',
        format: NETWORK_FORMAT,
        logVarRange: [LOG_VARIANCE.low, LOG_VARIANCE.high],
      },
      latent: { size: latentSize, prior: PRIOR },
      output: { height, width, channels, range: [0, 1], layout: 'NHWC' },
      codes: { file: 'codes.safetensors', count: test.count },
      golden: 'golden.json',
      card: 'README.md',
      licence: 'MIT',
      provenance: `Trained with Latentscape on ${data} (${licence})`,
      training: {
        data,
        config: { ...config },
        seed: config.seed,
        metrics,
        testSet: { count: test.count, imagesSha256: imagesSha256(test), classNames },
      },
    };
    await writePack(packFolder, { manifest, files });
    return metrics;
  } finally {
    encoder.dispose();
    decoder.dispose();
  }
}

const decodeWith =
  (decoder: tf.LayersModel): RawDecode =>
  async (z, count) =>
    tf.tidy(() => {
      const latents = tf.tensor2d(z, [count, z.length / count]);
      return Float32Array.from((decoder.apply(latents) as tf.Tensor).dataSync());
    });

function codesFile(
  { mu, logVar }: MeasuredCodes,
  { count, labels }: LabelledImages,
  latentSize: number,
): Uint8Array {
  const tensors = new Map<string, Tensor>([
    ['mu', { dtype: 'F16', shape: [count, latentSize], data: toHalves(mu) }],
    ['logVar', { dtype: 'F16', shape: [count, latentSize], data: toHalves(logVar) }],
  ]);
  if (labels !== null) tensors.set('label', { dtype: 'U8', shape: [count], data: labels });
  return encodeSafetensors(tensors, { format: 'latentscape-codes/1' });
}

/** The manifold as Kingma & Welling 2014 draw it (figure 4), one picture beside the other. */
async function manifoldPng(decoder: tf.LayersModel): Promise<Uint8Array> {
  const { side, span } = CARD_GRID;
  const z = manifoldGrid(side, span, { kind: 'normal' });
  const { pixels, shape } = tf.tidy(() => {
    const pictures = decoder.apply(tf.tensor2d(z, [side * side, 2])) as tf.Tensor4D;
    const [, height, width, channels] = pictures.shape;
    const rows = pictures.reshape([side, side, height, width, channels]).transpose([0, 2, 1, 3, 4]);
    const bytes = rows.mul(255).add(0.5).floor().clipByValue(0, 255).dataSync();
    return { pixels: Uint8Array.from(bytes), shape: [side * height, side * width, channels] as const };
  });
  const [height, width, channels] = shape;
  const raw = { width, height, channels: channels as 1 | 3 };
  return sharp(pixels, { raw }).png({ compressionLevel: 9, effort: 10 }).toBuffer();
}
