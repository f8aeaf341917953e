/** Something that runs a network on plain numbers: ONNX Runtime where it can, TensorFlow.js otherwise. */
import { AppError } from '#shared/errors';

export interface Runner {
  /** One array for each output, `count` rows each. // [count, ...input shape] -> [count, ...output shape] */
  readonly run: (input: Float32Array, count: number) => Promise<readonly Float32Array[]>;
  readonly dispose: () => Promise<void>;
}

export function checkInput(input: Float32Array, count: number, each: number): void {
  if (Number.isInteger(count) && count > 0 && input.length === count * each) return;
  throw new AppError({
    code: 'engine/input',
    headline: 'The network was given input of the wrong length',
    cause: `${input.length} numbers for ${count} times ${each}`,
  });
}
