/**
 * An ONNX file as plain data: onnx.proto3 (https://github.com/onnx/onnx, IR version 3 to 14), read field by field from
 * the wire. Weights are not copied: a tensor says where its numbers lie. What is not known here is refused or ignored
 * by the one rule of the format, never guessed.
 */
import {
  MAX_ONNX_ATTRIBUTES,
  MAX_ONNX_FUNCTIONS,
  MAX_ONNX_NODES,
  MAX_ONNX_NESTING,
  MAX_RANK,
  MAX_TENSORS,
} from '../store/limits';
import { isReservedName } from '../store/strict-json';
import { fieldsOf, floatOf, numbersOf, signedOf, textOf, WireError } from '../graph/wire';
import { message, nameOf, quoted, readEntry } from './onnx-wire';
import { readOnnxTensor, type OnnxTensorInfo } from './onnx-tensor';

export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Version by domain; '' is the default one. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraphInfo;
  readonly functions: readonly OnnxFunction[];
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OnnxGraphInfo {
  readonly nodes: readonly OnnxNodeInfo[];
  readonly initializers: readonly OnnxTensorInfo[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxNodeInfo {
  readonly name: string;
  readonly domain: string;
  readonly operation: string;
  /** '' stands for an optional one that is not given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttributeInfo>;
}

export interface OnnxAttributeInfo {
  readonly int: number;
  readonly float: number;
  readonly ints: readonly number[];
  readonly floats: number;
  readonly tensor: OnnxTensorInfo | undefined;
  readonly tensors: readonly OnnxTensorInfo[];
  readonly graphs: readonly OnnxGraphInfo[];
}

export interface OnnxValueInfo {
  readonly name: string;
  /** As TensorProto.DataType; null where it is no tensor. */
  readonly type: number | null;
  /** null where the file does not say; null in it for an open size. */
  readonly shape: readonly (number | null)[] | null;
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNodeInfo[];
}

/** Counted over the whole file, so that many small messages cannot do what one large one may not. */
interface Budget {
  nodes: number;
  attributes: number;
  tensors: number;
}

/** @throws WireError with a clause that says what is wrong. */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  const budget: Budget = { nodes: MAX_ONNX_NODES, attributes: MAX_ONNX_ATTRIBUTES, tensors: MAX_TENSORS };
  let irVersion = 0;
  let producer = '';
  let graph: OnnxGraphInfo | undefined;
  const opsets = new Map<string, number>();
  const functions: OnnxFunction[] = [];
  const metadata = new Map<string, string>();
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) irVersion = signedOf(field.bits);
    else if (field.number === 2) producer = textOf(message(field));
    else if (field.number === 7) {
      // The format would merge two graphs into one; nobody writes that, and two readers might differ.
      if (graph !== undefined) throw new WireError('it holds two graphs');
      graph = readGraph(message(field).bytes, budget, 0);
    } else if (field.number === 8) {
      const [domain, version] = readOpset(message(field).bytes);
      opsets.set(domain === 'ai.onnx' ? '' : domain, version);
    } else if (field.number === 14) {
      const [key, value] = readEntry(message(field).bytes);
      if (!isReservedName(key)) metadata.set(key, value);
    } else if (field.number === 20) throw new WireError('it holds a training graph');
    else if (field.number === 25) {
      functions.push(readFunction(message(field).bytes, budget));
      if (functions.length > MAX_ONNX_FUNCTIONS)
        throw new WireError(`it has more than ${MAX_ONNX_FUNCTIONS} functions`);
    }
  }
  if (graph === undefined) throw new WireError('it holds no graph');
  return { irVersion, producer, opsets, graph, functions, metadata };
}

function readGraph(bytes: Uint8Array, budget: Budget, depth: number): OnnxGraphInfo {
  if (depth > MAX_ONNX_NESTING)
    throw new WireError(`its graphs are nested more than ${MAX_ONNX_NESTING} deep`);
  const nodes: OnnxNodeInfo[] = [];
  const initializers: OnnxTensorInfo[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) nodes.push(readNode(message(field).bytes, budget, depth));
    else if (field.number === 5) initializers.push(readTensor(message(field).bytes, budget));
    else if (field.number === 11) inputs.push(readValueInfo(message(field).bytes));
    else if (field.number === 12) outputs.push(readValueInfo(message(field).bytes));
    else if (field.number === 15) throw new WireError('it has sparse weights, which are not read');
  }
  return { nodes, initializers, inputs, outputs };
}

function readNode(bytes: Uint8Array, budget: Budget, depth: number): OnnxNodeInfo {
  if (--budget.nodes < 0) throw new WireError(`it has more than ${MAX_ONNX_NODES} operations`);
  let [name, domain, operation] = ['', '', ''];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttributeInfo>();
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) inputs.push(nameOf(field));
    else if (field.number === 2) outputs.push(nameOf(field));
    else if (field.number === 3) name = nameOf(field);
    else if (field.number === 4) operation = nameOf(field);
    else if (field.number === 5) {
      const [key, attribute] = readAttribute(message(field).bytes, budget, depth);
      if (attributes.has(key)) throw new WireError(`an operation has the attribute ${quoted(key)} twice`);
      attributes.set(key, attribute);
    } else if (field.number === 7) domain = nameOf(field);
  }
  if (operation === '') throw new WireError('an operation has no kind');
  return { name, domain: domain === 'ai.onnx' ? '' : domain, operation, inputs, outputs, attributes };
}

function readAttribute(
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): readonly [string, OnnxAttributeInfo] {
  if (--budget.attributes < 0) throw new WireError(`it has more than ${MAX_ONNX_ATTRIBUTES} attributes`);
  let [name, int, float, floats] = ['', 0, 0, 0];
  let tensor: OnnxTensorInfo | undefined;
  const ints: number[] = [];
  const tensors: OnnxTensorInfo[] = [];
  const graphs: OnnxGraphInfo[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = nameOf(field);
    else if (field.number === 2) float = floatOf(field);
    else if (field.number === 3) int = signedOf(field.bits);
    else if (field.number === 5) tensor = readTensor(message(field).bytes, budget);
    else if (field.number === 6 || field.number === 11)
      graphs.push(readGraph(message(field).bytes, budget, depth + 1));
    else if (field.number === 7) floats += field.kind === 'bytes' ? field.bytes.length / 4 : 1;
    else if (field.number === 8) {
      for (const bits of numbersOf(field)) ints.push(signedOf(bits));
    } else if (field.number === 10) tensors.push(readTensor(message(field).bytes, budget));
    else if (field.number === 22 || field.number === 23)
      throw new WireError(`the attribute ${quoted(name)} is a sparse tensor, which is not read`);
  }
  if (name === '') throw new WireError('an attribute has no name');
  return [name, { int, float, ints, floats, tensor, tensors, graphs }];
}

function readTensor(bytes: Uint8Array, budget: Budget): OnnxTensorInfo {
  if (--budget.tensors < 0) throw new WireError(`it has more than ${MAX_TENSORS} tensors`);
  return readOnnxTensor(bytes);
}

function readFunction(bytes: Uint8Array, budget: Budget): OnnxFunction {
  let [name, domain] = ['', ''];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: OnnxNodeInfo[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = nameOf(field);
    else if (field.number === 4) inputs.push(nameOf(field));
    else if (field.number === 5) outputs.push(nameOf(field));
    else if (field.number === 7) nodes.push(readNode(message(field).bytes, budget, 0));
    else if (field.number === 10) domain = nameOf(field);
  }
  return { name, domain, inputs, outputs, nodes };
}

function readValueInfo(bytes: Uint8Array): OnnxValueInfo {
  let name = '';
  let type: number | null = null;
  let shape: OnnxValueInfo['shape'] = null;
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = nameOf(field);
    else if (field.number === 2) {
      for (const kind of fieldsOf(message(field).bytes)) {
        if (kind.number !== 1) continue; // a sequence, map or optional
        type = 0;
        for (const part of fieldsOf(message(kind).bytes)) {
          if (part.number === 1) type = Number(part.bits);
          else if (part.number === 2) shape = readShape(message(part).bytes);
        }
      }
    }
  }
  return { name, type, shape };
}

function readShape(bytes: Uint8Array): readonly (number | null)[] {
  const sizes: (number | null)[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number !== 1) continue;
    if (sizes.length >= MAX_RANK) throw new WireError(`a shape has more than ${MAX_RANK} dimensions`);
    let size: number | null = null;
    for (const part of fieldsOf(message(field).bytes)) if (part.number === 1) size = signedOf(part.bits);
    sizes.push(size !== null && size > 0 ? size : null); // 0 and -1 are how some exporters say "open"
  }
  return sizes;
}

function readOpset(bytes: Uint8Array): readonly [string, number] {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) domain = nameOf(field);
    else if (field.number === 2) version = signedOf(field.bits);
  }
  return [domain, version];
}
