// Penalties on the gradient of a discriminator with respect to the picture. They are trained through, so they need second derivatives.
//
// TensorFlow.js differentiates twice only through operations whose derivative reads their input: dense, convolution, relu, softplus.
// Through tanh and sigmoid, whose derivative reads their output, the second derivative comes out wrong without a word; leakyRelu and elu
// have none. A penalised discriminator therefore uses `LeakyRectifier` of gan-networks.ts, no batch norm (which besides would mix the
// pictures of a batch, where the penalty is meant for each), and ends in logits. tests/unit/ml/gan-penalties.test.ts holds this to
// finite differences.

import * as tf from '@tensorflow/tfjs';

/** Pictures to logits, each picture for itself. // [batch, ...] -> [batch, 1] */
export type Critic = (x: tf.Tensor) => tf.Tensor;

/** |grad_x D(x)|^2 for each picture: the gradient of the sum is the gradients beside each other. // [batch] */
export function squaredGradients(critic: Critic, x: tf.Tensor): tf.Tensor1D {
  const gradient = tf.grad((at: tf.Tensor) => tf.sum(critic(at)))(x);
  return tf.sum(tf.square(tf.reshape(gradient, [x.shape[0]!, -1])), 1);
}

/**
 * 1/2 E |grad_x D(x)|^2: R1 on pictures of the data, R2 on generated ones, to be weighted with gamma (Mescheder, Geiger & Nowozin 2018,
 * eq. 9 and 10). It damps the rotation around the equilibrium, so that the game converges to it.
 */
export const gradientPenalty = (critic: Critic, x: tf.Tensor): tf.Scalar =>
  tf.mul(0.5, tf.mean(squaredGradients(critic, x)));

/**
 * The same to first order in sigma, by differences instead of a derivative: 1/2 E (D(x + sigma e) - D(x))^2 / sigma^2 with e ~ N(0, I),
 * for D is nearly linear over sigma and E (g . e)^2 = |g|^2. It goes through any layer, batch norm included.
 */
export function differencePenalty(critic: Critic, x: tf.Tensor, noise: tf.Tensor, sigma = 0.05): tf.Scalar {
  const moved = critic(tf.add(x, tf.mul(noise, sigma)));
  return tf.mul(0.5 / sigma ** 2, tf.mean(tf.square(tf.sub(moved, critic(x)))));
}

/** Keeps the square root differentiable where a gradient is 0. */
const TINY = 1e-12;

/**
 * E (|grad D(x^)| - 1)^2, x^ uniform on the line between a picture of the data and a generated one (Gulrajani et al. 2017, algorithm 1):
 * the best critic of the Wasserstein distance has gradients of length 1 there. // mix: [batch], uniform over [0, 1]
 */
export function wassersteinPenalty(
  critic: Critic,
  real: tf.Tensor,
  fake: tf.Tensor,
  mix: tf.Tensor,
): tf.Scalar {
  const share = tf.reshape(mix, [real.shape[0]!, ...real.shape.slice(1).map(() => 1)]);
  const between = tf.add(real, tf.mul(share, tf.sub(fake, real)));
  const length = tf.sqrt(tf.add(squaredGradients(critic, between), TINY));
  return tf.mean(tf.square(tf.sub(length, 1)));
}
