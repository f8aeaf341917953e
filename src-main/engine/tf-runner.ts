/** Runs a network with TensorFlow.js: the way out where ONNX Runtime is missing or cannot take the network. */
import { AppError } from '#shared/errors';
import { noPort, type NetworkPorts } from './network-ports';
import type { Network } from './network-file';
import type { NetworkRunner, NumberArray } from './network-runner';

/** TensorFlow.js and its backend take a second to load, so they are loaded only when they are wanted. */
export async function createTfNetworkRunner(
  network: Network,
  { inputs, outputs }: NetworkPorts,
): Promise<NetworkRunner> {
  const { selectBackend } = await import('./backends/select');
  const { backend } = await selectBackend();
  const [tf, { disposeLayersModel, toLayersModel }] = await Promise.all([
    import('@tensorflow/tfjs'),
    import('./tf-network'),
  ]);
  const model = await toLayersModel(network);
  let disposed = false;
  return {
    inputs,
    outputs,
    runtime: backend,
    async run(feeds, wanted) {
      const answers = tf.tidy(() => {
        const given = inputs.map(({ name }) => {
          const value = feeds.get(name);
          if (value === undefined) throw noPort(name);
          checkWhole(name, value);
          return tf.tensor(value.data, [...value.shape]);
        });
        return [model.predictOnBatch(given.length === 1 && given[0] !== undefined ? given[0] : given)].flat();
      });
      try {
        return new Map(
          await Promise.all(
            wanted.map(async (name): Promise<[string, NumberArray]> => {
              const answer = answers[outputs.findIndex((port) => port.name === name)];
              if (answer === undefined) throw noPort(name);
              return [name, { shape: answer.shape, data: Float32Array.from(await answer.data()) }];
            }),
          ),
        );
      } finally {
        tf.dispose(answers);
      }
    },
    dispose() {
      if (!disposed) disposeLayersModel(model);
      disposed = true;
      return Promise.resolve();
    },
  };
}

function checkWhole(where: string, { shape, data }: NumberArray): void {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (data.length === elements) return;
  throw new AppError({
    code: 'engine/input',
    headline: 'The network was given input that does not fit',
    where,
    cause: `${data.length} numbers for a shape of ${elements}`,
  });
}
