// A finished run becomes a pack, measured on what it has not seen, with the weights as they are stored.
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';
import { manifoldGrid } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';
import type { TrainEvent } from '#shared/training';
import type { Trainable } from '#ml/family';
import { labelTrained } from '../attributes/label-trained';
import { imagesSha256 } from '../datasets/idx';
import { measureVae, storedNetworks as measurable } from '../evaluation/vae-bounds';
import type { CodesOf } from '../manifest';
import { writePack, type PackContent } from '../pack';
import { toHalves } from '../store/half-float';
import { encodeSafetensors, type Tensor } from '../store/safetensors';
import { shownPart, type TrainingData } from './data';
import { packCard } from './pack-card';
import {
  CODES_FILE,
  codesFile,
  codesPart,
  manifestParts,
  storedNetworks,
  type StoredNetworks,
} from './snapshot';
import { imageSource, subsetSource, type Source } from './source';
import type { Figures } from './stepper';
import { settledLikelihood, type ConfigOf, type TrainConfig } from './train-config';
import type { UntilThereIsRoom } from './wait-for-room';

export interface FinishedRun {
  readonly trainable: Trainable;
  readonly config: TrainConfig;
  readonly data: TrainingData;
  /** Means of each epoch's figures. */
  readonly course: readonly Figures[];
  readonly packFolder: string;
  readonly onEvent: (event: TrainEvent) => void;
  readonly now: () => number;
  readonly save: UntilThereIsRoom;
}

const MEASURE = { seed: 1, importanceSamples: 50 } as const;
const CARD_GRID = { side: 20, span: 2.5 } as const;
const CARD_SAMPLES = 10;
const CODES = 10_000;
/** Of the pictures that were held out, where the data has no test set of its own. */
const MEASURED_HELD_OUT = 1_000;
const FINISHING_MS = 500;

/** Writes the pack; its metrics. Points of a plane have neither. */
export async function finishRun(run: FinishedRun): Promise<Figures> {
  const { trainable, config, data, course, packFolder, save, onEvent } = run;
  if (trainable.range === 'points') return {};
  const networks = await storedNetworks(trainable);
  try {
    const files = new Map(networks.files);
    const measured = config.family === 'vae' ? await measureAsVae(run, config, networks) : null;
    const facts = trainable.facts?.() ?? {};
    const metrics = { ...measured?.metrics, ...facts, ...endOf(course) };
    const codes = measured?.codes ?? (await ownCodes(run));
    if (codes !== null) files.set(CODES_FILE, codes.file);
    const grid = trainable.latent.size === 2 && trainable.classes === 0;
    files.set('card.png', await sheet(networks.generator, trainable, grid));
    const parameters = {
      encoder: networks.encoder?.countParams() ?? 0,
      decoder: networks.generator.countParams(),
    };
    const card = packCard({
      ...{ config, metrics, parameters, data, course, grid },
      latentSize: trainable.latent.size,
      measured: measured?.codes.count ?? 0,
    });
    files.set('README.md', new TextEncoder().encode(card));
    const { name, licence } = config.data;
    const shape = data.training.shape;
    const manifest: PackContent['manifest'] = {
      id: config.id,
      title: config.title,
      family: config.family,
      ...manifestParts(trainable, shape, data.training.classNames, networks.encoder !== null),
      ...(codes === null ? {} : { codes: codesPart(codes.count, data.training, finalPart(data).of) }),
      card: 'README.md',
      provenance: `Trained with Latentscape on ${name} (${licence})`,
      training: {
        data: name,
        config: { ...config },
        seed: config.seed,
        metrics,
        ...(data.test === null
          ? {}
          : {
              testSet: {
                count: data.test.count,
                imagesSha256: imagesSha256(data.test),
                classNames: [...data.training.classNames],
              },
            }),
      },
    };
    await save(() => writePack(packFolder, { manifest, files }));
    await labelTrained(packFolder, data, save, (what, done, total) =>
      onEvent({ kind: 'finishing', what, done, total }),
    );
    return metrics;
  } finally {
    networks.dispose();
  }
}

interface PackCodes {
  readonly file: Uint8Array;
  readonly count: number;
}

async function measureAsVae(
  { data, trainable, onEvent, now }: FinishedRun,
  config: ConfigOf<'vae'>,
  networks: StoredNetworks,
) {
  const source = measuredPictures(data);
  if (source === null || networks.encoder === null) return null;
  const { latentSize, likelihood } = config.model;
  const sigma = trainable.facts?.().sigma;
  const measuredNetworks = measurable(
    networks.encoder,
    networks.generator,
    settledLikelihood(likelihood, sigma),
    latentSize,
  );
  let toldAt = -Infinity;
  const onProgress = (done: number, total: number): void => {
    if (done > 0 && done < total && now() - toldAt < FINISHING_MS) return;
    toldAt = now();
    onEvent({ kind: 'finishing', what: `measuring on test picture ${done} of ${total}`, done, total });
  };
  const { measures, codes } = await measureVae(measuredNetworks, source, {
    n: source.count,
    ...MEASURE,
    onProgress,
  });
  const { elbo, iwae, reconstruction, kl, activeUnits, klPerDimension } = measures;
  const perDimension = Object.fromEntries(
    klPerDimension.map((value, dimension) => [`kl${dimension + 1}`, value]),
  );
  const metrics: Figures = { elbo, iwae50: iwae, reconstruction, kl, activeUnits, ...perDimension };
  const tensors = new Map<string, Tensor>([
    ['mu', { dtype: 'F16', shape: [source.count, latentSize], data: toHalves(codes.mu) }],
    ['logVar', { dtype: 'F16', shape: [source.count, latentSize], data: toHalves(codes.logVar) }],
  ]);
  if (source.labels !== null)
    tensors.set('label', { dtype: 'U8', shape: [source.count], data: source.labels });
  const file = encodeSafetensors(tensors, { format: 'latentscape-codes/1' });
  return { metrics, codes: { file, count: source.count } };
}

/** What the finished model is shown with: a test set (null), whose pictures a window shows beside its codes, number by number; or else what. */
const finalPart = (data: TrainingData): { readonly source: Source; readonly of: CodesOf | null } =>
  data.test === null
    ? shownPart(data)
    : { source: imageSource(data.test, data.training.classNames), of: null };

/** What it has not seen. */
function measuredPictures(data: TrainingData): Source | null {
  const { source, of } = finalPart(data);
  if (of === 'training pictures') return null;
  const count = of === null ? source.count : Math.min(MEASURED_HELD_OUT, source.count);
  return subsetSource(
    source,
    Uint32Array.from({ length: count }, (_, place) => place),
  );
}

/** D(x) and D(G(z)) of the last epoch, where there is a discriminator. */
function endOf(course: readonly Figures[]): Figures {
  const { dReal, dFake } = course.at(-1) ?? {};
  return dReal === undefined || dFake === undefined ? {} : { dReal, dFake };
}

async function ownCodes({ trainable, data }: FinishedRun): Promise<PackCodes | null> {
  const { source } = finalPart(data);
  const count = Math.min(CODES, source.count);
  const file = await codesFile(trainable, source, count);
  return file === null ? null : { file, count };
}

/** The manifold as Kingma & Welling 2014 draw it (figure 4), or pictures of consecutive seeds. */
async function sheet(
  generator: tf.LayersModel,
  { latent, classes, range }: Trainable,
  grid: boolean,
): Promise<Uint8Array> {
  const side = grid ? CARD_GRID.side : CARD_SAMPLES;
  const size = latent.size + classes;
  const z = grid ? manifoldGrid(side, CARD_GRID.span, latent.prior) : new Float32Array(side * side * size);
  if (!grid) {
    for (let row = 0; row < side * side; row++) {
      z.set(latentOfSeed(row + 1, latent.size, latent.prior), row * size);
      if (classes > 0) z[row * size + latent.size + (row % classes)] = 1;
    }
  }
  const { pixels, shape } = tf.tidy(() => {
    const made = generator.apply(tf.tensor2d(z, [side * side, size])) as tf.Tensor4D;
    const [, height, width, channels] = made.shape;
    const unit = range !== 'points' && range[0] === -1 ? made.add(1).div(2) : made;
    const rows = unit.reshape([side, side, height, width, channels]).transpose([0, 2, 1, 3, 4]);
    const bytes = rows.mul(255).add(0.5).floor().clipByValue(0, 255).dataSync();
    return { pixels: Uint8Array.from(bytes), shape: [side * height, side * width, channels] as const };
  });
  const [height, width, channels] = shape;
  const raw = { width, height, channels: channels as 1 | 3 };
  return sharp(pixels, { raw }).png({ compressionLevel: 9, effort: 10 }).toBuffer();
}
