/**
 * A graph as an ONNX model in memory, so that ONNX Runtime can run it. Shapes are computed here as far as the file decides
 * them, so that what runs is the network alone.
 */
import { encodeOnnx, type OnnxPort } from '../onnx/proto';
import type { GraphNetwork, GraphNode } from './graph-network';
import { Builder, FLOAT } from './lower/builder';
import { Context } from './lower/context';
import { lowerError } from './lower/lower-errors';
import { BATCH, isNumber, type Size } from './lower/sizes';
import { LOWERINGS } from './lower/table';
import { known, type Element, type Value } from './lower/value';
import { parseReference, referenceKey } from './raw-graph';

export interface LoweredGraph {
  readonly onnx: Uint8Array;
  /** What each input and output is called in the ONNX model, in the order of the graph's. */
  readonly inputs: readonly { readonly name: string; readonly type: Element }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | null)[] }[];
}

const ELEMENTS: Readonly<Record<string, Element>> = { DT_FLOAT: 'float', DT_INT32: 'int', DT_BOOL: 'bool' };

/** @throws AppError onnx/unsupported where an operation has no translation; model/* where nothing should run it. */
export function lowerGraph(graph: GraphNetwork): LoweredGraph {
  const builder = new Builder();
  const values = new Map<string, Value>();
  const readers = readersOf(graph);
  const named = portNames(graph);
  const ports: OnnxPort[] = [];
  const value = (reference: string): Value => {
    const found = values.get(reference);
    if (found === undefined) throw lowerError(reference, 'this output of it is not translated');
    return found;
  };
  for (const node of graph.nodes) {
    if (!readers.has(node.name) && !isReadAtAll(node, readers)) continue;
    if (node.operation === 'Placeholder') {
      const { port, made } = placeholder(graph, node, named.get(`input ${node.name}`) ?? node.name);
      if (made.shape[0] !== undefined && !isNumber(made.shape[0])) builder.batchSource ??= port.name;
      ports.push(port);
      values.set(node.name, made);
    } else if (node.operation === 'Const') values.set(node.name, constant(graph, node));
    else {
      const lower = LOWERINGS.get(node.operation);
      if (lower === undefined)
        throw lowerError(node.name, `operations of kind ${node.operation} are not translated`);
      const made = lower(new Context(node, node.inputs.map(value), builder, readers));
      const outputs = 'element' in made ? [made] : made;
      outputs.forEach((one, output) => {
        if (one !== undefined) values.set(referenceKey({ node: node.name, output }), one);
      });
    }
  }
  const outputs = graph.outputs.map(({ name, from, shape }) => {
    const made = value(from);
    const whole = made.shape.map((size, axis) => (isNumber(size) ? size : (shape[axis] ?? null)));
    const plain = builder.plain(made);
    const own = named.get(`output ${name}`) ?? name;
    const floats = { to: { int: FLOAT } };
    // A node of its own: a value may be two outputs, or an input, and a graph output has one name.
    if (made.element === 'float')
      builder.nodes.push({ operation: 'Identity', inputs: [plain], output: own, attributes: {} });
    else builder.nodes.push({ operation: 'Cast', inputs: [plain], output: own, attributes: floats });
    return { name: own, shape: whole };
  });
  const onnx = encodeOnnx({
    nodes: builder.nodes,
    tensors: builder.tensors,
    inputs: ports,
    outputs: outputs.map(({ name, shape }) => ({ name, shape: [], whole: openSizes(name, shape) })),
  });
  const inputs = graph.inputs.map(({ node }) => {
    const port = ports.find(({ name }) => name === named.get(`input ${node}`));
    return { name: port?.name ?? '', type: elementOf(port) };
  });
  return { onnx, inputs, outputs };
}

const elementOf = (port: OnnxPort | undefined): Element =>
  port?.type === 'int64' ? 'int' : port?.type === 'bool' ? 'bool' : 'float';

/** How many inputs of nodes, and outputs, read each value. */
function readersOf({ nodes, outputs }: GraphNetwork): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const count = (text: string): void => {
    const key = referenceKey(parseReference(text));
    readers.set(key, (readers.get(key) ?? 0) + 1);
  };
  nodes.forEach(({ inputs }) => inputs.forEach(count));
  outputs.forEach(({ from }) => count(from));
  return readers;
}

/** Some of its later outputs are read. */
const isReadAtAll = (node: GraphNode, readers: ReadonlyMap<string, number>): boolean =>
  node.operation === 'Placeholder' ||
  [...Array(64).keys()].some((output) => readers.has(`${node.name}:${output}`));

function placeholder(
  graph: GraphNetwork,
  node: GraphNode,
  name: string,
): { readonly port: OnnxPort; readonly made: Value } {
  const declared = graph.inputs.find((input) => input.node === node.name)?.shape ?? [];
  const type = node.attributes['dtype'];
  const element = ELEMENTS[type?.kind === 'type' ? type.value : 'DT_FLOAT'] ?? 'float';
  const shape = declared.map((size, axis): Size => (size === null && axis === 0 ? BATCH : size));
  const port: OnnxPort = {
    name,
    shape: [],
    whole: openSizes(name, declared),
    type: element === 'int' ? 'int64' : element,
  };
  return { port, made: { element, shape, order: 'plain', name } };
}

const openSizes = (name: string, shape: readonly (number | null)[]): readonly (number | string)[] =>
  shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : `${name}_${axis}`));

function constant(graph: GraphNetwork, node: GraphNode): Value {
  const weight = graph.weights.get(node.name);
  if (weight === undefined) throw lowerError(node.name, 'this constant has no value');
  const type = node.attributes['dtype'];
  const element = ELEMENTS[type?.kind === 'type' ? type.value : 'DT_FLOAT'] ?? 'float';
  const { shape, data } = weight;
  return known(element, shape, data instanceof Float32Array ? data : Array.from(data));
}

/** The ports keep their names where those are no names of ours and there is one of each. */
function portNames({ inputs, outputs }: GraphNetwork): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  const give = (key: string, wanted: string): void => {
    let name = wanted;
    for (let number = 1; taken.has(name) || /^[vc]\d+$/.test(name); number++) name = `${wanted}_${number}`;
    taken.add(name);
    names.set(key, name);
  };
  inputs.forEach(({ name, node }) => give(`input ${node}`, name));
  outputs.forEach(({ name }) => give(`output ${name}`, name));
  return names;
}
