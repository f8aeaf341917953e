// The fallback backend: TensorFlow.js on WebAssembly, with the kernels it lacks.
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type * as Tfjs from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import { installWasmKernels } from './wasm-kernels';

const nodeRequire = createRequire(import.meta.url);
let installed = false;

export async function loadWasmBackend(tf: typeof Tfjs): Promise<void> {
  // Importing the package registers the backend, so it is not done at the top of this file.
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (!installed) {
    // In Node a plain folder path with a separator at its end, not a URL.
    const main = nodeRequire.resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(join(dirname(main), sep));
  }
  if (!(await tf.setBackend('wasm')))
    throw new AppError({
      code: 'engine/backend',
      headline: 'The WebAssembly engine did not start',
      remedy: 'run `npm ci` to install it again',
    });
  if (!installed) installWasmKernels(tf);
  installed = true;
}
