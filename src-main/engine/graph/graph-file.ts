/**
 * A graph on disk: safetensors, as our other networks are; the metadata holds the nodes as JSON, the tensors are the
 * constants by their names. Data only: no code, no paths.
 */
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { fromHalves, toHalves } from '../store/half-float';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../store/safetensors';
import { parseStrictJson } from '../store/strict-json';
import { checkGraph } from './check-graph';
import type { GraphNetwork, GraphNode, GraphWeight } from './graph-network';

export const GRAPH_FORMAT = 'latentscape-graph/1';

const shape = z.array(z.int().nonnegative().nullable());
const attribute = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('int'), value: z.int() }),
  z.strictObject({ kind: z.literal('float'), value: z.number() }),
  z.strictObject({ kind: z.literal('bool'), value: z.boolean() }),
  z.strictObject({ kind: z.literal('string'), value: z.string() }),
  z.strictObject({ kind: z.literal('type'), value: z.enum(['DT_FLOAT', 'DT_INT32', 'DT_BOOL']) }),
  z.strictObject({ kind: z.literal('shape'), value: shape }),
  z.strictObject({ kind: z.literal('ints'), value: z.array(z.int()) }),
  z.strictObject({ kind: z.literal('strings'), value: z.array(z.string()) }),
]);
const port = {
  name: z.string(),
  shape,
  type: z.enum(['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'bool']),
};
const graphSchema = z.strictObject({
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      operation: z.string(),
      inputs: z.array(z.string()),
      attributes: z.record(z.string(), attribute),
    }),
  ),
  inputs: z.array(z.strictObject({ ...port, node: z.string() })),
  outputs: z.array(z.strictObject({ ...port, from: z.string() })),
});

export function encodeGraph(
  graph: GraphNetwork,
  { dtype = 'F32' }: { readonly dtype?: 'F32' | 'F16' } = {},
): Uint8Array {
  checkGraph(graph);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of graph.weights) {
    if (data instanceof Int32Array) tensors.set(name, { dtype: 'I32', shape, data });
    else if (dtype === 'F32') tensors.set(name, { dtype, shape, data });
    else tensors.set(name, { dtype, shape, data: toHalves(data) });
  }
  const { nodes, inputs, outputs } = graph;
  return encodeSafetensors(tensors, {
    format: GRAPH_FORMAT,
    graph: JSON.stringify({ nodes, inputs, outputs }),
  });
}

export function decodeGraph(bytes: Uint8Array): GraphNetwork {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata['format'] !== GRAPH_FORMAT || metadata['graph'] === undefined) {
    throw new AppError({
      code: 'model/format',
      headline: 'The file holds no graph',
      cause: `its format is ${metadata['format'] ?? 'not named'}, and ${GRAPH_FORMAT} is read`,
    });
  }
  const json = new TextEncoder().encode(metadata['graph']);
  const parsed = graphSchema.safeParse(parseStrictJson(json, { code: 'model/damaged', where: 'graph' }));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new AppError({
      code: 'model/damaged',
      headline: 'The graph of the model is damaged',
      where: issue?.path.join('.') ?? 'graph',
      cause: issue?.message ?? 'it is not laid out as expected',
      remedy: 'get or export the model again',
    });
  }
  const weights = new Map<string, GraphWeight>();
  for (const [name, tensor] of tensors) weights.set(name, weightOf(name, tensor));
  const graph: GraphNetwork = {
    ...parsed.data,
    nodes: parsed.data.nodes satisfies readonly GraphNode[],
    weights,
  };
  checkGraph(graph);
  return graph;
}

function weightOf(name: string, tensor: Tensor): GraphWeight {
  const { shape } = tensor;
  if (tensor.dtype === 'F32' || tensor.dtype === 'I32') return { shape, data: tensor.data };
  if (tensor.dtype === 'F16') return { shape, data: fromHalves(tensor.data) };
  throw new AppError({
    code: 'model/weights',
    headline: 'The weights do not fit the network',
    where: `weight ${name}`,
    cause: `its type is ${tensor.dtype}, and F32, F16 or I32 is read`,
  });
}
