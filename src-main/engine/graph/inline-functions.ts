/**
 * Functions written out: every call that is reached becomes the nodes of what it calls, under the call's name. What is
 * reached by nothing stays unread: saving, restoring and gradients live in the same file and are no business of ours.
 */
import { MAX_CALL_DEPTH, MAX_GRAPH_NODES } from '../store/limits';
import { namedOutputs } from './operations';
import {
  damaged,
  isControl,
  parseReference,
  referenceKey,
  type RawAttribute,
  type RawFunction,
  type RawGraph,
  type RawNode,
  type Reference,
} from './raw-graph';
import { unsupported } from './graph-errors';

export interface FlatNode {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly Reference[];
  readonly attributes: ReadonlyMap<string, RawAttribute>;
}

export interface FlatGraph {
  readonly nodes: ReadonlyMap<string, FlatNode>;
  /** What a reference stands for, past calls and arguments of functions. */
  readonly resolve: (reference: Reference) => Reference;
}

export interface InlineOptions {
  /** Follow what runs for its effect, too: only to see which variable is restored from where. */
  readonly controls?: boolean;
}

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const BRANCHES = new Set(['If', 'StatelessIf']);

interface Scope {
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, RawNode>;
  /** What the caller gave for each argument; undefined in the main graph. */
  readonly given: ReadonlyMap<string, Reference> | undefined;
  readonly calls: readonly string[];
  /** Where it was called from, and with what, as that place writes it. */
  readonly caller?: { readonly scope: Scope; readonly inputs: ReadonlyMap<string, string> };
}

export function inlineFunctions(
  graph: RawGraph,
  roots: readonly string[],
  options: InlineOptions = {},
): FlatGraph {
  const main = byName(graph.nodes);
  const bodies = new Map<RawFunction, ReadonlyMap<string, RawNode>>();
  const flat = new Map<string, FlatNode>();
  const aliases = new Map<string, Reference>();

  const resolve = (reference: Reference): Reference => {
    let at = reference;
    for (let steps = 0; ; steps++) {
      const next = aliases.get(referenceKey(at));
      if (next === undefined) return at;
      if (steps > MAX_GRAPH_NODES) throw damaged(reference.node, 'it stands for itself');
      at = next;
    }
  };

  const locate = (scope: Scope, input: string): Reference => {
    if (scope.given === undefined) return parseReference(input);
    const [node = '', part, index] = input.split(':');
    const given = part === undefined ? scope.given.get(node) : undefined;
    if (given !== undefined) return given;
    const operation = scope.nodes.get(node)?.operation ?? '';
    const first = part === undefined ? 0 : (namedOutputs(operation)?.indexOf(part) ?? 0);
    const reference = parseReference(`x:${index ?? 0}`);
    return { node: scope.prefix + node, output: Math.max(0, first) + reference.output };
  };

  const expand = (scope: Scope, starts: readonly string[]): void => {
    const waiting = [...starts];
    const seen = new Set<string>();
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const node = scope.nodes.get(name);
      if (node === undefined) {
        if (scope.given?.has(name)) continue;
        throw damaged(scope.prefix + name, 'something needs it and it is not there');
      }
      const data = node.inputs.filter((input) => !isControl(input));
      for (const input of node.inputs) {
        if (isControl(input)) {
          if (options.controls === true) waiting.push(nodeOf(scope, input.slice(1)));
        } else waiting.push(nodeOf(scope, input));
      }
      const inputs = data.map((input) => locate(scope, input));
      const full = scope.prefix + name;
      const called = calledFunction(graph, node, full, () => constantOf(scope, data[0]));
      if (called === undefined) {
        if (flat.size >= MAX_GRAPH_NODES)
          throw unsupported(full, `the graph has more than ${MAX_GRAPH_NODES} nodes`);
        flat.set(full, { name: full, operation: node.operation, inputs, attributes: node.attributes });
      } else call(scope, full, called, BRANCHES.has(node.operation) ? data.slice(1) : data);
    }
  };

  const call = (scope: Scope, name: string, body: RawFunction, given: readonly string[]): void => {
    if (scope.calls.includes(body.name))
      throw unsupported(name, `the function ${JSON.stringify(body.name)} calls itself`);
    if (scope.calls.length >= MAX_CALL_DEPTH)
      throw unsupported(name, `functions call one another more than ${MAX_CALL_DEPTH} deep`);
    if (given.length !== body.arguments.length)
      throw damaged(name, `it gives ${given.length} of ${body.arguments.length} arguments`);
    const inputs = given.map((input) => locate(scope, input));
    const nodes = bodies.get(body) ?? byName(body.nodes);
    bodies.set(body, nodes);
    const inner: Scope = {
      prefix: `${name}/`,
      nodes,
      given: new Map(body.arguments.map((argument, at) => [argument, inputs[at] ?? { node: '', output: 0 }])),
      calls: [...scope.calls, body.name],
      caller: { scope, inputs: new Map(body.arguments.map((argument, at) => [argument, given[at] ?? ''])) },
    };
    body.results.forEach((result, output) => {
      aliases.set(referenceKey({ node: name, output }), locate(inner, result));
    });
    const effects = options.controls === true ? body.controls : [];
    expand(inner, [...body.results.map((result) => nodeOf(inner, result)), ...effects]);
  };

  expand({ prefix: '', nodes: main, given: undefined, calls: [] }, roots);
  return { nodes: flat, resolve };
}

const PASSED = new Set(['Identity', 'StopGradient', 'PlaceholderWithDefault']);

/** The condition of an If, where the file says it: then only one of its branches is ever computed. */
function constantOf(start: Scope, input: string | undefined): boolean | undefined {
  let scope = start;
  let at = input;
  for (let steps = 0; at !== undefined && steps < MAX_GRAPH_NODES; steps++) {
    const name = nodeOf(scope, at);
    const node = scope.nodes.get(name);
    if (node === undefined && scope.caller !== undefined) {
      at = scope.caller.inputs.get(name);
      scope = scope.caller.scope;
      continue;
    }
    const tensor = node?.attributes.get('value');
    if (node?.operation === 'Const' && tensor?.kind === 'tensor') return Number(tensor.value().data[0]) !== 0;
    if (node === undefined || !PASSED.has(node.operation)) return undefined;
    at = node.inputs.find((one) => !isControl(one));
  }
  return undefined;
}

function calledFunction(
  graph: RawGraph,
  node: RawNode,
  full: string,
  condition: () => boolean | undefined,
): RawFunction | undefined {
  let key: string | undefined;
  if (CALLS.has(node.operation)) key = 'f';
  else if (BRANCHES.has(node.operation)) {
    const value = condition();
    if (value === undefined) throw unsupported(full, 'what it computes depends on a condition (If)');
    key = value ? 'then_branch' : 'else_branch';
  } else if (graph.functions.has(node.operation)) return graph.functions.get(node.operation);
  if (key === undefined) return undefined;
  const attribute = node.attributes.get(key);
  const body = attribute?.kind === 'function' ? graph.functions.get(attribute.value) : undefined;
  if (body === undefined) throw damaged(full, 'it calls a function that is not there');
  return body;
}

function byName(nodes: readonly RawNode[]): ReadonlyMap<string, RawNode> {
  const map = new Map<string, RawNode>();
  for (const node of nodes) {
    if (map.has(node.name)) throw damaged(node.name, 'there are two nodes of this name');
    map.set(node.name, node);
  }
  return map;
}

function nodeOf(scope: Scope, reference: string): string {
  return scope.given === undefined ? parseReference(reference).node : (reference.split(':')[0] ?? '');
}
