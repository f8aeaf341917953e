/** A network in any of the three ways in which one is kept: to bytes, from bytes, and running. */
import { decodeGraph, encodeGraph } from './graph/graph-file';
import { graphRunner } from './graph/graph-runner';
import { layersRunner } from './layers-runner';
import type { AnyNetwork } from './loaders/loader';
import { checkOnnx } from './loaders/onnx';
import { decodeNetwork, encodeNetwork } from './network-file';
import type { NetworkFormat } from './network-formats';
import type { NetworkRunner, RunnerOptions } from './network-runner';
import { onnxRunner } from './onnx/raw-runner';

export interface NetworkFile {
  /** Ending of the file's name. */
  readonly ending: string;
  readonly format: NetworkFormat;
  readonly bytes: Uint8Array;
}

export function encodeAnyNetwork(network: AnyNetwork): NetworkFile {
  switch (network.kind) {
    case 'layers':
      return {
        ending: 'safetensors',
        format: 'latentscape-network/1',
        bytes: encodeNetwork(network.network),
      };
    case 'graph':
      return { ending: 'safetensors', format: 'latentscape-graph/1', bytes: encodeGraph(network.graph) };
    case 'onnx':
      return { ending: 'onnx', format: 'onnx', bytes: network.onnx };
  }
}

export interface DecodedFile {
  readonly network: AnyNetwork;
  readonly warnings: readonly string[];
}

/** What is read is checked again as if it came from a stranger: packs travel. `where` names the file in a sentence. */
export async function decodeAnyNetwork(
  bytes: Uint8Array,
  format: NetworkFormat,
  where: string,
): Promise<DecodedFile> {
  switch (format) {
    case 'latentscape-network/1': {
      const network = decodeNetwork(bytes);
      return { network: { kind: 'layers', network }, warnings: network.warnings };
    }
    case 'latentscape-graph/1':
      return { network: { kind: 'graph', graph: decodeGraph(bytes) }, warnings: [] };
    case 'onnx':
      return checkOnnx(bytes, where);
  }
}

export async function runNetwork(network: AnyNetwork, options: RunnerOptions = {}): Promise<NetworkRunner> {
  switch (network.kind) {
    case 'layers':
      return layersRunner(network.network, options);
    case 'graph':
      return graphRunner(network.graph, options);
    case 'onnx':
      return onnxRunner(network.onnx, options);
  }
}
