/** The sizes of outputs that a file leaves open, where the graph itself decides them. */
import { AppError } from '#shared/errors';
import type { GraphNetwork } from './graph-network';
import { lowerGraph } from './lower';

/** @throws AppError model/unsupported where the graph asks for more memory than there is. */
export function describeOutputs(graph: GraphNetwork): GraphNetwork {
  try {
    const lowered = lowerGraph(graph);
    const outputs = graph.outputs.map((output, at) => ({
      ...output,
      shape: lowered.outputs[at]?.shape ?? output.shape,
    }));
    return { ...graph, outputs };
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('onnx/')) return graph;
    throw error;
  }
}
