/** Layers that slide over a picture, in ONNX operations: convolutions, pooling, resizing, borders. */
import { bordersField, pairField, sizeField, word } from '../layer-fields';
import { transposedGeometry } from '../layer-rules';
import { activated, only, paddings, required, type LayerContext, type Lower } from './layer-context';
import { channelsFirst, permuteAxes, pictureOf, PLAIN, type Value } from './values';

function convolve(
  context: LayerContext,
  input: Value,
  kernel: string,
  groups: number,
  size: readonly [number, number],
): string {
  const { graph, call, weight, fail } = context;
  const strides = pairField(call.config, 'strides', fail, 1);
  const dilation = pairField(call.config, 'dilation_rate', fail, 1);
  const window = [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1] as const;
  const bias = call.className === 'SeparableConv2D' ? undefined : weight('bias');
  return graph.node(
    'Conv',
    [input.name, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])],
    {
      kernel_shape: { ints: size },
      strides: { ints: strides },
      dilations: { ints: dilation },
      pads: { ints: paddings(context, window, strides) },
      group: { int: groups },
    },
  );
}

export function convolution(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const { data, shape } = required(context, 'kernel'); // [rows, columns, in, out]
  const [rows = 1, columns = 1, from = 1, to = 1] = shape;
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [to, from, rows, columns]);
  const groups = sizeField({ groups: 1, ...call.config }, 'groups', fail);
  const name = convolve(context, input, kernel, groups, pairField(call.config, 'kernel_size', fail));
  return activated(context, channelsFirst(name, call.shape));
}

/** Each channel has its own kernels: output channel = channel * multiplier + kernel. */
function depthwise(context: LayerContext): string {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const { data, shape } = required(context, 'depthwise_kernel'); // [rows, columns, in, multiplier]
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = shape;
  const kernel = graph.floats(permuteAxes(data, shape, [2, 3, 0, 1]), [
    channels * multiplier,
    1,
    rows,
    columns,
  ]);
  return convolve(context, input, kernel, channels, pairField(call.config, 'kernel_size', fail));
}

export function depthwiseConvolution(context: LayerContext): Value {
  return activated(context, channelsFirst(depthwise(context), context.call.shape));
}

export function separableConvolution(context: LayerContext): Value {
  const { graph, call, weight } = context;
  const inner = depthwise(context);
  const { data, shape } = required(context, 'pointwise_kernel'); // [1, 1, in * multiplier, out]
  const [, , from = 1, to = 1] = shape;
  const bias = weight('bias');
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [to, from, 1, 1]);
  const inputs = [inner, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])];
  return activated(
    context,
    channelsFirst(graph.node('Conv', inputs, { kernel_shape: { ints: [1, 1] } }), call.shape),
  );
}

/** See transposedGeometry: what is cut off at the borders, and what stays empty behind. */
export function transposedConvolution(context: LayerContext): Value {
  const { graph, call, weight, fail } = context;
  const given = only(context);
  const input = graph.toChannelsFirst(given);
  const { data, shape } = required(context, 'kernel'); // [rows, columns, out, in]
  const [rows = 1, columns = 1, to = 1, from = 1] = shape;
  const [height, width] = pictureOf(given.shape);
  const { before, after, behind } = transposedGeometry(call.config, [height, width], fail);
  const bias = weight('bias');
  const kernel = graph.floats(permuteAxes(data, shape, [3, 2, 0, 1]), [from, to, rows, columns]);
  const inputs = [input.name, kernel, ...(bias === undefined ? [] : [graph.floats(bias.data, bias.shape)])];
  const name = graph.node('ConvTranspose', inputs, {
    kernel_shape: { ints: [rows, columns] },
    strides: { ints: pairField(call.config, 'strides', fail, 1) },
    dilations: { ints: pairField(call.config, 'dilation_rate', fail, 1) },
    pads: { ints: [...before, ...after] },
    output_padding: { ints: behind },
  });
  return activated(context, channelsFirst(name, call.shape));
}

export function pooling(operation: 'MaxPool' | 'AveragePool'): Lower {
  return (context) => {
    const { graph, call, fail } = context;
    const input = graph.toChannelsFirst(only(context));
    const window = pairField(call.config, 'pool_size', fail, 2);
    const strides = call.config['strides'] == null ? window : pairField(call.config, 'strides', fail);
    const name = graph.node(operation, [input.name], {
      kernel_shape: { ints: window },
      strides: { ints: strides },
      pads: { ints: paddings(context, window, strides) },
    });
    return channelsFirst(name, call.shape);
  };
}

export function globalPooling(operation: 'GlobalMaxPool' | 'GlobalAveragePool'): Lower {
  return (context) => {
    const { graph, call } = context;
    const pooled = graph.node(operation, [graph.toChannelsFirst(only(context)).name]);
    return { name: graph.reshape(pooled, call.shape), shape: call.shape, stored: PLAIN };
  };
}

/** TensorFlow.js samples at output / scale, without the half-pixel shift. */
export function upSampling(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [rows, columns] = pairField(call.config, 'size', fail, 2);
  const interpolation = word(call.config['interpolation'] ?? 'nearest');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw fail(`its interpolation ${interpolation} is not translated`);
  const name = graph.node('Resize', [input.name, '', graph.floats([1, 1, rows, columns], [4])], {
    mode: { string: interpolation === 'nearest' ? 'nearest' : 'linear' },
    coordinate_transformation_mode: { string: 'asymmetric' },
    nearest_mode: { string: 'floor' },
  });
  return channelsFirst(name, call.shape);
}

export function zeroPadding(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [top, bottom, left, right] = bordersField(call.config, 'padding', fail);
  return channelsFirst(
    graph.node('Pad', [input.name, graph.integers([0, 0, top, left, 0, 0, bottom, right])]),
    call.shape,
  );
}

export function cropping(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const input = graph.toChannelsFirst(only(context));
  const [top, , left] = bordersField(call.config, 'cropping', fail);
  const [height, width] = pictureOf(call.shape);
  const ends = [top + height, left + width];
  const inputs = [[top, left], ends, [2, 3]].map((numbers) => graph.integers(numbers));
  return channelsFirst(graph.node('Slice', [input.name, ...inputs]), call.shape);
}
