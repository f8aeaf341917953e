// A recording as a SavedModel, the only form of graph that tfjs-node's addon loads. Written with tfjs-node's own protobuf classes.
import { createRequire } from 'node:module';
import type { ConstantValue, RecordedAttribute, RecordedNode } from './recording';

/** TensorFlow's numbers for kinds of attributes, as the addon names them. */
export interface AttributeKinds {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

interface Message {
  serializeBinary(): Uint8Array;
  readonly [method: string]: (...args: readonly unknown[]) => unknown;
}
type MessageClass = new () => Message;
type MessageScope = MessageClass & { readonly [nested: string]: MessageClass };
type Messages = Readonly<
  Record<
    | 'TensorShape'
    | 'AttrValue'
    | 'Tensor'
    | 'GraphDef'
    | 'VersionDef'
    | 'NodeDef'
    | 'MetaGraphDef'
    | 'SavedModel',
    MessageScope
  >
>;

const pb = createRequire(import.meta.url)('@tensorflow/tfjs-node/dist/proto/api_pb.js') as Messages;
/** The graph version of TensorFlow 2.18; any newer library reads it. */
const PRODUCER = 1882;
export const TAG = 'serve';

export function savedModelBytes(nodes: readonly RecordedNode[], kinds: AttributeKinds): Uint8Array {
  const graph = new pb.GraphDef();
  const versions = new pb.VersionDef();
  versions.setProducer!(PRODUCER);
  graph.setVersions!(versions);
  for (const { name, op, inputs, attributes } of nodes) {
    const node = new pb.NodeDef();
    node.setName!(name);
    node.setOp!(op);
    inputs.forEach((input) => node.addInput!(input));
    const map = node.getAttrMap!() as Map<string, Message>;
    attributes.forEach((attribute) => map.set(attribute.name, attributeValue(attribute, kinds)));
    graph.addNode!(node);
  }
  const info = new pb.MetaGraphDef.MetaInfoDef!();
  info.addTags!(TAG);
  const meta = new pb.MetaGraphDef();
  meta.setMetaInfoDef!(info);
  meta.setGraphDef!(graph);
  const model = new pb.SavedModel();
  model.setSavedModelSchemaVersion!(1);
  model.addMetaGraphs!(meta);
  return model.serializeBinary();
}

function attributeValue({ type, value }: RecordedAttribute, kinds: AttributeKinds): Message {
  const message = new pb.AttrValue();
  if (type === 'placeholder-shape' || type === kinds.TF_ATTR_SHAPE) {
    message.setShape!(shapeOf(value as readonly number[]));
  } else if (type === 'constant') {
    message.setTensor!(tensorOf(value as ConstantValue));
  } else if (type === kinds.TF_ATTR_STRING) {
    message.setS!(Buffer.from(value as string));
  } else {
    const [one, many] = settersOf(type, kinds);
    if (Array.isArray(value)) {
      const list = new pb.AttrValue.ListValue!();
      list[many]!(value);
      message.setList!(list);
    } else {
      message[one]!(value);
    }
  }
  return message;
}

function settersOf(type: RecordedAttribute['type'], kinds: AttributeKinds): readonly [string, string] {
  switch (type) {
    case 'dtype':
    case kinds.TF_ATTR_TYPE:
      return ['setType', 'setTypeList'];
    case kinds.TF_ATTR_INT:
      return ['setI', 'setIList'];
    case kinds.TF_ATTR_FLOAT:
      return ['setF', 'setFList'];
    case kinds.TF_ATTR_BOOL:
      return ['setB', 'setBList'];
    default:
      throw new Error(`an attribute of kind ${type} cannot be written into a graph`);
  }
}

function shapeOf(sizes: readonly number[]): Message {
  const shape = new pb.TensorShape();
  for (const size of sizes) {
    const dimension = new pb.TensorShape.Dim!();
    dimension.setSize!(size);
    shape.addDim!(dimension);
  }
  return shape;
}

function tensorOf({ dtype, shape, data }: ConstantValue): Message {
  const tensor = new pb.Tensor();
  tensor.setDtype!(dtype);
  tensor.setTensorShape!(shapeOf(shape));
  // Int64Scalar keeps its one number as two 32-bit halves or as one 64-bit value: the bytes are the same
  tensor.setTensorContent!(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return tensor;
}
