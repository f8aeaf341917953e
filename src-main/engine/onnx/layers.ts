/**
 * Each tf.layers class in ONNX operations. A layer gets its inputs as values that know how they lie in memory and gives
 * one back; what is expensive (turning pictures around) happens only in `toPlain` and `toChannelsFirst`.
 */
import { bordersField, concatenationAxis, isSame, pairField, word } from '../layer-rules';
import type { Weight } from '../network-file';
import type { Call, Shape } from '../topology';
import { ACTIVATIONS, clip, elu, leakyRelu } from './activations';
import {
  channelsFirst,
  channelsFirstOrder,
  isTrivialOrder,
  permuteAxes,
  pictureOf,
  PLAIN,
  type GraphBuilder,
  type Picture,
  type Value,
} from './values';

export interface LayerContext {
  readonly graph: GraphBuilder;
  readonly call: Call;
  readonly inputs: readonly Value[];
  readonly weight: (name: string) => Weight | undefined;
  /** The picture into which the output is going to be reshaped, if nothing else reads it on the way. */
  readonly becomes: Picture | undefined;
  readonly fail: (cause: string) => Error;
}

type Lower = (context: LayerContext) => Value;

export const LOWERINGS: ReadonlyMap<string, Lower> = new Map<string, Lower>([
  ['Dense', dense],
  ['Conv2D', convolution],
  ['DepthwiseConv2D', depthwiseConvolution],
  ['SeparableConv2D', separableConvolution],
  ['Conv2DTranspose', transposedConvolution],
  ['MaxPooling2D', pooling('MaxPool')],
  ['AveragePooling2D', pooling('AveragePool')],
  ['GlobalMaxPooling2D', globalPooling('GlobalMaxPool')],
  ['GlobalAveragePooling2D', globalPooling('GlobalAveragePool')],
  ['UpSampling2D', upSampling],
  ['ZeroPadding2D', zeroPadding],
  ['Cropping2D', cropping],
  ['Flatten', flatten],
  ['Reshape', reshape],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['Activation', (context) => activate(context, only(context), word(context.call.config['activation']))],
  ['Softmax', softmaxLayer],
  ['ReLU', (context) => elementwise(context, clip(0, numberField(context, 'max_value', undefined)))],
  ['LeakyReLU', (context) => elementwise(context, leakyRelu(numberField(context, 'alpha', 0.3)))],
  ['ELU', (context) => elementwise(context, elu(numberField(context, 'alpha', 1)))],
  ['PReLU', parametricRelu],
  ['Concatenate', concatenate],
  ['Add', merge('Sum')],
  ['Average', merge('Mean')],
  ['Maximum', merge('Max')],
  ['Minimum', merge('Min')],
  ['Multiply', multiply],
  ...['Dropout', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'].map(
    (name): [string, Lower] => [name, only], // only training is disturbed
  ),
]);

/** Layers through which a dense layer's output may pass in another order. */
export const ORDER_BLIND: ReadonlySet<string> = new Set([
  ...['Activation', 'ReLU', 'LeakyReLU', 'ELU', 'BatchNormalization'],
  ...['Dropout', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
]);

// ---- small things ---------------------------------------------------------------------------------------------------------

function only({ inputs, fail }: LayerContext): Value {
  const [value] = inputs;
  if (value === undefined) throw fail('it reads nothing');
  return value;
}

function required({ weight, fail }: LayerContext, name: string): Weight {
  const found = weight(name);
  if (found === undefined) throw fail(`its ${name} is missing`);
  return found;
}

function numberField<T>({ call, fail }: LayerContext, key: string, otherwise: T): number | T {
  const value = call.config[key] ?? otherwise;
  if (typeof value === 'number' && !Number.isFinite(value)) throw fail(`its ${key} is not finite`);
  return typeof value === 'number' ? value : otherwise;
}

function elementwise(context: LayerContext, emit: (graph: GraphBuilder, x: string) => string): Value {
  const value = only(context);
  return { ...value, name: emit(context.graph, value.name) };
}

/** The `activation` of a layer, on the value that the layer computed. */
function activate(context: LayerContext, value: Value, name: string): Value {
  const { graph, fail } = context;
  if (name === 'softmax') return softmax(graph, value);
  const emit = ACTIVATIONS.get(name === '' ? 'linear' : name);
  if (emit === undefined) throw fail(`its activation ${name} is not translated`);
  return { ...value, name: emit(graph, value.name) };
}

const activated = (context: LayerContext, value: Value): Value =>
  activate(context, value, word(context.call.config['activation']));

/** Over the channels, wherever they stand. */
function softmax(graph: GraphBuilder, value: Value): Value {
  const ordered = value.stored.kind === 'flat' ? graph.toPlain(value) : value;
  const axis = ordered.stored.kind === 'channels-first' ? 1 : ordered.shape.length;
  return { ...ordered, name: graph.node('Softmax', [ordered.name], { axis: { int: axis } }) };
}

function softmaxLayer(context: LayerContext): Value {
  const value = only(context);
  const axis = numberField(context, 'axis', -1);
  if (axis !== -1 && axis !== value.shape.length)
    throw context.fail('it runs over another axis than the last');
  return softmax(context.graph, value);
}

const reorder = (data: Float32Array, order: Int32Array): Float32Array =>
  Float32Array.from(order, (from) => data[from] ?? 0);

// ---- dense, flatten, reshape ------------------------------------------------------------------------------------------------

function dense(context: LayerContext): Value {
  const { graph, call, becomes, weight } = context;
  const kernel = required(context, 'kernel');
  const bias = weight('bias');
  const value = only(context);
  if (value.shape.length > 1) {
    const plain = graph.toPlain(value);
    const product = graph.node('MatMul', [plain.name, graph.floats(kernel.data, kernel.shape)]);
    const sum =
      bias === undefined ? product : graph.node('Add', [product, graph.floats(bias.data, bias.shape)]);
    return activated(context, { name: sum, shape: call.shape, stored: PLAIN });
  }
  const [from = 0, units = 0] = kernel.shape;
  let matrix = kernel.data; // [from, units]
  if (value.stored.kind === 'flat') {
    const rows = channelsFirstOrder(value.stored.of);
    matrix = new Float32Array(matrix.length);
    rows.forEach((row, to) => matrix.set(kernel.data.subarray(row * units, (row + 1) * units), to * units));
  }
  let offsets = bias?.data;
  // A softmax must see the units in their own order.
  const turned = becomes !== undefined && word(call.config['activation']) !== 'softmax' ? becomes : undefined;
  if (turned !== undefined) {
    const columns = channelsFirstOrder(turned);
    const before = matrix;
    matrix = new Float32Array(before.length);
    for (let row = 0; row < from; row++) {
      matrix.set(reorder(before.subarray(row * units, (row + 1) * units), columns), row * units);
    }
    offsets = offsets && reorder(offsets, columns);
  }
  const inputs = [value.name, graph.floats(matrix, [from, units])];
  const name = graph.node(
    'Gemm',
    offsets === undefined ? inputs : [...inputs, graph.floats(offsets, [units])],
  );
  const stored = turned === undefined ? PLAIN : ({ kind: 'flat', of: turned } as const);
  return activated(context, { name, shape: call.shape, stored });
}

function flatten(context: LayerContext): Value {
  const { graph, call } = context;
  const value = only(context);
  if (value.stored.kind === 'flat') return value;
  const picture = pictureOf(value.shape);
  const turned = value.stored.kind === 'channels-first' && !isTrivialOrder(picture);
  return {
    name: graph.reshape(value.name, call.shape),
    shape: call.shape,
    stored: turned ? { kind: 'flat', of: picture } : PLAIN,
  };
}

function reshape(context: LayerContext): Value {
  const { graph, call } = context;
  const value = only(context);
  const { stored } = value;
  if (stored.kind === 'flat' && stored.of.join() === call.shape.join()) {
    const [height, width, channels] = stored.of;
    return channelsFirst(graph.reshape(value.name, [channels, height, width]), call.shape);
  }
  if (value.shape.join() === call.shape.join()) return value;
  return { name: graph.reshape(graph.toPlain(value).name, call.shape), shape: call.shape, stored: PLAIN };
}

// ---- convolutions -----------------------------------------------------------------------------------------------------------

/**
 * [top, left, bottom, right]. TensorFlow's `same` gives ceil(size / stride) outputs and puts the odd pixel of padding
 * behind; ONNX has no name for that with every size, so the numbers are given.
 */
function paddings(
  context: LayerContext,
  window: readonly [number, number],
  strides: readonly [number, number],
): readonly number[] {
  if (!isSame(context.call.config)) return [0, 0, 0, 0];
  const [height, width] = pictureOf(only(context).shape);
  const [top, bottom] = samePadding(height, window[0], strides[0]);
  const [left, right] = samePadding(width, window[1], strides[1]);
  return [top, left, bottom, right];
}

function samePadding(size: number, window: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

function convolve(
  context: LayerContext,
  input: Value,
  kernel: string,
  groups: number,
  size: readonly [number, number],
): string {
  const { graph, call, weight, fail } = context;
  const strides = pairField(call.config, 'strides', fail, 1);
  const dilation = pairField(call.config, 'dilation_rate', fail, 1);
  const window = [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1] as const;
  const bias = call.className === 'SeparableConv2D' ? undefined : weight('bias');
  return graph.node(
    'Conv',
    [input.name, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])],
    {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      dilations: { ints: dilation },
      pads: { ints: paddings(context, window, strides) },
      group: { int: groups },
    },
  );
}

function convolution(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const { data, shape } = required(context, 'kernel'); // [rows, columns, in, out]
  const [rows = 1, columns = 1, from = 1, to = 1] = shape;
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [to, from, rows, columns]);
  const name = convolve(context, input, kernel, 1, pairField(call.config, 'kernel_size', fail));
  return activated(context, channelsFirst(name, call.shape));
}

/** Each channel has its own kernels: output channel = channel * multiplier + kernel. */
function depthwise(context: LayerContext): string {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const { data, shape } = required(context, 'depthwise_kernel'); // [rows, columns, in, multiplier]
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = shape;
  const kernel = graph.floats(permuteAxes(data, shape, [2, 3, 0, 1]), [
    channels * multiplier,
    1,
    rows,
    columns,
  ]);
  return convolve(context, input, kernel, channels, pairField(call.config, 'kernel_size', fail));
}

function depthwiseConvolution(context: LayerContext): Value {
  return activated(context, channelsFirst(depthwise(context), context.call.shape));
}

function separableConvolution(context: LayerContext): Value {
  const { graph, call, weight } = context;
  const inner = depthwise(context);
  const { data, shape } = required(context, 'pointwise_kernel'); // [1, 1, in * multiplier, out]
  const [, , from = 1, to = 1] = shape;
  const bias = weight('bias');
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [to, from, 1, 1]);
  const inputs = [inner, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])];
  return activated(
    context,
    channelsFirst(graph.node('Conv', inputs, { kernel_shape: { ints: [1, 1] } }), call.shape),
  );
}

/**
 * The gradient of a convolution: `same` undoes a `same` convolution of the larger picture, so that the padding is that of
 * the output. Where the kernel is smaller than the stride, the last pixels get nothing (output_padding).
 */
function transposedConvolution(context: LayerContext): Value {
  const { graph, call, weight, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const { data, shape } = required(context, 'kernel'); // [rows, columns, out, in]
  const [rows = 1, columns = 1, to = 1, from = 1] = shape;
  const strides = pairField(call.config, 'strides', fail, 1);
  const along = (kernel: number, stride: number) => {
    const total = isSame(call.config) ? Math.max(kernel - stride, 0) : 0;
    const before = Math.floor(total / 2);
    return { before, after: total - before, behind: Math.max(stride - kernel, 0) };
  };
  const vertical = along(rows, strides[0]);
  const horizontal = along(columns, strides[1]);
  const bias = weight('bias');
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [from, to, rows, columns]);
  const inputs = [input.name, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])];
  const name = graph.node('ConvTranspose', inputs, {
    kernel_shape: { ints: [rows, columns] },
    strides: { ints: strides },
    pads: { ints: [vertical.before, horizontal.before, vertical.after, horizontal.after] },
    output_padding: { ints: [vertical.behind, horizontal.behind] },
  });
  return activated(context, channelsFirst(name, call.shape));
}

// ---- pooling and resizing ---------------------------------------------------------------------------------------------------

function pooling(operation: 'MaxPool' | 'AveragePool'): Lower {
  return (context) => {
    const { graph, call, fail } = context;
    const input = graph.toChannelsFirst(only(context));
    const window = pairField(call.config, 'pool_size', fail, 2);
    const strides = call.config['strides'] == null ? window : pairField(call.config, 'strides', fail);
    const name = graph.node(operation, [input.name], {
      kernel_shape: { ints: window },
      strides: { ints: strides },
      pads: { ints: paddings(context, window, strides) },
    });
    return channelsFirst(name, call.shape);
  };
}

function globalPooling(operation: 'GlobalMaxPool' | 'GlobalAveragePool'): Lower {
  return (context) => {
    const { graph, call } = context;
    const pooled = graph.node(operation, [graph.toChannelsFirst(only(context)).name]);
    return { name: graph.reshape(pooled, call.shape), shape: call.shape, stored: PLAIN };
  };
}

/** TensorFlow.js samples at output / scale, without the half-pixel shift. */
function upSampling(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [rows, columns] = pairField(call.config, 'size', fail, 2);
  const interpolation = word(call.config['interpolation'] ?? 'nearest');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw fail(`its interpolation ${interpolation} is not translated`);
  const name = graph.node('Resize', [input.name, '', graph.floats([1, 1, rows, columns], [4])], {
    mode: { string: interpolation === 'nearest' ? 'nearest' : 'linear' },
    coordinate_transformation_mode: { string: 'asymmetric' },
    nearest_mode: { string: 'floor' },
  });
  return channelsFirst(name, call.shape);
}

function zeroPadding(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [top, bottom, left, right] = bordersField(call.config, 'padding', fail);
  return channelsFirst(
    graph.node('Pad', [input.name, graph.integers([0, 0, top, left, 0, 0, bottom, right])]),
    call.shape,
  );
}

function cropping(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [top, , left] = bordersField(call.config, 'cropping', fail);
  const [height, width] = pictureOf(call.shape);
  const ends = [top + height, left + width];
  const inputs = [[top, left], ends, [2, 3]].map((numbers) => graph.integers(numbers));
  return channelsFirst(graph.node('Slice', [input.name, ...inputs]), call.shape);
}

// ---- normalisation ----------------------------------------------------------------------------------------------------------

function batchNormalization(context: LayerContext): Value {
  const { graph, weight } = context;
  const value = only(context);
  const mean = required(context, 'moving_mean').data;
  const variance = required(context, 'moving_variance').data;
  const gamma = weight('gamma')?.data ?? mean.map(() => 1);
  const beta = weight('beta')?.data ?? mean.map(() => 0);
  const epsilon = numberField(context, 'epsilon', 1e-3);
  if (value.shape.length === 3) {
    const input = graph.toChannelsFirst(value);
    const parameters = [gamma, beta, mean, variance].map((data) => graph.floats(data, [data.length]));
    const name = graph.node('BatchNormalization', [input.name, ...parameters], {
      epsilon: { float: epsilon },
    });
    return { ...input, name };
  }
  const scale = gamma.map((factor, at) => factor / Math.sqrt((variance[at] ?? 0) + epsilon));
  const shift = beta.map((offset, at) => offset - (mean[at] ?? 0) * (scale[at] ?? 0));
  const order = value.stored.kind === 'flat' ? channelsFirstOrder(value.stored.of) : undefined;
  const constant = (data: Float32Array): string =>
    graph.floats(order === undefined ? data : reorder(data, order), [data.length]);
  const scaled = graph.node('Mul', [value.name, constant(scale)]);
  return { ...value, name: graph.node('Add', [scaled, constant(shift)]) };
}

function layerNormalization(context: LayerContext): Value {
  const { graph, weight, call } = context;
  const value = graph.toPlain(only(context));
  const size = call.shape.at(-1) ?? 1;
  const gamma = weight('gamma')?.data ?? new Float32Array(size).fill(1);
  const beta = weight('beta')?.data ?? new Float32Array(size);
  const inputs = [value.name, graph.floats(gamma, [size]), graph.floats(beta, [size])];
  const attributes = { axis: { int: -1 }, epsilon: { float: numberField(context, 'epsilon', 1e-3) } };
  return { ...value, name: graph.node('LayerNormalization', inputs, attributes) };
}

function parametricRelu(context: LayerContext): Value {
  const { graph } = context;
  const { data, shape } = required(context, 'alpha');
  const given = only(context);
  const value = given.stored.kind === 'flat' ? graph.toPlain(given) : given;
  const turned = value.stored.kind === 'channels-first';
  const axes = [2, 0, 1];
  const slopes = turned ? permuteAxes(data, shape, axes) : data;
  const slopeShape: Shape = turned ? axes.map((axis) => shape[axis] ?? 1) : shape;
  return { ...value, name: graph.node('PRelu', [value.name, graph.floats(slopes, slopeShape)]) };
}

// ---- layers that read several ------------------------------------------------------------------------------------------------

function merge(operation: 'Sum' | 'Mean' | 'Max' | 'Min'): Lower {
  return ({ graph, call, inputs }) => {
    const values = graph.alike(inputs);
    const name = graph.node(
      operation,
      values.map((value) => value.name),
    );
    return { name, shape: call.shape, stored: values[0]?.stored ?? PLAIN };
  };
}

function multiply({ graph, call, inputs }: LayerContext): Value {
  const values = graph.alike(inputs);
  const [first, ...others] = values.map((value) => value.name);
  const name = others.reduce((product, other) => graph.node('Mul', [product, other]), first ?? '');
  return { name, shape: call.shape, stored: values[0]?.stored ?? PLAIN };
}

function concatenate({ graph, call, inputs, fail }: LayerContext): Value {
  const values = graph.alike(inputs);
  const stored = values[0]?.stored ?? PLAIN;
  const logical = concatenationAxis(call.config, call.shape.length, fail);
  const axis = stored.kind === 'channels-first' ? [2, 3, 1][logical] : logical + 1;
  const names = values.map((value) => value.name);
  return { name: graph.node('Concat', names, { axis: { int: axis ?? 1 } }), shape: call.shape, stored };
}
