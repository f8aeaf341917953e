// Adam, written out (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1, in the order of its section 2 that moves the bias
// corrections into the step size). The state is plain variables, so that a checkpoint holds all of it, and everything that
// changes from step to step enters as one scalar tensor, so that a recorded step can be replayed as a graph.

import * as tf from '@tensorflow/tfjs';

export interface AdamConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Gradients with a larger joint norm are scaled down to it (Pascanu et al. 2013); absent: never. */
  readonly clipNorm?: number | undefined;
}

export const ADAM_DEFAULTS: AdamConfig = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Running means of the gradient (m) and of its square (v), one pair for each trained variable, in the same order. */
export interface AdamState {
  readonly m: readonly tf.Variable[];
  readonly v: readonly tf.Variable[];
}

export function createAdamState(variables: readonly tf.Variable[]): AdamState {
  const zeros = () =>
    variables.map((variable) => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false)));
  return { m: zeros(), v: zeros() };
}

export function disposeAdamState(state: AdamState): void {
  for (const slot of [...state.m, ...state.v]) slot.dispose();
}

/**
 * alpha_t = alpha sqrt(1 - beta2^t) / (1 - beta1^t), t counted from 1: the step size with both bias corrections in it.
 * epsilon is then the paper's "epsilon hat".
 */
export function correctedStepSize(config: AdamConfig, learningRate: number, t: number): number {
  return (learningRate * Math.sqrt(1 - config.beta2 ** t)) / (1 - config.beta1 ** t);
}

/** One update of all variables in place. `stepSize` comes from correctedStepSize. */
export function adamStep(
  config: AdamConfig,
  state: AdamState,
  variables: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  stepSize: tf.Scalar,
): void {
  tf.tidy(() => {
    const used = config.clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, config.clipNorm);
    variables.forEach((variable, index) => {
      const gradient = used[index]!;
      const m = state.m[index]!;
      const v = state.v[index]!;
      m.assign(tf.add(m, tf.mul(tf.sub(gradient, m), 1 - config.beta1)));
      v.assign(tf.add(v, tf.mul(tf.sub(tf.square(gradient), v), 1 - config.beta2)));
      variable.assign(tf.sub(variable, tf.mul(stepSize, tf.div(m, tf.add(tf.sqrt(v), config.epsilon)))));
    });
  });
}

export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() =>
    tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar))),
  );
}

export function clipByGlobalNorm(gradients: readonly tf.Tensor[], clipNorm: number): tf.Tensor[] {
  const scale = tf.div(clipNorm, tf.maximum(globalNorm(gradients), clipNorm));
  return gradients.map((gradient) => tf.mul(gradient, scale));
}
