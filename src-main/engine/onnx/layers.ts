/**
 * Each tf.layers class in ONNX operations. A layer gets its inputs as values that know how they lie in memory and gives
 * one back; what is expensive (turning pictures around) happens only in `toPlain` and `toChannelsFirst` of values.ts.
 */
import { word } from '../layer-fields';
import { clip, elu, leakyRelu } from './activations';
import { activate, elementwise, numberField, only, type Lower } from './layer-context';
import {
  convolution,
  cropping,
  depthwiseConvolution,
  globalPooling,
  pooling,
  separableConvolution,
  transposedConvolution,
  upSampling,
  zeroPadding,
} from './picture-layers';
import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  pixelNormalization,
  unitNormalization,
} from './normalisation';
import {
  chained,
  concatenate,
  dense,
  flatten,
  merge,
  parametricRelu,
  reshape,
  softmaxLayer,
} from './plain-layers';
import { pointwise } from './pointwise';
import { depthToSpace, embedding, permute, reduce, repeatVector, resize, slice } from './shape-layers';

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
  ['Multiply', chained('Mul')],
  ['Subtract', chained('Sub')],
  ['Divide', chained('Div')],
  ['GroupNormalization', groupNormalization],
  ['PixelNormalization', pixelNormalization],
  ['UnitNormalization', unitNormalization],
  ['Pointwise', pointwise],
  ['Permute', permute],
  ['RepeatVector', repeatVector],
  ['Embedding', embedding],
  ['DepthToSpace', depthToSpace],
  ['Resize', resize],
  ['Slice', slice],
  ['Reduce', reduce],
  ['GroupedConv2D', convolution],
  ['PaddedConv2DTranspose', transposedConvolution],
  ...['Dropout', 'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'].map(
    (name): [string, Lower] => [name, only], // only training is disturbed
  ),
]);

/** Layers through which a dense layer's output may pass in another order. */
export const ORDER_BLIND: ReadonlySet<string> = new Set([
  ...['Activation', 'ReLU', 'LeakyReLU', 'ELU', 'BatchNormalization', 'Pointwise'],
  ...['Dropout', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout'],
]);
