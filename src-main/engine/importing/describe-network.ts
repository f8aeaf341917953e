/** Ports and size of a network, as far as they can be told without running it. */
import type { TensorPort } from '#shared/importing';
import { runNetwork } from '../any-network';
import type { AnyNetwork } from '../loaders/loader';
import { readOnnxModel } from '../onnx/onnx-file';
import { portsOf as layersPorts } from '../network-ports';
import { parseTopology } from '../topology';

export interface Ports {
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
}

export async function portsOf(network: AnyNetwork): Promise<Ports> {
  switch (network.kind) {
    case 'layers':
      return layersPorts(parseTopology(network.network.topology));
    case 'graph':
      return network.graph;
    case 'onnx': {
      const runner = await runNetwork(network);
      await runner.dispose();
      return runner;
    }
  }
}

/** Numbers in the weights. */
export function parametersOf(network: AnyNetwork): number {
  const count = (weights: Iterable<{ readonly data: { readonly length: number } }>): number =>
    [...weights].reduce((sum, { data }) => sum + data.length, 0);
  switch (network.kind) {
    case 'layers':
      return count(network.network.weights.values());
    case 'graph':
      return count(network.graph.weights.values());
    case 'onnx':
      return readOnnxModel(network.onnx).graph.initializers.reduce((sum, { count: each }) => sum + each, 0);
  }
}
