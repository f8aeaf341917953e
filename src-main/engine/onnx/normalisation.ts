/** Layers that normalise, in ONNX operations. */
import { axesField } from '../layer-fields';
import { groupsOf } from '../layer-rules';
import { numberField, only, reorder, required, type LayerContext } from './layer-context';
import { channelsFirstOrder, type Value } from './values';

export function batchNormalization(context: LayerContext): Value {
  const { graph, weight, call, fail } = context;
  const value = only(context);
  const mean = required(context, 'moving_mean').data;
  const variance = required(context, 'moving_variance').data;
  const gamma = weight('gamma')?.data ?? mean.map(() => 1);
  const beta = weight('beta')?.data ?? mean.map(() => 0);
  const epsilon = numberField(context, 'epsilon', 1e-3);
  const rank = value.shape.length;
  const [axis = rank - 1] = axesField(call.config, 'axis', rank, fail);
  if (rank === 3 && axis === 2) {
    const input = graph.toChannelsFirst(value);
    const parameters = [gamma, beta, mean, variance].map((data) => graph.floats(data, [data.length]));
    const name = graph.node('BatchNormalization', [input.name, ...parameters], {
      epsilon: { float: epsilon },
    });
    return { ...input, name };
  }
  const scale = gamma.map((factor, at) => factor / Math.sqrt((variance[at] ?? 0) + epsilon));
  const shift = beta.map((offset, at) => offset - (mean[at] ?? 0) * (scale[at] ?? 0));
  const ordered = axis === rank - 1 ? value : graph.toPlain(value);
  const order = ordered.stored.kind === 'flat' ? channelsFirstOrder(ordered.stored.of) : undefined;
  const shape = [scale.length, ...new Array<number>(rank - 1 - axis).fill(1)];
  const constant = (data: Float32Array): string =>
    graph.floats(order === undefined ? data : reorder(data, order), shape);
  const scaled = graph.node('Mul', [ordered.name, constant(scale)]);
  return { ...ordered, name: graph.node('Add', [scaled, constant(shift)]) };
}

export function layerNormalization(context: LayerContext): Value {
  const { graph, weight, call, fail } = context;
  const value = graph.toPlain(only(context));
  const axes = axesField(call.config, 'axis', call.shape.length, fail);
  const shape = call.shape.slice(call.shape.length - axes.length);
  const size = shape.reduce((total, each) => total * each, 1);
  const gamma = weight('gamma')?.data ?? new Float32Array(size).fill(1);
  const beta = weight('beta')?.data ?? new Float32Array(size);
  const inputs = [value.name, graph.floats(gamma, shape), graph.floats(beta, shape)];
  const attributes = {
    axis: { int: -axes.length },
    epsilon: { float: numberField(context, 'epsilon', 1e-3) },
  };
  return { ...value, name: graph.node('LayerNormalization', inputs, attributes) };
}

/** Each group of channels becomes one channel of an instance normalisation, and is scaled and shifted afterwards. */
export function groupNormalization(context: LayerContext): Value {
  const { graph, weight, call, fail } = context;
  const { shape } = call;
  const channels = shape.at(-1) ?? 1;
  const groups = groupsOf(call.config, channels, fail);
  const isPicture = shape.length === 3;
  if (!isPicture && shape.length !== 1) throw fail('it takes a picture or a vector');
  const value = isPicture ? graph.toChannelsFirst(only(context)) : graph.toPlain(only(context));
  const epsilon = { epsilon: { float: numberField(context, 'epsilon', 1e-3) } };
  const ones = new Float32Array(groups).fill(1);
  const grouped = graph.reshape(value.name, [groups, -1]);
  const normal = graph.node(
    'InstanceNormalization',
    [grouped, graph.floats(ones, [groups]), graph.floats(new Float32Array(groups), [groups])],
    epsilon,
  );
  const [height = 1, width = 1] = shape;
  let name = graph.reshape(normal, isPicture ? [channels, height, width] : [channels]);
  const parameterShape = isPicture ? [channels, 1, 1] : [channels];
  const gamma = weight('gamma');
  const beta = weight('beta');
  if (gamma !== undefined) name = graph.node('Mul', [name, graph.floats(gamma.data, parameterShape)]);
  if (beta !== undefined) name = graph.node('Add', [name, graph.floats(beta.data, parameterShape)]);
  return { ...value, name };
}

/** x / sqrt(mean(x^2) + epsilon) over the channels: Karras et al. 2018, section 4.2. */
export function pixelNormalization(context: LayerContext): Value {
  const { graph } = context;
  const { value, axis } = overChannels(context);
  const mean = graph.node('ReduceMean', [graph.node('Mul', [value.name, value.name])], {
    axes: { ints: [axis] },
    keepdims: { int: 1 },
  });
  const epsilon = graph.floats([numberField(context, 'epsilon', 1e-8)], []);
  const root = graph.node('Sqrt', [graph.node('Add', [mean, epsilon])]);
  return { ...value, name: graph.node('Div', [value.name, root]) };
}

/** To length 1 over the channels, as Keras' UnitNormalization: at least 1e-12 is divided by. */
export function unitNormalization(context: LayerContext): Value {
  const { graph } = context;
  const { value, axis } = overChannels(context);
  const length = graph.node('ReduceL2', [value.name], { axes: { ints: [axis] }, keepdims: { int: 1 } });
  const bounded = graph.node('Max', [length, graph.floats([1e-6], [])]);
  return { ...value, name: graph.node('Div', [value.name, bounded]) };
}

function overChannels(context: LayerContext): { readonly value: Value; readonly axis: number } {
  const given = only(context);
  const value = given.stored.kind === 'flat' ? context.graph.toPlain(given) : given;
  return { value, axis: value.stored.kind === 'channels-first' ? 1 : value.shape.length };
}
