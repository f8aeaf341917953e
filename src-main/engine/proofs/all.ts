// Every claim there is, in the order in which `prove` runs them: exact ones first.
import { ARITHMETIC_PROOFS } from './arithmetic';
import { CONDITIONAL_PROOFS } from './conditional';
import { CVAE_PROOFS } from './cvae';
import { DCGAN_PROOFS } from './dcgan';
import { DRAWN_HEADS_PROOFS } from './drawn-heads';
import { ENTANGLED_PROOFS } from './entangled';
import { EXACT_PROOFS } from './exact';
import { FASHION_PROOFS } from './fashion';
import { GAN_PROOFS } from './gan';
import { INFERENCE_PROOFS } from './inference';
import { MNIST_PROOFS } from './mnist';
import type { Proof } from './proof';
import { VAE_PROOFS } from './vae';

export const PROOFS: readonly Proof[] = [
  ...EXACT_PROOFS,
  ...VAE_PROOFS,
  ...CVAE_PROOFS,
  ...GAN_PROOFS,
  ...DCGAN_PROOFS,
  ...CONDITIONAL_PROOFS,
  ...INFERENCE_PROOFS,
  ...MNIST_PROOFS,
  ...ENTANGLED_PROOFS,
  ...DRAWN_HEADS_PROOFS,
  ...ARITHMETIC_PROOFS,
  ...FASHION_PROOFS,
];
