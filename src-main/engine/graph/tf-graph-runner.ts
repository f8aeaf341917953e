/**
 * Runs a frozen graph with TensorFlow.js: the way out where it has no translation to ONNX, and what a translation is
 * compared with. The graph goes in as data, checked and from memory: nothing is fetched and no operation is registered.
 */
import type * as tfjs from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import type { TensorPort } from '#shared/importing';
import type { NetworkRunner, NumberArray } from '../network-runner';
import { checkGraph } from './check-graph';
import type { GraphAttribute, GraphNetwork, GraphNode } from './graph-network';
import { unsupported } from './graph-errors';
import { noPort } from '../network-ports';
import { portsOf } from './graph-runner';
import { parseReference } from './raw-graph';
import { computedPort } from './types';

/** Operations that ONNX Runtime has and TensorFlow.js has not. */
const UNKNOWN: ReadonlySet<string> = new Set([
  'Softsign',
  'SpaceToDepth',
  'Erfc',
  'Inv',
  'Rint',
  'BatchMatMulV3',
]);

/** @throws AppError model/unsupported where it has an operation that TensorFlow.js does not know. */
export async function tfGraphRunner(graph: GraphNetwork): Promise<NetworkRunner> {
  checkGraph(graph);
  const unknown = graph.nodes.find(({ operation }) => UNKNOWN.has(operation));
  if (unknown !== undefined) throw unsupported(unknown.name, `TensorFlow.js has no ${unknown.operation}`);
  const { selectBackend } = await import('../backends/select');
  const { backend } = await selectBackend();
  const tf = await import('@tensorflow/tfjs');
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts(graph)));
  const { inputs, outputs } = portsOf(graph);
  let disposed = false;
  return {
    inputs,
    outputs,
    runtime: backend,
    async run(feeds, wanted) {
      const named: Record<string, tfjs.Tensor> = {};
      graph.inputs.forEach(({ name, node, type }) => {
        const value = feeds.get(name);
        if (value === undefined) throw noPort(name);
        named[node] = fed(tf, value, type);
      });
      const nodes = wanted.map((name) => {
        const output = graph.outputs.find((port) => port.name === name);
        if (output === undefined) throw noPort(name);
        const { node, output: at } = parseReference(output.from);
        return `${node}:${at}`;
      });
      let answers: readonly tfjs.Tensor[] = [];
      try {
        // No operation of ours needs executeAsync: there are no loops, and none whose size depends on values.
        const answer = model.execute(named, nodes);
        answers = Array.isArray(answer) ? answer : [answer];
        const read = await Promise.all(answers.map(numbersOf));
        return new Map(
          wanted.flatMap((name, at): [string, NumberArray][] => {
            const value = read[at];
            return value === undefined ? [] : [[name, value]];
          }),
        );
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw new AppError({
          code: 'engine/failed',
          headline: 'The graph could not be run by TensorFlow.js',
          cause: causeOf(error),
        });
      } finally {
        tf.dispose([...answers, ...Object.values(named)]);
      }
    },
    dispose() {
      if (!disposed) model.dispose();
      disposed = true;
      return Promise.resolve();
    },
  };
}

/** tfjs-node gives a number first, and then what TensorFlow says: "Invalid TF_Status: 3\nMessage: Matrix size-incompatible …". */
function causeOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (/^Message: (.*)$/m.exec(text)?.[1] ?? text).split('\n')[0] ?? '';
}

function fed(tf: typeof tfjs, { data, shape }: NumberArray, type: TensorPort['type']): tfjs.Tensor {
  const whole = [...shape];
  switch (computedPort(type)) {
    case 'DT_FLOAT':
      // A copy: TensorFlow may keep the array that it is given.
      return tf.tensor(data.slice(), whole, 'float32');
    case 'DT_BOOL':
      return tf.tensor(Uint8Array.from(data, Number), whole, 'bool');
    case 'DT_INT32':
      return tf.tensor(Int32Array.from(data, Math.round), whole, 'int32');
  }
}

async function numbersOf(tensor: tfjs.Tensor): Promise<NumberArray> {
  return { shape: tensor.shape, data: Float32Array.from(await tensor.data()) };
}

/** As the converter of TensorFlow.js writes it. */
function artifacts(graph: GraphNetwork): tfjs.io.ModelArtifacts {
  const weightSpecs: tfjs.io.WeightsManifestEntry[] = [];
  const parts: Uint8Array[] = [];
  for (const { name, operation, attributes } of graph.nodes) {
    const weight = graph.weights.get(name);
    if (operation !== 'Const' || weight === undefined) continue;
    const bool = attributes['dtype']?.value === 'DT_BOOL';
    const { data, shape } = weight;
    const dtype = data instanceof Float32Array ? 'float32' : bool ? 'bool' : 'int32';
    weightSpecs.push({ name, shape: [...shape], dtype });
    parts.push(bool ? Uint8Array.from(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const weightData = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    weightData.set(part, at);
    at += part.length;
  }
  const ports = (list: readonly (TensorPort & { readonly at: string })[]): Readonly<Record<string, object>> =>
    Object.fromEntries(
      list.map(({ name, shape, type, at: tensor }) => [
        name,
        {
          name: tensor,
          dtype: computedPort(type),
          tensorShape: { dim: shape.map((size) => ({ size: String(size ?? -1) })) },
        },
      ]),
    );
  return {
    format: 'graph-model',
    modelTopology: {
      node: graph.nodes.map(nodeJson),
      library: { function: [] },
      versions: { producer: 1882 },
    },
    signature: {
      inputs: ports(graph.inputs.map((port) => ({ ...port, at: `${port.node}:0` }))),
      outputs: ports(graph.outputs.map((port) => ({ ...port, at: port.from }))),
    },
    weightSpecs,
    weightData: weightData.buffer,
  };
}

function nodeJson({ name, operation, inputs, attributes }: GraphNode): object {
  const attr = Object.fromEntries(
    Object.entries(attributes).map(([key, attribute]) => [key, attributeJson(attribute)]),
  );
  return { name, op: operation, input: inputs, attr };
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

function attributeJson(attribute: GraphAttribute): object {
  switch (attribute.kind) {
    case 'int':
      return { i: String(attribute.value) };
    case 'float':
      return { f: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'string':
      return { s: base64(attribute.value) };
    case 'type':
      return { type: attribute.value };
    case 'shape':
      return { shape: { dim: attribute.value.map((size) => ({ size: String(size ?? -1) })) } };
    case 'ints':
      return { list: { i: attribute.value.map(String) } };
    case 'strings':
      return { list: { s: attribute.value.map(base64) } };
  }
}
