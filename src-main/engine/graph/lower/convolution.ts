/**
 * Convolutions, their transposes and dense layers. TensorFlow's kernels are [height, width, in, out], ONNX's
 * [out, in, height, width]; SAME pads so that the output is the input's size over the stride, rounded up, with the odd
 * pixel behind.
 */
import type { Attribute } from '../../onnx/proto';
import type { Context, Lower } from './context';
import { transposed } from './fold';
import { isNumber, type Size } from './sizes';
import { isKnown, type PendingProduct, type Value } from './value';

interface Spatial {
  readonly height: Size;
  readonly width: Size;
  readonly channels: Size;
}

function spatial(value: Value, channelsLast: boolean): Spatial {
  const [, a = null, b = null, c = null] = value.shape;
  return channelsLast ? { height: a, width: b, channels: c } : { height: b, width: c, channels: a };
}

const pair = (values: readonly number[], channelsLast: boolean): readonly [number, number] =>
  channelsLast ? [values[1] ?? 1, values[2] ?? 1] : [values[2] ?? 1, values[3] ?? 1];

/** The input as ONNX wants it: channels first. */
const inputOf = (context: Context, value: Value): string =>
  context.channelsLast ? context.builder.channelsFirst(value) : context.builder.plain(value);

function laidOut(context: Context, batch: Size, sizes: Spatial): Pick<Value, 'element' | 'shape' | 'order'> {
  const { height, width, channels } = sizes;
  return context.channelsLast
    ? { element: 'float', shape: [batch, height, width, channels], order: 'channels-first' }
    : { element: 'float', shape: [batch, channels, height, width], order: 'plain' };
}

interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
}

interface Padded {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly height: Size;
  readonly width: Size;
}

/** Padding and output size of a convolution or a pooling. */
function padded(context: Context, input: Spatial, window: Window): Padded {
  const padding = context.text('padding');
  const explicit = context.ints('explicit_paddings');
  const sides = ([0, 1] as const).map((at) => {
    const size = at === 0 ? input.height : input.width;
    const [stride, reach] = [window.strides[at], (window.kernel[at] - 1) * window.dilations[at] + 1];
    if (padding === 'VALID') return { before: 0, after: 0, out: outOf(size, stride, reach, 0) };
    if (padding === 'EXPLICIT') {
      const axis = context.channelsLast ? 1 + at : 2 + at;
      const [before = 0, after = 0] = explicit.slice(2 * axis, 2 * axis + 2);
      return { before, after, out: outOf(size, stride, reach, before + after) };
    }
    if (padding !== 'SAME') throw context.fail(`padding ${padding} is not known`);
    if (!isNumber(size)) {
      if (stride !== 1) throw context.fail('the size of its picture is not known beforehand');
      const before = Math.floor((reach - 1) / 2);
      return { before, after: reach - 1 - before, out: size };
    }
    const out = Math.ceil(size / stride);
    const total = Math.max((out - 1) * stride + reach - size, 0);
    const before = Math.floor(total / 2);
    return { before, after: total - before, out };
  });
  const [rows, columns] = sides;
  if (rows === undefined || columns === undefined) throw context.fail('it has no window');
  return {
    attributes: {
      kernel_shape: { ints: window.kernel },
      strides: { ints: window.strides },
      pads: { ints: [rows.before, columns.before, rows.after, columns.after] },
    },
    height: rows.out,
    width: columns.out,
  };
}

function outOf(size: Size, stride: number, reach: number, padding: number): Size {
  return isNumber(size) ? Math.max(0, Math.ceil((size + padding - reach + 1) / stride)) : null;
}

function kernelShape(context: Context, kernel: Value): readonly [number, number, number, number] {
  const [height, width, third, fourth] = kernel.shape;
  if (
    !isNumber(height) ||
    !isNumber(width) ||
    !isNumber(third) ||
    !isNumber(fourth) ||
    kernel.shape.length !== 4
  )
    throw context.fail('the size of its kernel is not known beforehand');
  return [height, width, third, fourth];
}

/** Waits for its readers where the kernel is a constant; otherwise it is computed at once. */
function product(
  context: Context,
  kernel: Value,
  axes: readonly number[],
  result: Pick<Value, 'element' | 'shape' | 'order'>,
  parts: Pick<PendingProduct, 'operation' | 'input' | 'attributes'> & { readonly outputAxis: number },
): Value {
  if (isKnown(kernel) && kernel.data instanceof Float32Array) {
    const turned = transposed(kernel, axes);
    if (turned.data instanceof Float32Array) {
      const channelAxis = context.channelsLast ? 3 : 1;
      return {
        ...result,
        pending: { ...parts, kernel: turned.data, kernelShape: turned.shape, bias: undefined, channelAxis },
      };
    }
  }
  const name = context.builder.node('Transpose', [context.builder.plain(kernel)], { perm: { ints: axes } });
  return context.builder.value(parts.operation, [parts.input, name], result, parts.attributes);
}

export const convolution: Lower = (context) => {
  const [value, kernel] = [context.input(0), context.input(1)];
  const [height, width, inner, outer] = kernelShape(context, kernel);
  const input = spatial(value, context.channelsLast);
  if (!isNumber(input.channels) || input.channels % inner !== 0)
    throw context.fail('its kernel does not fit the channels of its input');
  const dilations = pair(context.ints('dilations'), context.channelsLast);
  const strides = pair(context.ints('strides'), context.channelsLast);
  const { attributes, ...out } = padded(context, input, { kernel: [height, width], strides, dilations });
  const result = laidOut(context, value.shape[0] ?? null, { ...out, channels: outer });
  return product(context, kernel, [3, 2, 0, 1], result, {
    operation: 'Conv',
    input: inputOf(context, value),
    outputAxis: 0,
    attributes: { ...attributes, dilations: { ints: dilations }, group: { int: input.channels / inner } },
  });
};

/** Each channel by kernels of its own: [height, width, channels, kernels of each]. */
export const depthwiseConvolution: Lower = (context) => {
  const [value, kernel] = [context.input(0), context.input(1)];
  const [height, width, channels, each] = kernelShape(context, kernel);
  if (!isKnown(kernel)) throw context.fail('its kernel is not known beforehand');
  const dilations = pair(context.ints('dilations'), context.channelsLast);
  const strides = pair(context.ints('strides'), context.channelsLast);
  const window = { kernel: [height, width], strides, dilations } as const;
  const { attributes, ...out } = padded(context, spatial(value, context.channelsLast), window);
  const result = laidOut(context, value.shape[0] ?? null, { ...out, channels: channels * each });
  // [height, width, channels, each] is [height, width, channels * each, 1] with the same numbers
  const flat = { ...kernel, shape: [height, width, channels * each, 1] };
  return product(context, flat, [2, 3, 0, 1], result, {
    operation: 'Conv',
    input: inputOf(context, value),
    outputAxis: 0,
    attributes: { ...attributes, dilations: { ints: dilations }, group: { int: channels } },
  });
};

/** The transpose of the convolution that makes `input` of a picture of `sizes`. */
export const transposedConvolution: Lower = (context) => {
  const [sizes, kernel, value] = [context.input(0), context.input(1), context.input(2)];
  const [height, width, outer, inner] = kernelShape(context, kernel);
  const { channelsLast } = context;
  const input = spatial(value, channelsLast);
  if (input.channels !== inner) throw context.fail('its kernel does not fit the channels of its input');
  const wanted = sizes.data instanceof Float32Array ? [] : (sizes.data ?? []);
  // Newer graphs give height and width alone.
  const [bigHeight, bigWidth] =
    wanted.length === 2 ? wanted : channelsLast ? wanted.slice(1, 3) : wanted.slice(2, 4);
  const strides = pair(context.ints('strides'), channelsLast);
  const dilations = pair(context.ints('dilations'), channelsLast);
  const explicit = context.ints('explicit_paddings');
  const sides = ([0, 1] as const).map((at) => {
    const [small, big] = at === 0 ? [input.height, bigHeight] : [input.width, bigWidth];
    if (!isNumber(small) || !isNumber(big))
      throw context.fail('the size of its picture is not known beforehand');
    const full = (small - 1) * strides[at] + ((at === 0 ? height : width) - 1) * dilations[at] + 1;
    const axis = channelsLast ? 1 + at : 2 + at;
    const total =
      context.text('padding') === 'SAME'
        ? Math.max(full - big, 0)
        : (explicit[2 * axis] ?? 0) + (explicit[2 * axis + 1] ?? 0);
    const before = context.text('padding') === 'SAME' ? Math.floor(total / 2) : (explicit[2 * axis] ?? 0);
    const extra = big - (full - total);
    if (extra < 0 || extra >= Math.max(strides[at], dilations[at]))
      throw context.fail('its output size does not fit its padding');
    return { big, before, after: total - before, extra };
  });
  const [rows, columns] = sides;
  if (rows === undefined || columns === undefined) throw context.fail('it has no window');
  const batch = value.shape[0] ?? null;
  const result = laidOut(context, batch, { height: rows.big, width: columns.big, channels: outer });
  return product(context, kernel, [3, 2, 0, 1], result, {
    operation: 'ConvTranspose',
    input: inputOf(context, value),
    outputAxis: 1,
    attributes: {
      kernel_shape: { ints: [height, width] },
      strides: { ints: strides },
      dilations: { ints: dilations },
      pads: { ints: [rows.before, columns.before, rows.after, columns.after] },
      output_padding: { ints: [rows.extra, columns.extra] },
    },
  });
};

export function pooling(operation: 'MaxPool' | 'AveragePool'): Lower {
  return (context) => {
    const value = context.input(0);
    const input = spatial(value, context.channelsLast);
    const window = {
      kernel: pair(context.ints('ksize'), context.channelsLast),
      strides: pair(context.ints('strides'), context.channelsLast),
      dilations: [1, 1],
    } as const;
    const { attributes, ...out } = padded(context, input, window);
    const result = laidOut(context, value.shape[0] ?? null, { ...out, channels: input.channels });
    return context.builder.value(operation, [inputOf(context, value)], result, attributes);
  };
}

export const matrixProduct: Lower = (context) => {
  const [a, b] = [context.input(0), context.input(1)];
  const [flipA, flipB] = [context.flag('transpose_a'), context.flag('transpose_b')];
  const { builder } = context;
  const left = flipA
    ? builder.node('Transpose', [builder.plain(a)], { perm: { ints: [1, 0] } })
    : builder.plain(a);
  const rows = a.shape[flipA ? 1 : 0] ?? null;
  const columns = b.shape[flipB ? 0 : 1] ?? null;
  const result = { element: 'float', shape: [rows, columns], order: 'plain' } as const;
  if (isKnown(b) && b.data instanceof Float32Array) {
    const kernel = flipB ? transposed(b, [1, 0]) : b;
    if (kernel.data instanceof Float32Array)
      return {
        ...result,
        pending: {
          operation: 'Gemm',
          input: left,
          kernel: kernel.data,
          kernelShape: kernel.shape,
          outputAxis: 1,
          bias: undefined,
          attributes: {},
          channelAxis: 1,
        },
      };
  }
  const right = flipB
    ? builder.node('Transpose', [builder.plain(b)], { perm: { ints: [1, 0] } })
    : builder.plain(b);
  return builder.value('MatMul', [left, right], result);
};
