/** What a layer is given when it is written in our own words, and what many layers need: activations, turned channels. */
import { AppError } from '#shared/errors';
import { word } from '../../layer-fields';
import { isJsonObject, type Json, type JsonObject } from '../../store/strict-json';
import type { Ref, TopologyBuilder } from './builder';
import type { Dialect, FileLayer } from './dialects';

/** An argument of a call: a value of the network, or a constant of the file. */
export type Resolved =
  | { readonly kind: 'ref'; readonly ref: Ref }
  | { readonly kind: 'list'; readonly items: readonly Resolved[] }
  | { readonly kind: 'constant'; readonly value: Json };

export interface Conversion {
  readonly layer: FileLayer;
  readonly config: JsonObject;
  readonly dialect: Dialect;
  /** All values that the call reads, in order. */
  readonly inputs: readonly Ref[];
  readonly positional: readonly Resolved[];
  readonly named: ReadonlyMap<string, Resolved>;
  readonly builder: TopologyBuilder;
  /** The layer that owns the file's weights; used twice, it is one layer with two calls. */
  readonly weighted: (className: string, config: JsonObject, input: Ref) => Ref;
  readonly warn: (sentence: string) => void;
  readonly passed: () => void;
  /** Says that a value stands for a draw from a posterior, and what an encoder gives instead of the draw. */
  readonly sampled: (mean: Ref, parameters: readonly Ref[]) => Ref;
  readonly fail: (cause: string) => AppError;
}

export type Convert = (conversion: Conversion) => Ref | readonly Ref[];

export function only({ inputs, fail }: Conversion): Ref {
  const [input] = inputs;
  if (input === undefined) throw fail('it reads nothing');
  if (inputs.length > 1) throw fail(`it reads ${inputs.length} values and takes one`);
  return input;
}

/** A layer without weights of its own. */
export function plain(
  { builder, layer }: Conversion,
  className: string,
  config: JsonObject,
  inputs: readonly Ref[],
  suffix = '',
): Ref {
  return builder.layer(`${layer.name}${suffix}`, className, config, inputs);
}

export const pointwise = (conversion: Conversion, operation: string, input: Ref, value?: Json): Ref =>
  plain(
    conversion,
    'Pointwise',
    { operation, ...(value === undefined ? {} : { value }) },
    [input],
    `_${operation}`,
  );

export function reshaped(conversion: Conversion, input: Ref, shape: readonly number[]): Ref {
  if (shape.join() === input.shape.join()) return input;
  return plain(conversion, 'Reshape', { target_shape: shape }, [input], '_reshape');
}

export function unsupported({ layer }: Pick<Conversion, 'layer'>, cause: string, remedy?: string): AppError {
  return new AppError({
    code: 'model/unsupported',
    headline: 'The network has a layer that cannot be loaded',
    where: `layer ${layer.name}`,
    cause,
    remedy: remedy ?? 'export the model to ONNX and bring that file',
  });
}

// ---- activations ------------------------------------------------------------------------------------------------------------

/** Those that TensorFlow.js computes as Keras does, by their name without underscores. */
const STOCK: Readonly<Record<string, string>> = {
  ...{ linear: 'linear', relu: 'relu', relu6: 'relu6', elu: 'elu', selu: 'selu', sigmoid: 'sigmoid' },
  ...{ softplus: 'softplus', softsign: 'softsign', tanh: 'tanh', softmax: 'softmax' },
  ...{ swish: 'swish', silu: 'swish', mish: 'mish', gelu: 'gelu' },
};
const POINTWISE: Readonly<Record<string, string>> = {
  ...{ exp: 'exp', exponential: 'exp', logsigmoid: 'log-sigmoid', hardswish: 'hard-swish' },
  ...{ hardsilu: 'hard-swish', tanhshrink: 'tanh-shrink', squareplus: 'squareplus', gelunew: 'gelu-tanh' },
};

/** A name, or an object that names a function, or a whole layer that stands as an activation. */
export function activation(conversion: Conversion, given: Json | undefined, input: Ref): Ref {
  const { layer, dialect } = conversion;
  if (given === undefined || given === null) return input;
  if (isJsonObject(given)) {
    const { class_name: className, config } = given;
    if (className === 'function' || className === 'builtin_function')
      return activation(conversion, config, input);
    if (typeof className === 'string' && isJsonObject(config)) {
      const bare = className.slice(className.lastIndexOf('>') + 1);
      if (bare === 'Activation') return activation(conversion, config['activation'], input);
      const convert = ACTIVATION_LAYERS[bare];
      if (convert !== undefined) return convert({ ...conversion, config }, input);
    }
  }
  if (typeof given !== 'string') throw holdsCode(layer, 'its activation is code of its author');
  const name = word(given.slice(given.lastIndexOf('.') + 1).slice(given.lastIndexOf('>') + 1));
  if (name === 'linear') return input;
  const stock = STOCK[name];
  if (stock !== undefined)
    return plain(conversion, 'Activation', { activation: stock }, [input], '_activation');
  const operation = POINTWISE[name];
  if (operation !== undefined) return pointwise(conversion, operation, input);
  switch (name) {
    case 'hardsigmoid':
      // Keras changed the function between versions; TensorFlow.js has the old one.
      return dialect === 'keras-3'
        ? pointwise(conversion, 'hard-sigmoid-6', input)
        : plain(conversion, 'Activation', { activation: 'hardSigmoid' }, [input], '_activation');
    case 'leakyrelu':
      return plain(conversion, 'LeakyReLU', { alpha: 0.2 }, [input], '_activation');
    case 'hardtanh':
      return pointwise(conversion, 'minimum', pointwise(conversion, 'maximum', input, -1), 1);
    case 'celu':
      return pointwise(conversion, 'celu', input, 1);
    default:
      throw unsupported(
        conversion,
        `its activation ${JSON.stringify(given.slice(0, 60))} is not one of ours`,
      );
  }
}

export function leakyRelu(conversion: Conversion, input: Ref): Ref {
  const { config, fail } = conversion;
  const alpha = config['negative_slope'] ?? config['alpha'] ?? 0.3;
  if (typeof alpha !== 'number') throw fail('its slope is not a number');
  return plain(conversion, 'LeakyReLU', { alpha }, [input]);
}

export function relu(conversion: Conversion, input: Ref): Ref {
  const { config } = conversion;
  const slope = config['negative_slope'] ?? 0;
  const ceiling = config['max_value'] ?? null;
  if ((config['threshold'] ?? 0) !== 0) throw unsupported(conversion, 'it has a threshold');
  if (slope === 0) return plain(conversion, 'ReLU', ceiling === null ? {} : { max_value: ceiling }, [input]);
  const leaky = plain(conversion, 'LeakyReLU', { alpha: slope }, [input]);
  return ceiling === null ? leaky : pointwise(conversion, 'minimum', leaky, ceiling);
}

export const elu = (conversion: Conversion, input: Ref): Ref =>
  plain(conversion, 'ELU', { alpha: conversion.config['alpha'] ?? 1 }, [input]);

const ACTIVATION_LAYERS: Readonly<Record<string, (conversion: Conversion, input: Ref) => Ref>> = {
  ...{ LeakyReLU: leakyRelu, ReLU: relu, ELU: elu },
  ...{ LeakyRelu: leakyRelu, Relu: relu, Elu: elu },
};

export function holdsCode(layer: FileLayer, cause: string): AppError {
  return new AppError({
    code: 'model/refused',
    headline: 'The network holds code, which is never run',
    where: `layer ${layer.name}`,
    cause,
    remedy: 'build the model without it, or export it to ONNX and bring that file',
  });
}

// ---- channels ---------------------------------------------------------------------------------------------------------------

export const isChannelsFirst = (config: JsonObject): boolean =>
  word(config['data_format']) === 'channelsfirst';

/**
 * A layer of a network with the channels first, as the same layer with them last between two turns. When the network is
 * lowered the turns cost nothing: see onnx/shape-layers.ts.
 */
export function turned(conversion: Conversion, input: Ref, body: (input: Ref) => Ref): Ref {
  const { fail } = conversion;
  if (input.shape.length !== 3) throw fail('it takes [channels, height, width] and is given another shape');
  const last = plain(conversion, 'Permute', { dims: [2, 3, 1] }, [input], '_last');
  const result = body(last);
  if (result.shape.length !== 3) return result;
  return plain(conversion, 'Permute', { dims: [3, 1, 2] }, [result], '_first');
}
