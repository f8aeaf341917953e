/**
 * Reads a tf.layers topology (what `model.toJSON()` writes: Sequential or functional) into a plain list of calls in
 * the order in which they can be computed. Everything is checked here, before TensorFlow.js sees any of it: its own
 * loader waits for ever on a layer that is not there or on a cycle, and allocates whatever a size field asks for.
 */
import { AppError } from '#shared/errors';
import { layerRule } from './layer-rules';
import { MAX_ELEMENTS, MAX_LAYERS, MAX_RANK } from './store/limits';
import {
  isJsonObject,
  isReservedName,
  parseStrictJson,
  type Json,
  type JsonObject,
} from './store/strict-json';

/** A shape without its batch dimension. */
export type Shape = readonly number[];

/** One use of a layer. A layer that is used twice shares its weights between two calls. */
export interface Call {
  readonly layer: string;
  readonly className: string;
  readonly config: JsonObject;
  /** Indices into the list of calls; all smaller than this one's own. */
  readonly inputs: readonly number[];
  readonly shape: Shape;
  readonly weights: readonly WeightSpec[];
}

export interface WeightSpec {
  /** `<layer>/<weight>`, as in the weight file. */
  readonly name: string;
  readonly shape: Shape;
}

export interface Topology {
  readonly calls: readonly Call[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export function parseTopology(text: string): Topology {
  const json = parseStrictJson(new TextEncoder().encode(text), { code: 'model/topology', where: 'topology' });
  const model = isJsonObject(json) && isJsonObject(json['model_config']) ? json['model_config'] : json;
  if (!isJsonObject(model)) throw refuse(undefined, 'it is not an object');
  switch (model['class_name']) {
    case 'Sequential':
      return readSequential(model['config']);
    case 'Model':
    case 'Functional':
      return readFunctional(model['config']);
    default:
      throw refuse(undefined, `${quote(model['class_name'])} is neither Sequential nor a functional Model`);
  }
}

/** All weights of the network, each once. */
export function weightSpecs(topology: Topology): ReadonlyMap<string, Shape> {
  return new Map(topology.calls.flatMap((call) => call.weights.map(({ name, shape }) => [name, shape])));
}

// ---- the two ways of writing a network -------------------------------------------------------------------------------------

function readSequential(config: Json | undefined): Topology {
  const list = isJsonObject(config) ? config['layers'] : config;
  const layers = readLayers(list);
  const calls: Call[] = [];
  for (const layer of layers) {
    if (calls.length === 0 && layer.className !== 'InputLayer') {
      const shape = inputShape(layer);
      calls.push({
        layer: `${layer.name}_input`,
        className: 'InputLayer',
        config: {},
        inputs: [],
        shape,
        weights: [],
      });
    }
    calls.push(resolve(layer, calls.length === 0 ? [] : [calls.length - 1], calls));
  }
  if (calls.length === 0) throw refuse(undefined, 'it has no layers');
  return { calls, inputs: [0], outputs: [calls.length - 1] };
}

/** In a functional model a call is (layer, node index); `inbound_nodes[node]` lists the calls it reads. */
function readFunctional(config: Json | undefined): Topology {
  if (!isJsonObject(config)) throw refuse(undefined, 'its config is not an object');
  const layers = readLayers(config['layers']);
  const waiting = new Map<string, { readonly layer: LayerConfig; readonly inputs: readonly string[] }>();
  for (const layer of layers) {
    const nodes = layer.inboundNodes.length === 0 ? [[]] : layer.inboundNodes;
    if (layer.className === 'InputLayer' && layer.inboundNodes.length > 0)
      throw refuse(layer.name, 'it reads another layer');
    nodes.forEach((inputs, node) => waiting.set(callKey(layer.name, node), { layer, inputs }));
  }
  for (const { layer, inputs } of waiting.values()) {
    const missing = inputs.find((key) => !waiting.has(key));
    if (missing !== undefined) throw refuse(layer.name, `it reads ${quote(missing)}, which is not there`);
  }
  if (waiting.size > MAX_LAYERS) throw refuse(undefined, `it has more than ${MAX_LAYERS} layer calls`);
  const { calls, index } = inOrder(waiting);
  const find = (key: string): number => {
    const found = index.get(key);
    if (found === undefined) throw refuse(undefined, `its output or input ${quote(key)} is not there`);
    return found;
  };
  const inputs = callKeys(config['input_layers'], 'input_layers').map(find);
  const outputs = callKeys(config['output_layers'], 'output_layers').map(find);
  if (inputs.length === 0 || outputs.length === 0) throw refuse(undefined, 'it has no inputs or no outputs');
  const unlisted = calls.findIndex((call, at) => call.className === 'InputLayer' && !inputs.includes(at));
  if (unlisted !== -1) throw refuse(calls[unlisted]?.layer, 'it is an input and is not listed as one');
  return { calls, inputs, outputs };
}

/** Kahn's algorithm: a call is taken when all that it reads has been. What is never taken stands in a cycle. */
function inOrder(
  waiting: ReadonlyMap<string, { readonly layer: LayerConfig; readonly inputs: readonly string[] }>,
) {
  const missing = new Map<string, number>();
  const readers = new Map<string, string[]>();
  for (const [key, { inputs }] of waiting) {
    missing.set(key, inputs.length);
    for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), key]);
  }
  const ready = [...waiting.keys()].filter((key) => missing.get(key) === 0);
  const calls: Call[] = [];
  const index = new Map<string, number>();
  for (let key = ready.shift(); key !== undefined; key = ready.shift()) {
    const entry = waiting.get(key);
    if (entry === undefined) break;
    index.set(key, calls.length);
    calls.push(
      resolve(
        entry.layer,
        entry.inputs.map((input) => index.get(input) ?? 0),
        calls,
      ),
    );
    for (const reader of readers.get(key) ?? []) {
      const left = (missing.get(reader) ?? 0) - 1;
      missing.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  const stuck = [...waiting].find(([key]) => !index.has(key));
  if (stuck !== undefined) throw refuse(stuck[1].layer.name, 'it reads its own output through a cycle');
  return { calls, index };
}

// ---- layers ---------------------------------------------------------------------------------------------------------------

interface LayerConfig {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  readonly inboundNodes: readonly (readonly string[])[];
}

function readLayers(list: Json | undefined): readonly LayerConfig[] {
  if (!Array.isArray(list)) throw refuse(undefined, 'its layers are not a list');
  if (list.length > MAX_LAYERS)
    throw refuse(undefined, `it has ${list.length} layers, more than ${MAX_LAYERS}`);
  const layers = (list as readonly Json[]).map(readLayer);
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw refuse(name, 'two layers have this name');
    names.add(name);
  }
  return layers;
}

function readLayer(layer: Json): LayerConfig {
  if (!isJsonObject(layer) || !isJsonObject(layer['config']))
    throw refuse(undefined, 'a layer is not an object with a config');
  const { class_name: className, config } = layer;
  const name = config['name'] ?? layer['name'];
  if (typeof name !== 'string' || name === '' || name.length > 256 || isReservedName(name)) {
    throw refuse(undefined, `a layer's name ${quote(name)} is not allowed`);
  }
  if (layer['name'] !== undefined && layer['name'] !== name)
    throw refuse(name, `it is also called ${quote(layer['name'])}`);
  if (typeof className !== 'string') throw refuse(name, 'its class is not named');
  const { activation } = config;
  if (activation !== undefined && activation !== null && !isActivation(activation))
    throw refuse(name, `its activation ${quote(activation)} is not known`);
  const nodes = layer['inbound_nodes'] ?? [];
  if (!Array.isArray(nodes)) throw refuse(name, 'its inbound_nodes are not a list');
  return {
    name,
    className,
    config,
    inboundNodes: (nodes as readonly Json[]).map((node) => callKeys(node, name)),
  };
}

/** Those of TensorFlow.js, which reads `hard_sigmoid` as hardSigmoid. */
const ACTIVATIONS: ReadonlySet<string> = new Set([
  ...['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'tanh'],
  ...['softmax', 'logSoftmax', 'softplus', 'softsign', 'swish', 'mish', 'gelu'],
]);
const isActivation = (given: Json): boolean =>
  typeof given === 'string' &&
  ACTIVATIONS.has(given.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

function inputShape({ name, config }: LayerConfig): Shape {
  const batched = config['batch_input_shape'] ?? config['batch_shape'];
  if (!Array.isArray(batched) || batched.length < 1) throw refuse(name, 'its input shape is not given');
  return checkShape(name, (batched as readonly Json[]).slice(1));
}

function resolve(layer: LayerConfig, inputs: readonly number[], calls: readonly Call[]): Call {
  const { name, className, config } = layer;
  if (className === 'InputLayer')
    return { layer: name, className, config, inputs, shape: inputShape(layer), weights: [] };
  const rule = layerRule(className);
  if (rule === undefined) throw refuse(name, `its class ${quote(className)} is not one that is loaded`);
  const shapes = inputs.map((input) => calls[input]?.shape ?? []);
  if (shapes.length === 0) throw refuse(name, 'it reads nothing');
  if (shapes.length > 1 && !rule.many) throw refuse(name, `it reads ${shapes.length} layers and takes one`);
  const fail = (cause: string): AppError => refuse(name, cause);
  const { shape, weights } = rule.infer(config, shapes, fail);
  return {
    layer: name,
    className,
    config,
    inputs,
    shape: checkShape(name, shape),
    weights: Object.entries(weights).map(([weight, size]) => ({
      name: `${name}/${weight}`,
      shape: checkShape(name, size),
    })),
  };
}

function checkShape(name: string, shape: readonly Json[]): Shape {
  if (shape.length > MAX_RANK) throw refuse(name, `its shape has ${shape.length} dimensions`);
  let elements = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || (size as number) < 1)
      throw refuse(name, `its shape ${quote(shape)} is not fixed and positive`);
    elements *= size as number;
    if (elements > MAX_ELEMENTS)
      throw refuse(name, `its shape ${quote(shape)} has more than ${MAX_ELEMENTS} elements`);
  }
  return shape as Shape;
}

/** `[[layer, node, tensor, ...], ...]`, or one such triple alone, as older files write a single input. */
function callKeys(list: Json | undefined, where: string): readonly string[] {
  if (!Array.isArray(list)) throw refuse(where, 'its list of connections cannot be read');
  const triples = typeof list[0] === 'string' ? [list as Json] : (list as readonly Json[]);
  return triples.map((triple) => {
    const [layer, node, tensor] = Array.isArray(triple) ? (triple as readonly Json[]) : [];
    if (typeof layer !== 'string' || !Number.isSafeInteger(node) || tensor !== 0) {
      throw refuse(where, `its connection ${quote(triple)} cannot be read`);
    }
    return callKey(layer, node as number);
  });
}

const callKey = (layer: string, node: number): string => (node === 0 ? layer : `${layer}#${node}`);
const quote = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

function refuse(layer: string | undefined, cause: string): AppError {
  return new AppError({
    code: 'model/topology',
    headline: 'The network cannot be used',
    ...(layer === undefined ? {} : { where: `layer ${layer}` }),
    cause,
  });
}
