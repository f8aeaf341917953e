/**
 * Each layer class that is known, in our own words. Only the settings that a layer has are taken over, so that nothing
 * else of a file reaches TensorFlow.js. A class that is not here is refused by name.
 */
import { axesField, pairField, word } from '../../layer-fields';
import { isJsonObject, type JsonObject } from '../../store/strict-json';
import type { Ref } from './builder';
import {
  activation,
  elu,
  holdsCode,
  isChannelsFirst,
  leakyRelu,
  only,
  plain,
  pointwise,
  relu,
  reshaped,
  turned,
  unsupported,
  type Conversion,
  type Convert,
} from './conversion';

const ZEROS = { class_name: 'Zeros', config: {} } as const; // random numbers that are overwritten take long to draw

const pick = (config: JsonObject, ...keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));

const bias = (config: JsonObject): JsonObject => ({
  use_bias: config['use_bias'] !== false,
  bias_initializer: ZEROS,
});

/** A layer that slides over pictures, with the channels wherever the file has them. */
function overPicture(
  className: (config: JsonObject) => string,
  keys: readonly string[],
  extra: JsonObject,
  owns = true,
): Convert {
  return (conversion) => {
    const { config, weighted } = conversion;
    const settings = { ...pick(config, ...keys), ...extra, ...(owns ? bias(config) : {}) };
    const body = (input: Ref): Ref => {
      const result = owns
        ? weighted(className(config), settings, input)
        : plain(conversion, className(config), settings, [input]);
      return activation(conversion, config['activation'], result);
    };
    const input = only(conversion);
    return isChannelsFirst(config) ? turned(conversion, input, body) : body(input);
  };
}

const sliding = ['kernel_size', 'strides', 'padding', 'dilation_rate'] as const;
const KERNEL = { kernel_initializer: ZEROS } as const;

const convolution = overPicture(
  (config) => ((config['groups'] ?? 1) === 1 ? 'Conv2D' : 'GroupedConv2D'),
  ['filters', ...sliding, 'groups'],
  KERNEL,
);
const transposedConvolution = overPicture(
  (config) => {
    const dilated = [config['dilation_rate'] ?? 1].flat().some((rate) => rate !== 1);
    return (config['output_padding'] ?? null) === null && !dilated
      ? 'Conv2DTranspose'
      : 'PaddedConv2DTranspose';
  },
  ['filters', ...sliding, 'output_padding'],
  KERNEL,
);
const depthwise = overPicture(() => 'DepthwiseConv2D', [...sliding, 'depth_multiplier'], {
  depthwise_initializer: ZEROS,
});
const separable = overPicture(() => 'SeparableConv2D', ['filters', ...sliding, 'depth_multiplier'], {
  depthwise_initializer: ZEROS,
  pointwise_initializer: ZEROS,
});
const pooling = (name: string): Convert =>
  overPicture(() => name, ['pool_size', 'strides', 'padding'], {}, false);
const bordered = (name: string, key: string): Convert => overPicture(() => name, [key], {}, false);

function globalPooling(name: string): Convert {
  return (conversion) => {
    const { config } = conversion;
    const body = (input: Ref): Ref => {
      const pooled = plain(conversion, name, {}, [input]);
      return config['keepdims'] === true ? reshaped(conversion, pooled, [1, 1, ...pooled.shape]) : pooled;
    };
    return isChannelsFirst(config) ? turned(conversion, only(conversion), body) : body(only(conversion));
  };
}

/** Keras samples between the centres of pixels, TensorFlow.js does not. */
const upSampling: Convert = (conversion) => {
  const { config, dialect, fail } = conversion;
  const size = pairField(config, 'size', fail, 2);
  const interpolation = word(config['interpolation'] ?? 'nearest');
  const body = (input: Ref): Ref => {
    if (interpolation === 'nearest' || (interpolation === 'bilinear' && dialect === 'tfjs'))
      return plain(conversion, 'UpSampling2D', { size, interpolation }, [input]);
    if (interpolation !== 'bilinear') throw unsupported(conversion, `it interpolates by ${interpolation}`);
    const [height = 1, width = 1] = input.shape;
    return plain(conversion, 'Resize', { height: height * size[0], width: width * size[1], interpolation }, [
      input,
    ]);
  };
  return isChannelsFirst(config) ? turned(conversion, only(conversion), body) : body(only(conversion));
};

const resizing: Convert = (conversion) => {
  const { config } = conversion;
  const interpolation = word(config['interpolation'] ?? 'bilinear');
  const extras = ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias'].filter(
    (key) => config[key] === true,
  );
  if (extras.length > 0) throw unsupported(conversion, `it has ${extras.join(' and ')}`);
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw unsupported(conversion, `it interpolates by ${interpolation}`);
  const body = (input: Ref): Ref =>
    plain(conversion, 'Resize', { ...pick(config, 'height', 'width'), interpolation }, [input]);
  return isChannelsFirst(config) ? turned(conversion, only(conversion), body) : body(only(conversion));
};

const flatten: Convert = (conversion) => {
  const input = only(conversion);
  const first = isChannelsFirst(conversion.config) && input.shape.length === 3;
  const last = first ? plain(conversion, 'Permute', { dims: [2, 3, 1] }, [input], '_last') : input;
  return plain(conversion, 'Flatten', {}, [last]);
};

const norm = (config: JsonObject, epsilon: number): JsonObject => ({
  epsilon: typeof config['epsilon'] === 'number' ? config['epsilon'] : epsilon,
  center: config['center'] !== false,
  scale: config['scale'] !== false,
});

const batchNormalization: Convert = (conversion) => {
  const { config, weighted, fail } = conversion;
  const input = only(conversion);
  const [axis = 0, ...more] = axesField(config, 'axis', input.shape.length, fail);
  if (more.length > 0) throw fail('it normalises over several axes');
  return weighted('BatchNormalization', { axis: axis + 1, ...norm(config, 1e-3) }, input);
};

const layerNormalization: Convert = (conversion) => {
  const { config, weighted, fail } = conversion;
  const input = only(conversion);
  if (config['rms_scaling'] === true) throw unsupported(conversion, 'it scales by the root mean square');
  const axis = axesField(config, 'axis', input.shape.length, fail).map((each) => each + 1);
  return weighted('LayerNormalization', { axis, ...norm(config, 1e-3) }, input);
};

/** tf.keras, Keras 3 and TensorFlow Addons; an instance normalisation has a group for each channel. */
const groupNormalization =
  (instance: boolean): Convert =>
  (conversion) => {
    const { config, weighted, fail, warn, layer } = conversion;
    const input = only(conversion);
    const rank = input.shape.length;
    const [axis = rank - 1] = axesField({ axis: config['axis'] ?? -1 }, 'axis', rank, fail);
    // keras-contrib adds epsilon to the deviation, everybody else to the variance.
    if (instance && 'axis' in config && !('groups' in config))
      warn(
        `The instance normalisation ${layer.name} adds epsilon to the variance here; some packages add it to the deviation.`,
      );
    const groups = instance ? -1 : (config['groups'] ?? 32);
    const body = (value: Ref): Ref =>
      weighted('GroupNormalization', { groups, ...norm(config, instance ? 1e-5 : 1e-3) }, value);
    if (axis === rank - 1) return body(input);
    if (axis === 0 && rank === 3) return turned(conversion, input, body);
    throw unsupported(conversion, `it normalises over axis ${axis + 1}`);
  };

const pixelNormalization: Convert = (conversion) => {
  const { config } = conversion;
  const epsilon = config['epsilon'] ?? config['eps'] ?? 1e-8;
  const input = only(conversion);
  const body = (value: Ref): Ref => plain(conversion, 'PixelNormalization', { epsilon }, [value]);
  return isChannelsFirst(config) ? turned(conversion, input, body) : body(input);
};

const BLOCK_KEYS = [
  'block_size',
  'blocksize',
  'upscale_factor',
  'scale_factor',
  'upsampling_factor',
  'scale',
  'factor',
  'r',
];

const depthToSpace: Convert = (conversion) => {
  const { config } = conversion;
  const key = BLOCK_KEYS.find((each) => typeof config[each] === 'number');
  if (key === undefined) throw unsupported(conversion, 'it does not say by which factor it enlarges');
  const body = (input: Ref): Ref =>
    plain(conversion, 'DepthToSpace', { block_size: config[key] ?? 2 }, [input]);
  return isChannelsFirst(config) ? turned(conversion, only(conversion), body) : body(only(conversion));
};

const rescaling: Convert = (conversion) => {
  const { config } = conversion;
  const scaled = pointwise(conversion, 'multiply', only(conversion), config['scale'] ?? 1);
  const offset = config['offset'] ?? 0;
  return offset === 0 ? scaled : pointwise(conversion, 'add', scaled, offset);
};

/**
 * z = mu + exp(logVar / 2) epsilon (Kingma and Welling 2014): in its place its mean, and where it is an output of the
 * network, mu and logVar. Which is which is the custom of all tutorials, unless the names say otherwise.
 */
const sampling: Convert = (conversion) => {
  const { inputs, sampled, warn, layer, fail } = conversion;
  const [first, second, ...more] = inputs;
  if (first === undefined || more.length > 0)
    throw fail(`it reads ${inputs.length} values and takes a mean and a variance`);
  warn(`The layer ${layer.name} (${layer.className}) draws at random; its mean is taken instead.`);
  if (second === undefined) {
    const size = first.shape.at(-1) ?? 0;
    if (size % 2 !== 0) throw fail('it reads one value that is not a mean and a variance side by side');
    const half = plain(conversion, 'Slice', { axis: -1, start: 0, stop: size / 2 }, [first], '_mean');
    return sampled(half, [first]);
  }
  const swapped = /var|sigma|std/i.test(first.layer) && /mean|mu/i.test(second.layer);
  const [mean, spread] = swapped ? [second, first] : [first, second];
  return sampled(mean, [mean, spread]);
};

const merge =
  (name: string): Convert =>
  (conversion) => {
    const { inputs, config, fail } = conversion;
    const [first] = inputs;
    if (first === undefined) throw fail('it reads nothing');
    if (inputs.length === 1 && name !== 'Subtract') return first;
    return plain(conversion, name, name === 'Concatenate' ? { axis: config['axis'] ?? -1 } : {}, inputs);
  };

/** It does nothing when pictures are made. */
const passes: Convert = (conversion) => {
  conversion.passed();
  return only(conversion);
};

const keep =
  (name: string, ...keys: readonly string[]): Convert =>
  (conversion) =>
    plain(conversion, name, pick(conversion.config, ...keys), [only(conversion)]);

const dense: Convert = (conversion) => {
  const { config, weighted } = conversion;
  const result = weighted(
    'Dense',
    { ...pick(config, 'units'), ...KERNEL, ...bias(config) },
    only(conversion),
  );
  return activation(conversion, config['activation'], result);
};

const softmax: Convert = (conversion) => {
  const { config, fail } = conversion;
  const input = only(conversion);
  const [axis, ...more] = axesField(config, 'axis', input.shape.length, fail);
  if (axis !== input.shape.length - 1 || more.length > 0)
    throw unsupported(conversion, 'it runs over another axis than the last');
  return plain(conversion, 'Softmax', { axis: -1 }, [input]);
};

const withAliases = (names: readonly string[], convert: Convert): readonly (readonly [string, Convert])[] =>
  names.map((name) => [name, convert]);

const LAYERS: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['Dense', dense],
  ...withAliases(['Conv2D', 'Convolution2D'], convolution),
  ...withAliases(['Conv2DTranspose', 'Convolution2DTranspose', 'Deconvolution2D'], transposedConvolution),
  ['DepthwiseConv2D', depthwise],
  ...withAliases(['SeparableConv2D', 'SeparableConvolution2D'], separable),
  ...withAliases(['MaxPooling2D', 'MaxPool2D'], pooling('MaxPooling2D')),
  ...withAliases(['AveragePooling2D', 'AvgPool2D'], pooling('AveragePooling2D')),
  ...withAliases(['GlobalMaxPooling2D', 'GlobalMaxPool2D'], globalPooling('GlobalMaxPooling2D')),
  ...withAliases(['GlobalAveragePooling2D', 'GlobalAvgPool2D'], globalPooling('GlobalAveragePooling2D')),
  ['UpSampling2D', upSampling],
  ['Resizing', resizing],
  ['ZeroPadding2D', bordered('ZeroPadding2D', 'padding')],
  ['Cropping2D', bordered('Cropping2D', 'cropping')],
  ['Flatten', flatten],
  ['Reshape', keep('Reshape', 'target_shape')],
  ['Permute', keep('Permute', 'dims')],
  ['RepeatVector', keep('RepeatVector', 'n')],
  [
    'Embedding',
    (conversion) => {
      const { config, weighted } = conversion;
      const settings = { ...pick(config, 'input_dim', 'output_dim'), embeddings_initializer: ZEROS };
      return weighted('Embedding', settings, only(conversion));
    },
  ],
  ...withAliases(
    ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'],
    batchNormalization,
  ),
  ['LayerNormalization', layerNormalization],
  ['GroupNormalization', groupNormalization(false)],
  ...withAliases(
    ['InstanceNormalization', 'InstanceNorm', 'InstanceNormalization2D'],
    groupNormalization(true),
  ),
  ...withAliases(
    ['PixelNorm', 'PixelNormalization', 'PixelwiseNorm', 'PixelwiseNormalization', 'PixelNormLayer'],
    pixelNormalization,
  ),
  ...withAliases(
    ['DepthToSpace', 'PixelShuffle', 'SubpixelConv2D', 'SubPixelUpscaling', 'Subpixel', 'PixelShuffler'],
    depthToSpace,
  ),
  ['UnitNormalization', (conversion) => plain(conversion, 'UnitNormalization', {}, [only(conversion)])],
  ['Activation', (conversion) => activation(conversion, conversion.config['activation'], only(conversion))],
  ['ReLU', (conversion) => relu(conversion, only(conversion))],
  ['LeakyReLU', (conversion) => leakyRelu(conversion, only(conversion))],
  ['ELU', (conversion) => elu(conversion, only(conversion))],
  ['Softmax', softmax],
  [
    'PReLU',
    (conversion) => {
      const settings = { ...pick(conversion.config, 'shared_axes'), alpha_initializer: ZEROS };
      return conversion.weighted('PReLU', settings, only(conversion));
    },
  ],
  ['Rescaling', rescaling],
  ...withAliases(['Dropout', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'], passes),
  ...withAliases(['Identity', 'ActivityRegularization'], passes),
  ...['Concatenate', 'Add', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Subtract'].map(
    (name) => [name, merge(name)] as const,
  ),
]);

/** As people call the layer that draws z; by its name alone, because its code is never looked at. */
const SAMPLING =
  /^(gaussian|latent|vae|normal|z|stochastic|posterior)?_?(sampl(ing|er|e)|re-?parametri[sz](e|ation|er)|re-?parameteri[sz](e|ation|er))(_?(layer|trick|block))?$/i;

export function layerConversion(conversion: Conversion): Convert {
  const { layer } = conversion;
  const { className } = layer;
  const convert = LAYERS.get(className);
  if (convert !== undefined) return convert;
  if (SAMPLING.test(className)) return sampling;
  if (className === 'Lambda') throw holdsCode(layer, 'a Lambda layer holds code of its author');
  if (
    /^(Random(Flip|Rotation|Zoom|Translation|Contrast|Brightness|Crop)|.*Dropout(1D|2D|3D)?)$/.test(className)
  )
    return passes;
  if (/3D(Transpose)?$/.test(className))
    throw unsupported(conversion, `${className} makes volumes, and this is a program for pictures`);
  if (/1D(Transpose)?$|^(LSTM|GRU|SimpleRNN|RNN|Bidirectional|ConvLSTM.*)$/.test(className))
    throw unsupported(
      conversion,
      `${className} makes sequences such as sound or text, and this is a program for pictures`,
    );
  if (
    isJsonObject(layer.config) &&
    /^(TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer|TensorFlowOpLayer)$/.test(className)
  )
    throw holdsCode(layer, `${className} runs another program's code`);
  throw unsupported(conversion, `its class ${className} is not one of those that are known`);
}
