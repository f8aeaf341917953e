/**
 * Operations that stand in a network without a layer: tf.* and operators in tf.keras 2 (TFOpLambda), keras.ops in Keras 3.
 * Both are data: the name of a function and its arguments. The pure ones that generators use are known; others are refused.
 */
import { word } from '../../layer-fields';
import { isJsonObject, type Json } from '../../store/strict-json';
import type { Ref } from './builder';
import {
  activation,
  plain,
  pointwise,
  reshaped,
  unsupported,
  type Conversion,
  type Convert,
  type Resolved,
} from './conversion';

/** By position or by any of its names; Keras 3 keeps some arguments in the operation's config. */
function argument(
  { positional, named, config }: Conversion,
  place: number,
  ...names: readonly string[]
): Resolved | undefined {
  for (const name of names) {
    const given = named.get(name);
    if (given !== undefined) return given;
  }
  const given = positional[place];
  if (given !== undefined) return given;
  const key = names.find((name) => config[name] !== undefined);
  return key === undefined ? undefined : { kind: 'constant', value: config[key] ?? null };
}

function refOf(conversion: Conversion, place: number, ...names: readonly string[]): Ref {
  const given = argument(conversion, place, ...names);
  if (given?.kind !== 'ref') throw conversion.fail('it does not read the output of a layer');
  return given.ref;
}

const tensor = (conversion: Conversion): Ref =>
  refOf(
    conversion,
    0,
    'x',
    'input',
    'inputs',
    'tensor',
    'features',
    'value',
    'a',
    'x1',
    'images',
    'image',
    'logits',
    'input_tensor',
  );

function constant(conversion: Conversion, place: number, ...names: readonly string[]): Json | undefined {
  const given = argument(conversion, place, ...names);
  if (given === undefined) return undefined;
  if (given.kind === 'constant') return given.value;
  if (given.kind === 'list') return given.items.map((item) => (item.kind === 'constant' ? item.value : null));
  throw unsupported(conversion, 'one of its settings is computed by the network');
}

/** Numbers of a constant: one, or one for each channel. */
function numbersOf(conversion: Conversion, value: Json, channels: number): Json {
  const held =
    isJsonObject(value) && isJsonObject(value['config']) ? (value['config']['value'] ?? null) : value;
  const flat = ([held] as Json[]).flat(8) as readonly Json[];
  if (!flat.every((each) => typeof each === 'number'))
    throw unsupported(conversion, 'its constant is not a number');
  if (flat.length !== 1 && flat.length !== channels)
    throw unsupported(conversion, `its constant has ${flat.length} numbers`);
  return flat.length === 1 ? (flat[0] ?? 0) : flat;
}

/** Of two values, or of a value and a constant on either side. */
function binary(layer: string, right: string, left: string): Convert {
  return (conversion) => {
    const a = argument(conversion, 0, 'x', 'x1', 'a', 'tensor');
    const b = argument(conversion, 1, 'y', 'x2', 'b', 'value');
    if (a === undefined || b === undefined || a.kind === 'list' || b.kind === 'list')
      throw conversion.fail('it does not have two arguments');
    if (a.kind === 'ref' && b.kind === 'ref') return plain(conversion, layer, {}, [a.ref, b.ref]);
    if (a.kind === 'ref' && b.kind === 'constant')
      return pointwise(conversion, right, a.ref, numbersOf(conversion, b.value, a.ref.shape.at(-1) ?? 1));
    if (a.kind === 'constant' && b.kind === 'ref')
      return pointwise(conversion, left, b.ref, numbersOf(conversion, a.value, b.ref.shape.at(-1) ?? 1));
    throw conversion.fail('it reads no layer');
  };
}

const swapped =
  (convert: Convert): Convert =>
  (conversion) => {
    const [a, b, ...rest] = conversion.positional;
    if (a === undefined || b === undefined) throw conversion.fail('it does not have two arguments');
    return convert({ ...conversion, positional: [b, a, ...rest] });
  };

const power: Convert = (conversion) => {
  const exponent = constant(conversion, 1, 'y', 'x2', 'b');
  return pointwise(conversion, 'power', tensor(conversion), numbersOf(conversion, exponent ?? null, 1));
};

const unary =
  (operation: string): Convert =>
  (conversion) =>
    pointwise(conversion, operation, tensor(conversion));
const activating =
  (name: string): Convert =>
  (conversion) =>
    activation(conversion, name, tensor(conversion));

const leaky: Convert = (conversion) => {
  const slope = constant(conversion, 1, 'alpha', 'negative_slope');
  return plain(conversion, 'LeakyReLU', { alpha: slope ?? 0.2 }, [tensor(conversion)]);
};

const clip: Convert = (conversion) => {
  const low = constant(conversion, 1, 'clip_value_min', 'x_min', 'a_min', 'min_value') ?? null;
  const high = constant(conversion, 2, 'clip_value_max', 'x_max', 'a_max', 'max_value') ?? null;
  const bounded = pointwise(conversion, 'maximum', tensor(conversion), numbersOf(conversion, low, 1));
  return pointwise(conversion, 'minimum', bounded, numbersOf(conversion, high, 1));
};

/** Axes are counted with the batch, which has to stay as it is. */
function axes(conversion: Conversion, rank: number, value: Json | undefined): readonly number[] {
  const list = ([value ?? null] as Json[]).flat() as readonly Json[];
  return list.map((axis) => {
    const at = typeof axis === 'number' && axis < 0 ? rank + 1 + axis : axis;
    if (!Number.isInteger(at) || (at as number) < 1 || (at as number) > rank)
      throw unsupported(conversion, 'it runs over the batch, or over an axis that is not there');
    return at as number;
  });
}

const reduction =
  (operation: string): Convert =>
  (conversion) => {
    const input = tensor(conversion);
    const axis = axes(conversion, input.shape.length, constant(conversion, 1, 'axis', 'axes'));
    const keepdims = constant(conversion, 2, 'keepdims', 'keep_dims') === true;
    return plain(conversion, 'Reduce', { operation, axis, keepdims }, [input]);
  };

const reshape: Convert = (conversion) => {
  const shape = constant(conversion, 1, 'shape', 'newshape', 'new_shape', 'target_shape');
  if (!Array.isArray(shape) || shape.length < 1)
    throw conversion.fail('it does not say which shape it gives');
  const target = (shape as readonly Json[]).slice(1).map((size) => size ?? -1);
  return plain(conversion, 'Reshape', { target_shape: target }, [tensor(conversion)]);
};

const transpose: Convert = (conversion) => {
  const order = constant(conversion, 1, 'perm', 'axes');
  if (!Array.isArray(order) || order[0] !== 0) throw unsupported(conversion, 'it moves the batch');
  return plain(conversion, 'Permute', { dims: (order as readonly Json[]).slice(1) }, [tensor(conversion)]);
};

const expandDims: Convert = (conversion) => {
  const input = tensor(conversion);
  const [axis = 1] = axes(conversion, input.shape.length + 1, constant(conversion, 1, 'axis'));
  return reshaped(conversion, input, input.shape.toSpliced(axis - 1, 0, 1));
};

const squeeze: Convert = (conversion) => {
  const input = tensor(conversion);
  const given = constant(conversion, 1, 'axis');
  const taken = new Set(
    given === undefined || given === null
      ? input.shape.flatMap((size, at) => (size === 1 ? [at + 1] : []))
      : axes(conversion, input.shape.length, given),
  );
  return reshaped(
    conversion,
    input,
    input.shape.filter((_, at) => !taken.has(at + 1)),
  );
};

const concatenate: Convert = (conversion) => {
  const given = argument(conversion, 0, 'values', 'xs', 'tensors');
  const items = given?.kind === 'list' ? given.items : [];
  const refs = items.flatMap((item) => (item.kind === 'ref' ? [item.ref] : []));
  if (refs.length === 0 || refs.length !== items.length)
    throw conversion.fail('it does not join outputs of layers');
  return plain(conversion, 'Concatenate', { axis: constant(conversion, 1, 'axis') ?? -1 }, refs);
};

const split: Convert = (conversion) => {
  const input = tensor(conversion);
  const [axis = 1] = axes(conversion, input.shape.length, constant(conversion, 2, 'axis') ?? -1);
  const size = input.shape[axis - 1] ?? 1;
  const sections = constant(conversion, 1, 'num_or_size_splits', 'indices_or_sections');
  const inKeras3 = conversion.layer.module.includes('ops');
  const stops: number[] = [];
  if (typeof sections === 'number' && Number.isInteger(sections) && sections > 0 && size % sections === 0)
    for (let stop = size / sections; stop <= size; stop += size / sections) stops.push(stop);
  else if (
    Array.isArray(sections) &&
    (sections as readonly Json[]).every((each) => typeof each === 'number')
  ) {
    // TensorFlow lists sizes, Keras 3 the places of the cuts.
    const numbers = sections as readonly number[];
    let at = 0;
    for (const number of numbers) stops.push(inKeras3 ? number : (at += number));
    if (inKeras3) stops.push(size);
  } else throw unsupported(conversion, 'it does not split evenly');
  return stops.map((stop, at) =>
    plain(conversion, 'Slice', { axis, start: at === 0 ? 0 : (stops[at - 1] ?? 0), stop }, [input], `_${at}`),
  );
};

/** x[:, 3:5, ..., 0] */
const getItem: Convert = (conversion) => {
  const input = tensor(conversion);
  const key = constant(conversion, 1, 'slice_spec', 'key');
  const list = Array.isArray(key) ? (key as readonly Json[]) : [key ?? null];
  let value = input;
  const dropped = new Set<number>();
  let axis = 0; // with the batch
  list.forEach((item, at) => {
    const fields =
      isJsonObject(item) && isJsonObject(item['config']) ? item['config'] : isJsonObject(item) ? item : {};
    if (isJsonObject(item) && item['class_name'] === '__ellipsis__') {
      axis = input.shape.length + 1 - (list.length - 1 - at);
      return;
    }
    const isIndex = typeof item === 'number';
    if (!isIndex && !isJsonObject(item))
      throw unsupported(conversion, 'it picks by something else than places');
    const size = input.shape[axis - 1] ?? 1;
    const place = (given: Json | undefined, otherwise: number): number => {
      if (given === undefined || given === null) return otherwise;
      if (!Number.isInteger(given)) throw unsupported(conversion, 'it picks by something else than places');
      return Math.min(size, (given as number) < 0 ? size + (given as number) : (given as number));
    };
    if ((fields['step'] ?? 1) !== 1) throw unsupported(conversion, 'it picks every few places');
    const start = isIndex ? place(item, 0) : place(fields['start'], 0);
    const stop = isIndex ? start + 1 : place(fields['stop'], size);
    if (axis === 0) {
      if (isIndex || (fields['start'] ?? 0) !== 0 || (fields['stop'] ?? null) !== null)
        throw unsupported(conversion, 'it picks rows of the batch');
    } else {
      if (start !== 0 || stop !== size)
        value = plain(conversion, 'Slice', { axis, start, stop }, [value], `_${axis}`);
      if (isIndex) dropped.add(axis);
    }
    axis++;
  });
  if (dropped.size === 0) return value;
  return reshaped(
    conversion,
    value,
    value.shape.filter((_, at) => !dropped.has(at + 1)),
  );
};

const depthToSpace: Convert = (conversion) =>
  plain(conversion, 'DepthToSpace', { block_size: constant(conversion, 1, 'block_size') ?? 2 }, [
    tensor(conversion),
  ]);

const resize: Convert = (conversion) => {
  const size = constant(conversion, 1, 'size');
  const interpolation = word(constant(conversion, 2, 'method', 'interpolation') ?? 'bilinear');
  const format = word(constant(conversion, 9, 'data_format') ?? 'channels_last');
  if (
    !Array.isArray(size) ||
    size.length !== 2 ||
    format !== 'channelslast' ||
    constant(conversion, 9, 'antialias') === true
  )
    throw unsupported(conversion, 'it resizes in a way that is not one of ours');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw unsupported(conversion, `it interpolates by ${interpolation}`);
  const [height = null, width = null] = size as readonly Json[];
  return plain(conversion, 'Resize', { height, width, interpolation }, [tensor(conversion)]);
};

const [add, subtract, multiply, divide] = [
  binary('Add', 'add', 'add'),
  binary('Subtract', 'subtract', 'reversed-subtract'),
  binary('Multiply', 'multiply', 'multiply'),
  binary('Divide', 'divide', 'reversed-divide'),
];

/** By the last part of the name, in small letters without underscores. */
const OPERATIONS: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ...(['add', 'addv2', 'radd', 'biasadd'] as const).map((name) => [name, add] as const),
  ...(['subtract', 'sub'] as const).map((name) => [name, subtract] as const),
  ['rsub', swapped(subtract)],
  ...(['multiply', 'mul', 'rmul', 'scalarmul'] as const).map((name) => [name, multiply] as const),
  ...(['divide', 'truediv', 'truedivide', 'div', 'realdiv'] as const).map((name) => [name, divide] as const),
  ['rtruediv', swapped(divide)],
  ['maximum', binary('Maximum', 'maximum', 'maximum')],
  ['minimum', binary('Minimum', 'minimum', 'minimum')],
  ...(['pow', 'power'] as const).map((name) => [name, power] as const),
  ...(['exp', 'log', 'sqrt', 'rsqrt', 'square', 'abs', 'negative', 'sin', 'cos', 'reciprocal'] as const).map(
    (name) => [name, unary(name)] as const,
  ),
  ['absolute', unary('abs')],
  ['neg', unary('negative')],
  ...(
    [
      'relu',
      'relu6',
      'sigmoid',
      'tanh',
      'softplus',
      'softsign',
      'elu',
      'selu',
      'silu',
      'swish',
      'gelu',
      'softmax',
    ] as const
  ).map((name) => [name, activating(name)] as const),
  ...(
    [
      'hardsigmoid',
      'hardsilu',
      'hardswish',
      'hardtanh',
      'logsigmoid',
      'mish',
      'celu',
      'tanhshrink',
      'squareplus',
    ] as const
  ).map((name) => [name, activating(name)] as const),
  ['leakyrelu', leaky],
  ...(['clip', 'clipbyvalue'] as const).map((name) => [name, clip] as const),
  ...(['mean', 'sum', 'max', 'min'] as const).flatMap((name) => [
    [name, reduction(name)] as const,
    [`reduce${name}`, reduction(name)] as const,
  ]),
  ['reshape', reshape],
  ['transpose', transpose],
  ['expanddims', expandDims],
  ['squeeze', squeeze],
  ...(['concat', 'concatenate'] as const).map((name) => [name, concatenate] as const),
  ['split', split],
  ['getitem', getItem],
  ['depthtospace', depthToSpace],
  ['resize', resize],
  ...(['cast', 'identity', 'stopgradient', 'converttotensor'] as const).map(
    (name) => [name, tensor] as const,
  ),
]);

/**
 * The operation's name where the layer is one, else undefined. The .h5 of Keras 3 does not say from which module a class
 * is, and Add is both a layer and an operation; but every layer says there whether it is trained.
 */
export function operationName({ className, module, config }: Conversion['layer']): string | undefined {
  if (className === 'TFOpLambda' || className === 'SlicingOpLambda') {
    const name = config['function'];
    return typeof name === 'string' ? name : '';
  }
  if (/(^|\.)ops(\.|$)|(^|\.)operations(\.|$)/.test(module)) return className;
  const isBare =
    module === '' && !('trainable' in config) && !('dtype' in config) && !('batch_shape' in config);
  if (!isBare || 'target_shape' in config) return undefined; // the layer's word; the operation has newshape
  return BARE_OPERATIONS.has(className) ? className : undefined;
}

const BARE_OPERATIONS: ReadonlySet<string> = new Set([
  ...[
    'Add',
    'Subtract',
    'Multiply',
    'Divide',
    'TrueDivide',
    'Power',
    'Maximum',
    'Minimum',
    'Exp',
    'Log',
    'Sqrt',
    'Rsqrt',
  ],
  ...[
    'Square',
    'Absolute',
    'Negative',
    'Sin',
    'Cos',
    'Reciprocal',
    'Tanh',
    'Sigmoid',
    'Relu',
    'Relu6',
    'Softplus',
    'Silu',
  ],
  ...[
    'Gelu',
    'LeakyRelu',
    'Elu',
    'Selu',
    'Softmax',
    'HardSigmoid',
    'HardTanh',
    'LogSigmoid',
    'Clip',
    'Mean',
    'Sum',
    'Max',
  ],
  ...[
    'Min',
    'Reshape',
    'Transpose',
    'ExpandDims',
    'Squeeze',
    'Concatenate',
    'Split',
    'GetItem',
    'DepthToSpace',
    'Resize',
  ],
  ...['Cast', 'StopGradient', 'Identity'],
]);

export function operationConversion(conversion: Conversion, name: string): Convert {
  const last = word(name.slice(name.lastIndexOf('.') + 1));
  const convert = OPERATIONS.get(last);
  if (convert !== undefined) return convert;
  const random = /random|normal|uniform/.test(last);
  throw unsupported(
    conversion,
    random
      ? `its operation ${name} draws at random`
      : `its operation ${name} is not one of those that are known`,
  );
}
