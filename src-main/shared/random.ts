// Seeded random numbers, the same in the window, in the engine and on the command line: "seed 7" is one picture everywhere.
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { inverseNormalCdf } from './latent-math';
import type { Prior } from './domain';

export interface Random {
  /** Uniform in the open interval (0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
}

/**
 * xoroshiro128+ (Blackman & Vigna 2018). Its state is filled by a mixer, as its authors advise: small seeds given raw would start with
 * nearly equal numbers. Normals by the inverse CDF: one uniform each, so streams never shift.
 */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plusFromState([1, 2, 3, 4].map((word) => mixSeed(seed, word)));
  const bits26 = (): number => (generator.next() >>> 0) >>> 6;
  const bits27 = (): number => (generator.next() >>> 0) >>> 5;
  const uniform = (): number => (bits26() * 2 ** 27 + bits27() + 0.5) / 2 ** 53;
  return {
    uniform,
    normal: () => inverseNormalCdf(uniform()),
    integer: (below) => Math.min(below - 1, Math.floor(uniform() * below)),
  };
}

/** `count` standard normals of one seed. */
export function seededNormal(seed: number, count: number): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** One seed for a pair, e.g. (run seed, step): splitmix32 over both, so that neighbouring pairs are unrelated. */
export function mixSeed(a: number, b: number): number {
  let h = (Math.imul(a | 0, 0x9e3779b9) ^ Math.imul((b | 0) + 0x85ebca6b, 0xc2b2ae35)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) | 0;
}

/** The latent of "seed n": one draw from the prior. // [size] */
export function latentOfSeed(seed: number, size: number, prior: Prior): Float32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  return Float32Array.from({ length: size }, () =>
    prior.kind === 'normal' ? random.normal() : prior.low + (prior.high - prior.low) * random.uniform(),
  );
}

/** Drawn towards the mean of the prior: mean + psi (z - mean) (the truncation trick of Karras et al. 2019, in z). // [size] */
export function truncated(z: Float32Array, psi: number, prior: Prior): Float32Array<ArrayBuffer> {
  const mean = prior.kind === 'normal' ? 0 : (prior.low + prior.high) / 2;
  return Float32Array.from(z, (value) => mean + psi * (value - mean));
}

/** A permutation of 0..count-1 (Fisher-Yates). */
export function shuffledIndices(seed: number, count: number): Uint32Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}
