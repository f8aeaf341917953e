/** Sums and means over axes, soft maximum, products of many matrices, and changes of a picture's size. */
import type { Context, Lower } from './context';
import { isNumber, productOf, type Size } from './sizes';
import { isKnown, known, numbersOf, physicalAxis, type Value } from './value';

const REDUCED: Readonly<Record<string, string>> = {
  Mean: 'ReduceMean',
  Sum: 'ReduceSum',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
};

export const reduction: Lower = (context) => {
  const value = context.input(0);
  const rank = value.shape.length;
  const axes = context.numbers(1, 'axes').map((axis) => context.axis(axis, rank));
  const keep = context.flag('keep_dims');
  const shape = value.shape.flatMap((size, axis): readonly Size[] =>
    axes.includes(axis) ? (keep ? [1] : []) : [size],
  );
  const done = reducedSizes(context.operation, value, shape);
  if (done !== undefined) return done;
  if (axes.length === 0) return value;
  const operation = REDUCED[context.operation] ?? '';
  // Where both sides of a picture go, what is left [batch, channels] lies alike in both orders.
  const inPlace = value.order === 'channels-first' && (keep || axes.toSorted().join() === '1,2');
  const { builder } = context;
  const input = inPlace ? builder.nameOf(value) : builder.plain(value);
  const along = inPlace ? axes.map((axis) => physicalAxis(value, axis)) : axes;
  const result = { element: value.element, shape, order: inPlace && keep ? value.order : 'plain' } as const;
  const kept = { keepdims: { int: keep ? 1 : 0 } };
  return operation === 'ReduceSum'
    ? builder.value(operation, [input, builder.integers(along)], result, kept)
    : builder.value(operation, [input], result, { ...kept, axes: { ints: along } });
};

/** The product of the sizes of a shape, mostly. */
function reducedSizes(operation: string, value: Value, shape: readonly Size[]): Value | undefined {
  if (
    !isKnown(value) ||
    value.data instanceof Float32Array ||
    value.shape.length > 1 ||
    shape.some((one) => one !== 1)
  )
    return undefined;
  if (operation === 'Prod') {
    const product = productOf(value.data);
    return product === null ? undefined : known('int', shape as readonly number[], [product]);
  }
  const numbers = numbersOf(value);
  if (numbers === undefined || numbers.length === 0) return undefined;
  const totals: Readonly<Record<string, number>> = {
    Sum: numbers.reduce((sum, one) => sum + one, 0),
    Max: Math.max(...numbers),
    Min: Math.min(...numbers),
  };
  const total = totals[operation];
  return total === undefined ? undefined : known('int', shape as readonly number[], [total]);
}

/** Over the last axis. */
export function soft(operation: 'Softmax' | 'LogSoftmax'): Lower {
  return (context) => {
    const { builder } = context;
    const value = context.input(0);
    const axis = physicalAxis(value, value.shape.length - 1);
    const { shape, order } = value;
    return builder.value(
      operation,
      [builder.nameOf(value)],
      { element: 'float', shape, order },
      { axis: { int: axis } },
    );
  };
}

export function place(operation: 'ArgMax' | 'ArgMin'): Lower {
  return (context) => {
    const value = context.input(0);
    const axis = context.axis(context.number(1, 'axis'), value.shape.length);
    const result = { element: 'int', shape: value.shape.toSpliced(axis, 1) } as const;
    const attributes = { axis: { int: axis }, keepdims: { int: 0 } };
    return context.builder.value(operation, [context.builder.plain(value)], result, attributes);
  };
}

export const runningSum: Lower = (context) => {
  const value = context.input(0);
  const axis = context.axis(context.number(1, 'axis'), value.shape.length);
  const flag = (name: string): { readonly int: number } => ({ int: context.flag(name) ? 1 : 0 });
  return context.builder.value(
    'CumSum',
    [context.builder.plain(value), context.builder.integers([axis], [])],
    { element: value.element, shape: value.shape },
    { exclusive: flag('exclusive'), reverse: flag('reverse') },
  );
};

export const matrixProducts: Lower = (context) => {
  const { builder } = context;
  const flipped = (
    value: Value,
    flip: boolean,
  ): { readonly name: string; readonly shape: readonly Size[] } => {
    const name = builder.plain(value);
    if (!flip) return { name, shape: value.shape };
    const rank = value.shape.length;
    const axes = value.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    const perm = { perm: { ints: axes } };
    return {
      name: builder.node('Transpose', [name], perm),
      shape: axes.map((axis) => value.shape[axis] ?? null),
    };
  };
  const a = flipped(context.input(0), context.flag('adj_x'));
  const b = flipped(context.input(1), context.flag('adj_y'));
  const rank = Math.max(a.shape.length, b.shape.length);
  const leading = Array.from({ length: rank - 2 }, (_, axis): Size => {
    const one = a.shape[axis - rank + a.shape.length] ?? 1;
    return one === 1 ? (b.shape[axis - rank + b.shape.length] ?? 1) : one;
  });
  const shape = [...leading, a.shape.at(-2) ?? null, b.shape.at(-1) ?? null];
  return builder.value('MatMul', [a.name, b.name], { element: 'float', shape });
};

export const einstein: Lower = (context) => {
  const equation = context.text('equation').replaceAll(' ', '');
  const [terms = '', result] = equation.split('->');
  if (result === undefined || equation.includes('.'))
    throw context.fail(`its equation ${equation} is not translated`);
  const sizes = new Map<string, Size>();
  terms.split(',').forEach((letters, at) => {
    [...letters].forEach((letter, axis) => {
      const size = context.input(at).shape[axis] ?? null;
      if (sizes.get(letter) === undefined || sizes.get(letter) === 1 || sizes.get(letter) === null)
        sizes.set(letter, size);
    });
  });
  const names = context.inputs.map((value) => context.builder.plain(value));
  const shape = [...result].map((letter) => sizes.get(letter) ?? null);
  return context.builder.value(
    'Einsum',
    names,
    { element: 'float', shape },
    { equation: { string: equation } },
  );
};

/**
 * TensorFlow has three ways to say which pixel a pixel comes from; ONNX names all of them. Where the larger size is a
 * multiple of the smaller, the factor is given, which ONNX Runtime has fast code for.
 */
export function resize(mode: 'nearest' | 'linear'): Lower {
  return (context) => {
    const value = context.input(0);
    const [, height = null, width = null, channels = null] = value.shape;
    const [rows, columns] = context.numbers(1, 'size');
    if (rows === undefined || columns === undefined) throw context.fail('its size is not given');
    const [corners, half] = [context.flag('align_corners'), context.flag('half_pixel_centers')];
    const attributes = {
      mode: { string: mode },
      coordinate_transformation_mode: {
        string: corners ? 'align_corners' : half ? 'half_pixel' : 'asymmetric',
      },
      ...(mode === 'nearest'
        ? { nearest_mode: { string: corners || half ? 'round_prefer_ceil' : 'floor' } }
        : {}),
    };
    const { builder } = context;
    const input = builder.channelsFirst(value);
    const shape = [value.shape[0] ?? null, rows, columns, channels];
    const result = { element: 'float', shape, order: 'channels-first' } as const;
    if (isNumber(height) && isNumber(width) && rows % height === 0 && columns % width === 0) {
      const scales = builder.floats(Float32Array.of(1, 1, rows / height, columns / width), [4]);
      return builder.value('Resize', [input, '', scales], result, attributes);
    }
    const leading = builder.node('Shape', [input], { start: { int: 0 }, end: { int: 2 } });
    const sizes = builder.node('Concat', [leading, builder.integers([rows, columns])], { axis: { int: 0 } });
    return builder.value('Resize', [input, '', '', sizes], result, attributes);
  };
}

/** Channels into pixels and back, in blocks. */
export function blocks(operation: 'DepthToSpace' | 'SpaceToDepth'): Lower {
  return (context: Context) => {
    const value = context.input(0);
    const side = context.int('block_size');
    const { channelsLast, builder } = context;
    if (side < 1) throw context.fail('its blocks have no size');
    const [batch = null, a = null, b = null, c = null] = value.shape;
    const [height, width, channels] = channelsLast ? [a, b, c] : [b, c, a];
    if (!isNumber(height) || !isNumber(width) || !isNumber(channels))
      throw context.fail('the size of its picture is not known beforehand');
    const grow = operation === 'DepthToSpace';
    const [rows, columns] = grow ? [height * side, width * side] : [height / side, width / side];
    const depth = grow ? channels / side ** 2 : channels * side ** 2;
    if (![rows, columns, depth].every(Number.isInteger))
      throw context.fail('its picture does not divide into blocks');
    const input = channelsLast ? builder.channelsFirst(value) : builder.plain(value);
    return builder.value(
      operation,
      [input],
      channelsLast
        ? { element: 'float', shape: [batch, rows, columns, depth], order: 'channels-first' }
        : { element: 'float', shape: [batch, depth, rows, columns] },
      { blocksize: { int: side }, ...(grow ? { mode: { string: 'DCR' } } : {}) },
    );
  };
}
