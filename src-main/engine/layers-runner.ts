/**
 * Runs a layers network by the names of its own ports: lowered to ONNX where that can be done, else by TensorFlow.js.
 * A port is called as its layer.
 */
import { AppError } from '#shared/errors';
import type { Network } from './network-file';
import { noInput, portsOf } from './network-ports';
import type { NetworkRunner, NumberArray, RunnerOptions } from './network-runner';
import { lowerToOnnx } from './onnx/lower';
import { onnxRunner } from './onnx/raw-runner';
import { parseTopology } from './topology';

/** @throws AppError engine/* or model/* where neither runs it. */
export async function layersRunner(network: Network, options: RunnerOptions = {}): Promise<NetworkRunner> {
  let why = 'other pictures are expected than ONNX Runtime gives';
  if (options.avoid !== 'onnxruntime') {
    try {
      return await loweredRunner(network, options);
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
      why = error.message.replace(/\.$/, '');
    }
  }
  const { createTfNetworkRunner } = await import('./tf-runner');
  return { ...(await createTfNetworkRunner(network, portsOf(parseTopology(network.topology)))), why };
}

/** The lowered network in ONNX Runtime. @throws AppError onnx/* where it cannot be lowered or is not taken. */
export async function loweredRunner(network: Network, options: RunnerOptions = {}): Promise<NetworkRunner> {
  const { onnx } = lowerToOnnx(network);
  const raw = await onnxRunner(onnx, options);
  const { inputs, outputs } = portsOf(parseTopology(network.topology));
  return {
    inputs,
    outputs,
    runtime: raw.runtime,
    async run(feeds, wanted) {
      const named = new Map<string, NumberArray>();
      inputs.forEach(({ name }, at) => {
        const value = feeds.get(name);
        if (value === undefined) throw noInput(name);
        named.set(raw.inputs[at]?.name ?? '', value);
      });
      const inner = (name: string): string =>
        raw.outputs[outputs.findIndex((port) => port.name === name)]?.name ?? name;
      const answers = await raw.run(named, wanted.map(inner));
      return new Map(
        wanted.flatMap((name): [string, NumberArray][] => {
          const value = answers.get(inner(name));
          return value === undefined ? [] : [[name, value]];
        }),
      );
    },
    dispose: () => raw.dispose(),
  };
}
