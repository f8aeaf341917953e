/**
 * Is this ONNX model one that may be run? Asked before ONNX Runtime sees a byte of it: every operation is on the list, every
 * value comes from somewhere, nothing leads back to itself, and no size that is written in the file is absurd.
 */
import { AppError } from '#shared/errors';
import type { PortType, TensorPort } from '#shared/importing';
import { ALLOWED_OPERATIONS, RANDOM_OPERATIONS, reasonAgainst } from '../onnx/onnx-operations';
import type { OnnxFunction, OnnxGraphInfo, OnnxModel, OnnxNodeInfo, OnnxValueInfo } from '../onnx/onnx-file';
import { DOUBLE, FLOAT, FLOAT16, type OnnxTensorInfo } from '../onnx/onnx-tensor';
import { MAX_ELEMENTS, MAX_ONNX_NODES } from '../store/limits';

export interface OnnxPorts {
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
  readonly warnings: readonly string[];
}

const OLDEST_IR = 3;
const OLDEST_OPSET = 7;
/** Far above what any version of the format has reached, far below a number that was made up. */
const NEWEST = 100;
const LARGEST_SIDE = 1_000_000;

/** By TensorProto.DataType. */
const PORT_TYPES: ReadonlyMap<number, PortType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
]);

export function validateOnnx(model: OnnxModel, where: string): OnnxPorts {
  const refuse = (cause: string): AppError => damaged(where, cause);
  const { irVersion, opsets, graph } = model;
  if (irVersion < OLDEST_IR || irVersion > NEWEST) throw refuse(`its version of the format is ${irVersion}`);
  const opset = opsets.get('');
  if (opset === undefined) throw refuse('it does not say which operations it is written in');
  if (opset < OLDEST_OPSET || opset > NEWEST) {
    throw new AppError({
      code: 'model/unsupported',
      headline: 'The ONNX model is of a version that is not run',
      where,
      cause: `its opset is ${opset}`,
      remedy: 'export it again with opset 17',
    });
  }
  const warnings: string[] = [];
  checkFunctions(model, where);
  checkGraph(graph, new Set(), { model, where, warnings });
  checkNumbers(graph.initializers, warnings);
  const constants = new Set(graph.initializers.map(({ name }) => name));
  return {
    inputs: graph.inputs.filter(({ name }) => !constants.has(name)).map((value) => portOf(value, where)),
    outputs: graph.outputs.map((value) => portOf(value, where)),
    warnings: [...new Set(warnings)],
  };
}

interface Context {
  readonly model: OnnxModel;
  readonly where: string;
  readonly warnings: string[];
}

/** `outer`: values of the graphs around this one, which a branch of an If may read. */
function checkGraph(graph: OnnxGraphInfo, outer: ReadonlySet<string>, context: Context): void {
  const { where } = context;
  const own = new Set<string>();
  const sizes = new Map<string, readonly number[]>();
  const add = (name: string, what: string): void => {
    if (name === '') throw damaged(where, `${what} has no name`);
    if (own.has(name)) throw damaged(where, `the value ${quoted(name)} is made twice`);
    own.add(name);
  };
  for (const { name } of graph.inputs) add(name, 'an input');
  const inputs = new Set(own);
  for (const { name, integers } of graph.initializers) {
    // Before IR version 4 every weight was listed among the inputs as well.
    if (!inputs.delete(name)) add(name, 'a weight');
    if (integers !== undefined) sizes.set(name, integers);
  }
  const made = checkNodes(graph.nodes, { own, outer, sizes }, context);
  if (graph.outputs.length === 0) throw damaged(where, 'it has no output');
  for (const { name } of graph.outputs)
    if (!made.has(name)) throw damaged(where, `its output ${quoted(name)} is made by nothing`);
}

interface Known {
  /** Made in this very graph before any node. */
  readonly own: ReadonlySet<string>;
  readonly outer: ReadonlySet<string>;
  readonly sizes: Map<string, readonly number[]>;
}

/** Every value that is there once all nodes have run. The order in the file does not matter, a cycle does. */
function checkNodes(nodes: readonly OnnxNodeInfo[], known: Known, context: Context): ReadonlySet<string> {
  const { where } = context;
  const { own, outer, sizes } = known;
  const maker = new Map<string, number>();
  nodes.forEach((node, at) => {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (own.has(output) || maker.has(output))
        throw damaged(where, `the value ${quoted(output)} is made twice`);
      maker.set(output, at);
    }
    const { tensor } = node.attributes.get('value') ?? {};
    const [output] = node.outputs;
    if (node.operation === 'Constant' && output !== undefined && tensor?.integers !== undefined)
      sizes.set(output, tensor.integers);
  });
  const all = new Set([...outer, ...own, ...maker.keys()]);
  for (const node of nodes) {
    checkOperation(node, context);
    checkSizes(node, sizes, where);
    for (const attribute of node.attributes.values())
      for (const branch of attribute.graphs) checkGraph(branch, all, context);
  }
  checkOrder(nodes, maker, all, where);
  return all;
}

/** Takes away, again and again, a node that waits for nothing (Kahn 1962); what is left is a cycle. */
function checkOrder(
  nodes: readonly OnnxNodeInfo[],
  maker: ReadonlyMap<string, number>,
  all: ReadonlySet<string>,
  where: string,
): void {
  const readers: number[][] = nodes.map(() => []);
  const waits = nodes.map((node, at) => {
    const makers = new Set<number>();
    for (const name of needs(node)) {
      if (!all.has(name))
        throw damaged(where, `${labelOf(node)} reads ${quoted(name)}, which is made by nothing`);
      const from = maker.get(name);
      if (from !== undefined) makers.add(from);
    }
    for (const from of makers) readers[from]?.push(at);
    return makers.size;
  });
  const ready = nodes.flatMap((_, at) => (waits[at] === 0 ? [at] : []));
  for (const at of ready) {
    for (const reader of readers[at] ?? []) {
      waits[reader] = (waits[reader] ?? 0) - 1;
      if (waits[reader] === 0) ready.push(reader); // the loop goes on over what is added
    }
  }
  const left = nodes.find((_, at) => (waits[at] ?? 0) > 0);
  if (left !== undefined) throw damaged(where, `${labelOf(left)} waits for its own result`);
}

const needs = (node: OnnxNodeInfo): readonly string[] => [
  ...node.inputs.filter((name) => name !== ''),
  ...[...node.attributes.values()].flatMap(({ graphs }) => graphs.flatMap(readFromOutside)),
];

/** What a branch reads that it does not make itself. */
function readFromOutside(graph: OnnxGraphInfo): readonly string[] {
  const own = new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const read = [...graph.nodes.flatMap(needs), ...graph.outputs.map(({ name }) => name)];
  return read.filter((name) => !own.has(name));
}

function checkOperation(node: OnnxNodeInfo, { model, where, warnings }: Context): void {
  const { domain, operation } = node;
  if (model.functions.some((body) => body.name === operation && body.domain === domain)) return;
  if (ALLOWED_OPERATIONS.get(domain)?.has(operation) !== true) {
    throw new AppError({
      code: 'model/unsupported',
      headline: `The ONNX operation ${JSON.stringify(operation.slice(0, 60))} is not run here`,
      where: `${where}, ${labelOf(node)}`,
      cause: reasonAgainst(domain, operation),
      remedy: 'export the generator without it',
    });
  }
  if (RANDOM_OPERATIONS.has(operation))
    warnings.push(
      `The network draws random numbers of its own (${operation}), so the same latent gives another picture each time.`,
    );
}

// ---- sizes ------------------------------------------------------------------------------------------------------------------

/** Which input of an operation holds sizes of its result. */
const SHAPE_INPUT: ReadonlyMap<string, number> = new Map([
  ['ConstantOfShape', 0],
  ['Expand', 1],
  ['Reshape', 1],
  ['Tile', 1],
]);
const SIZES = new Set([
  'kernel_shape',
  'strides',
  'dilations',
  'output_shape',
  'shape',
  'pads',
  'output_padding',
]);

function checkSizes(node: OnnxNodeInfo, known: ReadonlyMap<string, readonly number[]>, where: string): void {
  const absurd = (cause: string): AppError => damaged(where, `${labelOf(node)} ${cause}`);
  const shape = known.get(node.inputs[SHAPE_INPUT.get(node.operation) ?? -1] ?? '');
  if (shape !== undefined && tooLarge(shape)) throw absurd(`asks for the shape [${shape.join(', ')}]`);
  for (const [name, { ints, tensor }] of node.attributes) {
    if (tensor?.external !== undefined) throw absurd('has a constant in another file');
    if (!SIZES.has(name)) continue;
    const wrong = ints.find((size) => Math.abs(size) > LARGEST_SIDE);
    if (wrong !== undefined) throw absurd(`has ${name} of ${wrong}`);
    if ((name === 'shape' || name === 'kernel_shape') && tooLarge(ints))
      throw absurd(`asks for the shape [${ints.join(', ')}]`);
  }
}

function tooLarge(shape: readonly number[]): boolean {
  let count = 1;
  for (const size of shape) {
    count *= Math.max(1, size);
    if (size > MAX_ELEMENTS || count > MAX_ELEMENTS) return true;
  }
  return false;
}

// ---- functions --------------------------------------------------------------------------------------------------------------

/** No function may lead to itself, and written out they stay below the limit: ten that call the next twice are a thousand. */
function checkFunctions(model: OnnxModel, where: string): void {
  const byKey = new Map<string, OnnxFunction>();
  for (const body of model.functions) {
    if (byKey.has(keyOf(body))) throw damaged(where, `the function ${quoted(body.name)} is there twice`);
    byKey.set(keyOf(body), body);
  }
  const costs = new Map<string, number | 'open'>();
  const costOfNodes = (nodes: readonly OnnxNodeInfo[]): number =>
    nodes.reduce((sum, node) => {
      const body = byKey.get(keyOf({ name: node.operation, domain: node.domain }));
      const inside = [...node.attributes.values()].flatMap(({ graphs }) => graphs);
      const branches = inside.reduce((total, graph) => total + costOfNodes(graph.nodes), 0);
      return sum + branches + (body === undefined ? 1 : costOf(body));
    }, 0);
  const costOf = (body: OnnxFunction): number => {
    const known = costs.get(keyOf(body));
    if (known === 'open') throw damaged(where, `the function ${quoted(body.name)} calls itself`);
    if (known !== undefined) return known;
    costs.set(keyOf(body), 'open');
    const cost = costOfNodes(body.nodes);
    costs.set(keyOf(body), cost);
    return cost;
  };
  const total = costOfNodes(model.graph.nodes);
  if (total > MAX_ONNX_NODES)
    throw damaged(where, `it has more than ${MAX_ONNX_NODES} operations when its functions are written out`);
  for (const body of model.functions) {
    costOf(body);
    const known = { own: new Set(body.inputs), outer: new Set<string>(), sizes: new Map<string, number[]>() };
    checkNodes(body.nodes, known, { model, where, warnings: [] });
  }
}

const keyOf = ({ name, domain }: { readonly name: string; readonly domain: string }): string =>
  `${domain}\n${name}`;

// ---- ports and numbers ------------------------------------------------------------------------------------------------------

function portOf({ name, type, shape }: OnnxValueInfo, where: string): TensorPort {
  const portType = type === null ? undefined : PORT_TYPES.get(type);
  if (portType === undefined) {
    throw new AppError({
      code: 'model/unsupported',
      headline: 'The ONNX model takes or gives something else than a tensor of numbers',
      where: `${where}, ${quoted(name)}`,
      remedy: 'export the generator alone',
    });
  }
  return { name, type: portType, shape: shape ?? [] };
}

function checkNumbers(tensors: readonly OnnxTensorInfo[], warnings: string[]): void {
  for (const tensor of tensors)
    if (hasNoNumbers(tensor)) warnings.push(`The weight ${tensor.name} holds values that are no numbers.`);
}

/** NaN or infinity: an exponent of ones. Looked at as bits, because the bytes need not be aligned. */
function hasNoNumbers({ type, raw }: OnnxTensorInfo): boolean {
  if (raw === undefined) return false;
  const [step, high, mask] =
    type === FLOAT
      ? [4, 2, 0x7f80]
      : type === DOUBLE
        ? [8, 6, 0x7ff0]
        : type === FLOAT16
          ? [2, 0, 0x7c00]
          : [0, 0, 0];
  if (step === 0) return false;
  for (let at = high; at + 1 < raw.length; at += step) {
    const half = (raw[at] ?? 0) | ((raw[at + 1] ?? 0) << 8);
    if ((half & mask) === mask) return true;
  }
  return false;
}

const labelOf = (node: OnnxNodeInfo | undefined): string =>
  node === undefined
    ? 'an operation'
    : `the operation ${node.operation.slice(0, 60)}${node.name === '' ? '' : ` ${quoted(node.name)}`}`;
const quoted = (name: string): string => JSON.stringify(name.slice(0, 80));

export function damaged(where: string, cause: string): AppError {
  return new AppError({
    code: 'model/damaged',
    headline: 'The ONNX model is damaged',
    where,
    cause,
    remedy: 'export it again',
  });
}
