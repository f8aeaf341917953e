// One side of an adversarial game: the networks that one optimiser moves. An update of any adversarial family is `descend` with that
// player's objective; what its objective says is the family's own page.

import * as tf from '@tensorflow/tfjs';
import { adamStep, globalNorm, type AdamConfig } from './adam';
import { createOptimiser, weightsOf, type LearningRate, type Optimiser } from './minimise';

export interface Player {
  readonly networks: readonly tf.LayersModel[];
  readonly optimiser: Optimiser;
  /** Everything that belongs to it: weights, running statistics, optimiser slots. */
  readonly variables: readonly tf.Variable[];
}

export function createPlayer(
  networks: readonly tf.LayersModel[],
  learningRate: LearningRate,
  adam: Partial<AdamConfig>,
): Player {
  const optimiser = createOptimiser(weightsOf(...networks), learningRate, adam);
  const variables = [...networks.flatMap(everyWeightOf), ...optimiser.state.m, ...optimiser.state.v];
  return { networks, optimiser, variables };
}

export function disposePlayer({ networks, optimiser }: Player): void {
  for (const network of networks) network.dispose();
  optimiser.dispose();
}

/** Every weight of a network, running statistics included, in its own order. */
export const everyWeightOf = (network: tf.LayersModel): tf.Variable[] =>
  network.weights.map((weight) => weight.read() as tf.Variable);

export interface Objective {
  /** Minimised. */
  readonly loss: tf.Scalar;
  /** Reported as they were before the move. */
  readonly figures: readonly tf.Scalar[];
}

/** One step of Adam down the objective. Returns the figures, then the norm of the gradient. // [figures + 1] */
export function descend(
  { optimiser: { config, weights, state } }: Player,
  stepSize: tf.Scalar,
  objective: () => Objective,
): tf.Tensor1D {
  return tf.tidy(() => {
    const kept: tf.Scalar[] = [];
    const { grads } = tf.variableGrads(() => {
      const { loss, figures } = objective();
      kept.push(...figures.map((figure) => tf.keep(figure)));
      return loss;
    }, [...weights]);
    // a penalty on the gradient does not depend on biases, and has none for them
    const gradients = weights.map((weight) => grads[weight.name] ?? tf.zerosLike(weight));
    const norm = globalNorm(gradients);
    adamStep(config, state, weights, gradients, stepSize);
    const result = tf.stack([...kept, norm]) as tf.Tensor1D;
    tf.dispose(kept);
    return result;
  });
}
