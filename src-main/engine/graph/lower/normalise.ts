/** Bias, normalisation by stored statistics, and the operations that TensorFlow's optimiser fuses of several. */
import { affine } from './affine';
import type { Context, Lower } from './context';
import { convolution, depthwiseConvolution, matrixProduct } from './convolution';
import { applied, binaryOf } from './elementwise';
import { isKnown, known, type Value } from './value';

/** One number for each channel, shaped so that it is repeated along the others. */
function alongChannels(context: Context, vector: Value, rank: number): Value {
  if (context.channelsLast || rank < 3) return vector;
  const { builder } = context;
  const shape = [vector.shape[0] ?? null, ...Array.from({ length: rank - 2 }, () => 1)];
  if (isKnown(vector)) return known(vector.element, shape as readonly number[], vector.data);
  const target = builder.integers([-1, ...Array.from({ length: rank - 2 }, () => 1)]);
  return builder.value('Reshape', [builder.nameOf(vector), target], { element: 'float', shape });
}

function withBias(context: Context, value: Value, bias: Value, only: boolean): Value {
  if (only && isKnown(bias) && bias.data instanceof Float32Array) {
    const done = affine(value, undefined, bias.data);
    if (done !== undefined) return done;
  }
  return binaryOf(context.builder, 'Add', value, alongChannels(context, bias, value.shape.length));
}

export const biasAddition: Lower = (context) =>
  withBias(context, context.input(0), context.input(1), context.onlyReader(0));

interface Statistics {
  readonly scale: Value;
  readonly offset: Value;
  readonly mean: Value;
  readonly variance: Value;
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale + offset; with constants, two numbers for each channel. */
function normalised(context: Context, value: Value, statistics: Statistics, only: boolean): Value {
  const { builder } = context;
  const epsilon = context.float('epsilon');
  const parts = [statistics.scale, statistics.offset, statistics.mean, statistics.variance].map(({ data }) =>
    data instanceof Float32Array ? data : undefined,
  );
  const [scale, offset, mean, variance] = parts;
  if (scale && offset && mean && variance) {
    const factors = scale.map((factor, at) => factor / Math.sqrt((variance[at] ?? 0) + epsilon));
    const shifts = offset.map((shift, at) => shift - (mean[at] ?? 0) * (factors[at] ?? 0));
    const done = only ? affine(value, factors, shifts) : undefined;
    if (done !== undefined) return done;
    const vector = (data: Float32Array): Value =>
      alongChannels(context, known('float', [data.length], data), value.shape.length);
    return binaryOf(builder, 'Add', binaryOf(builder, 'Mul', value, vector(factors)), vector(shifts));
  }
  const spread = (vector: Value): Value => alongChannels(context, vector, value.shape.length);
  const least = known('float', [], Float32Array.of(epsilon));
  const deviation = applied(builder, 'Sqrt', binaryOf(builder, 'Add', spread(statistics.variance), least));
  const centred = binaryOf(builder, 'Sub', value, spread(statistics.mean));
  const scaled = binaryOf(
    builder,
    'Mul',
    binaryOf(builder, 'Div', centred, deviation),
    spread(statistics.scale),
  );
  return binaryOf(builder, 'Add', scaled, spread(statistics.offset));
}

export const storedNormalisation: Lower = (context) => {
  if (context.flag('is_training')) throw context.fail('it normalises by statistics of its input');
  const [value, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((at) => context.input(at));
  if (!value || !scale || !offset || !mean || !variance) throw context.fail('it lacks an input');
  return normalised(context, value, { scale, offset, mean, variance }, context.onlyReader(0));
};

/** An operation, then bias, normalisation, sum and activation, one after another. */
function fused(first: Lower): Lower {
  return (context) => {
    let value = first(context) as Value;
    let next = 2;
    for (const operation of context.words('fused_ops')) {
      if (operation === 'BiasAdd') value = withBias(context, value, context.input(next++), true);
      else if (operation === 'FusedBatchNorm') {
        const [scale, offset, mean, variance] = [0, 1, 2, 3].map((at) => context.input(next + at));
        if (!scale || !offset || !mean || !variance) throw context.fail('it lacks an input');
        value = normalised(context, value, { scale, offset, mean, variance }, true);
        next += 4;
      } else if (operation === 'Add') value = binaryOf(context.builder, 'Add', value, context.input(next++));
      else if (operation === 'Prelu') {
        const slope = context.builder.together([value, context.input(next++)]);
        value = context.builder.value('PRelu', slope.names, { ...value, order: slope.order });
      } else value = activated(context, operation, value);
    }
    return value;
  };
}

function activated(context: Context, operation: string, value: Value): Value {
  const { builder } = context;
  switch (operation) {
    case 'LeakyRelu':
      return applied(builder, 'LeakyRelu', value, { alpha: { float: context.float('leakyrelu_alpha') } });
    case 'Relu6': {
      const bounds = [0, 6].map((bound) => builder.nameOf(known('float', [], Float32Array.of(bound))));
      return applied(builder, 'Clip', value, {}, bounds);
    }
    case 'Relu':
    case 'Elu':
    case 'Sigmoid':
    case 'Tanh':
      return applied(builder, operation, value);
    default:
      throw context.fail(`${operation} fused into it is not translated`);
  }
}

export const fusedConvolution = fused(convolution);
export const fusedDepthwise = fused(depthwiseConvolution);
export const fusedMatrixProduct = fused(matrixProduct);
