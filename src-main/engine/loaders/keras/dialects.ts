/**
 * Reads the JSON by which Keras (standalone, tf.keras 2, Keras 3) and TensorFlow.js describe a model, and makes one thing
 * of them: layers, and the calls of each with its arguments. What a layer does is not looked at here; see layers.ts.
 */
import { AppError } from '#shared/errors';
import { MAX_LAYERS } from '../../store/limits';
import { isJsonObject, isReservedName, type Json, type JsonObject } from '../../store/strict-json';

export type Dialect = 'tfjs' | 'keras-2' | 'keras-3';

/** Output `tensor` of call `node` of a layer. */
export interface TensorName {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

export type Argument =
  | { readonly kind: 'tensor'; readonly tensor: TensorName }
  | { readonly kind: 'list'; readonly items: readonly Argument[] }
  | { readonly kind: 'constant'; readonly value: Json };

export interface LayerCall {
  readonly positional: readonly Argument[];
  readonly named: ReadonlyMap<string, Argument>;
}

export interface FileLayer {
  readonly name: string;
  readonly className: string;
  /** Where the class is from, e.g. "keras.layers" or "keras.src.ops.numpy"; '' where the file does not say. */
  readonly module: string;
  readonly config: JsonObject;
  readonly trainable: boolean;
  /** Empty in a Sequential, where each layer reads the one before. */
  readonly calls: readonly LayerCall[];
  /** The model inside, where the layer is one. */
  readonly model: FileModel | undefined;
  /** The layer inside a wrapper. */
  readonly wrapped: FileLayer | undefined;
}

export interface FileModel {
  readonly name: string;
  readonly kind: 'sequential' | 'functional';
  readonly layers: readonly FileLayer[];
  readonly inputs: readonly TensorName[];
  readonly outputs: readonly TensorName[];
  /** Of a Sequential that says it beside its layers, with the batch. */
  readonly inputShape: Json | undefined;
}

const MAX_NESTED_MODELS = 16;
/** Layers around one other layer: only while training do they do anything else than that layer. */
const TRANSPARENT_WRAPPERS: ReadonlySet<string> = new Set(['SpectralNormalization']);

export function readModel(json: Json | undefined, depth = 0): FileModel {
  if (!isJsonObject(json)) throw refuse(undefined, 'its description is not an object');
  if (depth > MAX_NESTED_MODELS)
    throw refuse(undefined, `models are nested more than ${MAX_NESTED_MODELS} deep`);
  const { class_name: className, config } = json;
  const fields: JsonObject = isJsonObject(config) ? config : {};
  const list = Array.isArray(config) ? config : fields['layers'];
  if (!Array.isArray(list)) throw noDescription(className);
  if (list.length > MAX_LAYERS)
    throw refuse(undefined, `it has ${list.length} layers, more than ${MAX_LAYERS}`);
  const name = typeof fields['name'] === 'string' ? fields['name'] : 'model';
  const functional = fields['input_layers'] !== undefined;
  const layers = (list as readonly Json[]).map((layer) => readLayer(layer, functional, depth));
  if (layers.length === 0) throw refuse(undefined, 'it has no layers');
  const seen = new Set<string>();
  for (const { name: layer } of layers) {
    if (seen.has(layer)) throw refuse(layer, 'two layers have this name');
    seen.add(layer);
  }
  return {
    ...{ name, layers, kind: functional ? 'functional' : 'sequential' },
    inputs: tensorNames(fields['input_layers']),
    outputs: tensorNames(fields['output_layers']),
    inputShape:
      fields['build_input_shape'] ??
      (isJsonObject(json['build_config']) ? json['build_config']['input_shape'] : undefined),
  };
}

/** A model that its author wrote as a class describes itself by its name alone. */
function noDescription(className: Json | undefined): AppError {
  return new AppError({
    code: 'model/refused',
    headline: 'The model is code of its author, which is never run',
    where: typeof className === 'string' ? `class ${className.slice(0, 80)}` : undefined,
    cause: 'the file does not list its layers: only Sequential and functional models do',
    remedy: 'save its decoder and encoder by themselves, or export them to ONNX',
  });
}

function readLayer(layer: Json, functional: boolean, depth: number): FileLayer {
  if (!isJsonObject(layer) || (!isJsonObject(layer['config']) && !Array.isArray(layer['config'])))
    throw refuse(undefined, 'a layer is not an object with a config');
  const config: JsonObject = isJsonObject(layer['config']) ? layer['config'] : {};
  const name = config['name'] ?? layer['name'];
  if (typeof name !== 'string' || name === '' || name.length > 256 || isReservedName(name))
    throw refuse(undefined, `a layer's name ${quote(name)} is not allowed`);
  const className = layer['class_name'];
  if (typeof className !== 'string' || className === '') throw refuse(name, 'its class is not named');
  const nodes = layer['inbound_nodes'] ?? [];
  if (!Array.isArray(nodes)) throw refuse(name, 'its inbound_nodes are not a list');
  const inside = config['layer'];
  const wraps = TRANSPARENT_WRAPPERS.has(bareClass(className)) && isJsonObject(inside);
  const module = layer['module'];
  return {
    ...{ name, className: bareClass(className), config },
    module: typeof module === 'string' ? module : '',
    trainable: config['trainable'] !== false,
    calls: functional ? (nodes as readonly Json[]).map((node) => readCall(node, name)) : [],
    model: isModel(layer) ? readModel(layer, depth + 1) : undefined,
    wrapped: wraps ? readLayer(inside, false, depth + 1) : undefined,
  };
}

const isModel = ({ class_name: className, config }: JsonObject): boolean =>
  (isJsonObject(config) && Array.isArray(config['layers'])) ||
  (className === 'Sequential' && Array.isArray(config));

/** "Addons>InstanceNormalization" and "package>Class": the package says nothing that is believed. */
const bareClass = (className: string): string => className.slice(className.lastIndexOf('>') + 1);

// ---- calls ----------------------------------------------------------------------------------------------------------------

function readCall(node: Json, layer: string): LayerCall {
  if (isJsonObject(node)) {
    const { args, kwargs } = node; // Keras 3
    return {
      positional: Array.isArray(args) ? (args as readonly Json[]).map(readArgument) : [],
      named: readNamed(kwargs, readArgument),
    };
  }
  if (!Array.isArray(node)) throw refuse(layer, `its connection ${quote(node)} cannot be read`);
  const list = node as readonly Json[];
  // One tensor alone may stand without the list around it.
  const triples = typeof list[0] === 'string' ? [list as Json] : list;
  const tensors = triples.map((triple) => readTriple(triple, layer));
  const named = new Map(tensors.flatMap(({ named: each }) => [...each]));
  const items = tensors.map(({ argument }) => argument);
  const [only] = items;
  return { positional: items.length === 1 && only !== undefined ? [only] : [{ kind: 'list', items }], named };
}

/** [layer, node, tensor, {keywords}]; a constant stands as ["_CONSTANT_VALUE", -1, value, {keywords}]. */
function readTriple(
  triple: Json,
  layer: string,
): { readonly argument: Argument; readonly named: LayerCall['named'] } {
  if (!Array.isArray(triple)) throw refuse(layer, `its connection ${quote(triple)} cannot be read`);
  const [name, node, tensor, keywords] = triple as readonly Json[];
  const named = readNamed(keywords, readOldArgument);
  if (name === '_CONSTANT_VALUE') return { argument: { kind: 'constant', value: tensor ?? null }, named };
  const reference = asTensorName(triple as readonly Json[]);
  if (reference === undefined)
    throw refuse(
      layer,
      `its connection ${quote([name ?? null, node ?? null, tensor ?? null])} cannot be read`,
    );
  return { argument: { kind: 'tensor', tensor: reference }, named };
}

function readNamed(keywords: Json | undefined, read: (value: Json) => Argument): LayerCall['named'] {
  return new Map(
    isJsonObject(keywords) ? Object.entries(keywords).map(([key, value]) => [key, read(value)]) : [],
  );
}

function asTensorName(triple: readonly Json[]): TensorName | undefined {
  const [layer, node, tensor] = triple;
  if (typeof layer !== 'string' || !isIndex(node) || !isIndex(tensor)) return undefined;
  return { layer, node, tensor };
}

const isIndex = (value: Json | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function readOldArgument(value: Json): Argument {
  if (Array.isArray(value)) {
    const reference = value.length === 3 ? asTensorName(value as readonly Json[]) : undefined;
    if (reference !== undefined) return { kind: 'tensor', tensor: reference };
    const items = (value as readonly Json[]).map(readOldArgument);
    if (items.some(({ kind }) => kind !== 'constant')) return { kind: 'list', items };
  }
  return { kind: 'constant', value };
}

function readArgument(value: Json): Argument {
  if (isJsonObject(value) && value['class_name'] === '__keras_tensor__') {
    const config = value['config'];
    const history = isJsonObject(config) ? config['keras_history'] : undefined;
    const reference = Array.isArray(history) ? asTensorName(history as readonly Json[]) : undefined;
    if (reference === undefined) throw refuse(undefined, 'a tensor in it does not say where it is from');
    return { kind: 'tensor', tensor: reference };
  }
  const list = isJsonObject(value) && value['class_name'] === '__tuple__' ? value['items'] : value;
  if (Array.isArray(list)) {
    const items = (list as readonly Json[]).map(readArgument);
    if (items.some(({ kind }) => kind !== 'constant')) return { kind: 'list', items };
    return { kind: 'constant', value: list };
  }
  return { kind: 'constant', value };
}

/** One triple, a list of them, or a structure of lists and names as models with named inputs have. */
function tensorNames(structure: Json | undefined): readonly TensorName[] {
  if (isJsonObject(structure)) return Object.values(structure).flatMap(tensorNames);
  if (!Array.isArray(structure)) return [];
  const reference = asTensorName(structure as readonly Json[]);
  return reference === undefined ? (structure as readonly Json[]).flatMap(tensorNames) : [reference];
}

const quote = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

export function refuse(layer: string | undefined, cause: string): AppError {
  return new AppError({
    code: 'model/topology',
    headline: 'The network cannot be used',
    ...(layer === undefined ? {} : { where: `layer ${layer}` }),
    cause,
  });
}
