/**
 * Branches of TensorFlow 1 whose condition the file decides: "is it training?", with a default of no. Switch passes its
 * input to one of two sides, Merge takes what arrives; the side that never gets anything is dead, and so is what reads it.
 */
import { parseReference, isControl, type RawGraph, type RawNode } from './raw-graph';

/** The graph with such Merges as what arrives there; the others are left, and refused where they are reached. */
export function withoutBranches(graph: RawGraph): RawGraph {
  if (!graph.nodes.some(({ operation }) => operation === 'Merge')) return graph;
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const alive = new Map<string, boolean | undefined>();

  /** Undefined where the file does not decide it. */
  const lives = (input: string, depth: number): boolean | undefined => {
    const { node: name, output } = parseReference(isControl(input) ? input.slice(1) : input);
    const node = nodes.get(name);
    if (node === undefined || depth > MOST_DEPTH) return true;
    if (node.operation === 'Switch') {
      const condition = conditionOf(nodes, node.inputs[1]);
      if (condition === undefined) return undefined;
      return isControl(input) || condition === (output === 1);
    }
    if (alive.has(name)) return alive.get(name);
    alive.set(name, true);
    const each = node.inputs.map((one) => lives(one, depth + 1));
    const result = node.operation === 'Merge' ? anyOf(each) : allOf(each);
    alive.set(name, result);
    return result;
  };

  const resolved = graph.nodes.map((node): RawNode => {
    if (node.operation === 'Merge') {
      const data = node.inputs.filter((input) => !isControl(input));
      const arriving = data.filter((input) => lives(input, 0) === true);
      const decided = data.every((input) => lives(input, 0) !== undefined);
      const [only] = arriving;
      return decided && arriving.length === 1 && only !== undefined
        ? { ...node, operation: 'Identity', inputs: [only] }
        : node;
    }
    if (node.operation === 'Switch' && conditionOf(nodes, node.inputs[1]) !== undefined) {
      const [value = ''] = node.inputs;
      return { ...node, operation: 'IdentityN', inputs: [value, value] };
    }
    return node;
  });
  return { ...graph, nodes: resolved };
}

const MOST_DEPTH = 2_000;

const allOf = (each: readonly (boolean | undefined)[]): boolean | undefined =>
  each.includes(false) ? false : each.includes(undefined) ? undefined : true;
const anyOf = (each: readonly (boolean | undefined)[]): boolean | undefined =>
  each.includes(true) ? true : each.includes(undefined) ? undefined : false;

function conditionOf(nodes: ReadonlyMap<string, RawNode>, start: string | undefined): boolean | undefined {
  let negated = false;
  for (let at = start, steps = 0; at !== undefined && steps < 100; steps++) {
    const node = nodes.get(parseReference(at).node);
    const value = node?.attributes.get('value');
    if (node?.operation === 'Const' && value?.kind === 'tensor')
      return (Number(value.value().data[0]) !== 0) !== negated;
    if (node?.operation === 'LogicalNot') negated = !negated;
    else if (node?.operation !== 'Identity' && node?.operation !== 'PlaceholderWithDefault') return undefined;
    at = node.inputs[0];
  }
  return undefined;
}
