// What is said where a graph is not translated, and where it must not be run at all.
import { AppError } from '#shared/errors';
import { isNumber, type Size } from './sizes';

/** It can still be run by TensorFlow.js. */
export function lowerError(node: string, cause: string): AppError {
  return new AppError({
    code: 'onnx/unsupported',
    headline: 'The graph cannot be translated to ONNX',
    where: `node ${JSON.stringify(node.slice(0, 200))}`,
    cause,
    remedy: 'it can still be run by TensorFlow.js',
  });
}

/** Nothing may run it: it would ask for more memory than there is. */
export function tooLarge(node: string, shape: readonly Size[]): AppError {
  const sizes = shape.map((size) =>
    isNumber(size) ? String(size) : size === null ? '?' : `${size.times} x batch`,
  );
  return new AppError({
    code: 'model/unsupported',
    headline: 'The model makes a value that is too large',
    where: `node ${JSON.stringify(node.slice(0, 200))}`,
    cause: `its shape is [${sizes.join(', ')}], and at most 1 GiB is computed`,
  });
}
