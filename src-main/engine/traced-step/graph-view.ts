// The nodes of a recording while they are simplified: what produces an output, what number a constant is, and where an output is to be
// had since something better was put in its place.
import type { RecordedAttribute, RecordedNode } from './recording';

export interface GraphView {
  readonly nodes: readonly RecordedNode[];
  /** Takes the next node, its inputs where they are now. */
  add(node: RecordedNode): RecordedNode;
  /** Puts a node beside those that were recorded, and tells its name. */
  put(name: string, op: string, inputs: readonly string[], attributes: readonly RecordedAttribute[]): string;
  /** Another operation under the same name, of the same type and shape. */
  replace(
    node: RecordedNode,
    op: string,
    inputs: readonly string[],
    attributes?: readonly RecordedAttribute[],
  ): void;
  /** From now on an output is had elsewhere. */
  alias(output: string, elsewhere: string, shape?: readonly number[]): void;
  constant(values: readonly number[], shape: readonly number[]): string;
  resolve(output: string): string;
  /** The inputs of what produces this output, if it is this operation; null otherwise. */
  inputsOf(output: string, op: string): readonly string[] | null;
  /** The number that a constant holds, in all its places; null where it is none, or several. */
  numberOf(output: string): number | null;
  shapeOf(output: string): readonly number[] | undefined;
}

const FLOAT = 1; // TF_FLOAT

export function createGraphView(): GraphView {
  const nodes = new Map<string, RecordedNode>();
  const aliases = new Map<string, string>();
  const shapes = new Map<string, readonly number[]>();
  const producerOf = (output: string): RecordedNode | undefined =>
    nodes.get(output.slice(0, output.lastIndexOf(':')));

  const view: GraphView = {
    get nodes() {
      return [...nodes.values()];
    },
    add(recorded) {
      const node = { ...recorded, inputs: recorded.inputs.map(view.resolve) };
      nodes.set(node.name, node);
      if (node.shape !== undefined) shapes.set(`${node.name}:0`, node.shape);
      return node;
    },
    put(name, op, inputs, attributes) {
      nodes.set(name, { name, op, inputs, attributes });
      return name;
    },
    replace(node, op, inputs, attributes = []) {
      const type = node.attributes.filter(({ name }) => name === 'T');
      nodes.set(node.name, { ...node, op, inputs, attributes: [...type, ...attributes] });
    },
    alias(output, elsewhere, shape) {
      aliases.set(output, elsewhere);
      if (shape !== undefined) shapes.set(elsewhere, shape);
    },
    constant(values, shape) {
      const name = `simple_const_${nodes.size}`;
      const value = { dtype: FLOAT, shape, data: Float32Array.from(values) };
      const attributes = [
        { name: 'dtype', type: 'dtype', value: FLOAT },
        { name: 'value', type: 'constant', value },
      ] as const;
      return `${view.put(name, 'Const', [], attributes)}:0`;
    },
    resolve(output) {
      const elsewhere = aliases.get(output);
      return elsewhere === undefined ? output : view.resolve(elsewhere);
    },
    inputsOf(output, op) {
      const node = producerOf(output);
      return node?.op === op ? node.inputs : null;
    },
    numberOf(output) {
      const node = producerOf(output);
      if (node?.op !== 'Const') return null;
      const value = node.attributes.find(({ type }) => type === 'constant')?.value as
        { readonly dtype: number; readonly data: ArrayBufferView } | undefined;
      if (value?.dtype !== FLOAT) return null;
      const { buffer, byteOffset, byteLength } = value.data;
      const numbers = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
      return numbers.length > 0 && numbers.every((number) => number === numbers[0]) ? numbers[0]! : null;
    },
    shapeOf: (output) => shapes.get(output),
  };
  return view;
}
