// A training at its newest checkpoint as something to be evaluated: built again from its configuration, with the numbers that it had.
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import type { Networks } from '#ml/vae';
import { fromUnit, picturesOfDraws } from './drawn-pictures';
import type { Posterior } from '../encoder';
import { boundsOf, NO_ENCODER, type Subject } from './subject';
import { storedNetworks } from './vae-bounds';
import { createTrainable } from '../training/families';
import { checkFits } from '../training/fit-config';
import { jobFolderOf } from '../training/job-folder';
import type { Source } from '../training/source';
import { settledLikelihood, type TrainConfig } from '../training/train-config';
import { loadState, namedVariables } from '../training/training-state';

export async function runSubject(folder: string, config: TrainConfig, data: Source): Promise<Subject> {
  checkFits(config, data.shape, data.count);
  const trainable = createTrainable(config, data.shape);
  try {
    const named = namedVariables(trainable.variables);
    const { counters, note } = await loadState(jobFolderOf(folder).checkpoint, named).catch(
      (error: unknown) => {
        throw notOnThisData(folder, error);
      },
    );
    const { latent, classes, range, encode, judge } = trainable;
    const products = range === 'points' ? null : trainable.products();
    const networks = (): Networks => {
      if (config.family !== 'vae' || products?.encoder === undefined)
        throw new Error('only a VAE has a likelihood of pixels');
      const likelihood = settledLikelihood(config.model.likelihood, trainable.facts?.().sigma);
      return storedNetworks(products.encoder, products.generator, likelihood, latent.size);
    };
    const generate = (z: tf.Tensor2D): tf.Tensor =>
      products === null ? trainable.generate(z) : (products.generator.apply(z) as tf.Tensor);
    return {
      ...{ id: basename(folder), family: config.family, latent, classes },
      classNames: classes === 0 ? [] : data.classNames,
      kind: range === 'points' ? 'points' : 'pictures',
      draw: (draws) => Promise.resolve(picturesOfDraws({ classes, range, generate }, draws)),
      encode:
        encode === undefined
          ? null
          : (pictures, count) => Promise.resolve(encoded({ encode, range }, pictures, count, data.shape)),
      bounds:
        config.family === 'cvae'
          ? 'The bound with several samples is measured of plain VAEs only.'
          : encode === undefined
            ? NO_ENCODER
            : boundsOf(config.family, networks),
      judge: config.family === 'cvae' ? (judge ?? null) : null,
      notes: [
        `Measured at step ${counters.step} of the training.`,
        ...(note === undefined ? [] : [`Of the checkpoints, ${note}.`]),
      ],
      dispose() {
        products?.generator.dispose();
        products?.encoder?.dispose();
        trainable.dispose();
        return Promise.resolve();
      },
    };
  } catch (error) {
    trainable.dispose();
    throw error;
  }
}

/** Networks are built for the shape of the data, so a checkpoint fits only data like its own. */
function notOnThisData(folder: string, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError({
    code: error.code,
    headline: 'The training cannot be evaluated on this data',
    where: folder,
    cause: [error.headline, error.detail].filter((part) => part !== undefined).join(': '),
    remedy: 'name the data that it was trained on, with the same size, classes and labels',
  });
}

type Encoding = Required<Pick<ReturnType<typeof createTrainable>, 'encode' | 'range'>>;

function encoded(
  { encode, range }: Encoding,
  pictures: Float32Array,
  count: number,
  { height, width, channels }: Source['shape'],
): Posterior {
  const x = tf.tensor4d(pictures, [count, height, width, channels]);
  const scaled = fromUnit(x, range);
  const { mu, logVar } = encode(scaled);
  const posterior = {
    mu: Float32Array.from(mu.dataSync()),
    logVar: logVar === null ? null : Float32Array.from(logVar.dataSync()),
  };
  tf.dispose([x, scaled, mu, ...(logVar === null ? [] : [logVar])]);
  return posterior;
}
