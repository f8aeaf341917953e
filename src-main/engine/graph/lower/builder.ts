/** The ONNX graph under construction, and how a value gets into it: in the order in memory that its reader wants. */
import type { Attribute, OnnxNode, OnnxTensor } from '../../onnx/proto';
import { MAX_ELEMENTS } from '../../store/limits';
import { lowerError, tooLarge } from './lower-errors';
import { areNumbers, isNumber, productOf, type Size } from './sizes';
import {
  isKnown,
  TO_CHANNELS_FIRST,
  PHYSICAL_AXIS,
  type Element,
  type Known,
  type Order,
  type Value,
} from './value';
import { transposed } from './fold';

export class Builder {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  private readonly names = new Map<Value, string>();
  private readonly turned = new Map<string, string>();
  private batchSize: string | undefined;
  /** An input whose first size is the batch. */
  batchSource: string | undefined;

  node(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = `v${this.nodes.length}`;
    this.nodes.push({ operation, inputs, output, attributes });
    return output;
  }

  floats(data: Float32Array, shape: readonly number[]): string {
    return this.tensor(data, shape);
  }

  integers(data: readonly number[], shape: readonly number[] = [data.length]): string {
    return this.tensor(BigInt64Array.from(data, BigInt), shape);
  }

  private tensor(data: Float32Array | BigInt64Array, shape: readonly number[]): string {
    const name = `c${this.tensors.length}`;
    this.tensors.push({ name, shape, data });
    return name;
  }

  /** A value that a node gives. Sizes are checked here, where each is made, so that no graph asks for absurd memory. */
  value(
    operation: string,
    inputs: readonly string[],
    result: { readonly element: Element; readonly shape: readonly Size[]; readonly order?: Order },
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    checkSizes(operation, result.shape);
    return { order: 'plain', ...result, name: this.node(operation, inputs, attributes) };
  }

  /** Its name as it lies in memory now. */
  nameOf(value: Value): string {
    if (value.name !== undefined) return value.name;
    let name = this.names.get(value);
    if (name === undefined) {
      name = value.pending === undefined ? this.written(value) : this.product(value.pending);
      this.names.set(value, name);
    }
    return name;
  }

  plain(value: Value): string {
    const name = this.nameOf(value);
    return value.order === 'plain' ? name : this.turn(name, value.shape, PHYSICAL_AXIS, 'plain');
  }

  channelsFirst(value: Value): string {
    const name = this.nameOf(value);
    if (value.order === 'channels-first') return name;
    return this.turn(name, value.shape, TO_CHANNELS_FIRST, 'channels-first');
  }

  /** With one channel, or one pixel, both orders are the same sequence of numbers. */
  private turn(name: string, shape: readonly Size[], axes: readonly number[], to: Order): string {
    const key = `${name} ${to}`;
    let turned = this.turned.get(key);
    if (turned === undefined) {
      const [, height = null, width = null, channels = null] = shape;
      const inner = to === 'plain' ? [height, width, channels] : [channels, height, width];
      const trivial = channels === 1 || (height === 1 && width === 1);
      turned =
        trivial && areNumbers(inner) && !inner.includes(0)
          ? this.node('Reshape', [name, this.integers([0, ...inner])])
          : this.node('Transpose', [name], { perm: { ints: axes } });
      this.turned.set(key, turned);
    }
    return turned;
  }

  private product({
    operation,
    input,
    kernel,
    kernelShape,
    bias,
    attributes,
  }: NonNullable<Value['pending']>): string {
    const inputs = [input, this.floats(kernel, kernelShape)];
    if (bias !== undefined) inputs.push(this.floats(bias, [bias.length]));
    return this.node(operation, inputs, attributes);
  }

  private written(value: Value): string {
    if (!isKnown(value)) throw lowerError('', 'a size is needed that is not known');
    if (value.data instanceof Float32Array) return this.floats(value.data, value.shape);
    const whole = areNumbers(value.data) ? this.integers(value.data, value.shape) : this.sizes(value);
    return value.element === 'bool' ? this.node('Cast', [whole], { to: { int: BOOL } }) : whole;
  }

  /** Sizes of which some depend on the batch. */
  private sizes({ data, shape }: Known): string {
    this.batchSize ??= this.node('Shape', [this.batchSource ?? ''], { start: { int: 0 }, end: { int: 1 } });
    const batch = this.batchSize;
    const parts = [...(data as readonly Size[])].map((size) => {
      if (isNumber(size)) return this.integers([size]);
      const times = size?.times ?? 1;
      return times === 1 ? batch : this.node('Mul', [batch, this.integers([times])]);
    });
    const list = parts.length === 1 ? (parts[0] ?? '') : this.node('Concat', parts, { axis: { int: 0 } });
    return shape.length === 1 ? list : this.node('Reshape', [list, this.integers(shape)]);
  }

  /** Both in one order, so that they can be added or joined; rank 4 is what has an order. */
  together(values: readonly Value[]): { readonly names: readonly string[]; readonly order: Order } {
    const rank = Math.max(...values.map(({ shape }) => shape.length));
    const first = rank === 4 && values.some(({ order }) => order === 'channels-first');
    const fits = values.every(
      (value) => value.shape.length === 4 || isKnown(value) || value.shape.length === 0,
    );
    if (!first || !fits) return { names: values.map((value) => this.plain(value)), order: 'plain' };
    const names = values.map((value) => {
      if (!isKnown(value)) return value.shape.length === 0 ? this.nameOf(value) : this.channelsFirst(value);
      const size = productOf(value.shape);
      if (size === 1) return this.nameOf(known1(value));
      const shape = [...Array.from({ length: 4 - value.shape.length }, () => 1), ...value.shape];
      return this.nameOf(transposed({ ...value, shape }, TO_CHANNELS_FIRST));
    });
    return { names, order: 'channels-first' };
  }
}

/** One number is the same in every shape and order. */
const known1 = (value: Known): Known => ({ ...value, shape: [] });

export const BOOL = 9;
export const INT64 = 7;
export const FLOAT = 1;

function checkSizes(operation: string, shape: readonly Size[]): void {
  let count = 1;
  for (const size of shape) {
    const one = isNumber(size) ? size : (size?.times ?? 1);
    count *= one;
    if (one < 0 || one > MAX_ELEMENTS || count > MAX_ELEMENTS) throw tooLarge(operation, shape);
  }
}
