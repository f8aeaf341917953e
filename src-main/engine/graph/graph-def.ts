/**
 * A GraphDef: tensorflow/core/framework/{graph,node_def,attr_value,function,op_def}.proto. Only what a graph computes is
 * read; where it was made and how it was placed on devices is passed over.
 */
import { MAX_GRAPH_NODES } from '../store/limits';
import { isReservedName } from '../store/strict-json';
import type { RawAttribute, RawFunction, RawGraph, RawNode } from './raw-graph';
import { readShape, readTensor } from './tensor-proto';
import { typeName } from './types';
import { fieldsOf, floatOf, numbersOf, signedOf, textOf, WireError, type Field } from './wire';

/** Nodes read so far, functions included: a file of two bytes a node must not become gigabytes of objects. */
interface Budget {
  nodes: number;
}

export function readGraphDef(message: Uint8Array): RawGraph {
  const budget: Budget = { nodes: 0 };
  const nodes: RawNode[] = [];
  const functions = new Map<string, RawFunction>();
  for (const field of fieldsOf(message)) {
    if (field.number === 1) nodes.push(readNode(field.bytes, budget));
    if (field.number !== 2) continue;
    for (const part of fieldsOf(field.bytes)) {
      if (part.number !== 1) continue;
      const one = readFunction(part.bytes, budget);
      functions.set(one.name, one);
    }
  }
  return { nodes, functions };
}

/** Functions that nothing calls are many (saving, gradients) and count too. */
const MOST_NODES_IN_FILE = 10 * MAX_GRAPH_NODES;

function readNode(message: Uint8Array, budget: Budget): RawNode {
  if (++budget.nodes > MOST_NODES_IN_FILE)
    throw new WireError(`it has more than ${MOST_NODES_IN_FILE} nodes`);
  let name = '';
  let operation = '';
  const inputs: string[] = [];
  const attributes = new Map<string, RawAttribute>();
  for (const field of fieldsOf(message)) {
    if (field.number === 1) name = textOf(field);
    else if (field.number === 2) operation = textOf(field);
    else if (field.number === 3) inputs.push(textOf(field));
    else if (field.number === 5) {
      const [key, value] = readEntry(field.bytes);
      const attribute = value && readAttribute(value);
      if (attribute && !isReservedName(key)) attributes.set(key, attribute);
    }
  }
  return { name, operation, inputs, attributes };
}

function readEntry(message: Uint8Array): readonly [key: string, value: Uint8Array | undefined] {
  let key = '';
  let value: Uint8Array | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) key = textOf(field);
    if (field.number === 2) value = field.bytes;
  }
  return [key, value];
}

/** Undefined for what no operation that is computed here has. AttrValue. */
function readAttribute(message: Uint8Array): RawAttribute | undefined {
  let attribute: RawAttribute | undefined;
  for (const field of fieldsOf(message)) attribute = readAttributeField(field) ?? attribute;
  return attribute;
}

function readAttributeField(field: Field): RawAttribute | undefined {
  switch (field.number) {
    case 1:
      return readList(field.bytes);
    case 2:
      return { kind: 'string', value: looseText(field) };
    case 3:
      return { kind: 'int', value: signedOf(field.bits) };
    case 4:
      return { kind: 'float', value: floatOf(field) };
    case 5:
      return { kind: 'bool', value: field.bits !== 0n };
    case 6:
      return { kind: 'type', value: typeName(Number(field.bits)) };
    case 7: {
      const shape = readShape(field.bytes);
      return shape === null ? undefined : { kind: 'shape', value: shape };
    }
    case 8: {
      const { bytes } = field;
      return { kind: 'tensor', value: () => readTensor(bytes) };
    }
    case 10: {
      for (const part of fieldsOf(field.bytes))
        if (part.number === 1) return { kind: 'function', value: textOf(part) };
      return undefined;
    }
    default:
      return undefined;
  }
}

function readList(message: Uint8Array): RawAttribute | undefined {
  const strings: string[] = [];
  const ints: number[] = [];
  let kind: 'strings' | 'ints' | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 2) {
      kind = 'strings';
      strings.push(looseText(field));
    } else if (field.number === 3) {
      kind ??= 'ints';
      for (const bits of numbersOf(field)) ints.push(signedOf(bits));
    } else if (field.number > 1) return undefined;
  }
  return kind === 'strings' ? { kind, value: strings } : { kind: 'ints', value: ints };
}

/** Strings in attributes may be any bytes; those that matter are words of ASCII. */
const looseText = (field: Field): string => new TextDecoder().decode(field.bytes);

/** FunctionDef. */
function readFunction(message: Uint8Array, budget: Budget): RawFunction {
  let name = '';
  const parameters: string[] = [];
  const outputs: string[] = [];
  const nodes: RawNode[] = [];
  const results = new Map<string, string>();
  const controls: string[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number === 1) {
      for (const part of fieldsOf(field.bytes)) {
        if (part.number === 1) name = textOf(part);
        else if (part.number === 2) parameters.push(argumentName(part.bytes));
        else if (part.number === 3) outputs.push(argumentName(part.bytes));
      }
    } else if (field.number === 3) nodes.push(readNode(field.bytes, budget));
    else if (field.number === 4 || field.number === 6) {
      const parts = [...fieldsOf(field.bytes)];
      const key = parts.find((part) => part.number === 1);
      const value = parts.find((part) => part.number === 2);
      if (key === undefined || value === undefined) continue;
      if (field.number === 4) results.set(textOf(key), textOf(value));
      else controls.push(textOf(value));
    }
  }
  return {
    name,
    arguments: parameters,
    results: outputs.map((output) => results.get(output) ?? ''),
    controls,
    nodes,
  };
}

function argumentName(message: Uint8Array): string {
  for (const field of fieldsOf(message)) if (field.number === 1) return textOf(field);
  return '';
}
