/**
 * Runs a frozen graph by the names of its own ports: translated to ONNX where that can be done, else by TensorFlow.js.
 * A translation is trusted after both have given the same numbers, which is seen to where a model is taken in.
 */
import { AppError } from '#shared/errors';
import type { TensorPort } from '#shared/importing';
import type { NetworkRunner, NumberArray, RunnerOptions } from '../network-runner';
import { onnxRunner } from '../onnx/raw-runner';
import type { GraphNetwork } from './graph-network';
import { lowerGraph } from './lower';

/** @throws AppError engine/* or model/* where neither runs it. */
export async function graphRunner(graph: GraphNetwork, options: RunnerOptions = {}): Promise<NetworkRunner> {
  let why = 'other pictures are expected than ONNX Runtime gives';
  if (options.avoid !== 'onnxruntime') {
    try {
      return await loweredGraphRunner(graph, options);
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
      why = error.message.replace(/\.$/, '');
    }
  }
  const { tfGraphRunner } = await import('./tf-graph-runner');
  return { ...(await tfGraphRunner(graph)), why };
}

/** The translated graph in ONNX Runtime. @throws AppError onnx/* where it cannot be translated or is not taken. */
export async function loweredGraphRunner(
  graph: GraphNetwork,
  options: RunnerOptions = {},
): Promise<NetworkRunner> {
  const lowered = lowerGraph(graph);
  const raw = await onnxRunner(lowered.onnx, options);
  const outer = (ports: readonly TensorPort[], name: string): number => {
    const at = ports.findIndex((port) => port.name === name);
    if (at < 0) throw noPort(name);
    return at;
  };
  const { inputs, outputs } = portsOf(graph);
  return {
    inputs,
    outputs,
    runtime: raw.runtime,
    async run(feeds, wanted) {
      const named = new Map<string, NumberArray>();
      inputs.forEach(({ name }, at) => {
        const value = feeds.get(name);
        if (value === undefined) throw noPort(name);
        named.set(lowered.inputs[at]?.name ?? '', value);
      });
      const inner = wanted.map((name) => lowered.outputs[outer(outputs, name)]?.name ?? name);
      const answers = await raw.run(named, inner);
      return new Map(
        wanted.flatMap((name, at): [string, NumberArray][] => {
          const value = answers.get(inner[at] ?? '');
          return value === undefined ? [] : [[name, value]];
        }),
      );
    },
    dispose: () => raw.dispose(),
  };
}

/** The ports as people see them, without the nodes behind them. */
export function portsOf({ inputs, outputs }: GraphNetwork): {
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
} {
  const port = ({ name, shape, type }: TensorPort): TensorPort => ({ name, shape, type });
  return { inputs: inputs.map(port), outputs: outputs.map(port) };
}

export const noPort = (where: string): AppError =>
  new AppError({
    code: 'engine/input',
    headline: 'The network has no such port, or was not given one of its inputs',
    where,
  });
