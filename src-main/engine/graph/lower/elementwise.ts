/** Operations on each number by itself. They work in whatever order their values lie, so that nothing is moved for them. */
import type { Attribute } from '../../onnx/proto';
import { scaledAndShifted } from './affine';
import type { Builder } from './builder';
import type { Context, Lower } from './context';
import { combinedFloats, combinedSizes } from './fold';
import { add, broadcast, divide, isNumber, multiply, type Size } from './sizes';
import { isKnown, known, type Element, type Value } from './value';

/** y = f(x), of floats unless said otherwise. */
export function unary(operation: string, attributes: Readonly<Record<string, Attribute>> = {}): Lower {
  return (context) => applied(context.builder, operation, context.input(0), attributes);
}

export function applied(
  builder: Builder,
  operation: string,
  value: Value,
  attributes: Readonly<Record<string, Attribute>> = {},
  more: readonly string[] = [],
): Value {
  const { shape, order } = value;
  return builder.value(
    operation,
    [builder.nameOf(value), ...more],
    { element: value.element, shape, order },
    attributes,
  );
}

const scalar = (value: number): Value => known('float', [], Float32Array.of(value));

/** The arithmetic by which graphs prepare their weights is done now. */
const FOLDED_UNARY: Readonly<Record<string, (x: number) => number>> = {
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Sqrt: Math.sqrt,
  Neg: (x) => -x,
  Square: (x) => x * x,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
};

function folded(name: string, lower: Lower): Lower {
  const compute = FOLDED_UNARY[name];
  if (compute === undefined) return lower;
  return (context) => {
    const value = context.input(0);
    if (!isKnown(value) || !(value.data instanceof Float32Array)) return lower(context);
    return known('float', value.shape, value.data.map(compute));
  };
}

const chain =
  (...operations: readonly string[]): Lower =>
  (context) =>
    operations.reduce((value, operation) => applied(context.builder, operation, value), context.input(0));

const withSelf: Lower = ({ builder, inputs: [value] }) =>
  value === undefined ? [] : binaryOf(builder, 'Mul', value, value);

export const UNARY: Readonly<Record<string, Lower>> = Object.fromEntries(
  Object.entries<Lower>({
    ...Object.fromEntries(
      (
        'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Neg Relu Round Sigmoid Sign Sin Sinh' +
        ' Softplus Softsign Sqrt Tan Tanh Reciprocal Elu Selu'
      )
        .split(' ')
        .map((name) => [name, unary(name)]),
    ),
    Rint: unary('Round'),
    Inv: unary('Reciprocal'),
    Rsqrt: chain('Sqrt', 'Reciprocal'),
    Square: withSelf,
    Relu6: (context) => {
      const [low, high] = [scalar(0), scalar(6)].map((value) => context.builder.nameOf(value));
      return applied(context.builder, 'Clip', context.input(0), {}, [low ?? '', high ?? '']);
    },
    LeakyRelu: (context) =>
      applied(context.builder, 'LeakyRelu', context.input(0), { alpha: { float: context.float('alpha') } }),
    Log1p: (context) =>
      applied(context.builder, 'Log', binaryOf(context.builder, 'Add', context.input(0), scalar(1))),
    Expm1: (context) =>
      binaryOf(context.builder, 'Sub', applied(context.builder, 'Exp', context.input(0)), scalar(1)),
    Erfc: (context) =>
      binaryOf(context.builder, 'Sub', scalar(1), applied(context.builder, 'Erf', context.input(0))),
    LogicalNot: unary('Not'),
    IsNan: (context) => ({ ...applied(context.builder, 'IsNaN', context.input(0)), element: 'bool' }),
  }).map(([name, lower]) => [name, folded(name, lower)]),
);

/** The ONNX operation of two values in their common order. */
export function binaryOf(
  builder: Builder,
  operation: string,
  a: Value,
  b: Value,
  element: Element = a.element,
): Value {
  const { names, order } = builder.together([a, b]);
  return builder.value(operation, names, { element, shape: broadcast(a.shape, b.shape), order });
}

const FOLDED_BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
};

const ofNumbers =
  (operation: (a: number, b: number) => number) =>
  (a: Size, b: Size): Size =>
    isNumber(a) && isNumber(b) ? operation(a, b) : null;

const FOLDED_SIZES: Readonly<Record<string, (a: Size, b: Size) => Size>> = {
  Add: add,
  Sub: ofNumbers((a, b) => a - b),
  Mul: multiply,
  Div: (a, b) => (isNumber(a) && isNumber(b) && b !== 0 ? Math.floor(a / b) : divide(a, b)),
  Mod: ofNumbers((a, b) => a - b * Math.floor(a / b)),
  Max: ofNumbers(Math.max),
  Min: ofNumbers(Math.min),
  Pow: ofNumbers((a, b) => a ** b),
};

const COMPARED: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};

function binary(operation: string): Lower {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    if (isKnown(a) && isKnown(b)) {
      const floats = FOLDED_BINARY[operation];
      const sizes = FOLDED_SIZES[operation];
      const done =
        (floats && a.element === 'float' ? combinedFloats(a, b, floats) : undefined) ??
        (sizes && a.element === 'int' ? combinedSizes(a, b, 'int', sizes) : undefined);
      if (done !== undefined) return done;
    }
    return scaledAndShifted(context, operation) ?? binaryOf(context.builder, operation, a, b);
  };
}

function comparison(operation: string): Lower {
  return (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    const compare = COMPARED[operation];
    if (isKnown(a) && isKnown(b) && compare !== undefined) {
      const test = ofNumbers((x, y) => Number(compare(x, y)));
      const done = combinedSizes(a, b, 'bool', test);
      if (done !== undefined) return done;
    }
    return binaryOf(context.builder, operation, a, b, 'bool');
  };
}

const not = (builder: Builder, value: Value): Value =>
  isKnown(value)
    ? known(
        'bool',
        value.shape,
        Array.from(value.data, (bit) => Number(bit === 0)),
      )
    : applied(builder, 'Not', value);

/** Down, as Python divides; ONNX divides whole numbers towards zero. */
const floorDivision: Lower = (context) => {
  const [a, b] = [context.input(0), context.input(1)];
  if (isKnown(a) && isKnown(b) && a.element === 'int') return binary('Div')(context);
  if (a.element === 'int') throw context.fail('it divides whole numbers that are not known beforehand');
  return applied(context.builder, 'Floor', binaryOf(context.builder, 'Div', a, b));
};

const floorModulo: Lower = (context) => {
  const [a, b] = [context.input(0), context.input(1)];
  if (a.element === 'int') return binary('Mod')(context);
  const { builder } = context;
  const whole = applied(builder, 'Floor', binaryOf(builder, 'Div', a, b));
  return binaryOf(builder, 'Sub', a, binaryOf(builder, 'Mul', whole, b));
};

export const BINARY: Readonly<Record<string, Lower>> = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('Div'),
  Div: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  FloorDiv: floorDivision,
  FloorMod: floorModulo,
  Mod: floorModulo,
  SquaredDifference: (context) => {
    const difference = binaryOf(context.builder, 'Sub', context.input(0), context.input(1));
    return binaryOf(context.builder, 'Mul', difference, difference);
  },
  Equal: comparison('Equal'),
  NotEqual: (context) => not(context.builder, comparison('Equal')(context) as Value),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: comparison('And'),
  LogicalOr: comparison('Or'),
  AddN: (context) => context.inputs.reduce((sum, value) => binaryOf(context.builder, 'Add', sum, value)),
  ClipByValue: (context) => {
    const { builder } = context;
    const least = binaryOf(builder, 'Max', context.input(0), context.input(1));
    return binaryOf(builder, 'Min', least, context.input(2));
  },
  SelectV2: select,
  Select: (context) => {
    if (context.input(0).shape.length !== context.input(1).shape.length)
      throw context.fail('its condition has another rank than its values');
    return select(context);
  },
};

function select(context: Context): Value {
  const { builder } = context;
  const [condition, a, b] = [context.input(0), context.input(1), context.input(2)];
  const { names, order } = builder.together([condition, a, b]);
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  return builder.value('Where', names, { element: a.element, shape, order });
}
