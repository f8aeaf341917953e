// What the two players of a GAN minimise, in logits: a = the discriminator's output on pictures of the data, b = on generated ones, and
// D = sigmoid. With softplus(t) = ln(1 + exp t), -ln D(x) = softplus(-a) and -ln(1 - D(G(z))) = softplus(b): no logarithm of 0.
//
//   minimax         D: E softplus(-a) + E softplus(b)                 G: -E softplus(b)             Goodfellow et al. 2014, eq. 1
//   non-saturating  as above                                         G:  E softplus(-b)            same, section 3
//   least-squares   D: 1/2 E (a - 1)^2 + 1/2 E b^2                    G: 1/2 E (b - 1)^2            Mao et al. 2017, eq. 9
//   hinge           D: E max(0, 1 - a) + E max(0, 1 + b)              G: -E b                       Lim & Ye 2017; Miyato et al. 2018
//   wasserstein     D: E b - E a + lambda E (|grad D(x^)| - 1)^2      G: -E b                       Gulrajani et al. 2017, eq. 3
//
// At the equilibrium of the first two, D = 1/2 everywhere: the discriminator's loss is 2 ln 2, the non-saturating generator's ln 2.

import * as tf from '@tensorflow/tfjs';
import { assertNever } from '#shared/errors';

export const GAN_LOSSES = ['minimax', 'non-saturating', 'least-squares', 'hinge', 'wasserstein'] as const;
export type GanLoss = (typeof GAN_LOSSES)[number];

const mean = (values: tf.Tensor): tf.Scalar => tf.mean(values);

/** Without the penalty that the Wasserstein loss needs: see gan-penalties.ts. */
export function discriminatorLoss(loss: GanLoss, real: tf.Tensor, fake: tf.Tensor): tf.Scalar {
  switch (loss) {
    case 'minimax':
    case 'non-saturating':
      return tf.add(mean(tf.softplus(tf.neg(real))), mean(tf.softplus(fake)));
    case 'least-squares':
      return tf.mul(0.5, tf.add(mean(tf.square(tf.sub(real, 1))), mean(tf.square(fake))));
    case 'hinge':
      return tf.add(mean(tf.relu(tf.sub(1, real))), mean(tf.relu(tf.add(1, fake))));
    case 'wasserstein':
      return tf.sub(mean(fake), mean(real));
    default:
      return assertNever(loss);
  }
}

export function generatorLoss(loss: GanLoss, fake: tf.Tensor): tf.Scalar {
  switch (loss) {
    case 'minimax':
      return tf.neg(mean(tf.softplus(fake)));
    case 'non-saturating':
      return mean(tf.softplus(tf.neg(fake)));
    case 'least-squares':
      return tf.mul(0.5, mean(tf.square(tf.sub(fake, 1))));
    case 'hinge':
    case 'wasserstein':
      return tf.neg(mean(fake));
    default:
      return assertNever(loss);
  }
}

/**
 * What reaches the generator through one logit: |d/db ln(1 - D)| = D for the minimax loss, |d/db ln D| = 1 - D for the non-saturating
 * one. While D sees through the generator (D near 0) the first is nearly nothing and the second nearly 1. Means over the batch.
 */
export function logitGradients(fake: tf.Tensor): {
  readonly minimax: tf.Scalar;
  readonly nonSaturating: tf.Scalar;
} {
  const d = mean(tf.sigmoid(fake));
  return { minimax: d, nonSaturating: tf.sub(1, d) };
}
