/** Layers that move numbers about without changing them, and sums over axes, in ONNX operations. */
import { axesField, sizeField, word } from '../layer-fields';
import { sliceOf } from '../layer-rules';
import { only, required, type LayerContext } from './layer-context';
import { channelsFirst, PLAIN, type Value } from './values';

/**
 * Networks with the channels first come with these turns around every convolution. A picture that lies channels-first is
 * the same numbers as one whose shape says so: neither turn moves anything.
 */
export function permute(context: LayerContext): Value {
  const { graph, call } = context;
  const value = only(context);
  const axes = (call.config['dims'] as readonly number[]).map(Number);
  const order = axes.join();
  if (order === '2,3,1' && value.stored.kind === 'plain') return channelsFirst(value.name, call.shape);
  if (order === '3,1,2' && value.stored.kind === 'channels-first')
    return { name: value.name, shape: call.shape, stored: PLAIN };
  const name = graph.node('Transpose', [graph.toPlain(value).name], { perm: { ints: [0, ...axes] } });
  return { name, shape: call.shape, stored: PLAIN };
}

export function repeatVector(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const [, size = 1] = call.shape;
  const row = graph.reshape(graph.toPlain(only(context)).name, [1, size]);
  const name = graph.node('Tile', [row, graph.integers([1, sizeField(call.config, 'n', fail), 1])]);
  return { name, shape: call.shape, stored: PLAIN };
}

const INT64 = 7;

export function embedding(context: LayerContext): Value {
  const { graph, call } = context;
  const { data, shape } = required(context, 'embeddings'); // [words, size]
  const places = graph.node('Cast', [graph.toPlain(only(context)).name], { to: { int: INT64 } });
  const name = graph.node('Gather', [graph.floats(data, shape), places], { axis: { int: 0 } });
  return { name, shape: call.shape, stored: PLAIN };
}

export function depthToSpace(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const name = graph.node('DepthToSpace', [input.name], {
    blocksize: { int: sizeField(call.config, 'block_size', fail) },
    mode: { string: 'DCR' },
  });
  return channelsFirst(name, call.shape);
}

/** tf.image.resize: the centres of the pixels are laid over each other. */
export function resize(context: LayerContext): Value {
  const { graph, call } = context;
  const given = only(context);
  const input = graph.toChannelsFirst(given);
  const [height = 1, width = 1, channels = 1] = call.shape;
  const nearest = word(call.config['interpolation']) === 'nearest';
  // By sizes, not by scales: 7 / 3 is no 32-bit float, and ONNX Runtime rounds the product down.
  const batch = graph.node('Shape', [input.name], { start: { int: 0 }, end: { int: 1 } });
  const sizes = graph.node('Concat', [batch, graph.integers([channels, height, width])], {
    axis: { int: 0 },
  });
  const name = graph.node('Resize', [input.name, '', '', sizes], {
    mode: { string: nearest ? 'nearest' : 'linear' },
    coordinate_transformation_mode: { string: 'half_pixel' },
    nearest_mode: { string: 'round_prefer_ceil' },
  });
  return channelsFirst(name, call.shape);
}

export function slice(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const given = only(context);
  const { axis, start, stop } = sliceOf(call.config, given.shape, fail);
  const value = given.stored.kind === 'flat' ? graph.toPlain(given) : given;
  const place = value.stored.kind === 'channels-first' ? ([2, 3, 1][axis] ?? 1) : axis + 1;
  const inputs = [[start], [stop], [place]].map((numbers) => graph.integers(numbers));
  return { name: graph.node('Slice', [value.name, ...inputs]), shape: call.shape, stored: value.stored };
}

const REDUCTIONS: Readonly<Record<string, string>> = {
  ...{ mean: 'ReduceMean', sum: 'ReduceSum', max: 'ReduceMax', min: 'ReduceMin' },
};

export function reduce(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const value = graph.toPlain(only(context));
  const axes = axesField(call.config, 'axis', value.shape.length, fail).map((axis) => axis + 1);
  const operation = REDUCTIONS[word(call.config['operation'])];
  if (operation === undefined) throw fail('its operation is not translated');
  const keepdims = { keepdims: { int: call.config['keepdims'] === true ? 1 : 0 } };
  const name =
    operation === 'ReduceSum' // the only one that takes its axes as an input in opset 17
      ? graph.node(operation, [value.name, graph.integers(axes)], keepdims)
      : graph.node(operation, [value.name], { axes: { ints: axes }, ...keepdims });
  return { name, shape: call.shape, stored: PLAIN };
}
