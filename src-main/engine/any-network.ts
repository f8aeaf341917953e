/** A network in any of the three ways in which one is kept: to bytes, from bytes, and running. */
import { AppError } from '#shared/errors';
import type { TensorPort } from '#shared/importing';
import type { Runner } from './decoder';
import { decodeNetwork, encodeNetwork, type DecodedNetwork } from './network-file';
import type { NetworkFormat } from './network-formats';
import type { NetworkRunner, RunnerOptions } from './network-runner';
import type { AnyNetwork } from './loaders/loader';
import { createOnnxRunner } from './onnx-runner';
import { parseTopology } from './topology';

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
    default:
      throw new AppError({ code: 'model/unsupported', headline: 'Not yet' });
  }
}

export interface DecodedFile {
  readonly network: AnyNetwork;
  readonly warnings: readonly string[];
}

export function decodeAnyNetwork(bytes: Uint8Array, format: NetworkFormat): DecodedFile {
  switch (format) {
    case 'latentscape-network/1': {
      const network = decodeNetwork(bytes);
      return { network: { kind: 'layers', network }, warnings: network.warnings };
    }
    default:
      throw new AppError({ code: 'model/unsupported', headline: 'Not yet' });
  }
}

export async function runNetwork(network: AnyNetwork, options: RunnerOptions = {}): Promise<NetworkRunner> {
  switch (network.kind) {
    case 'layers':
      return layersRunner(network.network, options);
    default:
      throw new AppError({ code: 'model/unsupported', headline: 'Not yet' });
  }
}

/** Until the runners speak NetworkRunner themselves. */
async function layersRunner(network: DecodedNetwork, options: RunnerOptions): Promise<NetworkRunner> {
  const topology = parseTopology(network.topology);
  const port = (index: number): TensorPort => ({
    name: topology.calls[index]?.layer ?? '',
    shape: [null, ...(topology.calls[index]?.shape ?? [])],
    type: 'float32',
  });
  const inputs = topology.inputs.map(port);
  const outputs = topology.outputs.map(port);
  let why: string | undefined;
  let runtime: NetworkRunner['runtime'] = 'onnxruntime';
  let runner: Runner;
  try {
    if (options.avoid === 'onnxruntime')
      throw new AppError({ code: 'onnx/refused', headline: 'ONNX Runtime is not wanted' });
    runner = await createOnnxRunner(
      network,
      options.threads === undefined ? {} : { threads: options.threads },
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    why = error.message.replace(/\.$/, '');
    const { createTfRunner } = await import('./tf-runner');
    const tf = await createTfRunner(network);
    runtime = tf.backend;
    runner = tf;
  }
  return {
    inputs,
    outputs,
    runtime,
    why,
    async run(feeds, wanted) {
      const feed = feeds.get(inputs[0]?.name ?? '');
      const answer = await runner.run(feed?.data ?? new Float32Array(), feed?.shape[0] ?? 0);
      const rows = feed?.shape[0] ?? 0;
      return new Map(
        outputs.flatMap(({ name, shape }, at) =>
          wanted.includes(name)
            ? [
                [
                  name,
                  {
                    shape: [rows, ...shape.slice(1).map((side) => side ?? 1)],
                    data: answer[at] ?? new Float32Array(),
                  },
                ] as const,
              ]
            : [],
        ),
      );
    },
    dispose: () => runner.dispose(),
  };
}
