/**
 * The layers of layer-rules.ts that TensorFlow.js has not, as tf.layers classes. Their shapes and weights come from the
 * same table that checks a file, so that the two cannot say different things. Nothing else is ever registered: a class
 * that a file names and that is not here is refused.
 */
import * as tf from '@tensorflow/tfjs';
import { axesField, pairField, sizeField, word, type Fail } from './layer-fields';
import { groupsOf, layerRule, pointwiseValue, sliceOf, transposedGeometry } from './layer-rules';
import type { Json, JsonObject } from './store/strict-json';
import type { Shape } from './topology';

type Weights = Readonly<Record<string, tf.Tensor>>;
/** `shape` is that of the (first) input without the batch. */
type Compute = (
  inputs: readonly tf.Tensor[],
  config: JsonObject,
  weights: Weights,
  shape: Shape,
) => tf.Tensor;

const fail: Fail = (cause) => new Error(cause); // the same check passed before TensorFlow.js saw the layer
const one = (inputs: readonly tf.Tensor[]): tf.Tensor => {
  const [input] = inputs;
  if (input === undefined) throw fail('it reads nothing');
  return input;
};
const withBatch = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
const numberOf = (value: Json | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

const POINTWISE: Readonly<Record<string, (x: tf.Tensor, value: tf.Tensor) => tf.Tensor>> = {
  exp: (x) => x.exp(),
  log: (x) => x.log(),
  sqrt: (x) => x.sqrt(),
  rsqrt: (x) => x.rsqrt(),
  square: (x) => x.square(),
  abs: (x) => x.abs(),
  negative: (x) => x.neg(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  reciprocal: (x) => x.reciprocal(),
  'log-sigmoid': (x) => x.neg().softplus().neg(),
  'hard-sigmoid-6': (x) => x.add(3).clipByValue(0, 6).div(6),
  'hard-swish': (x) => x.mul(x.add(3).clipByValue(0, 6).div(6)),
  'tanh-shrink': (x) => x.sub(x.tanh()),
  squareplus: (x) => x.square().add(4).sqrt().add(x).mul(0.5),
  'gelu-tanh': (x) =>
    x.mul(0.5).mul(
      x
        .pow(3)
        .mul(0.044715)
        .add(x)
        .mul(Math.sqrt(2 / Math.PI))
        .tanh()
        .add(1),
    ),
  add: (x, value) => x.add(value),
  subtract: (x, value) => x.sub(value),
  'reversed-subtract': (x, value) => tf.sub(value, x),
  multiply: (x, value) => x.mul(value),
  divide: (x, value) => x.div(value),
  'reversed-divide': (x, value) => tf.div(value, x),
  power: (x, value) => x.pow(value),
  maximum: (x, value) => x.maximum(value),
  minimum: (x, value) => x.minimum(value),
  celu: (x, value) => tf.add(x.relu(), tf.minimum(0, x.div(value).expm1().mul(value))),
};

function scaled(x: tf.Tensor, { gamma, beta }: Weights): tf.Tensor {
  const grown = gamma === undefined ? x : x.mul(gamma);
  return beta === undefined ? grown : grown.add(beta);
}

const groupNormalization: Compute = (inputs, config, weights, shape) => {
  const x = one(inputs);
  const channels = shape.at(-1) ?? 1;
  const groups = groupsOf(config, channels, fail);
  const grouped = x.reshape([x.shape[0] ?? 1, -1, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normal = grouped.sub(mean).div(variance.add(numberOf(config['epsilon'], 1e-3)).sqrt());
  return scaled(normal.reshape(x.shape), weights);
};

const convolution: Compute = (inputs, config, { kernel, bias }) => {
  if (kernel === undefined) throw fail('its kernel is missing');
  const groups = sizeField({ groups: 1, ...config }, 'groups', fail);
  const padding = word(config['padding']) === 'same' ? 'same' : 'valid';
  const parts = tf.split(one(inputs), groups, 3) as tf.Tensor4D[];
  const kernels = tf.split(kernel, groups, 3) as tf.Tensor4D[];
  const strides = [...pairField(config, 'strides', fail, 1)] as [number, number];
  const dilation = [...pairField(config, 'dilation_rate', fail, 1)] as [number, number];
  const joined = tf.concat(
    parts.map((part, at) => tf.conv2d(part, kernels[at] as tf.Tensor4D, strides, padding, 'NHWC', dilation)),
    3,
  );
  return bias === undefined ? joined : joined.add(bias);
};

const transposedConvolution: Compute = (inputs, config, { kernel, bias }, [height = 1, width = 1]) => {
  const x = one(inputs) as tf.Tensor4D;
  if (kernel === undefined) throw fail('its kernel is missing');
  const { sizes } = transposedGeometry(config, [height, width], fail);
  const padding = word(config['padding']) === 'same' ? 'same' : 'valid';
  const wide = dilated(kernel as tf.Tensor4D, pairField(config, 'dilation_rate', fail, 1));
  const strides = [...pairField(config, 'strides', fail, 1)] as [number, number];
  const shape: [number, number, number, number] = [x.shape[0], ...sizes, kernel.shape[2] ?? 1];
  const result = tf.conv2dTranspose(x, wide, shape, strides, padding);
  return bias === undefined ? result : result.add(bias);
};

/** A dilated kernel is one with zeros between its numbers. */
function dilated(kernel: tf.Tensor4D, [vertical, horizontal]: readonly [number, number]): tf.Tensor4D {
  const [rows, columns, to, from] = kernel.shape;
  const spread = kernel
    .reshape([rows, 1, columns, 1, to * from])
    .pad([
      [0, 0],
      [0, vertical - 1],
      [0, 0],
      [0, horizontal - 1],
      [0, 0],
    ])
    .reshape([rows * vertical, columns * horizontal, to, from]);
  const end = [(rows - 1) * vertical + 1, (columns - 1) * horizontal + 1, to, from];
  return spread.slice([0, 0, 0, 0], end) as tf.Tensor4D;
}

const reduce: Compute = (inputs, config, _weights, shape) => {
  const axes = withBatch(axesField(config, 'axis', shape.length, fail));
  const keep = config['keepdims'] === true;
  const x = one(inputs);
  switch (word(config['operation'])) {
    case 'mean':
      return x.mean(axes, keep);
    case 'sum':
      return x.sum(axes, keep);
    case 'max':
      return x.max(axes, keep);
    default:
      return x.min(axes, keep);
  }
};

const COMPUTE: Readonly<Record<string, Compute>> = {
  GroupNormalization: groupNormalization,
  PixelNormalization: (inputs, config) => {
    const x = one(inputs);
    return x.div(x.square().mean(-1, true).add(numberOf(config['epsilon'], 1e-8)).sqrt());
  },
  UnitNormalization: (inputs) => {
    const x = one(inputs);
    return x.div(x.square().sum(-1, true).sqrt().maximum(1e-6));
  },
  DepthToSpace: (inputs, config) =>
    tf.depthToSpace(one(inputs) as tf.Tensor4D, sizeField(config, 'block_size', fail)),
  Resize: (inputs, config) => {
    const x = one(inputs) as tf.Tensor4D;
    const size: [number, number] = [sizeField(config, 'height', fail), sizeField(config, 'width', fail)];
    return word(config['interpolation']) === 'nearest'
      ? tf.image.resizeNearestNeighbor(x, size, false, true)
      : tf.image.resizeBilinear(x, size, false, true);
  },
  Slice: (inputs, config, _weights, shape) => {
    const { axis, start, stop } = sliceOf(config, shape, fail);
    const begin = [0, ...shape.map((_, at) => (at === axis ? start : 0))];
    return one(inputs).slice(begin, [-1, ...shape.map((size, at) => (at === axis ? stop - start : size))]);
  },
  Reduce: reduce,
  Pointwise: (inputs, config, _weights, shape) => {
    const operation = POINTWISE[typeof config['operation'] === 'string' ? config['operation'] : ''];
    if (operation === undefined) throw fail('its operation is not known');
    const values = pointwiseValue(config, shape, fail) ?? [0];
    return operation(one(inputs), values.length === 1 ? tf.scalar(values[0] ?? 0) : tf.tensor1d([...values]));
  },
  Subtract: ([a, b]) => tf.sub(a as tf.Tensor, b as tf.Tensor),
  Divide: ([a, b]) => tf.div(a as tf.Tensor, b as tf.Tensor),
  GroupedConv2D: convolution,
  PaddedConv2DTranspose: transposedConvolution,
};

/** Layers that stock TensorFlow.js does not load. */
export const CUSTOM_LAYERS: ReadonlySet<string> = new Set(Object.keys(COMPUTE));

let registered = false;

export function registerCustomLayers(): void {
  if (registered) return;
  registered = true;
  for (const [className, compute] of Object.entries(COMPUTE))
    tf.serialization.registerClass(defineLayer(className, compute));
}

function defineLayer(
  className: string,
  compute: Compute,
): tf.serialization.SerializableConstructor<tf.layers.Layer> {
  const rule = layerRule(className);
  if (rule === undefined) throw new Error(`${className} has no rule`);
  return class extends tf.layers.Layer {
    static readonly className = className;
    private readonly settings: JsonObject;
    private roles: readonly string[] = [];

    constructor(config: tf.serialization.ConfigDict) {
      super(config as ConstructorParameters<typeof tf.layers.Layer>[0]);
      this.settings = pythonic(config);
    }

    override build(inputShape: tf.Shape | tf.Shape[]): void {
      const { weights } = rule.infer(this.settings, shapesOf(inputShape), fail);
      this.roles = Object.keys(weights);
      for (const [role, shape] of Object.entries(weights))
        this.addWeight(role, [...shape], 'float32', tf.initializers.zeros());
      this.built = true;
    }

    override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
      return [null, ...rule.infer(this.settings, shapesOf(inputShape), fail).shape];
    }

    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.tidy(() => {
        const list = [inputs].flat();
        const weights = Object.fromEntries(this.roles.map((role, at) => [role, this.weights[at]!.read()]));
        return compute(list, this.settings, weights, (list[0]?.shape ?? []).slice(1));
      });
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.settings as tf.serialization.ConfigDict) };
    }
  };
}

function shapesOf(shape: tf.Shape | tf.Shape[]): readonly Shape[] {
  const shapes = Array.isArray(shape[0]) ? (shape as tf.Shape[]) : [shape as tf.Shape];
  return shapes.map((each) => each.slice(1).map((size) => size ?? 1));
}

/** TensorFlow.js hands a file's `block_size` over as `blockSize`. */
function pythonic(config: tf.serialization.ConfigDict): JsonObject {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as Json,
    ]),
  );
}
