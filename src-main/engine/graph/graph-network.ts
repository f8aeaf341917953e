/**
 * A frozen TensorFlow graph as data: operations by name, their attributes, and weights as constants. What TensorFlow.js
 * calls a graph model and what is left of a SavedModel when its variables are put in and its functions are written out.
 */
import type { TensorPort } from '#shared/importing';

export interface GraphNode {
  readonly name: string;
  readonly operation: string;
  /** `name` or, from its second output on, `name:output`; control inputs are left out. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
}

export type GraphAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'type'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly (number | null)[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** Types are float32, int32 and bool (as 0 and 1) here, whatever the file had. */
export interface GraphWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface GraphNetwork {
  /** In an order in which they can be computed. */
  readonly nodes: readonly GraphNode[];
  /** By the name of the constant, which is a node of its own and says the type. */
  readonly weights: ReadonlyMap<string, GraphWeight>;
  /** `node` is the placeholder that it feeds. */
  readonly inputs: readonly (TensorPort & { readonly node: string })[];
  /** The port's name is the person's word for it; `from` is the node (and output) that gives it. */
  readonly outputs: readonly (TensorPort & { readonly from: string })[];
}
