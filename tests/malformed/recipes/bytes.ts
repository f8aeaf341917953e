// Bytes put together and patched.
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** A copy with other bytes from `at` on. */
export function patched(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values.slice(0, Math.max(0, copy.length - at)), at);
  return copy;
}

/** `count` bytes of a number, the smallest first. */
export const little = (value: number | bigint, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) =>
    Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 255n),
  );
