// A configuration and data that must fit each other: what can follow from the data does, what cannot is said before minutes are spent.
import { AppError } from '#shared/errors';
import type { DataShape } from '#ml/family';
import { parseTrainConfig, type ConfigOf, type TrainConfig } from './train-config';

const isVae = (config: TrainConfig): config is ConfigOf<'vae' | 'cvae'> =>
  config.family === 'vae' || config.family === 'cvae';

/** Does the family need the class of each picture? */
const needsClasses = ({ family }: TrainConfig): boolean =>
  family === 'cvae' || family === 'cgan' || family === 'acgan';

/** What presets for a person's own pictures say of their data. */
export const OWN_DATA = { name: 'your pictures', classNames: [], source: 'your own', licence: 'yours' };

/** A recipe for one's own pictures, made for pictures of this shape. */
export function adaptConfig(config: TrainConfig, { height, width, channels }: DataShape): TrainConfig {
  if (!isVae(config) || config.data.name !== OWN_DATA.name) return config;
  return parseTrainConfig({ ...config, model: { ...config.model, height, width, channels } });
}

/** @throws AppError data/mismatch or data/too-few. */
export function checkFits(config: TrainConfig, data: DataShape, count: number): void {
  const isPoints = data.height === 1 && data.width === 1;
  if (isVae(config)) {
    const { height, width, channels } = config.model;
    if (data.height !== height || data.width !== width || data.channels !== channels) {
      throw mismatch(
        'The pictures do not fit the network',
        `they are ${data.width} x ${data.height} x ${data.channels} and it wants ${width} x ${height} x ${channels}`,
        'choose data that fits',
      );
    }
  }
  if (!isVae(config) && !isPoints) {
    const conv = [config.generator.body, config.discriminator.body].some(({ kind }) => kind === 'conv');
    if (conv && (data.height % 4 !== 0 || data.width % 4 !== 0)) {
      throw mismatch(
        'The pictures do not fit the network',
        `they are ${data.width} x ${data.height}, and a convolutional generator doubles from at least 4 x 4`,
        'resize them to 16, 28, 32 or 64 pixels',
      );
    }
  }
  if (needsClasses(config) && data.classes < 2) {
    throw mismatch(
      'The data has no classes',
      data.classes === 1 ? 'every picture has the same one' : 'this family is told the class of each picture',
      'bring labels (a folder for each class, or labels.csv), or choose a family without classes',
    );
  }
  if (config.family === 'vae' && config.labelWeight > 0 && (data.labels ?? 0) === 0) {
    throw mismatch(
      'The data has no labels',
      `this recipe learns what pictures are labelled with, at a weight of ${config.labelWeight}`,
      'bring a labels.csv beside the pictures, or set the weight of labels (labelWeight) to 0',
    );
  }
  if (count < config.batchSize) {
    throw new AppError({
      code: 'data/too-few',
      headline: 'There are too few pictures',
      cause: `${Math.max(0, count)} are left to train on, and one batch needs ${config.batchSize}`,
      remedy: 'bring more, or make the batch or the held-out set smaller',
    });
  }
}

function mismatch(headline: string, cause: string, remedy: string): AppError {
  return new AppError({ code: 'data/mismatch', headline, cause, remedy });
}
