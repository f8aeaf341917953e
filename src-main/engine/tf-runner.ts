/** Runs a network with TensorFlow.js: the way out where ONNX Runtime is missing or cannot take the network. */
import type * as tfjs from '@tensorflow/tfjs';
import { checkInput, type Runner } from './decoder';
import type { Network } from './network-file';

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
