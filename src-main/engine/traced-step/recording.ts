// Records one eager step as a list of TensorFlow nodes. Every kernel of tfjs-node ends in executeSingleOutput or
// executeMultipleOutputs with TensorFlow's own operation and attributes, so what passes there is the graph of the step.
//
// What the step reads and did not compute becomes an input (it changes from step to step), a variable (fed, and its new value
// fetched), or a constant: everything else, frozen. A number that JavaScript derives from the step counter freezes too: make it an input.
import type * as tf from '@tensorflow/tfjs';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';

export interface RecordedAttribute {
  readonly name: string;
  /** TensorFlow's own number for the kind (TF_ATTR_…), or what only we write. */
  readonly type: number | 'dtype' | 'placeholder-shape' | 'constant';
  readonly value: unknown;
}

export interface RecordedNode {
  readonly name: string;
  readonly op: string;
  /** 'node:output' */
  readonly inputs: readonly string[];
  readonly attributes: readonly RecordedAttribute[];
  /** Of its first output, where it has been run. */
  readonly shape?: readonly number[];
}

export interface ConstantValue {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

export interface Recording {
  readonly nodes: readonly RecordedNode[];
  readonly variables: readonly tf.Variable[];
  /** Those that the step assigns; the others it only reads. */
  readonly assigned: readonly tf.Variable[];
  readonly feeds: readonly string[];
  /** The step's result, then the new value of each assigned variable. */
  readonly fetches: readonly string[];
}

type Operand = tf.TensorInfo & { readonly valueArray?: BigInt64Array | Int32Array };
interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly id: number;
  readonly values: ArrayBufferView | null;
}
/** What is read of the backend beside its public face. */
interface BackendInternals {
  readonly tensorMap: { get(id: object): StoredTensor };
}

const METHODS = ['executeSingleOutput', 'executeMultipleOutputs'] as const;

/** Runs the step once, for real, and writes down what it did. The result of that run is returned with the recording. */
export function recordStep(
  backend: NodeJSKernelBackend,
  step: () => tf.Tensor,
  inputs: readonly tf.Tensor[],
  variables: readonly tf.Variable[],
): { readonly recording: Recording; readonly result: tf.Tensor } {
  const { binding } = backend;
  const { tensorMap } = backend as unknown as BackendInternals;
  const nodes: RecordedNode[] = [];
  const producer = new Map<object, string>(); // tensor data -> 'node:output'

  const placeholder = (tensor: tf.Tensor, name: string): string => {
    const attributes = [
      { name: 'dtype', type: 'dtype', value: backend.getDTypeInteger(tensor.dtype) },
      { name: 'shape', type: 'placeholder-shape', value: tensor.shape },
    ] as const;
    nodes.push({ name, op: 'Placeholder', inputs: [], attributes, shape: tensor.shape });
    producer.set(tensor.dataId, `${name}:0`);
    return `${name}:0`;
  };
  const constant = (value: ConstantValue): string => {
    const name = `const_${nodes.length}`;
    const attributes = [
      { name: 'dtype', type: 'dtype', value: value.dtype },
      { name: 'value', type: 'constant', value },
    ] as const;
    nodes.push({ name, op: 'Const', inputs: [], attributes });
    return `${name}:0`;
  };
  const reference = (operand: Operand): string => {
    // tfjs-node's Int64Scalar: a number for TensorFlow only, no tensor
    if (operand.valueArray) return constant({ dtype: binding.TF_INT64, shape: [], data: operand.valueArray });
    let known = producer.get(operand.dataId);
    if (known === undefined) {
      const { dtype, shape, values, id } = tensorMap.get(operand.dataId);
      known = constant({ dtype, shape, data: values ?? binding.tensorDataSync(id) });
      producer.set(operand.dataId, known);
    }
    return known;
  };

  const feeds = [
    ...inputs.map((tensor, i) => placeholder(tensor, `input_${i}`)),
    ...variables.map((variable, i) => placeholder(variable, `variable_${i}`)),
  ];
  const restore = METHODS.map((method) => {
    type Execute = (
      op: string,
      attributes: RecordedAttribute[],
      operands: Operand[],
      count?: number,
    ) => tf.Tensor | tf.Tensor[];
    const target = backend as unknown as Record<string, Execute>;
    const execute = target[method]!.bind(backend);
    target[method] = (op, attributes, operands, count) => {
      const references = operands.map(reference); // before it runs: operands may be disposed after
      const output = execute(op, attributes, operands, count);
      const name = `op_${nodes.length}`;
      const outputs = [output].flat();
      nodes.push({ name, op, inputs: references, attributes, shape: outputs[0]!.shape });
      outputs.forEach((tensor, i) => producer.set(tensor.dataId, `${name}:${i}`));
      return output;
    };
    return () => Reflect.deleteProperty(backend, method); // uncovers the prototype's method again
  });
  let result: tf.Tensor;
  try {
    result = step();
  } finally {
    restore.forEach((undo) => undo());
  }
  // after the step each variable holds its new value: the node that computed it is what the replay fetches
  const assigned = variables.filter(
    (variable, i) => producer.get(variable.dataId) !== feeds[inputs.length + i],
  );
  const fetches = [result, ...assigned].map((tensor) => producer.get(tensor.dataId) ?? missing());
  return { recording: { nodes, variables, assigned, feeds, fetches }, result };
}

function missing(): never {
  throw new Error('the step returned a tensor that TensorFlow did not compute');
}
