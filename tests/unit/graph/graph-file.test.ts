// A graph in a file: what is written is read, and nothing else is taken.
import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { decodeGraph, encodeGraph } from '#engine/graph/graph-file';
import type { GraphNetwork, GraphNode } from '#engine/graph/graph-network';
import { encodeSafetensors, type Tensor } from '#engine/store/safetensors';

const type = (value: string): { readonly kind: 'type'; readonly value: string } => ({ kind: 'type', value });
const GRAPH: GraphNetwork = {
  nodes: [
    {
      name: 'z',
      operation: 'Placeholder',
      inputs: [],
      attributes: { dtype: type('DT_FLOAT'), shape: { kind: 'shape', value: [null, 2] } },
    },
    { name: 'w', operation: 'Const', inputs: [], attributes: { dtype: type('DT_FLOAT') } },
    { name: 's', operation: 'Const', inputs: [], attributes: { dtype: type('DT_INT32') } },
    {
      name: 'm',
      operation: 'MatMul',
      inputs: ['z', 'w'],
      attributes: { transpose_a: { kind: 'bool', value: false } },
    },
    { name: 'y', operation: 'Reshape', inputs: ['m', 's'], attributes: {} },
  ],
  weights: new Map([
    ['w', { shape: [2, 2], data: Float32Array.of(1, 0.5, -2, 0.25) }],
    ['s', { shape: [3], data: Int32Array.of(-1, 2, 1) }],
  ]),
  inputs: [{ name: 'latent', shape: [null, 2], type: 'float32', node: 'z' }],
  outputs: [{ name: 'picture', shape: [null, 2, 1], type: 'float32', from: 'y' }],
};

function code(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
}

/** A file whose graph is not what an encoder of ours would write. */
function written(
  change: (graph: { nodes: GraphNode[]; inputs: object[]; outputs: object[] }) => void,
): Uint8Array {
  const json = structuredClone({
    nodes: [...GRAPH.nodes],
    inputs: [...GRAPH.inputs] as object[],
    outputs: [...GRAPH.outputs] as object[],
  });
  change(json);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of GRAPH.weights)
    tensors.set(
      name,
      data instanceof Float32Array ? { dtype: 'F32', shape, data } : { dtype: 'I32', shape, data },
    );
  return encodeSafetensors(tensors, { format: 'latentscape-graph/1', graph: JSON.stringify(json) });
}

describe('A graph file', () => {
  test('gives back what was written, byte for byte the second time', () => {
    const bytes = encodeGraph(GRAPH);
    expect(decodeGraph(bytes)).toEqual(GRAPH);
    expect(encodeGraph(decodeGraph(bytes))).toEqual(bytes);
  });

  test('may keep its weights as halves', () => {
    const bytes = encodeGraph(GRAPH, { dtype: 'F16' });
    expect(decodeGraph(bytes)).toEqual(GRAPH);
    expect(bytes.length).toBeLessThan(encodeGraph(GRAPH).length);
  });

  test.each<[string, Parameters<typeof written>[0], RegExp]>([
    ['nothing changed', () => undefined, /^ok/],
    [
      'an operation that is not in the table',
      ({ nodes }) => (nodes[4] = { ...nodes[4]!, operation: 'ReadFile' }),
      /^model\/unsupported .*ReadFile/,
    ],
    [
      'an attribute of another kind',
      ({ nodes }) => (nodes[3] = { ...nodes[3]!, attributes: { transpose_a: { kind: 'int', value: 1 } } }),
      /^model\/damaged .*transpose_a/,
    ],
    [
      'an attribute of another operation',
      ({ nodes }) => (nodes[4] = { ...nodes[4]!, attributes: { strides: { kind: 'ints', value: [1] } } }),
      /^model\/damaged .*strides/,
    ],
    [
      'a node before what it reads',
      ({ nodes }) => nodes.reverse(),
      /^model\/damaged .*does not come before it/,
    ],
    [
      'a node that reads itself',
      ({ nodes }) => (nodes[4] = { ...nodes[4]!, inputs: ['y', 's'] }),
      /^model\/damaged/,
    ],
    ['a node twice', ({ nodes }) => nodes.push(nodes[4]!), /^model\/damaged .*two nodes/],
    [
      'too few inputs',
      ({ nodes }) => (nodes[4] = { ...nodes[4]!, inputs: ['m'] }),
      /^model\/damaged .*1 inputs/,
    ],
    [
      'a constant without a tensor',
      ({ nodes }) => nodes.push({ ...nodes[1]!, name: 'v' }),
      /^model\/damaged .*no value/,
    ],
    [
      'a tensor without a constant',
      ({ nodes }) => nodes.splice(2, 1, { ...nodes[1]!, name: 'w2' }),
      /^model\/damaged/,
    ],
    [
      'a constant of another type',
      ({ nodes }) => (nodes[1] = { ...nodes[1]!, attributes: { dtype: type('DT_INT32') as never } }),
      /^model\/damaged .*type/,
    ],
    [
      'an output from nowhere',
      ({ outputs }) => (outputs[0] = { ...outputs[0], from: 'gone' }),
      /^model\/damaged .*no node/,
    ],
    ['an input to nowhere', ({ inputs }) => (inputs[0] = { ...inputs[0], node: 'gone' }), /^model\/damaged/],
    ['two outputs of one name', ({ outputs }) => outputs.push(outputs[0]!), /^model\/damaged .*two outputs/],
    ['no output', ({ outputs }) => outputs.pop(), /^model\/not-a-generator/],
    [
      'a shape that overflows',
      ({ inputs }) => (inputs[0] = { ...inputs[0], shape: [2 ** 31, 2 ** 31] }),
      /^model\/damaged .*cannot be/,
    ],
    [
      'a key that is none',
      ({ inputs }) => (inputs[0] = { ...inputs[0], path: '/etc/passwd' }),
      /^model\/damaged/,
    ],
  ])('%s', (_, change, sentence) => {
    expect(code(() => decodeGraph(written(change)))).toMatch(sentence);
  });

  test('of another kind is no graph', () => {
    expect(
      code(() => decodeGraph(encodeSafetensors(new Map(), { format: 'latentscape-network/1' }))),
    ).toMatch(/^model\/format/);
  });
});
