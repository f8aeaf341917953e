// A configuration and data that must fit each other: what can follow from the data does, what cannot is said before minutes are spent.
import { AppError } from '#shared/errors';
import type { DataShape } from '#ml/family';
import { parseTrainConfig, type TrainConfig } from './train-config';

/** What presets for a person's own pictures say of their data. */
export const OWN_DATA = { name: 'your pictures', classNames: [], source: 'your own', licence: 'yours' };

/** A recipe for one's own pictures, made for pictures of this shape. */
export function adaptConfig(config: TrainConfig, { height, width, channels }: DataShape): TrainConfig {
  if (config.family !== 'vae' || config.data.name !== OWN_DATA.name) return config;
  return parseTrainConfig({ ...config, model: { ...config.model, height, width, channels } });
}

/** @throws AppError data/mismatch or data/too-few. */
export function checkFits(config: TrainConfig, data: DataShape, count: number): void {
  const isPoints = data.height === 1 && data.width === 1;
  if (config.family === 'vae') {
    const { height, width, channels } = config.model;
    if (data.height !== height || data.width !== width || data.channels !== channels) {
      throw mismatch(
        'The pictures do not fit the network',
        `they are ${data.width} x ${data.height} x ${data.channels} and it wants ${width} x ${height} x ${channels}`,
        'choose data that fits',
      );
    }
  }
  if (config.family === 'gan' && !isPoints) {
    const conv = [config.generator.body, config.discriminator.body].some(({ kind }) => kind === 'conv');
    if (conv && (data.height % 4 !== 0 || data.width % 4 !== 0)) {
      throw mismatch(
        'The pictures do not fit the network',
        `they are ${data.width} x ${data.height}, and a convolutional generator doubles from at least 4 x 4`,
        'resize them to 16, 28, 32 or 64 pixels',
      );
    }
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
