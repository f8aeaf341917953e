// From a configuration to the networks that it describes: the one place that knows every family.
import { assertNever } from '#shared/errors';
import type { DataShape, Live, Trainable } from '#ml/family';
import { gan } from '#ml/gan';
import { vae } from '#ml/vae-family';
import type { TrainConfig } from './train-config';

export function createTrainable(config: TrainConfig, data: DataShape): Trainable {
  switch (config.family) {
    case 'vae':
      return vae(config, data, config.seed);
    case 'gan':
      return gan(config, data, config.seed);
    default:
      return assertNever(config);
  }
}

/** What a person may change while it trains, as it stands at the start. */
export function liveOf(config: TrainConfig): Live {
  switch (config.family) {
    case 'vae':
      return { beta: config.beta, freeBits: config.freeBits ?? 0 };
    case 'gan':
      return {
        loss: config.loss,
        discriminatorSteps: config.discriminatorSteps,
        r1: config.penalty.r1,
        r2: config.penalty.r2,
      };
    default:
      return assertNever(config);
  }
}
