// One side of an adversarial game: the weights that one optimiser moves. An update of any adversarial family is `descend` with that
// player's objective; what its objective says is the family's own page.

import * as tf from '@tensorflow/tfjs';
import { adamStep, createAdamState, disposeAdamState, globalNorm, type AdamConfig, type AdamState } from './adam';
import { trainableOf, weightsOf } from './gan-networks';

export interface Player {
  readonly networks: readonly tf.LayersModel[];
  /** What gradients move. */
  readonly weights: readonly tf.Variable[];
  /** Everything that belongs to it: weights, running statistics, optimiser slots. */
  readonly variables: readonly tf.Variable[];
  readonly adam: AdamState;
  readonly adamConfig: AdamConfig;
}

export function createPlayer(networks: readonly tf.LayersModel[], adamConfig: AdamConfig): Player {
  const weights = networks.flatMap(trainableOf);
  const adam = createAdamState(weights);
  const variables = [...networks.flatMap(weightsOf), ...adam.m, ...adam.v];
  return { networks, weights, variables, adam, adamConfig };
}

export function disposePlayer({ networks, adam }: Player): void {
  for (const network of networks) network.dispose();
  disposeAdamState(adam);
}

export interface Objective {
  /** Minimised. */
  readonly loss: tf.Scalar;
  /** Reported as they were before the move. */
  readonly figures: readonly tf.Scalar[];
}

/** One step of Adam down the objective. Returns the figures, then the norm of the gradient. // [figures + 1] */
export function descend(
  { weights, adam, adamConfig }: Player,
  stepSize: tf.Scalar,
  objective: () => Objective,
): tf.Tensor1D {
  return tf.tidy(() => {
    const figures: tf.Scalar[] = [];
    const { grads } = tf.variableGrads(() => {
      const parts = objective();
      figures.push(...parts.figures.map((figure) => tf.keep(figure)));
      return parts.loss;
    }, weights as tf.Variable[]);
    const gradients = weights.map((weight) => grads[weight.name]!);
    const norm = globalNorm(gradients);
    adamStep(adamConfig, adam, weights, gradients, stepSize);
    const result = tf.stack([...figures, norm]);
    tf.dispose(figures);
    return result as tf.Tensor1D;
  });
}
