/**
 * What must hold of a graph before anything computes it: only known operations, each after what it reads, constants as
 * large as their shapes say, and every port at a node that is there. A graph in a file may be anything.
 */
import { AppError } from '#shared/errors';
import { MAX_ELEMENTS, MAX_GRAPH_NODES, MAX_NAME_BYTES, MAX_RANK } from '../store/limits';
import { isReservedName } from '../store/strict-json';
import type { GraphNetwork, GraphNode, GraphWeight } from './graph-network';
import { OPERATIONS } from './operations';
import { damaged, parseReference, referenceKey } from './raw-graph';
import { unsupported } from './graph-errors';

const MOST_INPUTS = 4_096;
const MOST_PORTS = 64;

export function checkGraph({ nodes, weights, inputs, outputs }: GraphNetwork): void {
  if (nodes.length > MAX_GRAPH_NODES)
    throw unsupported(nodes[0]?.name ?? '', `the graph has more than ${MAX_GRAPH_NODES} nodes`);
  const before = new Map<string, GraphNode>();
  let constants = 0;
  let elements = 0;
  for (const node of nodes) {
    checkNode(node, before);
    if (node.operation === 'Const') {
      constants++;
      elements += checkWeight(node, weights.get(node.name));
    }
    before.set(node.name, node);
  }
  if (elements > MAX_ELEMENTS) throw unsupported('', 'the weights are larger than 1 GiB in all');
  if (constants !== weights.size) throw damaged('', 'it has weights that no constant takes');
  checkPorts(inputs, 'input');
  checkPorts(outputs, 'output');
  const fed = new Set(inputs.map(({ node }) => node));
  const placeholders = nodes.filter(({ operation }) => operation === 'Placeholder');
  for (const { name } of placeholders) if (!fed.has(name)) throw damaged(name, 'nothing feeds this input');
  if (placeholders.length !== inputs.length) throw damaged('', 'its inputs are not its placeholders');
  for (const { name, from } of outputs) {
    const reference = parseReference(from);
    if (!before.has(reference.node) || referenceKey(reference) !== from)
      throw damaged(name, 'this output comes from no node');
  }
}

function checkNode(
  { name, operation, inputs, attributes }: GraphNode,
  before: ReadonlyMap<string, GraphNode>,
): void {
  checkName(name);
  if (before.has(name)) throw damaged(name, 'there are two nodes of this name');
  const rules = OPERATIONS.get(operation);
  if (rules === undefined)
    throw unsupported(name, `operations of kind ${JSON.stringify(operation.slice(0, 80))} are not computed`);
  if (!rules.takes(inputs.length)) throw damaged(name, `it has ${inputs.length} inputs`);
  if (inputs.length > MOST_INPUTS) throw damaged(name, `it has more than ${MOST_INPUTS} inputs`);
  for (const input of inputs) {
    const reference = parseReference(input);
    const from = reference.node;
    if (referenceKey(reference) !== input) throw damaged(name, 'an input is not written as it should be');
    if (!before.has(from))
      throw damaged(name, `its input ${JSON.stringify(from.slice(0, 200))} does not come before it`);
  }
  for (const [key, attribute] of Object.entries(attributes)) {
    if (rules.attributes.get(key)?.kind !== attribute.kind)
      throw damaged(name, `its attribute ${JSON.stringify(key.slice(0, 80))} is none of this operation's`);
    if (attribute.kind === 'shape') checkShape(name, attribute.value);
  }
}

function checkWeight({ name, attributes }: GraphNode, weight: GraphWeight | undefined): number {
  if (weight === undefined) throw damaged(name, 'this constant has no value');
  const { shape, data } = weight;
  checkShape(name, shape);
  const type = attributes['dtype']?.value;
  if (
    (type === 'DT_FLOAT') !== data instanceof Float32Array ||
    (type !== 'DT_FLOAT' && type !== 'DT_INT32' && type !== 'DT_BOOL')
  )
    throw damaged(name, 'its type is not that of its values');
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) throw damaged(name, `its shape needs ${count} values and it has ${data.length}`);
  return count;
}

function checkShape(name: string, shape: readonly (number | null)[]): void {
  if (shape.length > MAX_RANK) throw damaged(name, `it has more than ${MAX_RANK} dimensions`);
  let count = 1;
  for (const size of shape) {
    if (size === null) continue;
    count *= size;
    if (!Number.isSafeInteger(size) || size < 0 || size > MAX_ELEMENTS || count > MAX_ELEMENTS)
      throw damaged(name, `its shape [${shape.join(', ').slice(0, 80)}] cannot be`);
  }
}

function checkPorts(
  ports: readonly { readonly name: string; readonly shape: readonly (number | null)[] }[],
  what: 'input' | 'output',
): void {
  if (ports.length === 0) {
    throw new AppError({
      code: 'model/not-a-generator',
      headline: `The model has no ${what}`,
      remedy: 'export the generator with its latent as an input and its picture as an output',
    });
  }
  if (ports.length > MOST_PORTS) throw damaged('', `it has more than ${MOST_PORTS} ${what}s`);
  const names = new Set<string>();
  for (const { name, shape } of ports) {
    checkName(name);
    checkShape(name, shape);
    if (names.has(name)) throw damaged(name, `there are two ${what}s of this name`);
    names.add(name);
  }
}

function checkName(name: string): void {
  if (name === '' || isReservedName(name) || new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    throw damaged(name, 'this name is not allowed');
}
