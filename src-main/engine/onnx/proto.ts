/**
 * The part of the ONNX format that we write: messages and field numbers from onnx.proto3, version 1.16
 * (https://github.com/onnx/onnx). Opset 17 is the first with LayerNormalization.
 */
import protobuf from 'protobufjs';

const ONNX_PROTO = `
syntax = "proto3";
package onnx;
message AttributeProto {
  string name = 1;
  float f = 2;
  int64 i = 3;
  bytes s = 4;
  repeated float floats = 7;
  repeated int64 ints = 8;
  int32 type = 20;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  string name = 3;
  string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message TensorProto {
  repeated int64 dims = 1;
  int32 data_type = 2;
  string name = 8;
  bytes raw_data = 9;
}
message Dimension {
  oneof value { int64 dim_value = 1; string dim_param = 2; }
}
message TensorShapeProto { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
message TypeProto { TensorType tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1;
  string name = 2;
  repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message ModelProto {
  int64 ir_version = 1;
  string producer_name = 2;
  GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}`;

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;
const ELEMENT_TYPE = { float: FLOAT, int64: INT64, bool: BOOL } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly operation: string;
  /** '' stands for an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** A graph input or output: 32-bit floats, the batch size open, unless it says otherwise. */
export interface OnnxPort {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** The whole shape instead, batch included; a word stands for a size that is open. */
  readonly whole?: readonly (number | string)[];
  readonly type?: keyof typeof ELEMENT_TYPE;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

let modelType: protobuf.Type | undefined;

export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  modelType ??= protobuf.parse(ONNX_PROTO, { keepCase: true }).root.lookupType('onnx.ModelProto');
  const model = {
    ir_version: IR_VERSION,
    producer_name: 'latentscape',
    opset_import: [{ domain: '', version: OPSET }],
    graph: {
      name: 'network',
      node: graph.nodes.map(({ operation, inputs, output, attributes }) => ({
        name: output,
        op_type: operation,
        input: inputs,
        output: [output],
        attribute: Object.entries(attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
      })),
      initializer: graph.tensors.map(({ name, shape, data }) => ({
        name,
        dims: shape,
        data_type: data instanceof Float32Array ? FLOAT : INT64,
        raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: graph.inputs.map(encodePort),
      output: graph.outputs.map(encodePort),
    },
  };
  return modelType.encode(model).finish();
}

function encodeAttribute(name: string, attribute: Attribute): object {
  if ('float' in attribute) return { name, type: ATTRIBUTE_TYPE.float, f: attribute.float };
  if ('int' in attribute) return { name, type: ATTRIBUTE_TYPE.int, i: attribute.int };
  if ('string' in attribute)
    return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(attribute.string) };
  if ('floats' in attribute) return { name, type: ATTRIBUTE_TYPE.floats, floats: attribute.floats };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: attribute.ints };
}

function encodePort({ name, shape, whole = ['batch', ...shape], type = 'float' }: OnnxPort): object {
  const dim = whole.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: ELEMENT_TYPE[type], shape: { dim } } } };
}
