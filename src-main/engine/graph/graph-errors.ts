// What is said of a graph that cannot be taken.
import { AppError } from '#shared/errors';

export function unsupported(node: string, cause: string): AppError {
  return new AppError({
    code: 'model/unsupported',
    headline: 'The model computes something that is not supported',
    where: `node ${JSON.stringify(node.slice(0, 200))}`,
    cause,
    remedy: 'export it for inference, or as ONNX',
  });
}

/** Recognised, and refused on purpose. */
export function unsafe(node: string, cause: string): AppError {
  return new AppError({
    code: 'model/refused',
    headline: 'The model does more than compute a picture',
    where: `node ${JSON.stringify(node.slice(0, 200))}`,
    cause,
    remedy: 'export the generator alone, without reading, writing or printing',
  });
}
