/** What a layer is given when it is translated, and what most layers need. */
import { isSame, word } from '../layer-fields';
import type { Weight } from '../network-file';
import type { Call } from '../topology';
import { ACTIVATIONS } from './activations';
import { pictureOf, type GraphBuilder, type Picture, type Value } from './values';

export interface LayerContext {
  readonly graph: GraphBuilder;
  readonly call: Call;
  readonly inputs: readonly Value[];
  readonly weight: (name: string) => Weight | undefined;
  /** The picture into which the output is going to be reshaped, if nothing else reads it on the way. */
  readonly becomes: Picture | undefined;
  readonly fail: (cause: string) => Error;
}

export type Lower = (context: LayerContext) => Value;

export function only({ inputs, fail }: LayerContext): Value {
  const [value] = inputs;
  if (value === undefined) throw fail('it reads nothing');
  return value;
}

export function required({ weight, fail }: LayerContext, name: string): Weight {
  const found = weight(name);
  if (found === undefined) throw fail(`its ${name} is missing`);
  return found;
}

export function numberField<T>({ call, fail }: LayerContext, key: string, otherwise: T): number | T {
  const value = call.config[key] ?? otherwise;
  if (typeof value === 'number' && !Number.isFinite(value)) throw fail(`its ${key} is not finite`);
  return typeof value === 'number' ? value : otherwise;
}

export function elementwise(context: LayerContext, emit: (graph: GraphBuilder, x: string) => string): Value {
  const value = only(context);
  return { ...value, name: emit(context.graph, value.name) };
}

/** The `activation` of a layer, on the value that the layer computed. */
export function activate(context: LayerContext, value: Value, name: string): Value {
  const { graph, fail } = context;
  if (name === 'softmax') return softmax(graph, value);
  const emit = ACTIVATIONS.get(name === '' ? 'linear' : name);
  if (emit === undefined) throw fail(`its activation ${name} is not translated`);
  return { ...value, name: emit(graph, value.name) };
}

export const activated = (context: LayerContext, value: Value): Value =>
  activate(context, value, word(context.call.config['activation']));

/** Over the channels, wherever they stand. */
export function softmax(graph: GraphBuilder, value: Value): Value {
  const ordered = value.stored.kind === 'flat' ? graph.toPlain(value) : value;
  const axis = ordered.stored.kind === 'channels-first' ? 1 : ordered.shape.length;
  return { ...ordered, name: graph.node('Softmax', [ordered.name], { axis: { int: axis } }) };
}

export const reorder = (data: Float32Array, order: Int32Array): Float32Array =>
  Float32Array.from(order, (from) => data[from] ?? 0);

/**
 * [top, left, bottom, right]. TensorFlow's `same` gives ceil(size / stride) outputs and puts the odd pixel of padding
 * behind; ONNX has no name for that with every size, so the numbers are given.
 */
export function paddings(
  context: LayerContext,
  window: readonly [number, number],
  strides: readonly [number, number],
): readonly number[] {
  if (!isSame(context.call.config)) return [0, 0, 0, 0];
  const [height, width] = pictureOf(only(context).shape);
  const [top, bottom] = samePadding(height, window[0], strides[0]);
  const [left, right] = samePadding(width, window[1], strides[1]);
  return [top, left, bottom, right];
}

function samePadding(size: number, window: number, stride: number): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
