// One training step of a VAE, written out by hand: what the family and the recorded step are compared with.

import * as tf from '@tensorflow/tfjs';
import { adamStep, type AdamConfig, type AdamState } from '#ml/adam';
import { trainableVariables, vaeLoss, type Vae } from '#ml/vae';

export interface StepInputs {
  readonly x: tf.Tensor4D; // [batch, height, width, channels]
  readonly noise: tf.Tensor2D; // [batch, latent]
  readonly beta: tf.Scalar;
  readonly stepSize: tf.Scalar; // Adam's alpha_t
}

/** Updates the weights in place and returns [loss, reconstruction, kl] as they were before the update. // [3] */
export function vaeStep(
  vae: Vae,
  adamConfig: AdamConfig,
  adamState: AdamState,
  inputs: StepInputs,
): tf.Tensor1D {
  return tf.tidy(() => {
    const variables = trainableVariables(vae);
    const parts: tf.Scalar[] = [];
    const { grads } = tf.variableGrads(() => {
      const { loss, reconstruction, kl } = vaeLoss(vae, inputs.x, inputs.noise, inputs.beta);
      parts.push(tf.keep(loss), tf.keep(reconstruction), tf.keep(kl));
      return loss;
    }, variables);
    const gradients = variables.map((variable) => grads[variable.name]!);
    adamStep(adamConfig, adamState, variables, gradients, inputs.stepSize);
    const summary = tf.stack(parts) as tf.Tensor1D;
    tf.dispose(parts);
    return summary;
  });
}
