/**
 * IEEE 754 half precision <-> single precision, by bit patterns: Node before 24 has no Float16Array. Halves make a
 * shipped model half as large; 11 significant bits are plenty for weights of a trained network.
 */
import type { Tensor } from './safetensors';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Rounds to nearest, ties to even, as the hardware does; overflow becomes infinity. */
export function toHalf(value: number): number {
  float[0] = value;
  const single = bits[0] ?? 0;
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and above round to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14: subnormal half, a whole multiple of 2^-24. Scaling by a power of two is exact.
    return sign | roundTiesToEven(Math.abs(float[0]) * 2 ** 24);
  }
  const rounded = magnitude + 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

export function fromHalf(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function toHalves(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, toHalf);
}

export function fromHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, fromHalf);
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}

/** Any real-valued tensor as single floats; the data itself where they are that already. */
export function toFloat32(tensor: Tensor): Float32Array {
  if (tensor.dtype === 'F32') return tensor.data;
  if (tensor.dtype === 'F16') return fromHalves(tensor.data);
  return Float32Array.from<number | bigint>(tensor.data, Number);
}
