/** Runs a network with TensorFlow.js: the way out where ONNX Runtime is missing or cannot take the network. */
import type * as tfjs from '@tensorflow/tfjs';
import { checkInput, type Runner } from './decoder';
import { noInput, type NetworkPorts } from './network-ports';
import type { Network } from './network-file';
import type { NetworkRunner, NumberArray } from './network-runner';

export interface TfRunner extends Runner {
  readonly backend: 'tensorflow' | 'wasm';
}

/** TensorFlow.js and its backend take a second to load, so they are loaded only when they are wanted. */
export async function createTfRunner(network: Network): Promise<TfRunner> {
  const { selectBackend } = await import('./backends/select');
  const { backend } = await selectBackend();
  const [tf, { disposeLayersModel, toLayersModel }] = await Promise.all([
    import('@tensorflow/tfjs'),
    import('./tf-network'),
  ]);
  const model = await toLayersModel(network);
  const shape = (model.inputs[0]?.shape ?? []).slice(1).map((size) => size ?? 1);
  const each = shape.reduce((total, size) => total * size, 1);
  let disposed = false;
  return {
    backend,
    async run(values, count) {
      checkInput(values, count, each);
      const outputs = tf.tidy(() => {
        const answer = model.predictOnBatch(tf.tensor(values, [count, ...shape]));
        return Array.isArray(answer) ? answer : [answer];
      });
      try {
        return await Promise.all(
          outputs.map(async (output: tfjs.Tensor) => Float32Array.from(await output.data())),
        );
      } finally {
        tf.dispose(outputs);
      }
    },
    dispose() {
      if (!disposed) disposeLayersModel(model);
      disposed = true;
      return Promise.resolve();
    },
  };
}

/** By the names of its ports, with any number of inputs and outputs. */
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
          if (value === undefined) throw noInput(name);
          checkInput(
            value.data,
            1,
            value.shape.reduce((product, size) => product * size, 1),
          );
          return tf.tensor(value.data, [...value.shape]);
        });
        return [model.predictOnBatch(given.length === 1 && given[0] !== undefined ? given[0] : given)].flat();
      });
      try {
        return new Map(
          await Promise.all(
            wanted.map(async (name): Promise<[string, NumberArray]> => {
              const answer = answers[outputs.findIndex((port) => port.name === name)];
              if (answer === undefined) throw noInput(name);
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
