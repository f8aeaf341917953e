// Every claim there is, in the order in which `prove` runs them: exact ones first.
import { GAN_PROOFS } from './gan';
import type { Proof } from './proof';

export const PROOFS: readonly Proof[] = [...GAN_PROOFS];
