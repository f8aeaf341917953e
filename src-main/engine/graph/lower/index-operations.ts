/** Picking by index: slices with steps, gathering, one-hot vectors. */
import type { Context, Lower } from './context';
import { picked, places, stridesOf } from './fold';
import { reshapedTo } from './arrange';
import { areNumbers, isNumber, type Size } from './sizes';
import { isKnown, known, numbersOf, type Value } from './value';

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** x[begin:end:step] of Python, whose masks say which bounds are left out, which axes are new and which go away. */
export const stridedSlice: Lower = (context) => {
  const value = context.input(0);
  const [begin, end, steps] = [1, 2, 3].map((at) => numbersOf(context.input(at)));
  const lists = [1, 2].map((at) => context.input(at).data);
  const length = context.input(3).shape[0];
  if (steps === undefined || !isNumber(length)) throw context.fail('its steps are not known beforehand');
  const bit = (mask: string, at: number): boolean => ((context.int(mask) >> at) & 1) === 1;
  const entries = Array.from({ length }, (_, at) => at);
  const ellipsis = entries.find((at) => bit('ellipsis_mask', at));
  const added = entries.filter((at) => bit('new_axis_mask', at) && at !== ellipsis).length;
  const covered = value.shape.length - (length - added - (ellipsis === undefined ? 0 : 1));
  if (covered < 0) throw context.fail('it names more axes than there are');

  const cuts: Cut[] = [];
  const result: Size[] = [];
  let axis = 0;
  const keep = (): void => {
    result.push(value.shape[axis++] ?? null);
  };
  for (const at of entries) {
    if (at === ellipsis) {
      for (let more = 0; more < covered; more++) keep();
    } else if (bit('new_axis_mask', at)) result.push(1);
    else {
      const bound = (which: 0 | 1): number => {
        const known = (which === 0 ? begin : end)?.[at] ?? lists[which]?.[at];
        if (!isNumber(known)) throw context.fail('its bounds are not known beforehand');
        return known;
      };
      const whole = value.shape[axis] ?? null;
      const step = steps[at] ?? 1;
      if (bit('shrink_axis_mask', at)) {
        const start = bound(0);
        cuts.push({ axis, start, end: start === -1 ? LAST : start + 1, step: 1 });
        axis++;
      } else if (bit('begin_mask', at) && bit('end_mask', at) && step === 1) keep();
      else {
        const start = bit('begin_mask', at) ? (step > 0 ? 0 : LAST) : bound(0);
        const stop = bit('end_mask', at) ? (step > 0 ? LAST : -LAST) : bound(1);
        cuts.push({ axis, start, end: stop, step });
        result.push(cutSize(whole, start, stop, step));
        axis++;
      }
    }
  }
  while (axis < value.shape.length) keep();
  return cut(context, value, cuts, result);
};

const LAST = 2 ** 31 - 1;

function clamp(size: number, place: number, step: number): number {
  const at = place < 0 ? place + size : place;
  return step > 0 ? Math.max(0, Math.min(size, at)) : Math.max(-1, Math.min(size - 1, at));
}

function cutSize(whole: Size, start: number, end: number, step: number): Size {
  if (isNumber(whole)) {
    return Math.max(0, Math.ceil((clamp(whole, end, step) - clamp(whole, start, step)) / step));
  }
  return start === 0 && end >= LAST && step === 1 ? whole : null;
}

function cut(context: Context, value: Value, cuts: readonly Cut[], result: readonly Size[]): Value {
  const { builder } = context;
  // A shape of which only the batch is open: its numbers are moved although not all are known.
  if (value.data !== undefined && areNumbers(value.shape) && areNumbers(result)) {
    const strides = [...stridesOf(value.shape)];
    const shape = [...value.shape];
    let start = 0;
    for (const one of cuts) {
      const whole = value.shape[one.axis] ?? 1;
      const first = clamp(whole, one.start, one.step);
      start += first * (strides[one.axis] ?? 1);
      shape[one.axis] = Number(cutSize(whole, one.start, one.end, one.step));
      strides[one.axis] = (strides[one.axis] ?? 1) * one.step;
    }
    const moved = picked(
      { ...value, shape: value.shape, data: value.data },
      places(shape, strides, start),
      result,
    );
    if (isKnown(moved)) return moved;
  }
  if (cuts.length === 0) return reshapedTo(context, value, result);
  const lists = [
    cuts.map(({ start }) => start),
    cuts.map(({ end }) => end),
    cuts.map((one) => one.axis),
    cuts.map(({ step }) => step),
  ];
  const kept = value.shape.map((whole, axis) => {
    const one = cuts.find((candidate) => candidate.axis === axis);
    return one === undefined
      ? whole
      : (cutSize(whole, one.start, one.end, one.step) ?? (one.end === one.start + 1 ? 1 : null));
  });
  const part = builder.value(
    'Slice',
    [builder.plain(value), ...lists.map((list) => builder.integers(list))],
    { element: value.element, shape: kept },
  );
  return reshapedTo(context, part, result);
}

export const gather: Lower = (context) => {
  const [table, indices] = [context.input(0), context.input(1)];
  const given = context.operation === 'GatherV2' ? context.number(2, 'axis') : 0;
  const axis = context.axis(given, table.shape.length);
  if (context.operation === 'GatherV2' && context.int('batch_dims') !== 0)
    throw context.fail('it gathers in batches');
  const shape = table.shape.toSpliced(axis, 1, ...indices.shape);
  const numbers = numbersOf(indices);
  if (isKnown(table) && numbers !== undefined && table.shape.length === 1 && areNumbers(shape)) {
    const [length = 0] = table.shape;
    return picked(
      table,
      numbers.map((at) => (at < 0 ? at + length : at)),
      shape,
    );
  }
  const { builder } = context;
  return builder.value(
    'Gather',
    [builder.plain(table), builder.nameOf(indices)],
    { element: table.element, shape },
    { axis: { int: axis } },
  );
};

export const gatherByCoordinates: Lower = (context) => {
  const [table, indices] = [context.input(0), context.input(1)];
  const depth = indices.shape.at(-1);
  if (!isNumber(depth)) throw context.fail('its indices are not known beforehand');
  const shape = [...indices.shape.slice(0, -1), ...table.shape.slice(depth)];
  const { builder } = context;
  return builder.value('GatherND', [builder.plain(table), builder.plain(indices)], {
    element: table.element,
    shape,
  });
};

export const oneHot: Lower = (context) => {
  const [indices, on, off] = [context.input(0), context.input(2), context.input(3)];
  const depth = context.number(1, 'depth');
  const [high, low] = [numbersOf(on)?.[0], numbersOf(off)?.[0]];
  if (high === undefined || low === undefined) throw context.fail('its values are not known beforehand');
  const rank = indices.shape.length + 1;
  const axis = context.axis(context.int('axis'), rank);
  const { builder } = context;
  const values =
    on.element === 'float' ? known('float', [2], Float32Array.of(low, high)) : known('int', [2], [low, high]);
  return builder.value(
    'OneHot',
    [builder.plain(indices), builder.integers([depth], []), builder.nameOf(values)],
    { element: on.element, shape: indices.shape.toSpliced(axis, 0, depth) },
    { axis: { int: axis } },
  );
};

export const reverse: Lower = (context) => {
  const value = context.input(0);
  const axes = context.numbers(1, 'axes').map((axis) => context.axis(axis, value.shape.length));
  const cuts = axes.map((axis): Cut => ({ axis, start: LAST, end: -LAST, step: -1 }));
  const { builder } = context;
  const lists = [
    cuts.map(({ start }) => start),
    cuts.map(({ end }) => end),
    axes,
    cuts.map(({ step }) => step),
  ];
  return builder.value('Slice', [builder.plain(value), ...lists.map((list) => builder.integers(list))], {
    element: value.element,
    shape: value.shape,
  });
};
