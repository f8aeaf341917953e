/**
 * A TensorFlow graph as a file has it: operations of every kind, functions beside it, variables still by name. What a
 * SavedModel and a TensorFlow.js graph model are both read into; freeze.ts makes a GraphNetwork of it.
 */
import { AppError } from '#shared/errors';
import type { GraphAttribute } from './graph-network';

export interface RawTensor {
  /** As TensorFlow calls it, e.g. DT_HALF. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Of numbers: floats as 32-bit floats, the others as 32-bit integers. */
  readonly data: Float32Array | Int32Array | readonly string[];
}

export type RawAttribute =
  | GraphAttribute
  | { readonly kind: 'function'; readonly value: string }
  /** Read when it is needed: a graph holds many constants that nothing reaches. */
  | { readonly kind: 'tensor'; readonly value: () => RawTensor };

export interface RawNode {
  readonly name: string;
  readonly operation: string;
  /** In a graph `name`, `name:1`, `^name` (control); in a function `argument` or `name:output:0`. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, RawAttribute>;
}

export interface RawFunction {
  readonly name: string;
  readonly arguments: readonly string[];
  /** What each output is, in the order of the outputs. */
  readonly results: readonly string[];
  /** Nodes that run for their effect. */
  readonly controls: readonly string[];
  readonly nodes: readonly RawNode[];
}

export interface RawGraph {
  readonly nodes: readonly RawNode[];
  readonly functions: ReadonlyMap<string, RawFunction>;
}

/** A node and which of its outputs. */
export interface Reference {
  readonly node: string;
  readonly output: number;
}

export const referenceKey = ({ node, output }: Reference): string =>
  output === 0 ? node : `${node}:${output}`;

/** `name` or `name:1`, as graphs write it. Names hold no colon. */
export function parseReference(text: string): Reference {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { node: text, output: 0 };
  const output = Number(text.slice(colon + 1));
  if (!Number.isInteger(output) || output < 0 || output > 65_535) throw damaged(text, 'it names no output');
  return { node: text.slice(0, colon), output };
}

export const isControl = (input: string): boolean => input.startsWith('^');

export function textAttribute(node: RawNode, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'string' ? attribute.value : fallback;
}

export function damaged(where: string, cause: string): AppError {
  return new AppError({
    code: 'model/damaged',
    headline: 'The graph of the model is damaged',
    where: `node ${JSON.stringify(where.slice(0, 200))}`,
    cause,
    remedy: 'get or export the model again',
  });
}
