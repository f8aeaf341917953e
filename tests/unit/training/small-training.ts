// A game that takes milliseconds a step.
import { gan, NO_PENALTY } from '#ml/gan';
import type { DataShape, Trainable } from '#ml/family';

export function smallGame(shape: DataShape, batchSize: number): Trainable {
  const player = { body: { kind: 'conv', width: 4 }, batchNorm: true, learningRate: 1e-3 } as const;
  return gan(
    {
      latentSize: 4,
      batchSize,
      generator: player,
      discriminator: player,
      schedule: 'constant',
      beta1: 0.5,
      beta2: 0.999,
      loss: 'non-saturating',
      discriminatorSteps: 1,
      penalty: NO_PENALTY,
      wassersteinWeight: 10,
      averageDecay: 0,
    },
    shape,
    1,
  );
}
