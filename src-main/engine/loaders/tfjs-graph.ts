/**
 * A TensorFlow.js graph model: model.json with a graph under modelTopology, and weights in shards beside it. Inputs and
 * outputs come from its signature; without one they are its placeholders and the nodes that no other reads.
 */
import { AppError } from '#shared/errors';
import { checkGraph } from '../graph/check-graph';
import { describeOutputs } from '../graph/describe-outputs';
import { freeze, type RawPort } from '../graph/freeze';
import { readGraphJson, readShapeJson, readType, type Constants } from '../graph/graph-json';
import { isControl, parseReference, type RawGraph, type RawNode } from '../graph/raw-graph';
import { MAX_JSON_BYTES } from '../store/limits';
import { isJsonObject, parseStrictJson, type Json, type JsonObject } from '../store/strict-json';
import type { Found, LoadedNetwork, Loader } from './loader';
import type { Source } from './source';
import { readWeights } from './tfjs-weights';

export const tfjsGraphLoader: Loader = { format: 'tfjs-graph', find, open };

async function find(source: Source): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { path, size, head, read } of source.files.values()) {
    if (size > MAX_JSON_BYTES || !startsAsObject(await head(64))) continue;
    const json = parsed(await read(MAX_JSON_BYTES), path);
    if (json !== undefined && isGraphModel(json)) found.push({ format: 'tfjs-graph', path });
  }
  return found;
}

const startsAsObject = (bytes: Uint8Array): boolean =>
  /^(\u{FEFF})?\s*\{/u.test(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));

/** Undefined where it is no JSON at all: another loader's business, or nobody's. */
function parsed(bytes: Uint8Array, where: string): Json | undefined {
  try {
    return parseStrictJson(bytes, { code: 'model/damaged', where });
  } catch {
    return undefined;
  }
}

const isGraphModel = (json: Json): json is JsonObject =>
  isJsonObject(json) && isJsonObject(json['modelTopology']) && Array.isArray(json['modelTopology']['node']);

async function open(source: Source, path: string): Promise<LoadedNetwork> {
  const file = source.files.get(path);
  const json =
    file && parseStrictJson(await file.read(MAX_JSON_BYTES), { code: 'model/damaged', where: path });
  if (json === undefined || !isGraphModel(json)) {
    throw new AppError({ code: 'model/format', headline: 'The file holds no graph model', where: path });
  }
  if (json['modelInitializer'] !== undefined && hasNodes(json['modelInitializer'])) {
    throw new AppError({
      code: 'model/unsupported',
      headline: 'The graph model has tables that are filled before it runs (modelInitializer)',
      where: path,
      remedy: 'export the generator without lookup tables',
    });
  }
  const constants = await readConstants(source, path, json);
  const graph = readGraphJson(json['modelTopology'] as JsonObject, constants);
  const { inputs, outputs } = portsOf(json, graph);
  const frozen = freeze({ graph, inputs, outputs, variable: ({ name }) => constants.get(name) });
  checkGraph(frozen.graph);
  const producer = json['convertedBy'];
  return {
    network: { kind: 'graph', graph: describeOutputs(frozen.graph, frozen.openOutputs) },
    hints: typeof producer === 'string' ? { producer: producer.slice(0, 200) } : {},
    warnings: frozen.warnings,
  };
}

const hasNodes = (json: Json): boolean =>
  isJsonObject(json) && Array.isArray(json['node']) && json['node'].length > 0;

const TYPES: Readonly<Record<string, string>> = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' };

async function readConstants(source: Source, path: string, json: JsonObject): Promise<Constants> {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const weights = await readWeights(source, json['weightsManifest'], folder);
  return new Map(
    [...weights].map(([name, { shape, dtype, data }]) => {
      return [name, { type: TYPES[dtype] ?? dtype, shape, data }];
    }),
  );
}

interface Ports {
  readonly inputs: readonly RawPort[];
  readonly outputs: readonly RawPort[];
}

function portsOf(json: JsonObject, graph: RawGraph): Ports {
  const inner = json['userDefinedMetadata'];
  const signature = [json['signature'], isJsonObject(inner) ? inner['signature'] : undefined].find(
    (candidate) => isJsonObject(candidate) && isJsonObject(candidate['outputs']),
  );
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const declared = isJsonObject(signature) ? signature : {};
  const outputs = signaturePorts(declared['outputs'], nodes);
  const inputs = signaturePorts(declared['inputs'], nodes).filter(({ type }) => type !== 'DT_RESOURCE');
  return {
    inputs: inputs.length > 0 ? inputs : placeholders(graph.nodes),
    outputs: outputs.length > 0 ? outputs : unread(graph.nodes),
  };
}

function signaturePorts(json: Json | undefined, nodes: ReadonlyMap<string, RawNode>): readonly RawPort[] {
  if (!isJsonObject(json)) return [];
  return Object.entries(json).flatMap(([name, info]) => {
    if (!isJsonObject(info) || info['resourceId'] !== undefined) return [];
    const tensor = typeof info['name'] === 'string' ? info['name'] : name;
    const own = nodes.get(parseReference(tensor).node);
    const shape = readShapeJson(info['tensorShape'] ?? info['tensor_shape'], name) ?? shapeOf(own);
    const type = info['dtype'] === undefined ? typeOf(own) : readType(info['dtype']);
    return [{ name, tensor, type, shape }];
  });
}

const placeholders = (nodes: readonly RawNode[]): readonly RawPort[] =>
  nodes.filter(({ operation }) => operation === 'Placeholder').map(portOfNode);

function unread(nodes: readonly RawNode[]): readonly RawPort[] {
  const read = new Set(
    nodes.flatMap(({ inputs }) => inputs.map((input) => parseReference(input.replace(/^\^/, '')).node)),
  );
  return nodes
    .filter(
      ({ name, operation, inputs }) =>
        !read.has(name) &&
        operation !== 'NoOp' &&
        operation !== 'Const' &&
        operation !== 'Placeholder' &&
        !inputs.every(isControl),
    )
    .map(portOfNode);
}

const portOfNode = (node: RawNode): RawPort => ({
  name: node.name,
  tensor: node.name,
  type: typeOf(node),
  shape: shapeOf(node),
});

function shapeOf(node: RawNode | undefined): readonly (number | null)[] | null {
  const shape = node?.attributes.get('shape');
  return shape?.kind === 'shape' ? shape.value : null;
}

function typeOf(node: RawNode | undefined): string {
  for (const key of ['dtype', 'DstT', 'T']) {
    const type = node?.attributes.get(key);
    if (type?.kind === 'type') return type.value;
  }
  return 'DT_FLOAT';
}
