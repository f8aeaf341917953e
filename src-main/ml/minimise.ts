// One Adam step down a loss, as an update of a family does it: gradients, step, and the figures as they were before the step.
import * as tf from '@tensorflow/tfjs';
import {
  ADAM_DEFAULTS,
  adamStep,
  correctedStepSize,
  createAdamState,
  disposeAdamState,
  type AdamConfig,
  type AdamState,
} from './adam';
import type { InputSpec } from './family';
import { learningRateAt, type LearningRateSchedule } from './schedule';

export interface LearningRate {
  readonly schedule: LearningRateSchedule;
  readonly peak: number;
  readonly floor: number;
}

/** What one player moves, and how. */
export interface Optimiser {
  readonly config: AdamConfig;
  readonly weights: readonly tf.Variable[];
  readonly state: AdamState;
  /** Weights and slots, as a checkpoint keeps them. */
  readonly variables: readonly tf.Variable[];
  /** Adam's alpha_t, to be read as the last input of an update. */
  readonly stepSize: InputSpec;
  readonly dispose: () => void;
}

export function createOptimiser(
  weights: readonly tf.Variable[],
  learningRate: LearningRate,
  given: Partial<AdamConfig> = {},
): Optimiser {
  const config = { ...ADAM_DEFAULTS, ...given };
  const state = createAdamState(weights);
  const { schedule, peak, floor } = learningRate;
  return {
    config,
    weights,
    state,
    variables: [...weights, ...state.m, ...state.v],
    stepSize: {
      kind: 'scalar',
      name: 'stepSize',
      at: ({ step, steps, count, learningRateScale }) => {
        const rate = learningRateAt(schedule, peak, floor, step, steps) * learningRateScale;
        return correctedStepSize(config, rate, count + 1);
      },
    },
    dispose: () => disposeAdamState(state),
  };
}

/** Moves the weights down the first of `terms`; returns all of them as they were before. // [terms] */
export function minimise(
  { config, weights, state }: Optimiser,
  stepSize: tf.Scalar,
  terms: () => readonly tf.Scalar[],
): tf.Tensor1D {
  return tf.tidy(() => {
    const kept: tf.Scalar[] = [];
    const { grads } = tf.variableGrads(() => {
      const all = terms();
      kept.push(...all.map((term) => tf.keep(term)));
      return all[0]!;
    }, [...weights]);
    const gradients = weights.map((weight) => grads[weight.name]!);
    adamStep(config, state, weights, gradients, stepSize);
    const summary = tf.stack(kept) as tf.Tensor1D;
    tf.dispose(kept);
    return summary;
  });
}

/** The trained variables of networks, in the order of their layers. */
export const weightsOf = (...networks: readonly tf.LayersModel[]): tf.Variable[] =>
  networks.flatMap((network) => network.trainableWeights.map((weight) => weight.read() as tf.Variable));
