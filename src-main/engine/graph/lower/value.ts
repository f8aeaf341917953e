/**
 * What is known of a tensor while a graph is translated. Numbers that are known already are kept and only written into the
 * ONNX graph when something needs them there; a convolution by constants waits until it is read, so that what scales and
 * shifts its channels afterwards can go into its weights.
 */
import type { Attribute } from '../../onnx/proto';
import { areNumbers, type Size } from './sizes';

export type Element = 'float' | 'int' | 'bool';

/** `channels-first`: a value [N, H, W, C] that lies in memory as [N, C, H, W]. */
export type Order = 'plain' | 'channels-first';

/** Floats, or whole numbers and truth values that may depend on the batch. */
export type Data = Float32Array | readonly Size[];

export interface PendingProduct {
  readonly operation: 'Conv' | 'ConvTranspose' | 'Gemm';
  readonly input: string;
  /** As the ONNX operation has it. */
  readonly kernel: Float32Array;
  readonly kernelShape: readonly number[];
  /** Which axis of the kernel is that of the output's channels. */
  readonly outputAxis: number;
  readonly bias: Float32Array | undefined;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Which axis of the value is that of its channels, as the graph above has it. */
  readonly channelAxis: number;
}

export interface Value {
  readonly element: Element;
  /** As the graph has it, whatever the order in memory. */
  readonly shape: readonly Size[];
  readonly order: Order;
  readonly data?: Data;
  readonly name?: string;
  readonly pending?: PendingProduct;
}

/** All its numbers are known. */
export interface Known extends Value {
  readonly shape: readonly number[];
  readonly data: Data;
}

export function isKnown(value: Value | undefined): value is Known {
  return (
    value?.data !== undefined &&
    areNumbers(value.shape) &&
    (value.data instanceof Float32Array || !value.data.includes(null))
  );
}

/** Known whole numbers none of which depends on the batch; undefined otherwise. */
export function numbersOf(value: Value | undefined): readonly number[] | undefined {
  if (!isKnown(value)) return undefined;
  if (value.data instanceof Float32Array) return Array.from(value.data);
  return areNumbers(value.data) ? value.data : undefined;
}

export function known(element: Element, shape: readonly number[], data: Data): Known {
  return { element, shape, data, order: 'plain' };
}

/** Where each logical axis of a channels-first value lies. */
export const PHYSICAL_AXIS = [0, 2, 3, 1] as const;
export const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;

export const physicalAxis = (value: Value, axis: number): number =>
  value.order === 'channels-first' ? (PHYSICAL_AXIS[axis] ?? axis) : axis;
