/**
 * The graph of a TensorFlow.js graph model: a GraphDef as JSON, as protobuf writes it. Dialects differ in small things:
 * sizes and integers as strings or numbers, bytes in base64, as words, or as lists of bytes.
 */
import { MAX_GRAPH_NODES } from '../store/limits';
import { isJsonObject, isReservedName, type Json, type JsonObject } from '../store/strict-json';
import {
  damaged,
  type RawAttribute,
  type RawFunction,
  type RawGraph,
  type RawNode,
  type RawTensor,
} from './raw-graph';
import { typeName } from './types';

/** Constants lie in the weights, by the names of their nodes. */
export type Constants = ReadonlyMap<string, RawTensor>;

export function readGraphJson(topology: JsonObject, constants: Constants): RawGraph {
  const functions = new Map<string, RawFunction>();
  const library = topology['library'];
  for (const one of isJsonObject(library) ? list(library['function']) : []) {
    const read = readFunction(object(one, 'library'), constants);
    functions.set(read.name, read);
  }
  return {
    nodes: list(topology['node']).map((node) => readNode(object(node, 'node'), constants)),
    functions,
  };
}

function readNode(node: JsonObject, constants: Constants): RawNode {
  const name = text(node['name'], 'node');
  const attributes = new Map<string, RawAttribute>();
  for (const [key, value] of Object.entries(isJsonObject(node['attr']) ? node['attr'] : {})) {
    const attribute = isJsonObject(value) ? readAttribute(value, name, constants) : undefined;
    if (attribute !== undefined && !isReservedName(key)) attributes.set(key, attribute);
  }
  return {
    name,
    operation: text(node['op'], name),
    inputs: list(node['input']).map((input) => text(input, name)),
    attributes,
  };
}

function readAttribute(value: JsonObject, node: string, constants: Constants): RawAttribute | undefined {
  const [kind] = Object.keys(value);
  const given = kind === undefined ? undefined : value[kind];
  switch (kind) {
    case 's':
      return { kind: 'string', value: word(given, node) };
    case 'i':
      return { kind: 'int', value: integer(given, node) };
    case 'f':
      return { kind: 'float', value: Number(given) };
    case 'b':
      return { kind: 'bool', value: given === true };
    case 'type':
      return { kind: 'type', value: readType(given) };
    case 'shape': {
      const shape = readShapeJson(given, node);
      return shape === null ? undefined : { kind: 'shape', value: shape };
    }
    case 'tensor':
      return {
        kind: 'tensor',
        value: () => {
          const constant = constants.get(node);
          if (constant === undefined) throw damaged(node, 'the weights do not have this constant');
          return constant;
        },
      };
    case 'func':
      return isJsonObject(given) ? { kind: 'function', value: text(given['name'], node) } : undefined;
    case 'list': {
      if (!isJsonObject(given)) return undefined;
      if (given['s'] !== undefined)
        return { kind: 'strings', value: list(given['s']).map((one) => word(one, node)) };
      return { kind: 'ints', value: list(given['i']).map((one) => integer(one, node)) };
    }
    default:
      return undefined;
  }
}

export const readType = (value: Json | undefined): string =>
  typeof value === 'number' ? typeName(value) : typeof value === 'string' ? value : 'DT_INVALID';

/** Null where not even the rank is known. */
export function readShapeJson(value: Json | undefined, where: string): readonly (number | null)[] | null {
  if (!isJsonObject(value) || value['unknownRank'] === true || value['unknown_rank'] === true) return null;
  return list(value['dim']).map((dim) => {
    const size = isJsonObject(dim) ? (dim['size'] ?? 0) : dim;
    const number = integer(size, where);
    return number < 0 ? null : number;
  });
}

function readFunction(json: JsonObject, constants: Constants): RawFunction {
  const signature = object(json['signature'], 'library');
  const name = text(signature['name'], 'library');
  const argument = (one: Json): string => text(object(one, name)['name'], name);
  const results = isJsonObject(json['ret']) ? json['ret'] : {};
  const outputs = list(signature['outputArg'] ?? signature['output_arg']).map(argument);
  return {
    name,
    arguments: list(signature['inputArg'] ?? signature['input_arg']).map(argument),
    results: outputs.map((output) =>
      text(Object.hasOwn(results, output) ? results[output] : undefined, name),
    ),
    controls: [],
    nodes: list(json['nodeDef'] ?? json['node_def']).map((node) => readNode(object(node, name), constants)),
  };
}

function list(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw damaged('model.json', 'a list is expected where there is none');
  if (value.length > 10 * MAX_GRAPH_NODES) throw damaged('model.json', 'it has too many nodes');
  return value as readonly Json[];
}

function object(value: Json | undefined, where: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw damaged(where, 'an object is expected where there is none');
}

function text(value: Json | undefined, where: string): string {
  if (typeof value === 'string') return value;
  throw damaged(where, 'a name is expected where there is none');
}

function integer(value: Json | undefined, where: string): number {
  const number = typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw damaged(where, 'a size is no whole number');
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
}

/** The words of attributes are printable ("SAME", "NHWC", "Relu"); what decodes to such a word was base64. */
function word(value: Json | undefined, where: string): string {
  if (Array.isArray(value)) return String.fromCharCode(...value.slice(0, 1_000).map(Number));
  const given = text(value, where);
  const decoded = /^[A-Za-z0-9+/]*={0,2}$/.test(given) ? Buffer.from(given, 'base64').toString('latin1') : '';
  return decoded !== '' && /^[\x20-\x7e]+$/.test(decoded) ? decoded : given;
}
