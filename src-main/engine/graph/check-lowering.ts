/**
 * Is a translation right? ONNX Runtime and TensorFlow.js get the same seeded inputs and must give the same numbers. Done
 * once, where a model is taken in: TensorFlow.js takes a second to load. What is opened later is held against its golden
 * pixels instead.
 */
import { AppError } from '#shared/errors';
import { differenceOf } from '../network-ports';
import type { NetworkRunner, RunnerOptions } from '../network-runner';
import type { GraphNetwork } from './graph-network';
import { graphRunner, loweredGraphRunner } from './graph-runner';

/** In parts of the largest value that comes out. */
export const LOWERING_TOLERANCE = 1e-5;
const SEED = 7;

export interface CheckedRunner {
  readonly runner: NetworkRunner;
  /** How far the two were apart; null where only one of them runs it. */
  readonly difference: number | null;
  /** Where it could not be compared, why; a clause. */
  readonly unchecked?: string;
}

/** ONNX Runtime where TensorFlow.js agrees with it, or cannot run the graph at all; else TensorFlow.js. */
export async function checkedGraphRunner(
  graph: GraphNetwork,
  options: RunnerOptions = {},
): Promise<CheckedRunner> {
  let lowered: NetworkRunner;
  try {
    lowered = await loweredGraphRunner(graph, options);
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
    return { runner: await graphRunner(graph, options), difference: null };
  }
  const { tfGraphRunner } = await import('./tf-graph-runner');
  let reference: NetworkRunner | undefined;
  try {
    reference = await tfGraphRunner(graph);
    const difference = await differenceOf(reference, lowered, SEED);
    if (difference <= LOWERING_TOLERANCE) {
      await reference.dispose();
      return { runner: lowered, difference };
    }
    await lowered.dispose();
    const why = `ONNX Runtime gives other numbers, by ${difference.toExponential(1)} of their range`;
    return { runner: { ...reference, why }, difference };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await reference?.dispose();
    return { runner: lowered, difference: null, unchecked: error.message.replace(/\.$/, '') };
  }
}
