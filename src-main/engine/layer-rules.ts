/**
 * The layers that are loaded, as a table: for each class the shape it gives and the weights it has. Shapes are without
 * the batch dimension and channels last, e.g. [height, width, channels]. A class that is not here is not loaded: a
 * file can neither name code nor ask for memory that its own weights do not account for.
 */
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

export type Fail = (cause: string) => Error;

export function layerRule(className: string): LayerRule | undefined {
  return RULES.get(className);
}

// ---- reading config fields ------------------------------------------------------------------------------------------------

/** `channels_last` and `channelsLast` are the same word: TensorFlow.js and Keras spell it differently. */
export const word = (value: Json | undefined): string =>
  typeof value === 'string' ? value.toLowerCase().replaceAll('_', '') : '';

export function sizeField(config: JsonObject, key: string, fail: Fail): number {
  const value = config[key];
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > 2 ** 28) {
    throw fail(`its ${key} ${JSON.stringify(value) ?? 'is not given'} is not a positive whole number`);
  }
  return value as number;
}

/** [rows, columns], from a pair or from one number for both. */
export function pairField(
  config: JsonObject,
  key: string,
  fail: Fail,
  otherwise?: number,
): readonly [number, number] {
  const given = config[key] ?? otherwise;
  const [rows, columns] = Array.isArray(given) ? (given as readonly Json[]) : [given, given];
  return [sizeField({ [key]: rows ?? null }, key, fail), sizeField({ [key]: columns ?? null }, key, fail)];
}

/** [[top, bottom], [left, right]] of ZeroPadding2D and Cropping2D. */
export function bordersField(
  config: JsonObject,
  key: string,
  fail: Fail,
): readonly [number, number, number, number] {
  const given = config[key];
  const pairs = Array.isArray(given) ? (given as readonly Json[]) : [given, given];
  const sides = pairs.flatMap((pair) =>
    Array.isArray(pair) ? (pair as readonly Json[]) : [pair ?? null, pair ?? null],
  );
  if (
    sides.length !== 4 ||
    sides.some((side) => !Number.isSafeInteger(side) || Math.abs((side as number) - 32_768) > 32_768)
  ) {
    throw fail(`its ${key} ${JSON.stringify(given) ?? 'is not given'} is not two pairs of whole numbers`);
  }
  return sides as unknown as readonly [number, number, number, number];
}

export const isSame = (config: JsonObject): boolean => word(config['padding']) === 'same';

function requirePadding(config: JsonObject, fail: Fail): void {
  if (!['same', 'valid'].includes(word(config['padding'] ?? 'valid')))
    throw fail('its padding is neither same nor valid');
}

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
    const kernels =
      kind === 'full'
        ? { kernel: [...kernel, channels, filters] }
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
  const strides = pairField(config, 'strides', fail, 1);
  if (pairField(config, 'dilation_rate', fail, 1).some((rate) => rate !== 1))
    throw fail('dilation is not loaded here');
  const filters = sizeField(config, 'filters', fail);
  const along = (size: number, axis: 0 | 1): number =>
    size * strides[axis] + (isSame(config) ? 0 : Math.max(kernel[axis] - strides[axis], 0));
  const bias = given(config, 'use_bias') ? { bias: [filters] } : {};
  return {
    shape: [along(height, 0), along(width, 1), filters],
    weights: { kernel: [...kernel, filters, channels], ...bias },
  };
};

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

/** One number per channel: only the last axis is normalised over. */
function normalisation(running: boolean): Infer {
  return (config, [shape = []], fail) => {
    const listed = config['axis'] ?? -1;
    const [axis = -1, ...more] = Array.isArray(listed) ? (listed as readonly Json[]) : [listed];
    if (more.length > 0 || (axis !== -1 && axis !== shape.length))
      throw fail('it normalises over another axis than the last');
    const size = [shape.at(-1) ?? 1];
    return {
      shape,
      weights: {
        ...(given(config, 'scale') ? { gamma: size } : {}),
        ...(given(config, 'center') ? { beta: size } : {}),
        ...(running ? { moving_mean: size, moving_variance: size } : {}),
      },
    };
  };
}

const parametricRelu: Infer = (config, [shape = []]) => {
  const axes = config['shared_axes'];
  const shared = new Set(Array.isArray(axes) ? (axes as readonly Json[]) : axes == null ? [] : [axes]);
  return { shape, weights: { alpha: shape.map((size, axis) => (shared.has(axis + 1) ? 1 : size)) } };
};

const merge: Infer = (_config, inputs, fail) => {
  const [shape = []] = inputs;
  if (inputs.some((other) => other.join() !== shape.join())) throw fail('its inputs have different shapes');
  return { shape, weights: {} };
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
  ['MaxPooling2D', one(pooling)],
  ['AveragePooling2D', one(pooling)],
  ['GlobalAveragePooling2D', one(globalPooling)],
  ['GlobalMaxPooling2D', one(globalPooling)],
  ['UpSampling2D', one(upSampling)],
  ['ZeroPadding2D', one(bordered('padding', 1))],
  ['Cropping2D', one(bordered('cropping', -1))],
  ['Flatten', one((_config, [shape = []]) => ({ shape: [product(shape)], weights: {} }))],
  ['Reshape', one(reshape)],
  ['BatchNormalization', one(normalisation(true))],
  ['LayerNormalization', one(normalisation(false))],
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
]);
