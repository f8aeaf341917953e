// From a configuration to the networks that it describes: the one place that knows every family.
import { assertNever } from '#shared/errors';
import { acGan } from '#ml/ac-gan';
import { biGan } from '#ml/bi-gan';
import { conditionalGan } from '#ml/conditional-gan';
import { cvae } from '#ml/cvae';
import type { DataShape, Live, Trainable } from '#ml/family';
import { gan } from '#ml/gan';
import { infoGan } from '#ml/info-gan';
import { vae } from '#ml/vae-family';
import { vaeGan } from '#ml/vae-gan';
import type { TrainConfig } from './train-config';

export function createTrainable(config: TrainConfig, data: DataShape): Trainable {
  const { seed } = config;
  switch (config.family) {
    case 'vae':
      return vae(config, data, seed);
    case 'cvae':
      return cvae({ ...config, condition: { kind: 'classes' }, prior: 'standard' }, data, seed);
    case 'gan':
      return gan(config, data, seed);
    case 'cgan':
      return conditionalGan(config, data, seed);
    case 'acgan':
      return acGan(config, data, seed);
    case 'infogan':
      return infoGan(config, data, seed);
    case 'bigan':
      return biGan(config, data, seed);
    case 'vaegan':
      return vaeGan(config, data, seed);
    default:
      return assertNever(config);
  }
}

/** What a person may change while it trains, as it stands at the start. */
export function liveOf(config: TrainConfig): Live {
  switch (config.family) {
    case 'vae':
      return { beta: config.beta, freeBits: config.freeBits };
    case 'cvae':
      return { beta: config.beta };
    case 'gan': {
      const { loss, discriminatorSteps, penalty } = config;
      return { loss, discriminatorSteps, r1: penalty.r1, r2: penalty.r2 };
    }
    case 'cgan':
    case 'acgan':
    case 'infogan':
    case 'bigan':
    case 'vaegan':
      return { loss: config.loss, r1: config.r1 };
    default:
      return assertNever(config);
  }
}
