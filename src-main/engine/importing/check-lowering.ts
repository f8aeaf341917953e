/**
 * Is a network that was translated to ONNX still the same? TensorFlow.js is asked as well, once, when a model is taken in: it
 * takes a second to load. Whoever opens the pack later holds ONNX Runtime against the expected pictures instead.
 */
import { AppError } from '#shared/errors';
import { runNetwork } from '../any-network';
import type { AnyNetwork } from '../loaders/loader';
import { differenceOf } from '../network-ports';
import type { NetworkRunner } from '../network-runner';

/** In parts of the largest value that comes out. */
export const LOWERING_TOLERANCE = 1e-5;
const SEED = 7;

export interface CheckedLowering {
  /** The one whose pictures are right: the runner itself, or TensorFlow.js, which is the caller's to dispose. */
  readonly trusted: NetworkRunner;
  readonly warnings: readonly string[];
}

export async function checkLowering(network: AnyNetwork, runner: NetworkRunner): Promise<CheckedLowering> {
  if (network.kind === 'onnx' || runner.runtime !== 'onnxruntime') return { trusted: runner, warnings: [] };
  let reference: NetworkRunner | undefined;
  try {
    reference = await runNetwork(network, { avoid: 'onnxruntime' });
    const difference = await differenceOf(reference, runner, SEED);
    if (difference <= LOWERING_TOLERANCE) {
      await reference.dispose();
      return { trusted: runner, warnings: [] };
    }
    const apart = `ONNX Runtime gives other numbers than TensorFlow.js, by ${difference.toExponential(1)} of their range; TensorFlow.js is used.`;
    return { trusted: reference, warnings: [apart] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await reference?.dispose();
    const reason = error.message.replace(/\.$/, '');
    return {
      trusted: runner,
      warnings: [`Its pictures could not be compared with those of TensorFlow.js: ${reason}.`],
    };
  }
}
