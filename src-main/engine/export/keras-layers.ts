/**
 * Layers as Keras 3 writes them: which fields of a configuration it reads, and where it means something else by a word than
 * TensorFlow.js does. What is not here is refused by name. https://keras.io/api/layers
 */
import type { Json, JsonObject } from '../store/strict-json';

interface KerasLayer {
  /** Fields that mean the same and are taken over; what is absent is what Keras has as its default, too. */
  readonly fields: readonly string[];
  readonly change?: (config: JsonObject) => JsonObject;
}

const convolution = [
  'filters',
  'kernel_size',
  'strides',
  'padding',
  'data_format',
  'dilation_rate',
  'groups',
  'activation',
  'use_bias',
];
const pooling = ['pool_size', 'strides', 'padding', 'data_format'];
const nothing: KerasLayer = { fields: [] };

/** TensorFlow.js: alpha, 0.3 where not given, as Keras has it, under another name. */
const leaky = (config: JsonObject): JsonObject => ({
  negative_slope: config['negative_slope'] ?? config['alpha'] ?? 0.3,
});

export const KERAS_LAYERS: ReadonlyMap<string, KerasLayer> = new Map(
  Object.entries({
    Dense: { fields: ['units', 'activation', 'use_bias'] },
    Conv2D: { fields: convolution },
    Conv2DTranspose: { fields: [...convolution.filter((field) => field !== 'groups'), 'output_padding'] },
    DepthwiseConv2D: {
      fields: [...convolution.filter((field) => !['filters', 'groups'].includes(field)), 'depth_multiplier'],
    },
    SeparableConv2D: { fields: [...convolution.filter((field) => field !== 'groups'), 'depth_multiplier'] },
    Embedding: { fields: ['input_dim', 'output_dim'] },
    BatchNormalization: { fields: ['axis', 'momentum', 'epsilon', 'center', 'scale'], change: epsilon },
    LayerNormalization: { fields: ['axis', 'epsilon', 'center', 'scale'], change: epsilon },
    GroupNormalization: { fields: ['groups', 'axis', 'epsilon', 'center', 'scale'], change: epsilon },
    Activation: { fields: ['activation'] },
    ReLU: { fields: ['max_value', 'negative_slope', 'threshold'] },
    LeakyReLU: { fields: [], change: leaky },
    ELU: { fields: ['alpha'] },
    PReLU: { fields: ['shared_axes'] },
    Softmax: { fields: ['axis'] },
    Flatten: { fields: ['data_format'] },
    Reshape: { fields: ['target_shape'] },
    Permute: { fields: ['dims'] },
    RepeatVector: { fields: ['n'] },
    Dropout: { fields: ['rate'] },
    SpatialDropout2D: { fields: ['rate'] },
    GaussianNoise: { fields: ['stddev'] },
    ZeroPadding2D: { fields: ['padding', 'data_format'] },
    Cropping2D: { fields: ['cropping', 'data_format'] },
    UpSampling2D: { fields: ['size', 'data_format', 'interpolation'] },
    MaxPooling2D: { fields: pooling },
    AveragePooling2D: { fields: pooling },
    GlobalAveragePooling2D: { fields: ['data_format'] },
    GlobalMaxPooling2D: { fields: ['data_format'] },
    Add: nothing,
    Subtract: nothing,
    Multiply: nothing,
    Average: nothing,
    Maximum: nothing,
    Minimum: nothing,
    Concatenate: { fields: ['axis'] },
  }),
);

/** Written out, because 1e-3 is a default of one version and not of every layer. */
function epsilon(config: JsonObject): JsonObject {
  return { epsilon: config['epsilon'] ?? 1e-3 };
}

/** Words for functions that both mean alike; hard_sigmoid is another function in Keras 3. */
const ACTIVATIONS = new Set(
  'linear relu relu6 elu selu sigmoid tanh softplus softsign softmax swish silu gelu mish exponential'.split(
    ' ',
  ),
);
/** What Keras 3 calls them. */
const RENAMED: ReadonlyMap<string, string> = new Map([['swish', 'silu']]);

/** The layer's configuration in the words of Keras; a clause where there is none. */
export function kerasConfig(className: string, config: JsonObject): JsonObject | string {
  const layer = KERAS_LAYERS.get(className);
  if (layer === undefined) return `layers of class ${className} are not in Keras`;
  const activation = config['activation'];
  if (typeof activation === 'string' && !ACTIVATIONS.has(activation))
    return `its activation ${activation} is not in Keras, or is another function there`;
  const kept: Record<string, Json> = {};
  for (const field of layer.fields) {
    const value = config[field];
    if (value !== undefined && value !== null) kept[field] = value;
  }
  if (typeof activation === 'string' && 'activation' in kept)
    kept['activation'] = RENAMED.get(activation) ?? activation;
  return { ...kept, ...layer.change?.(config) };
}

/** In which order a layer of Keras keeps its weights: those that are trained first. */
export const WEIGHT_ORDER = [
  'depthwise_kernel',
  'pointwise_kernel',
  'kernel',
  'embeddings',
  'gamma',
  'beta',
  'alpha',
  'bias',
  'moving_mean',
  'moving_variance',
] as const;
