/**
 * A tf.layers network as an ONNX model in memory, so that ONNX Runtime can decode it: some five times faster than
 * TensorFlow on one small picture. Inputs and outputs are as TensorFlow.js has them (channels last, batch size open).
 * TensorFlow.js itself is not needed and not loaded.
 */
import { AppError } from '#shared/errors';
import type { Network } from '../network-file';
import { parseTopology, type Call, type Shape, type Topology } from '../topology';
import { LOWERINGS, ORDER_BLIND } from './layers';
import { encodeOnnx } from './proto';
import { GraphBuilder, isTrivialOrder, PLAIN, pictureOf, type Picture, type Value } from './values';

export interface LoweredNetwork {
  readonly onnx: Uint8Array;
  readonly inputs: readonly LoweredPort[];
  readonly outputs: readonly LoweredPort[];
}

export interface LoweredPort {
  readonly name: string;
  /** Without the batch. */
  readonly shape: Shape;
}

/** @throws AppError onnx/unsupported where a layer has no translation; model/* where the network is wrong. */
export function lowerToOnnx(network: Network): LoweredNetwork {
  const topology = parseTopology(network.topology);
  const graph = new GraphBuilder();
  const readers = readersOf(topology);
  const values: Value[] = [];
  const inputs: LoweredPort[] = [];
  topology.calls.forEach((call, index) => {
    if (call.className === 'InputLayer') {
      const name = call.inputs.length === 0 ? `input_${topology.inputs.indexOf(index)}` : '';
      const from = values[call.inputs[0] ?? -1];
      if (from === undefined) inputs.push({ name, shape: call.shape });
      values.push(from ?? { name, shape: call.shape, stored: PLAIN });
      return;
    }
    const lower = LOWERINGS.get(call.className);
    if (lower === undefined) throw unsupported(call, `layers of class ${call.className} are not translated`);
    values.push(
      lower({
        graph,
        call,
        inputs: call.inputs.map((input) => values[input] ?? { name: '', shape: [], stored: PLAIN }),
        weight: (name) => network.weights.get(`${call.layer}/${name}`),
        becomes: pictureAhead(topology, readers, index),
        fail: (cause) => unsupported(call, cause),
      }),
    );
  });
  const outputs = topology.outputs.map((index) => {
    const value = values[index] ?? { name: '', shape: [], stored: PLAIN };
    // A node of its own: a value may be two outputs, or an input, and a graph output has one name.
    const name = graph.node('Identity', [graph.toPlain(value).name]);
    return { name, shape: value.shape };
  });
  const ordered = inputs.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const onnx = encodeOnnx({ nodes: graph.nodes, tensors: graph.tensors, inputs: ordered, outputs });
  return { onnx, inputs: ordered, outputs };
}

/** For each call, the calls that read it. An output of the network counts as a reader of its own. */
function readersOf({ calls, outputs }: Topology): readonly (readonly number[])[] {
  const readers: number[][] = calls.map(() => []);
  calls.forEach((call, index) => call.inputs.forEach((input) => readers[input]?.push(index)));
  outputs.forEach((output) => readers[output]?.push(-1));
  return readers;
}

/** Follows the only reader of each value to a reshape into a picture, past layers that do not mind the order. */
function pictureAhead(
  { calls }: Topology,
  readers: readonly (readonly number[])[],
  start: number,
): Picture | undefined {
  for (let at = start; ;) {
    const [next = -1, ...others] = readers[at] ?? [];
    const reader = calls[next];
    if (reader === undefined || others.length > 0) return undefined;
    if (reader.className === 'Reshape' && reader.shape.length === 3) {
      const picture = pictureOf(reader.shape);
      return isTrivialOrder(picture) ? undefined : picture;
    }
    if (!ORDER_BLIND.has(reader.className)) return undefined;
    at = next;
  }
}

function unsupported(call: Call, cause: string): AppError {
  return new AppError({
    code: 'onnx/unsupported',
    headline: 'The network cannot be translated to ONNX',
    where: `layer ${call.layer}`,
    cause,
    remedy: 'it can still be run by TensorFlow.js',
  });
}
