/**
 * What layers and graphs have in common when they are run: ONNX Runtime first, TensorFlow.js with the reason otherwise; and a translation
 * answers to the names of the network that it was made from.
 */
import { AppError } from '#shared/errors';
import { noPort, type NetworkPorts } from './network-ports';
import type { NetworkRunner, NumberArray, RunnerOptions } from './network-runner';

interface PortNames {
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
}

/** @throws AppError engine/* or model/* where neither runs it. */
export async function onnxElseTensorFlow(
  { avoid }: RunnerOptions,
  lowered: () => Promise<NetworkRunner>,
  tensorFlow: () => Promise<NetworkRunner>,
): Promise<NetworkRunner> {
  let why = 'other pictures are expected than ONNX Runtime gives';
  if (avoid !== 'onnxruntime') {
    try {
      return await lowered();
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
      why = error.message.replace(/\.$/, '');
    }
  }
  return { ...(await tensorFlow()), why };
}

/** `translated` names the ports of `raw`, in the order of the network's own. */
export function underNamesOf(
  { inputs, outputs }: NetworkPorts,
  raw: NetworkRunner,
  translated: PortNames = raw,
): NetworkRunner {
  const inner = (name: string): string => {
    const port = translated.outputs[outputs.findIndex((output) => output.name === name)];
    if (port === undefined) throw noPort(name);
    return port.name;
  };
  return {
    inputs,
    outputs,
    runtime: raw.runtime,
    async run(feeds, wanted) {
      const named = inputs.map(({ name }, at): [string, NumberArray] => {
        const value = feeds.get(name);
        if (value === undefined) throw noPort(name);
        return [translated.inputs[at]?.name ?? '', value];
      });
      const answers = await raw.run(new Map(named), wanted.map(inner));
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
