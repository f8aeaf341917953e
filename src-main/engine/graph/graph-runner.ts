/**
 * Runs a frozen graph by the names of its own ports: translated to ONNX where that can be done, else by TensorFlow.js.
 * A translation is trusted after both have given the same numbers, which is seen to where a model is taken in.
 */
import type { TensorPort } from '#shared/importing';
import { onnxElseTensorFlow, underNamesOf } from '../lowered-runner';
import type { NetworkPorts } from '../network-ports';
import type { NetworkRunner, RunnerOptions } from '../network-runner';
import { onnxRunner } from '../onnx/raw-runner';
import type { GraphNetwork } from './graph-network';
import { lowerGraph } from './lower';

/** @throws AppError engine/* or model/* where neither runs it. */
export const graphRunner = (graph: GraphNetwork, options: RunnerOptions = {}): Promise<NetworkRunner> =>
  onnxElseTensorFlow(
    options,
    () => loweredGraphRunner(graph, options),
    async () => (await import('./tf-graph-runner')).tfGraphRunner(graph),
  );

/** The translated graph in ONNX Runtime. @throws AppError onnx/* where it cannot be translated or is not taken. */
export async function loweredGraphRunner(
  graph: GraphNetwork,
  options: RunnerOptions = {},
): Promise<NetworkRunner> {
  const lowered = lowerGraph(graph);
  return underNamesOf(portsOf(graph), await onnxRunner(lowered.onnx, options), lowered);
}

/** The ports as people see them, without the nodes behind them. */
export function portsOf({ inputs, outputs }: GraphNetwork): NetworkPorts {
  const port = ({ name, shape, type }: TensorPort): TensorPort => ({ name, shape, type });
  return { inputs: inputs.map(port), outputs: outputs.map(port) };
}
