// TensorFlow's element types: their numbers in a file, what they become here, and what they are called where people see them.
import type { PortType } from '#shared/importing';

/** tensorflow/core/framework/types.proto */
export const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'DT_FLOAT'],
  [2, 'DT_DOUBLE'],
  [3, 'DT_INT32'],
  [4, 'DT_UINT8'],
  [5, 'DT_INT16'],
  [6, 'DT_INT8'],
  [7, 'DT_STRING'],
  [8, 'DT_COMPLEX64'],
  [9, 'DT_INT64'],
  [10, 'DT_BOOL'],
  [14, 'DT_BFLOAT16'],
  [17, 'DT_UINT16'],
  [18, 'DT_COMPLEX128'],
  [19, 'DT_HALF'],
  [20, 'DT_RESOURCE'],
  [21, 'DT_VARIANT'],
  [22, 'DT_UINT32'],
  [23, 'DT_UINT64'],
]);

/** A reference type of TensorFlow 1 is its type plus 100. */
export const typeName = (number: number): string =>
  TYPE_NAMES.get(number >= 100 ? number - 100 : number) ?? `type ${number}`;

export type Computed = 'DT_FLOAT' | 'DT_INT32' | 'DT_BOOL';

interface ElementType {
  readonly bytes: number;
  readonly becomes: Computed;
  readonly port: PortType;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  DT_FLOAT: { bytes: 4, becomes: 'DT_FLOAT', port: 'float32' },
  DT_DOUBLE: { bytes: 8, becomes: 'DT_FLOAT', port: 'float64' },
  DT_HALF: { bytes: 2, becomes: 'DT_FLOAT', port: 'float16' },
  DT_BFLOAT16: { bytes: 2, becomes: 'DT_FLOAT', port: 'float32' },
  DT_INT8: { bytes: 1, becomes: 'DT_INT32', port: 'int32' },
  DT_UINT8: { bytes: 1, becomes: 'DT_INT32', port: 'uint8' },
  DT_INT16: { bytes: 2, becomes: 'DT_INT32', port: 'int32' },
  DT_UINT16: { bytes: 2, becomes: 'DT_INT32', port: 'int32' },
  DT_INT32: { bytes: 4, becomes: 'DT_INT32', port: 'int32' },
  DT_INT64: { bytes: 8, becomes: 'DT_INT32', port: 'int64' },
  DT_BOOL: { bytes: 1, becomes: 'DT_BOOL', port: 'bool' },
};

/** Undefined for what no picture is made of: text, complex numbers, handles. */
export const elementType = (name: string): ElementType | undefined =>
  Object.hasOwn(ELEMENT_TYPES, name) ? ELEMENT_TYPES[name] : undefined;

export const computedPort = (port: PortType): Computed =>
  port === 'bool' ? 'DT_BOOL' : port.startsWith('float') ? 'DT_FLOAT' : 'DT_INT32';
