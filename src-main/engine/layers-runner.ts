/**
 * Runs a layers network by the names of its own ports: lowered to ONNX where that can be done, else by TensorFlow.js.
 * A port is called as its layer.
 */
import { onnxElseTensorFlow, underNamesOf } from './lowered-runner';
import type { Network } from './network-file';
import { portsOf } from './network-ports';
import type { NetworkRunner, RunnerOptions } from './network-runner';
import { lowerToOnnx } from './onnx/lower';
import { onnxRunner } from './onnx/raw-runner';
import { parseTopology } from './topology';

/** @throws AppError engine/* or model/* where neither runs it. */
export const layersRunner = (network: Network, options: RunnerOptions = {}): Promise<NetworkRunner> =>
  onnxElseTensorFlow(
    options,
    () => loweredRunner(network, options),
    async () => {
      const { createTfNetworkRunner } = await import('./tf-runner');
      return createTfNetworkRunner(network, portsOf(parseTopology(network.topology)));
    },
  );

/** The lowered network in ONNX Runtime. @throws AppError onnx/* where it cannot be lowered or is not taken. */
export async function loweredRunner(network: Network, options: RunnerOptions = {}): Promise<NetworkRunner> {
  const raw = await onnxRunner(lowerToOnnx(network).onnx, options);
  return underNamesOf(portsOf(parseTopology(network.topology)), raw);
}
