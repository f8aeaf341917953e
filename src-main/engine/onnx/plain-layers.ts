/** Layers that do not slide over a picture, in ONNX operations: dense, reshaping, normalisation, joining. */
import { word } from '../layer-fields';
import { concatenationAxis } from '../layer-rules';
import type { Shape } from '../topology';
import {
  activated,
  numberField,
  only,
  reorder,
  required,
  softmax,
  type LayerContext,
  type Lower,
} from './layer-context';
import {
  channelsFirst,
  channelsFirstOrder,
  isTrivialOrder,
  permuteAxes,
  pictureOf,
  PLAIN,
  type Value,
} from './values';

export function dense(context: LayerContext): Value {
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

export function flatten(context: LayerContext): Value {
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

export function reshape(context: LayerContext): Value {
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

export function parametricRelu(context: LayerContext): Value {
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

export function softmaxLayer(context: LayerContext): Value {
  const value = only(context);
  const axis = numberField(context, 'axis', -1);
  if (axis !== -1 && axis !== value.shape.length)
    throw context.fail('it runs over another axis than the last');
  return softmax(context.graph, value);
}

export function merge(operation: 'Sum' | 'Mean' | 'Max' | 'Min'): Lower {
  return ({ graph, call, inputs }) => {
    const values = graph.alike(inputs);
    const name = graph.node(
      operation,
      values.map((value) => value.name),
    );
    return { name, shape: call.shape, stored: values[0]?.stored ?? PLAIN };
  };
}

/** Of two values at a time. */
export function chained(operation: 'Mul' | 'Sub' | 'Div'): Lower {
  return ({ graph, call, inputs }) => {
    const values = graph.alike(inputs);
    const [first, ...others] = values.map((value) => value.name);
    const name = others.reduce((result, other) => graph.node(operation, [result, other]), first ?? '');
    return { name, shape: call.shape, stored: values[0]?.stored ?? PLAIN };
  };
}

export function concatenate({ graph, call, inputs, fail }: LayerContext): Value {
  const values = graph.alike(inputs);
  const stored = values[0]?.stored ?? PLAIN;
  const logical = concatenationAxis(call.config, call.shape.length, fail);
  const axis = stored.kind === 'channels-first' ? [2, 3, 1][logical] : logical + 1;
  const names = values.map((value) => value.name);
  return { name: graph.node('Concat', names, { axis: { int: axis ?? 1 } }), shape: call.shape, stored };
}
