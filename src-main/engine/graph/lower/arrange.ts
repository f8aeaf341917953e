/** Operations that move numbers about: shapes, axes, joining. What is known is moved now; the rest by ONNX. */
import type { Context, Lower } from './context';
import { INT64 } from './builder';
import { joined, picked, places, reshaped, stridesOf, transposed } from './fold';
import { add, areNumbers, divide, isNumber, multiply, productOf, sameSize, type Size } from './sizes';
import { isKnown, known, numbersOf, physicalAxis, TO_CHANNELS_FIRST, type Value } from './value';

export const shape: Lower = (context) => {
  const value = context.input(0);
  const rank = [value.shape.length];
  if (!value.shape.includes(null)) return known('int', rank, value.shape);
  const name = context.builder.node('Shape', [context.builder.plain(value)]);
  return { element: 'int', shape: rank, order: 'plain', data: value.shape, name };
};

export const size: Lower = (context) => {
  const total = productOf(context.input(0).shape);
  if (total === null) throw context.fail('the size of its input is not known beforehand');
  return known('int', [], [total]);
};

export const rank: Lower = (context) => known('int', [], [context.input(0).shape.length]);

/** A reshape whose sizes are known but for at most one. */
export function reshapedTo(context: Context, value: Value, target: readonly Size[]): Value {
  const { builder } = context;
  if (isKnown(value) && areNumbers(target)) return reshaped(value, target);
  if (
    value.shape.length === target.length &&
    target.every((one, at) => sameSize(one, value.shape[at] ?? null))
  )
    return value;
  const open = target.filter((one) => !isNumber(one)).length;
  const { element } = value;
  if (open <= 1 && !target.includes(0)) {
    const sizes = builder.integers(target.map((one) => (isNumber(one) ? one : -1)));
    return builder.value('Reshape', [builder.plain(value), sizes], { element, shape: target });
  }
  if (target.includes(null)) throw context.fail('its shape is not known beforehand');
  const sizes = builder.nameOf(known('int', [target.length], target));
  return builder.value('Reshape', [builder.plain(value), sizes], { element, shape: target });
}

export const reshape: Lower = (context) => {
  const [value, target] = [context.input(0), context.input(1)];
  const wanted = target.data;
  if (wanted === undefined || wanted instanceof Float32Array) {
    const length = target.shape[0];
    if (!isNumber(length)) throw context.fail('its shape is not known beforehand');
    const shape: readonly Size[] = Array.from({ length }, () => null);
    const inputs = [context.builder.plain(value), context.builder.nameOf(target)];
    return context.builder.value('Reshape', inputs, { element: value.element, shape });
  }
  const others = wanted.filter((one) => one !== -1);
  const rest = wanted.includes(-1) ? divide(productOf(value.shape), productOf(others)) : null;
  let open = wanted.map((one) => (one === -1 ? rest : one));
  // A single size that is not known is what is left over.
  if (open.filter((one) => one === null).length === 1) {
    const left = divide(productOf(value.shape), productOf(open.filter((one) => one !== null)));
    open = open.map((one) => (one === null ? left : one));
  }
  if (areNumbers(open) && areNumbers(value.shape) && productOf(open) !== productOf(value.shape))
    throw context.fail(`it makes [${open.join(', ')}] of [${value.shape.join(', ')}]`);
  return reshapedTo(context, value, open);
};

export const squeeze: Lower = (context) => {
  const value = context.input(0);
  const given = context.ints('squeeze_dims').map((axis) => context.axis(axis, value.shape.length));
  const gone = (one: Size, axis: number): boolean => (given.length > 0 ? given.includes(axis) : one === 1);
  return reshapedTo(
    context,
    value,
    value.shape.filter((one, axis) => !gone(one, axis)),
  );
};

export const expandDims: Lower = (context) => {
  const value = context.input(0);
  const axis = context.axis(context.number(1, 'axis'), value.shape.length + 1);
  return reshapedTo(context, value, value.shape.toSpliced(axis, 0, 1));
};

export const transpose: Lower = (context) => {
  const value = context.input(0);
  const axes = context.numbers(1, 'axes').map((axis) => context.axis(axis, value.shape.length));
  if (axes.length !== value.shape.length) throw context.fail('its axes are not those of its input');
  if (isKnown(value)) return transposed(value, axes);
  const shape = axes.map((axis) => value.shape[axis] ?? null);
  const { builder } = context;
  // From channels last to first and back is what this translation does by itself: only the words change.
  if (value.order === 'channels-first' && axes.join() === TO_CHANNELS_FIRST.join())
    return { element: value.element, shape, order: 'plain', name: builder.nameOf(value) };
  if (value.order === 'plain' && axes.join() === '0,2,3,1')
    return { element: value.element, shape, order: 'channels-first', name: builder.nameOf(value) };
  return builder.value(
    'Transpose',
    [builder.plain(value)],
    { element: value.element, shape },
    { perm: { ints: axes } },
  );
};

export function concatenated(context: Context, values: readonly Value[], given: number): Value {
  const [first, ...others] = values;
  if (first === undefined) throw context.fail('it joins nothing');
  const axis = context.axis(given, first.shape.length);
  if (values.some(({ shape }) => shape.length !== first.shape.length))
    throw context.fail('it joins tensors of different ranks');
  if (values.every(isKnown)) return joined(values, axis);
  const total = others.reduce<Size>(
    (sum, value) => add(sum, value.shape[axis] ?? null),
    first.shape[axis] ?? null,
  );
  const { names, order } = context.builder.together(values);
  const result = { element: first.element, shape: first.shape.toSpliced(axis, 1, total), order };
  const at = physicalAxis({ ...first, order }, axis);
  const value = context.builder.value('Concat', names, result, { axis: { int: at } });
  // Of a shape that is not known whole, its known parts are kept.
  const data = values.map((one) => one.data);
  const parts = data.every((one) => one !== undefined && !(one instanceof Float32Array));
  return parts && first.shape.length === 1 ? { ...value, data: data.flat() as readonly Size[] } : value;
}

export const concatenate: Lower = (context) =>
  concatenated(context, context.inputs.slice(0, -1), context.number(context.inputs.length - 1, 'axis'));

export const concatenateAxisFirst: Lower = (context) =>
  concatenated(context, context.inputs.slice(1), context.number(0, 'axis'));

export const pack: Lower = (context) => {
  const [first] = context.inputs;
  const axis = context.axis(context.int('axis'), (first?.shape.length ?? 0) + 1);
  const raised = context.inputs.map((value) =>
    reshapedKeeping(context, value, value.shape.toSpliced(axis, 0, 1)),
  );
  return concatenated(context, raised, axis);
};

/** A number of a shape may be unknown and yet have its place in one. */
function reshapedKeeping(context: Context, value: Value, target: readonly Size[]): Value {
  const raised = reshapedTo(context, value, target);
  return value.data === undefined || raised.data !== undefined ? raised : { ...raised, data: value.data };
}

/** Along one axis, from `start` on, `length` of them. */
function sliced(context: Context, value: Value, axis: number, start: number, length: number): Value {
  const size = value.shape[axis] ?? null;
  if (start < 0 || length < 0 || (isNumber(size) && start + length > size))
    throw context.fail('it reads past its end');
  const shape = value.shape.toSpliced(axis, 1, length);
  if (isKnown(value)) {
    const strides = stridesOf(value.shape);
    const numbers = shape as readonly number[];
    return picked(value, places(numbers, strides, start * (strides[axis] ?? 1)), numbers);
  }
  const { builder } = context;
  const at = physicalAxis(value, axis);
  const bounds = [[start], [start + length], [at]].map((one) => builder.integers(one));
  return builder.value('Slice', [builder.nameOf(value), ...bounds], {
    element: value.element,
    shape,
    order: value.order,
  });
}

export const unpack: Lower = (context) => {
  const value = context.input(0);
  const axis = context.axis(context.int('axis'), value.shape.length);
  return Array.from({ length: context.int('num') }, (_, at) =>
    context.isRead(at)
      ? reshapedTo(context, sliced(context, value, axis, at, 1), value.shape.toSpliced(axis, 1))
      : undefined,
  );
};

function splitAt(
  context: Context,
  value: Value,
  axis: number,
  lengths: readonly number[],
): readonly (Value | undefined)[] {
  let start = 0;
  return lengths.map((length, at) => {
    const from = start;
    start += length;
    return context.isRead(at) ? sliced(context, value, axis, from, length) : undefined;
  });
}

export const split: Lower = (context) => {
  const value = context.input(1);
  const axis = context.axis(context.number(0, 'axis'), value.shape.length);
  const count = context.int('num_split');
  const size = value.shape[axis] ?? null;
  if (!isNumber(size) || count < 1 || size % count !== 0)
    throw context.fail('its parts are not known beforehand');
  return splitAt(
    context,
    value,
    axis,
    Array.from({ length: count }, () => size / count),
  );
};

export const splitBySizes: Lower = (context) => {
  const value = context.input(0);
  const axis = context.axis(context.number(2, 'axis'), value.shape.length);
  const size = value.shape[axis] ?? null;
  const given = context.numbers(1, 'sizes');
  const taken = given.filter((length) => length >= 0).reduce((sum, length) => sum + length, 0);
  const lengths = given.map((length) => (length < 0 ? (isNumber(size) ? size - taken : -1) : length));
  return splitAt(context, value, axis, lengths);
};

export const slice: Lower = (context) => {
  const value = context.input(0);
  const begin = context.numbers(1, 'beginning');
  const sizes = context.input(2).data;
  if (sizes === undefined || sizes instanceof Float32Array)
    throw context.fail('its sizes are not known beforehand');
  return value.shape.reduce<Value>((part, whole, axis) => {
    const [start = 0, wanted = -1] = [begin[axis], sizes[axis]];
    if (start === 0 && (wanted === -1 || sameSize(wanted ?? null, whole))) return part;
    const length = wanted === -1 ? (isNumber(whole) ? whole - start : null) : wanted;
    if (!isNumber(length)) throw context.fail('its sizes are not known beforehand');
    return sliced(context, part, axis, start, length);
  }, value);
};

export const pad: Lower = (context) => {
  const value = context.input(0);
  const paddings = context.numbers(1, 'paddings');
  const fill = context.operation === 'PadV2' ? context.builder.nameOf(context.input(2)) : undefined;
  const mode = context.operation === 'MirrorPad' ? context.text('mode') : 'CONSTANT';
  if (mode === 'SYMMETRIC') throw context.fail('it repeats the edge, which ONNX does not');
  const axes = value.shape.map((_, axis) => axis);
  const padded = (axis: number, side: number): number => paddings[2 * axis + side] ?? 0;
  const shape = axes.map((axis) => {
    const before = value.shape[axis] ?? null;
    const more = padded(axis, 0) + padded(axis, 1);
    return more === 0 ? before : isNumber(before) ? before + more : null;
  });
  const physical = value.order === 'channels-first' ? TO_CHANNELS_FIRST : axes;
  const pads = [0, 1].flatMap((side) => physical.map((axis) => padded(axis, side)));
  const inputs = [context.builder.nameOf(value), context.builder.integers(pads)];
  const result = { element: value.element, shape, order: value.order };
  return context.builder.value('Pad', fill === undefined ? inputs : [...inputs, fill], result, {
    mode: { string: mode === 'CONSTANT' ? 'constant' : 'reflect' },
  });
};

export const tile: Lower = (context) => {
  const [value, times] = [context.input(0), context.input(1)];
  const data = times.data instanceof Float32Array ? undefined : times.data;
  const all = data ?? value.shape.map(() => null);
  if (all.every((one) => one === 1)) return value;
  const shape = value.shape.map((one, axis) => multiply(one, all[axis] ?? null));
  const inputs = [context.builder.plain(value), context.builder.nameOf(times)];
  return context.builder.value('Tile', inputs, { element: value.element, shape });
};

function expanded(context: Context, value: Value, target: Value): Value {
  const shape = target.data instanceof Float32Array ? undefined : target.data;
  const length = target.shape[0];
  if (!isNumber(length)) throw context.fail('its shape is not known beforehand');
  const sizes = shape ?? Array.from({ length }, () => null);
  if (isKnown(value) && value.data.length === 1 && areNumbers(sizes) && Number(productOf(sizes)) <= 65_536)
    return picked(value, new Int32Array(Number(productOf(sizes))), sizes);
  const inputs = [context.builder.plain(value), context.builder.nameOf(target)];
  return context.builder.value('Expand', inputs, { element: value.element, shape: sizes });
}

export const fill: Lower = (context) => expanded(context, context.input(1), context.input(0));
export const broadcastTo: Lower = (context) => expanded(context, context.input(0), context.input(1));

export function filledLike(number: 0 | 1): Lower {
  return (context) => {
    const value = context.input(0);
    const one = value.element === 'float' ? Float32Array.of(number) : [number];
    return expanded(context, known(value.element, [], one), shape(context) as Value);
  };
}

export const range: Lower = (context) => {
  const numbers = [0, 1, 2].map((at) => numbersOf(context.input(at))?.[0]);
  const [start, limit, step] = numbers;
  const { element } = context.input(0);
  if (start !== undefined && limit !== undefined && step !== undefined && step !== 0) {
    const length = Math.max(0, Math.ceil((limit - start) / step));
    if (length > 1_000_000) throw context.fail('it counts too far');
    const data = Array.from({ length }, (_, at) => start + at * step);
    return known(element, [length], element === 'float' ? Float32Array.from(data) : data);
  }
  const inputs = [0, 1, 2].map((at) => context.builder.nameOf(context.input(at)));
  return context.builder.value('Range', inputs, { element, shape: [null] });
};

export const cast: Lower = (context) => {
  const value = context.input(0);
  const to = ({ DT_FLOAT: 'float', DT_INT32: 'int', DT_BOOL: 'bool' } as const)[
    context.type('DstT') as 'DT_FLOAT' | 'DT_INT32' | 'DT_BOOL'
  ];
  if (to === value.element) return value;
  const numbers = numbersOf(value);
  if (isKnown(value) && numbers !== undefined) {
    if (to === 'float') return known(to, value.shape, Float32Array.from(numbers));
    return known(to, value.shape, numbers.map(to === 'int' ? Math.trunc : (one) => Number(one !== 0)));
  }
  const code = { float: 1, int: INT64, bool: 9 }[to];
  const { shape, order } = value;
  return context.builder.value(
    'Cast',
    [context.builder.nameOf(value)],
    { element: to, shape, order },
    { to: { int: code } },
  );
};
