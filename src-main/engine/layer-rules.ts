/**
 * The layers that are loaded, as a table: for each class the shape it gives and the weights it has. Shapes are without
 * the batch dimension and channels last, e.g. [height, width, channels]. A class that is not here is not loaded: a
 * file can neither name code nor ask for memory that its own weights do not account for.
 */
import {
  axesField,
  bordersField,
  isSame,
  pairField,
  requirePadding,
  sizeField,
  word,
  type Fail,
} from './layer-fields';
import type { Json, JsonObject } from './store/strict-json';
import type { Shape } from './topology';

export interface Inferred {
  readonly shape: Shape;
  readonly weights: Readonly<Record<string, Shape>>;
}

export interface LayerRule {
  /** Takes several inputs. */
  readonly many: boolean;
  readonly infer: (config: JsonObject, inputs: readonly Shape[], fail: Fail) => Inferred;
}

export function layerRule(className: string): LayerRule | undefined {
  return RULES.get(className);
}

// ---- the table of what each class gives --------------------------------------------------------------------------------------

function picture(
  config: JsonObject,
  inputs: readonly Shape[],
  fail: Fail,
): readonly [number, number, number] {
  const [height, width, channels] = inputs[0] ?? [];
  if (inputs[0]?.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw fail('it takes [height, width, channels] and is given another shape');
  }
  if (!['', 'channelslast'].includes(word(config['data_format']))) throw fail('only channels_last is loaded');
  return [height, width, channels];
}

const given = (config: JsonObject, key: string): boolean => config[key] !== false;
const product = (shape: Shape): number => shape.reduce((total, size) => total * size, 1);

// ---- the table ------------------------------------------------------------------------------------------------------------

type Infer = LayerRule['infer'];

const unchanged: Infer = (_config, [shape = []]) => ({ shape, weights: {} });

/** Output length of a convolution or pooling along one axis. */
const convolved = (size: number, window: number, stride: number, same: boolean): number =>
  same ? Math.ceil(size / stride) : Math.ceil((size - window + 1) / stride);

const dense: Infer = (config, [shape = []], fail) => {
  const units = sizeField(config, 'units', fail);
  const from = shape.at(-1);
  if (from === undefined) throw fail('it takes at least one dimension');
  const bias = given(config, 'use_bias') ? { bias: [units] } : {};
  return { shape: [...shape.slice(0, -1), units], weights: { kernel: [from, units], ...bias } };
};

function convolution(kind: 'full' | 'depthwise' | 'separable'): Infer {
  return (config, inputs, fail) => {
    requirePadding(config, fail);
    const [height, width, channels] = picture(config, inputs, fail);
    const kernel = pairField(config, 'kernel_size', fail);
    const strides = pairField(config, 'strides', fail, 1);
    const dilation = pairField(config, 'dilation_rate', fail, 1);
    const multiplier =
      kind === 'full' ? 1 : sizeField({ depth_multiplier: 1, ...config }, 'depth_multiplier', fail);
    const filters = kind === 'depthwise' ? channels * multiplier : sizeField(config, 'filters', fail);
    const along = (size: number, axis: 0 | 1): number =>
      convolved(size, (kernel[axis] - 1) * dilation[axis] + 1, strides[axis], isSame(config));
    const perChannel = { depthwise_kernel: [...kernel, channels, multiplier] };
    const groups = kind === 'full' ? sizeField({ groups: 1, ...config }, 'groups', fail) : 1;
    if (channels % groups !== 0 || filters % groups !== 0)
      throw fail(`its ${groups} groups do not divide ${channels} channels into ${filters}`);
    const kernels =
      kind === 'full'
        ? { kernel: [...kernel, channels / groups, filters] }
        : kind === 'depthwise'
          ? perChannel
          : { ...perChannel, pointwise_kernel: [1, 1, channels * multiplier, filters] };
    const bias = given(config, 'use_bias') ? { bias: [filters] } : {};
    return { shape: [along(height, 0), along(width, 1), filters], weights: { ...kernels, ...bias } };
  };
}

const transposedConvolution: Infer = (config, inputs, fail) => {
  requirePadding(config, fail);
  const [height, width, channels] = picture(config, inputs, fail);
  const kernel = pairField(config, 'kernel_size', fail);
  const { sizes } = transposedGeometry(config, [height, width], fail);
  const filters = sizeField(config, 'filters', fail);
  const bias = given(config, 'use_bias') ? { bias: [filters] } : {};
  return { shape: [...sizes, filters], weights: { kernel: [...kernel, filters, channels], ...bias } };
};

export interface TransposedGeometry {
  /** Rows and columns of the output. */
  readonly sizes: readonly [number, number];
  /** Taken off before and behind along each axis. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  /** Left empty behind the last pixel: it gets nothing but the bias. */
  readonly behind: readonly [number, number];
}

/**
 * A transposed convolution is the gradient of a convolution, whose padding is that of the larger picture. Keras gives the
 * output length by `output_padding` (deconv_output_length), and TensorFlow then finds the padding from both lengths.
 */
export function transposedGeometry(
  config: JsonObject,
  input: readonly [number, number],
  fail: Fail,
): TransposedGeometry {
  const kernel = pairField(config, 'kernel_size', fail);
  const strides = pairField(config, 'strides', fail, 1);
  const dilation = pairField(config, 'dilation_rate', fail, 1);
  const extra = config['output_padding'];
  const [rows, columns] = Array.isArray(extra) ? (extra as readonly Json[]) : [extra, extra];
  const along = (axis: 0 | 1, padding: Json | undefined) => {
    const [stride, size] = [strides[axis], input[axis]];
    const window = (kernel[axis] - 1) * dilation[axis] + 1;
    const same = isSame(config);
    const whole = (size - 1) * stride + window;
    let length = size * stride + (same ? 0 : Math.max(window - stride, 0));
    if (padding !== undefined && padding !== null) {
      if (!Number.isSafeInteger(padding) || (padding as number) < 0 || (padding as number) >= stride)
        throw fail(`its output_padding ${JSON.stringify(padding)} is not a whole number below its stride`);
      length = whole - (same ? 2 * Math.floor(window / 2) : 0) + (padding as number);
      const shrunk = same ? Math.ceil(length / stride) : Math.ceil((length - window + 1) / stride);
      if (shrunk !== size) throw fail(`its output_padding ${padding as number} does not fit its stride`);
    }
    const total = same ? Math.max(whole - length, 0) : 0;
    const before = Math.floor(total / 2);
    return { length, before, after: total - before, behind: Math.max(length - whole, 0) };
  };
  const vertical = along(0, rows);
  const horizontal = along(1, columns);
  return {
    sizes: [vertical.length, horizontal.length],
    before: [vertical.before, horizontal.before],
    after: [vertical.after, horizontal.after],
    behind: [vertical.behind, horizontal.behind],
  };
}

const pooling: Infer = (config, inputs, fail) => {
  requirePadding(config, fail);
  const [height, width, channels] = picture(config, inputs, fail);
  const window = pairField(config, 'pool_size', fail, 2);
  const strides =
    config['strides'] === null ? window : pairField({ strides: [...window], ...config }, 'strides', fail);
  const along = (size: number, axis: 0 | 1): number =>
    convolved(size, window[axis], strides[axis], isSame(config));
  return { shape: [along(height, 0), along(width, 1), channels], weights: {} };
};

const globalPooling: Infer = (config, inputs, fail) => ({
  shape: [picture(config, inputs, fail)[2]],
  weights: {},
});

const upSampling: Infer = (config, inputs, fail) => {
  const [height, width, channels] = picture(config, inputs, fail);
  const [rows, columns] = pairField(config, 'size', fail, 2);
  return { shape: [height * rows, width * columns, channels], weights: {} };
};

function bordered(key: 'padding' | 'cropping', sign: 1 | -1): Infer {
  return (config, inputs, fail) => {
    const [height, width, channels] = picture(config, inputs, fail);
    const [top, bottom, left, right] = bordersField(config, key, fail);
    return { shape: [height + sign * (top + bottom), width + sign * (left + right), channels], weights: {} };
  };
}

const reshape: Infer = (config, [shape = []], fail) => {
  const target = config['target_shape'];
  if (!Array.isArray(target)) throw fail('its target_shape is not a list');
  const sizes = (target as readonly Json[]).map((size) =>
    size === -1 || size === null ? -1 : sizeField({ size }, 'size', fail),
  );
  const known = product(sizes.filter((size) => size !== -1));
  const filled = sizes.map((size) => (size === -1 ? product(shape) / known : size));
  if (product(filled) !== product(shape))
    throw fail(`${product(shape)} values cannot be given the shape ${JSON.stringify(target)}`);
  return { shape: filled, weights: {} };
};

const scaleAndShift = (config: JsonObject, size: Shape): Record<string, Shape> => ({
  ...(given(config, 'scale') ? { gamma: size } : {}),
  ...(given(config, 'center') ? { beta: size } : {}),
});

/** One number per place along one axis, usually the channels. */
const batchNormalisation: Infer = (config, [shape = []], fail) => {
  const [axis = 0, ...more] = axesField(config, 'axis', shape.length, fail);
  if (more.length > 0) throw fail('it normalises over several axes');
  const size = [shape[axis] ?? 1];
  return { shape, weights: { ...scaleAndShift(config, size), moving_mean: size, moving_variance: size } };
};

const layerNormalisation: Infer = (config, [shape = []], fail) => {
  const axes = axesField(config, 'axis', shape.length, fail);
  if (axes.some((axis, at) => axis !== shape.length - axes.length + at))
    throw fail('it normalises over other axes than the last ones');
  return { shape, weights: scaleAndShift(config, shape.slice(shape.length - axes.length)) };
};

/** Wu and He 2018; with a group for each channel it is instance normalisation (Ulyanov et al. 2016). */
const groupNormalisation: Infer = (config, [shape = []], fail) => {
  const channels = shape.at(-1) ?? 1;
  const groups = groupsOf(config, channels, fail);
  if (channels % groups !== 0) throw fail(`its ${groups} groups do not divide ${channels} channels`);
  return { shape, weights: scaleAndShift(config, [channels]) };
};

/** -1 stands for a group for each channel. */
export const groupsOf = (config: JsonObject, channels: number, fail: Fail): number =>
  config['groups'] === -1 ? channels : sizeField({ groups: 32, ...config }, 'groups', fail);

const permute: Infer = (config, [shape = []], fail) => {
  const dims = config['dims'];
  const axes = Array.isArray(dims) ? (dims as readonly Json[]).map(Number) : [];
  if (axes.length !== shape.length || axes.toSorted((a, b) => a - b).some((axis, at) => axis !== at + 1))
    throw fail(`its dims ${JSON.stringify(dims)} are not the axes of its input in another order`);
  return { shape: axes.map((axis) => shape[axis - 1] ?? 1), weights: {} };
};

const repeat: Infer = (config, [shape = []], fail) => {
  if (shape.length !== 1) throw fail('it takes a vector and is given another shape');
  return { shape: [sizeField(config, 'n', fail), ...shape], weights: {} };
};

const embedding: Infer = (config, [shape = []], fail) => {
  const size = sizeField(config, 'output_dim', fail);
  return { shape: [...shape, size], weights: { embeddings: [sizeField(config, 'input_dim', fail), size] } };
};

/** Channels become pixels, as tf.nn.depth_to_space has it (Shi et al. 2016, in another order of the channels). */
const depthToSpace: Infer = (config, inputs, fail) => {
  const [height, width, channels] = picture(config, inputs, fail);
  const block = sizeField(config, 'block_size', fail);
  if (channels % (block * block) !== 0)
    throw fail(`${channels} channels cannot become ${block} x ${block} pixels`);
  return { shape: [height * block, width * block, channels / (block * block)], weights: {} };
};

const resizing: Infer = (config, inputs, fail) => {
  const [, , channels] = picture(config, inputs, fail);
  if (!['nearest', 'bilinear'].includes(word(config['interpolation'])))
    throw fail(
      `its interpolation ${JSON.stringify(config['interpolation'])} is neither nearest nor bilinear`,
    );
  return {
    shape: [sizeField(config, 'height', fail), sizeField(config, 'width', fail), channels],
    weights: {},
  };
};

/** A part of one axis, which stays. */
const slice: Infer = (config, [shape = []], fail) => {
  const { axis, start, stop } = sliceOf(config, shape, fail);
  return { shape: shape.map((size, at) => (at === axis ? stop - start : size)), weights: {} };
};

export function sliceOf(
  config: JsonObject,
  shape: Shape,
  fail: Fail,
): { readonly axis: number; readonly start: number; readonly stop: number } {
  const [axis = 0] = axesField(config, 'axis', shape.length, fail);
  const { start, stop } = config;
  const size = shape[axis] ?? 0;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(stop))
    throw fail('it does not say from where to where it takes');
  if ((start as number) < 0 || (stop as number) > size || (start as number) >= (stop as number))
    throw fail(`it takes ${start as number} to ${stop as number} of ${size}`);
  return { axis, start: start as number, stop: stop as number };
}

const reduction: Infer = (config, [shape = []], fail) => {
  const axes = new Set(axesField(config, 'axis', shape.length, fail));
  if (!['mean', 'sum', 'max', 'min'].includes(word(config['operation'])))
    throw fail(`its operation ${JSON.stringify(config['operation'])} is not loaded`);
  return {
    shape:
      config['keepdims'] === true
        ? shape.map((size, axis) => (axes.has(axis) ? 1 : size))
        : shape.filter((_, axis) => !axes.has(axis)),
    weights: {},
  };
};

const pointwise: Infer = (config, [shape = []], fail) => {
  pointwiseValue(config, shape, fail);
  return { shape, weights: {} };
};

/** The constant of an operation that takes one: a number, or one for each channel. */
export function pointwiseValue(config: JsonObject, shape: Shape, fail: Fail): readonly number[] | undefined {
  const operation = config['operation'];
  const takes = typeof operation === 'string' ? POINTWISE.get(operation) : undefined;
  if (takes === undefined) throw fail(`its operation ${JSON.stringify(operation)} is not loaded`);
  if (takes === 'nothing') return undefined;
  const value = config['value'];
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (!values.every((each): each is number => typeof each === 'number' && Number.isFinite(each)))
    throw fail(`its value ${(JSON.stringify(value) ?? 'is missing').slice(0, 60)} is not a finite number`);
  if (values.length !== 1 && values.length !== shape.at(-1))
    throw fail(`it has ${values.length} values for ${shape.at(-1) ?? 1} channels`);
  return values;
}

/** Operations on each number by itself, and whether they take a constant. The reversed ones have it on their left. */
export const POINTWISE: ReadonlyMap<string, 'nothing' | 'value'> = new Map([
  ...['exp', 'log', 'sqrt', 'rsqrt', 'square', 'abs', 'negative', 'sin', 'cos', 'reciprocal'].map(
    (name) => [name, 'nothing'] as const,
  ),
  ...['log-sigmoid', 'hard-sigmoid-6', 'hard-swish', 'tanh-shrink', 'gelu-tanh', 'squareplus'].map(
    (name) => [name, 'nothing'] as const,
  ),
  ...['add', 'subtract', 'reversed-subtract', 'multiply', 'divide', 'reversed-divide', 'power'].map(
    (name) => [name, 'value'] as const,
  ),
  ...['maximum', 'minimum', 'celu'].map((name) => [name, 'value'] as const),
]);

const parametricRelu: Infer = (config, [shape = []]) => {
  const axes = config['shared_axes'];
  const shared = new Set(Array.isArray(axes) ? (axes as readonly Json[]) : axes == null ? [] : [axes]);
  return { shape, weights: { alpha: shape.map((size, axis) => (shared.has(axis + 1) ? 1 : size)) } };
};

/** Sizes of 1 are stretched to the others', as in a noise or a style that is added to a picture. */
const merge: Infer = (_config, inputs, fail) => {
  const [first = []] = inputs;
  if (inputs.some((other) => other.length !== first.length)) throw fail('its inputs have different shapes');
  const shape = first.map((_, axis) => Math.max(...inputs.map((input) => input[axis] ?? 1)));
  if (inputs.some((input) => input.some((size, axis) => size !== 1 && size !== shape[axis])))
    throw fail('its inputs have different shapes');
  return { shape, weights: {} };
};

const difference: Infer = (config, inputs, fail) => {
  if (inputs.length !== 2) throw fail(`it takes two inputs and is given ${inputs.length}`);
  return merge(config, inputs, fail);
};

const concatenate: Infer = (config, inputs, fail) => {
  const [first = []] = inputs;
  const axis = concatenationAxis(config, first.length, fail);
  const others = (shape: Shape): string => shape.filter((_, at) => at !== axis).join();
  if (inputs.some((shape) => shape.length !== first.length || others(shape) !== others(first))) {
    throw fail('its inputs do not fit together');
  }
  return {
    shape: first.map((size, at) =>
      at === axis ? inputs.reduce((sum, shape) => sum + (shape[at] ?? 0), 0) : size,
    ),
    weights: {},
  };
};

/** The axis without the batch dimension; the file counts it with the batch, or from the end. */
export function concatenationAxis(config: JsonObject, rank: number, fail: Fail): number {
  const axis = config['axis'] ?? -1;
  const position = typeof axis === 'number' && axis < 0 ? rank + axis : Number(axis) - 1;
  if (!Number.isInteger(position) || position < 0 || position >= rank)
    throw fail('its axis is not one of its inputs');
  return position;
}

const one = (infer: Infer): LayerRule => ({ many: false, infer });
const several = (infer: Infer): LayerRule => ({ many: true, infer });

const RULES: ReadonlyMap<string, LayerRule> = new Map([
  ['Dense', one(dense)],
  ['Conv2D', one(convolution('full'))],
  ['DepthwiseConv2D', one(convolution('depthwise'))],
  ['SeparableConv2D', one(convolution('separable'))],
  ['Conv2DTranspose', one(transposedConvolution)],
  // Two that TensorFlow.js lacks: groups; output_padding and dilation.
  ['GroupedConv2D', one(convolution('full'))],
  ['PaddedConv2DTranspose', one(transposedConvolution)],
  ['MaxPooling2D', one(pooling)],
  ['AveragePooling2D', one(pooling)],
  ['GlobalAveragePooling2D', one(globalPooling)],
  ['GlobalMaxPooling2D', one(globalPooling)],
  ['UpSampling2D', one(upSampling)],
  ['ZeroPadding2D', one(bordered('padding', 1))],
  ['Cropping2D', one(bordered('cropping', -1))],
  ['Flatten', one((_config, [shape = []]) => ({ shape: [product(shape)], weights: {} }))],
  ['Reshape', one(reshape)],
  ['BatchNormalization', one(batchNormalisation)],
  ['LayerNormalization', one(layerNormalisation)],
  ['GroupNormalization', one(groupNormalisation)],
  ['PixelNormalization', one(unchanged)],
  ['UnitNormalization', one(unchanged)],
  ['Permute', one(permute)],
  ['RepeatVector', one(repeat)],
  ['Embedding', one(embedding)],
  ['DepthToSpace', one(depthToSpace)],
  ['Resize', one(resizing)],
  ['Slice', one(slice)],
  ['Reduce', one(reduction)],
  ['Pointwise', one(pointwise)],
  ['Activation', one(unchanged)],
  ['ReLU', one(unchanged)],
  ['LeakyReLU', one(unchanged)],
  ['ELU', one(unchanged)],
  ['Softmax', one(unchanged)],
  ['PReLU', one(parametricRelu)],
  ['Dropout', one(unchanged)],
  ['SpatialDropout2D', one(unchanged)],
  ['GaussianNoise', one(unchanged)],
  ['GaussianDropout', one(unchanged)],
  ['AlphaDropout', one(unchanged)],
  ['Concatenate', several(concatenate)],
  ['Add', several(merge)],
  ['Multiply', several(merge)],
  ['Average', several(merge)],
  ['Maximum', several(merge)],
  ['Minimum', several(merge)],
  ['Subtract', several(difference)],
  ['Divide', several(difference)],
]);
