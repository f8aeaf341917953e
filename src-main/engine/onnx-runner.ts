/**
 * Runs a network with ONNX Runtime: the usual way to decode, some hundred times faster than a picture takes on its way to
 * the screen.
 */
import { AppError } from '#shared/errors';
import { checkInput, type Runner } from './decoder';
import type { Network } from './network-file';
import { lowerToOnnx } from './onnx/lower';
import { createSession, loadRuntime } from './onnx/session';

export interface OnnxRunnerOptions {
  readonly threads?: number;
}

/** @throws AppError onnx/* where the network cannot be translated or the runtime does not load or take it. */
export async function createOnnxRunner(network: Network, options: OnnxRunnerOptions = {}): Promise<Runner> {
  const { onnx, inputs, outputs } = lowerToOnnx(network);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new AppError({
      code: 'onnx/unsupported',
      headline: 'The network cannot be run by ONNX Runtime',
      cause: `it has ${inputs.length} inputs, and one is expected`,
    });
  }
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await createSession(InferenceSession, onnx, options.threads);
  const each = input.shape.reduce((total, size) => total * size, 1);
  let released = false;
  return {
    async run(values, count) {
      checkInput(values, count, each);
      const feeds = { [input.name]: new Tensor('float32', values, [count, ...input.shape]) };
      const results = await session.run(feeds);
      return outputs.map(({ name }) => results[name]?.data as Float32Array);
    },
    async dispose() {
      if (released) return;
      released = true;
      await session.release();
    },
  };
}
