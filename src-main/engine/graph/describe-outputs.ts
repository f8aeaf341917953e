/** The sizes of outputs that a file leaves open, where the graph itself decides them. */
import { AppError } from '#shared/errors';
import { unsupported } from './graph-errors';
import type { GraphNetwork } from './graph-network';
import { lowerGraph } from './lower';

/** @throws AppError model/unsupported where the graph asks for more memory than there is. */
export function describeOutputs(graph: GraphNetwork, open: readonly string[] = []): GraphNetwork {
  try {
    const lowered = lowerGraph(graph);
    const outputs = graph.outputs.map((output, at) => ({
      ...output,
      shape: lowered.outputs[at]?.shape ?? output.shape,
    }));
    return { ...graph, outputs };
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
    const [unknown] = open;
    if (unknown === undefined) return graph;
    throw unsupported(unknown, 'the model does not say how many dimensions it has');
  }
}
