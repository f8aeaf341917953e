/**
 * Scaling and shifting of channels by constants. Behind a convolution or a dense layer it goes into their weights and bias,
 * where it costs nothing: bias, batch normalisation written out, and normalisation with stored statistics are all this.
 */
import type { Context } from './context';
import { stridesOf } from './fold';
import { isKnown, type PendingProduct, type Value } from './value';

/** Undefined where this is no such case. */
export function scaledAndShifted(context: Context, operation: string): Value | undefined {
  const order = ([0, 1] as const).find((at) => context.inputs[at]?.pending !== undefined);
  if (order === undefined || !context.onlyReader(order)) return undefined;
  const value = context.input(order);
  const channels = perChannel(context.input(1 - order), value);
  if (channels === undefined) return undefined;
  switch (operation) {
    case 'Add':
      return affine(value, undefined, channels);
    case 'Sub':
      return order === 0
        ? affine(
            value,
            undefined,
            channels.map((shift) => -shift),
          )
        : affine(
            value,
            channels.map(() => -1),
            channels,
          );
    case 'Mul':
      return affine(value, channels, undefined);
    case 'Div':
      return order === 0
        ? affine(
            value,
            channels.map((divisor) => 1 / divisor),
            undefined,
          )
        : undefined;
    default:
      return undefined;
  }
}

/** One number for each channel of `value`, where the constant has one for all or one for each. */
function perChannel(constant: Value, value: Value): Float32Array | undefined {
  const pending = value.pending;
  if (pending === undefined || !isKnown(constant) || !(constant.data instanceof Float32Array))
    return undefined;
  const channels = pending.kernelShape[pending.outputAxis] ?? 0;
  const { data, shape } = constant;
  if (shape.length > value.shape.length) return undefined;
  if (data.length === 1) return new Float32Array(channels).fill(data[0] ?? 0);
  const axis = pending.channelAxis - (value.shape.length - shape.length);
  const fits = shape.every((size, at) => size === (at === axis ? channels : 1));
  return fits && axis >= 0 ? data : undefined;
}

/** Value * scale + shift, channel by channel. */
export function affine(
  value: Value,
  scale: Float32Array | undefined,
  shift: Float32Array | undefined,
): Value | undefined {
  const { pending } = value;
  if (pending === undefined) return undefined;
  const kernel = scale === undefined ? pending.kernel : scaledKernel(pending, scale);
  const before = pending.bias;
  const channels = pending.kernelShape[pending.outputAxis] ?? 0;
  const bias =
    before === undefined && shift === undefined
      ? undefined
      : Float32Array.from(
          { length: channels },
          (_, channel) => (before?.[channel] ?? 0) * (scale?.[channel] ?? 1) + (shift?.[channel] ?? 0),
        );
  return { ...value, pending: { ...pending, kernel, bias } };
}

function scaledKernel(
  { kernel, kernelShape, outputAxis }: PendingProduct,
  scale: Float32Array,
): Float32Array {
  const stride = stridesOf(kernelShape)[outputAxis] ?? 1;
  const channels = kernelShape[outputAxis] ?? 1;
  return kernel.map((weight, at) => weight * (scale[Math.floor(at / stride) % channels] ?? 1));
}
