/**
 * A graph under construction, and how its values lie in memory. TensorFlow.js networks are channels-last, ONNX
 * convolutions channels-first. Values keep the order in which they were made and are turned only when a layer needs the
 * other one, so that between two convolutions, and between a convolution and a dense layer, nothing is moved at all.
 */
import type { Attribute, OnnxNode, OnnxTensor } from './proto';
import type { Shape } from '../topology';

export type Picture = readonly [height: number, width: number, channels: number];

/**
 * `plain`: as TensorFlow.js has it. `channels-first`: [channels, height, width]. `flat`: one axis whose elements stand as
 * those of a flattened channels-first picture of that size; whoever reads it reorders its weights instead.
 */
export type Stored =
  | { readonly kind: 'plain' }
  | { readonly kind: 'channels-first' }
  | { readonly kind: 'flat'; readonly of: Picture };

export interface Value {
  readonly name: string;
  /** What the layer above means, channels last, without the batch. */
  readonly shape: Shape;
  readonly stored: Stored;
}

export const PLAIN: Stored = { kind: 'plain' };
const CHANNELS_FIRST: Stored = { kind: 'channels-first' };

export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];

  node(
    operation: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = `v${this.nodes.length}`;
    this.nodes.push({ operation, inputs, output, attributes });
    return output;
  }

  floats(data: Float32Array | readonly number[], shape: Shape): string {
    return this.tensor(Float32Array.from(data), shape);
  }

  integers(data: readonly number[]): string {
    return this.tensor(BigInt64Array.from(data, BigInt), [data.length]);
  }

  private tensor(data: Float32Array | BigInt64Array, shape: Shape): string {
    const name = `c${this.tensors.length}`;
    this.tensors.push({ name, shape, data });
    return name;
  }

  /** 0 keeps the size of the batch. */
  reshape(name: string, shape: Shape): string {
    return this.node('Reshape', [name, this.integers([0, ...shape])]);
  }

  toPlain(value: Value): Value {
    const { stored, shape } = value;
    if (stored.kind === 'plain') return value;
    const picture = stored.kind === 'flat' ? stored.of : pictureOf(shape);
    const [height, width, channels] = picture;
    let name = value.name;
    if (isTrivialOrder(picture)) name = this.reshape(name, shape);
    else {
      if (stored.kind === 'flat') name = this.reshape(name, [channels, height, width]);
      name = this.node('Transpose', [name], { perm: { ints: [0, 2, 3, 1] } });
      if (stored.kind === 'flat') name = this.reshape(name, shape);
    }
    return { name, shape, stored: PLAIN };
  }

  toChannelsFirst(value: Value): Value {
    if (value.stored.kind === 'channels-first') return value;
    const { name, shape } = value;
    const picture = pictureOf(shape);
    const [height, width, channels] = picture;
    const turned = isTrivialOrder(picture)
      ? this.reshape(name, [channels, height, width])
      : this.node('Transpose', [name], { perm: { ints: [0, 3, 1, 2] } });
    return { name: turned, shape, stored: CHANNELS_FIRST };
  }

  /** All values in one order, so that they can be added or joined. */
  alike(values: readonly Value[]): readonly Value[] {
    if (values.some(({ stored }) => stored.kind === 'channels-first'))
      return values.map((value) => this.toChannelsFirst(value));
    return values.map((value) => this.toPlain(value));
  }
}

export function channelsFirst(name: string, shape: Shape): Value {
  return { name, shape, stored: CHANNELS_FIRST };
}

export function pictureOf(shape: Shape): Picture {
  const [height = 1, width = 1, channels = 1] = shape;
  return [height, width, channels];
}

/** With one channel, or one pixel, both orders are the same sequence of numbers. */
export const isTrivialOrder = ([height, width, channels]: Picture): boolean =>
  channels === 1 || height * width === 1;

/** For each place of a flattened channels-first picture, the place of that number in the channels-last one. */
export function channelsFirstOrder([height, width, channels]: Picture): Int32Array {
  const order = new Int32Array(height * width * channels);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < height * width; pixel++) order[at++] = pixel * channels + channel;
  }
  return order;
}

/** `data` with its axes in another order, e.g. [0, 2, 1]. */
export function permuteAxes(data: Float32Array, shape: Shape, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((total, size) => total * size, 1));
  const sizes = axes.map((axis) => shape[axis] ?? 1);
  const steps = axes.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(data.length);
  const position = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from] ?? 0;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if (next < (sizes[axis] ?? 1)) {
        position[axis] = next;
        break;
      }
      from -= next * (steps[axis] ?? 0);
      position[axis] = 0;
    }
  }
  return result;
}
