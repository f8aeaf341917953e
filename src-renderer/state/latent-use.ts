// Which dimensions of z say anything: the KL of each, in nats, and whether it is in use. Where the codes are known a dimension is active
// when they differ from picture to picture, Var_x(E_q[z]) > 0.01 (Burda et al. 2016, section 5.1); where they are not, when its KL is
// more than a hundredth of a nat.

export interface DimensionUse {
  /** Counted from 1. */
  readonly dimension: number;
  /** Nats, mean over pictures. */
  readonly kl: number;
  readonly isActive: boolean;
}

const LEAST = { variance: 0.01, kl: 0.01 } as const;

/** The most telling dimension first. */
export function latentUse(
  kl: readonly number[],
  codes: { readonly mu: Float32Array; readonly size: number } | null,
): readonly DimensionUse[] {
  const variances = codes !== null && codes.size === kl.length ? variancesOf(codes.mu, codes.size) : null;
  return kl
    .map((value, i) => ({
      dimension: i + 1,
      kl: value,
      isActive: variances === null ? value > LEAST.kl : (variances[i] ?? 0) > LEAST.variance,
    }))
    .sort((a, b) => b.kl - a.kl);
}

/** Of each column. // mu: [n, size] -> [size] */
export function variancesOf(mu: Float32Array, size: number): readonly number[] {
  return Array.from({ length: size }, (_, axis) => {
    let [sum, squares, count] = [0, 0, 0];
    for (let at = axis; at < mu.length; at += size) {
      const value = mu[at] ?? 0;
      sum += value;
      squares += value * value;
      count++;
    }
    return count > 0 ? squares / count - (sum / count) ** 2 : 0;
  });
}
