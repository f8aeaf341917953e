/** A saved_model.pb: tensorflow/core/protobuf/{saved_model,meta_graph,saver}.proto. */
import { readGraphDef } from './graph-def';
import type { RawGraph } from './raw-graph';
import { readShape } from './tensor-proto';
import { typeName } from './types';
import { fieldsOf, textOf, type Field } from './wire';

export interface TensorInfo {
  /** `node:output`. */
  readonly name: string;
  readonly type: string;
  /** Null where not even the rank is known. */
  readonly shape: readonly (number | null)[] | null;
}

export interface Signature {
  readonly inputs: ReadonlyMap<string, TensorInfo>;
  readonly outputs: ReadonlyMap<string, TensorInfo>;
}

export interface MetaGraph {
  readonly tags: readonly string[];
  readonly graph: RawGraph;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** The node that restores the variables, or none. */
  readonly restore: string | undefined;
}

export function readSavedModel(file: Uint8Array): readonly MetaGraph[] {
  const graphs: MetaGraph[] = [];
  for (const field of fieldsOf(file)) if (field.number === 2) graphs.push(readMetaGraph(field.bytes));
  return graphs;
}

function readMetaGraph(message: Uint8Array): MetaGraph {
  let graph: RawGraph = { nodes: [], functions: new Map() };
  let restore: string | undefined;
  const tags: string[] = [];
  const signatures = new Map<string, Signature>();
  for (const field of fieldsOf(message)) {
    if (field.number === 1) {
      for (const part of fieldsOf(field.bytes)) if (part.number === 4) tags.push(textOf(part));
    } else if (field.number === 2) graph = readGraphDef(field.bytes);
    else if (field.number === 3) {
      for (const part of fieldsOf(field.bytes)) if (part.number === 3) restore = textOf(part);
    } else if (field.number === 5) {
      const [key, value] = entry(field.bytes);
      if (value !== undefined) signatures.set(key, readSignature(value));
    }
  }
  return { tags, graph, signatures, restore };
}

function readSignature(message: Uint8Array): Signature {
  const inputs = new Map<string, TensorInfo>();
  const outputs = new Map<string, TensorInfo>();
  for (const field of fieldsOf(message)) {
    if (field.number !== 1 && field.number !== 2) continue;
    const [key, value] = entry(field.bytes);
    if (value !== undefined) (field.number === 1 ? inputs : outputs).set(key, readTensorInfo(value));
  }
  return { inputs, outputs };
}

function readTensorInfo(message: Uint8Array): TensorInfo {
  let name = '';
  let type = 'DT_INVALID';
  let shape: TensorInfo['shape'] = null;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2) type = typeName(Number(field.bits));
    else if (field.number === 3) shape = readShape(field.bytes);
  }
  return { name, type, shape };
}

function entry(message: Uint8Array): readonly [key: string, value: Uint8Array | undefined] {
  let key: Field | undefined;
  let value: Field | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) key = field;
    if (field.number === 2) value = field;
  }
  return [key === undefined ? '' : textOf(key), value?.bytes];
}
