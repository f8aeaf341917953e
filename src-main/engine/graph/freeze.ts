/**
 * From a graph as a file has it to a GraphNetwork: from the outputs backwards, what is reached is taken, variables become
 * constants, and what passes its input on goes away. Only operations of the one table get in; see operations.ts.
 */
import type { TensorPort } from '#shared/importing';
import { MAX_ELEMENTS, MAX_NAME_BYTES } from '../store/limits';
import { isReservedName } from '../store/strict-json';
import { unsafe, unsupported } from './graph-errors';
import type { GraphAttribute, GraphNetwork, GraphNode, GraphWeight } from './graph-network';
import { inlineFunctions, type FlatGraph, type FlatNode } from './inline-functions';
import { OPERATIONS } from './operations';
import {
  damaged,
  parseReference,
  referenceKey,
  type RawGraph,
  type RawTensor,
  type Reference,
} from './raw-graph';
import { isDraw, rewrite } from './rewrite';
import { withoutBranches } from './branches';
import { computedPort, elementType } from './types';

/** A port as the file declares it. */
export interface RawPort {
  readonly name: string;
  /** `node:output` */
  readonly tensor: string;
  readonly type: string;
  readonly shape: readonly (number | null)[] | null;
}

export interface RawNetwork {
  readonly graph: RawGraph;
  readonly inputs: readonly RawPort[];
  readonly outputs: readonly RawPort[];
  /** The value of a variable, by the node that is its handle. */
  readonly variable: (handle: FlatNode) => RawTensor | undefined;
}

export interface Frozen {
  readonly graph: GraphNetwork;
  /** Outputs of which the file does not even say how many dimensions they have; see describe-outputs.ts. */
  readonly openOutputs: readonly string[];
  readonly warnings: readonly string[];
}

export function freeze(network: RawNetwork): Frozen {
  const ends = network.outputs.map(({ tensor }) => parseReference(tensor));
  const flat = inlineFunctions(withoutBranches(network.graph), [...new Set(ends.map(({ node }) => node))]);
  for (const node of flat.nodes.values()) refuseEffects(node);
  const freezer = new Freezer(network, flat);
  const outputs = network.outputs.map((declared, at) => {
    const port = { ...declared, shape: declared.shape ?? [] };
    const from = freezer.take(flat.resolve(ends[at] ?? { node: '', output: 0 }));
    return { ...portOf(port), from: referenceKey(from) };
  });
  const openOutputs = network.outputs.filter(({ shape }) => shape === null).map(({ name }) => name);
  const { nodes, weights, warnings } = freezer;
  const placeholders = new Set(
    nodes.filter(({ operation }) => operation === 'Placeholder').map(({ name }) => name),
  );
  const inputs = network.inputs.flatMap((port) => {
    const { node } = parseReference(port.tensor);
    if (placeholders.has(node)) return [{ ...portOf(port), node }];
    warnings.push(
      `The input ${JSON.stringify(port.name)} is not used: nothing that is computed depends on it.`,
    );
    return [];
  });
  return { graph: { nodes, weights, inputs, outputs }, openOutputs, warnings };
}

function portOf({ name, type, shape }: RawPort): TensorPort {
  const element = elementType(type);
  if (element === undefined) throw unsupported(name, `it takes or gives values of type ${type}`);
  if (shape === null) throw unsupported(name, 'the model does not say how many dimensions it has');
  return { name, shape, type: element.port };
}

/** Operations that pass their inputs on. */
const PASSING = new Set([
  'Identity',
  'IdentityN',
  'StopGradient',
  'PreventGradient',
  'Snapshot',
  'CheckNumerics',
  'CheckNumericsV2',
  'EnsureShape',
  'PlaceholderWithDefault',
]);
const READING = new Set(['ReadVariableOp', 'VariableV2', 'Variable']);
const TOUCHING_THE_WORLD =
  /^(Read|Write|Matching)?Files?$|^(Read|Write)File$|^(Save|Restore)|PyFunc|^Print|Reader|Dataset|Iterator|^Assert$|LookupTable|HashTable|^Encode|^Decode|Summary|Socket|^Send$|^_?Recv$|^Xla|^CustomCall/;
const LOOPING = new Set([
  'While',
  'StatelessWhile',
  'Enter',
  'RefEnter',
  'Exit',
  'NextIteration',
  'LoopCond',
  'Switch',
  'Merge',
  'Case',
  'StatelessCase',
]);

/** Said before anything else is: this is why such a graph is not taken, whatever else is wrong with it. */
function refuseEffects({ name, operation }: FlatNode): void {
  if (LOOPING.has(operation)) throw unsupported(name, `it has loops or branches (${operation})`);
  if (TOUCHING_THE_WORLD.test(operation))
    throw unsafe(name, `operations of kind ${shown(operation)} are never run`);
}

/** One operation under two names, of which TensorFlow.js knows the other. */
const SAME_AS: ReadonlyMap<string, string> = new Map([
  ['Inv', 'Reciprocal'],
  ['Rint', 'Round'],
  ['BatchMatMulV3', 'BatchMatMulV2'],
]);

class Freezer {
  readonly nodes: GraphNode[] = [];
  readonly weights = new Map<string, GraphWeight>();
  readonly warnings: string[] = [];
  private readonly inputs: ReadonlyMap<string, RawPort>;
  private readonly done = new Map<string, (output: number) => Reference>();
  private elements = 0;

  private readonly network: RawNetwork;
  private readonly flat: FlatGraph;

  constructor(network: RawNetwork, flat: FlatGraph) {
    this.network = network;
    this.flat = flat;
    this.inputs = new Map(network.inputs.map((port) => [parseReference(port.tensor).node, port]));
  }

  /** The same value in the frozen graph; all that it needs is taken before it. */
  take(end: Reference): Reference {
    const open = new Set<string>();
    const waiting = [end.node];
    for (let name = waiting.at(-1); name !== undefined; name = waiting.at(-1)) {
      if (this.done.has(name)) {
        waiting.pop();
        continue;
      }
      const node = this.flat.nodes.get(name);
      if (node === undefined) throw damaged(name, 'something needs it and it is not there');
      const missing = this.needs(node).filter((need) => !this.done.has(need));
      if (missing.length === 0) {
        this.done.set(name, this.freezeNode(node));
        waiting.pop();
      } else {
        if (open.has(name)) throw damaged(name, 'it depends on itself');
        open.add(name);
        waiting.push(...missing);
      }
    }
    return this.value(end);
  }

  /** The nodes whose values it needs. */
  private needs(node: FlatNode): readonly string[] {
    if (this.isPort(node) || READING.has(node.operation) || node.operation === 'Const') return [];
    const needed = isDraw(node.operation) ? node.inputs.slice(0, 1) : node.inputs;
    const values = node.operation === 'ResourceGather' ? needed.slice(1) : needed;
    return values.map((input) => this.flat.resolve(input).node);
  }

  private value(reference: Reference): Reference {
    const { node, output } = this.flat.resolve(reference);
    const found = this.done.get(node);
    if (found === undefined) throw damaged(node, 'something needs it and it is not there');
    return found(output);
  }

  private isPort(node: FlatNode): boolean {
    return this.inputs.has(node.name);
  }

  private freezeNode(node: FlatNode): (output: number) => Reference {
    const { name, operation } = node;
    const port = this.inputs.get(name);
    if (port !== undefined && operation.startsWith('Placeholder')) return this.placeholder(node, port);
    if (PASSING.has(operation))
      return (output) => this.value(node.inputs[output] ?? node.inputs[0] ?? none(name));
    if (operation === 'Const') {
      const value = node.attributes.get('value');
      if (value?.kind !== 'tensor') throw damaged(name, 'a constant has no value');
      return this.constant(name, value.value());
    }
    if (READING.has(operation))
      return this.variable(node, operation === 'ReadVariableOp' ? node.inputs[0] : undefined);
    if (operation === 'ResourceGather') {
      const table = this.variable(node, node.inputs[0])(0);
      const axis = this.constant(`${name}~axis`, { type: 'DT_INT32', shape: [], data: Int32Array.of(0) })(0);
      const indices = this.value(node.inputs[1] ?? none(name));
      const batchDims = node.attributes.get('batch_dims');
      const attributes = new Map(batchDims === undefined ? [] : [['batch_dims', batchDims] as const]);
      return this.push({ name, operation: 'GatherV2', attributes }, [table, indices, axis]);
    }
    // Of a draw only the shape matters; its seed and counter are not taken.
    const needed = isDraw(operation) ? node.inputs.slice(0, 1) : node.inputs;
    const inputs = needed.map((input) => this.value(input));
    const rewritten = rewrite(node, inputs, {
      add: (part, from) => this.push(part, from)(0),
      constant: (part, tensor) => this.constant(part, tensor)(0),
      warn: (sentence) => this.warnings.push(sentence),
    });
    if (rewritten !== undefined) return rewritten;
    if (operation === 'Placeholder')
      throw unsupported(name, 'it waits for an input that the model does not declare');
    return this.push(node, inputs);
  }

  private placeholder(node: FlatNode, port: RawPort): (output: number) => Reference {
    const { type, shape } = portOf(port);
    const name = this.checkedName(node.name);
    const attributes: Record<string, GraphAttribute> = {
      dtype: { kind: 'type', value: computedPort(type) },
      shape: { kind: 'shape', value: shape },
    };
    this.nodes.push({ name, operation: 'Placeholder', inputs: [], attributes });
    return () => ({ node: name, output: 0 });
  }

  private variable(reader: FlatNode, handle: Reference | undefined): (output: number) => Reference {
    const found = handle === undefined ? reader : this.handleOf(handle);
    if (found === undefined) throw damaged(reader.name, 'it reads a variable that is not there');
    const existing = this.weights.has(found.name) ? { node: found.name, output: 0 } : undefined;
    if (existing !== undefined) return () => existing;
    const tensor = this.network.variable(found);
    if (tensor === undefined) {
      throw damaged(found.name, 'the file with the variables does not have this one');
    }
    return this.constant(found.name, tensor);
  }

  private handleOf(handle: Reference): FlatNode | undefined {
    for (let at = this.flat.resolve(handle), steps = 0; steps < 1_000; steps++) {
      const node = this.flat.nodes.get(at.node);
      if (node === undefined || !PASSING.has(node.operation)) return node;
      at = this.flat.resolve(node.inputs[at.output] ?? node.inputs[0] ?? none(at.node));
    }
    return undefined;
  }

  private constant(name: string, { type, shape, data }: RawTensor): (output: number) => Reference {
    const element = elementType(type);
    if (element === undefined || !('byteLength' in data))
      throw unsupported(name, `it holds values of type ${type}`);
    this.elements += data.length;
    if (this.elements > MAX_ELEMENTS) throw unsupported(name, 'the weights are larger than 1 GiB in all');
    if (element.becomes === 'DT_FLOAT' && data.some((value) => !Number.isFinite(value)))
      this.warnings.push(
        `The weight ${JSON.stringify(name.slice(0, 200))} holds values that are no numbers.`,
      );
    const own = this.checkedName(name);
    this.weights.set(own, { shape, data });
    const dtype: GraphAttribute = { kind: 'type', value: element.becomes };
    this.nodes.push({ name: own, operation: 'Const', inputs: [], attributes: { dtype } });
    return () => ({ node: own, output: 0 });
  }

  private push(
    { name, operation: given, attributes }: Pick<FlatNode, 'name' | 'operation' | 'attributes'>,
    inputs: readonly Reference[],
  ): (output: number) => Reference {
    const operation = SAME_AS.get(given) ?? given;
    const rules = OPERATIONS.get(operation);
    if (rules === undefined)
      throw unsupported(name, `operations of kind ${shown(operation)} are not among those that are computed`);
    const kept: Record<string, GraphAttribute> = {};
    for (const [key, { kind, fallback }] of rules.attributes) {
      const attribute = attributes.get(key) ?? fallback;
      if (attribute === undefined) continue;
      if (attribute.kind === 'type') kept[key] = this.computedType(name, attribute.value);
      else if (kind === 'strings' && attribute.kind === 'ints' && attribute.value.length === 0)
        kept[key] = { kind, value: [] };
      else if (attribute.kind !== kind)
        throw damaged(name, `its attribute ${key} is of kind ${attribute.kind}`);
      else kept[key] = attribute as GraphAttribute;
    }
    const own = this.checkedName(name);
    this.nodes.push({ name: own, operation, inputs: inputs.map(referenceKey), attributes: kept });
    return (output) => ({ node: own, output });
  }

  private computedType(name: string, type: string): GraphAttribute {
    const element = elementType(type);
    if (element === undefined) throw unsupported(name, `it handles values of type ${type}`);
    return { kind: 'type', value: element.becomes };
  }

  /** Functions in functions make long names; a name that is too long for a file is cut and numbered. */
  private checkedName(name: string): string {
    if (name === '' || isReservedName(name) || name.includes(':'))
      throw damaged(name, 'this name is not allowed');
    if (new TextEncoder().encode(name).length <= MAX_NAME_BYTES) return name;
    return `${name.slice(0, 40)}/${this.nodes.length}`;
  }
}

function none(name: string): never {
  throw damaged(name, 'it lacks an input');
}

const shown = (operation: string): string => JSON.stringify(operation.slice(0, 80));
