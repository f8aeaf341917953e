/**
 * Runs a network on plain numbers by the names of its own ports, whatever it is kept as. What the ports mean is not
 * known here: see generator.ts, which goes from a latent to a picture by a contract.
 */
import type { ModelRuntime } from '#shared/domain';
import type { TensorPort } from '#shared/importing';

/** Values as 32-bit floats, whatever the port's own type; the whole shape, batch included. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface NetworkRunner {
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
  readonly runtime: ModelRuntime['name'];
  /** Why it is not ONNX Runtime that runs it, as a clause; undefined where it is. */
  readonly why?: string | undefined;
  /** Every input must be fed. @throws AppError engine/input or onnx/* where shapes do not fit. */
  readonly run: (
    feeds: ReadonlyMap<string, NumberArray>,
    wanted: readonly string[],
  ) => Promise<ReadonlyMap<string, NumberArray>>;
  readonly dispose: () => Promise<void>;
}

export interface RunnerOptions {
  readonly threads?: number;
  /** Take TensorFlow.js: ONNX Runtime has given other pictures than expected. */
  readonly avoid?: 'onnxruntime';
}
