// All that a run is at one moment, to and from a checkpoint: variables by position, counters, the history of epochs.

import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import type { AdamState } from '#ml/adam';
import { loadCheckpoint, saveCheckpoint } from '../store/checkpoint';
import type { Tensor } from '../store/safetensors';
import type { EpochSummary } from './progress';

export interface Counters {
  /** Steps done. */
  readonly step: number;
  readonly history: readonly EpochSummary[];
  /** Sum of the batch ELBOs since the epoch began. */
  readonly epochElboSum: number;
}

type NamedVariables = ReadonlyMap<string, tf.Variable>;

export function namedVariables(variables: readonly tf.Variable[], adam: AdamState): NamedVariables {
  const named = (prefix: string, list: readonly tf.Variable[]) =>
    list.map((variable, index): [string, tf.Variable] => [`${prefix}.${index}`, variable]);
  return new Map([...named('weight', variables), ...named('adam-m', adam.m), ...named('adam-v', adam.v)]);
}

/** Writes the checkpoint, unless a number in it is not finite: the one before then stays the newest. */
export async function saveState(path: string, named: NamedVariables, counters: Counters): Promise<boolean> {
  const tensors = new Map<string, Tensor>();
  for (const [name, variable] of named) {
    const data = Float32Array.from(variable.dataSync());
    if (!data.every(Number.isFinite)) return false;
    tensors.set(name, { dtype: 'F32', shape: variable.shape, data });
  }
  const { step, history, epochElboSum } = counters;
  await saveCheckpoint(path, {
    state: { step, epochElboSum, history: history.map((row) => ({ ...row })) },
    tensors,
  });
  return true;
}

/** Puts a checkpoint's numbers into the variables. Returns the counters, and a sentence when the older generation was used. */
export async function loadState(
  path: string,
  named: NamedVariables,
): Promise<{ readonly counters: Counters; readonly note: string | undefined }> {
  const { state, tensors, recovered, why } = await loadCheckpoint(path);
  for (const [name, variable] of named) {
    const stored = tensors.get(name);
    if (stored?.dtype !== 'F32' || stored.shape.join() !== variable.shape.join()) throw mismatch(path, name);
  }
  for (const [name, variable] of named) {
    const stored = tensors.get(name)!;
    const value = tf.tensor(stored.data as Float32Array, [...stored.shape]);
    variable.assign(value);
    value.dispose();
  }
  const { step, epochElboSum, history } = state as unknown as Counters; // its hash was checked: we wrote it
  const note = recovered
    ? `the newest checkpoint could not be used (${why}), so the one before it was`
    : undefined;
  return { counters: { step, epochElboSum, history }, note };
}

function mismatch(path: string, name: string): AppError {
  return new AppError({
    code: 'store/checkpoint',
    headline: 'The checkpoint belongs to another network',
    where: path,
    cause: `its ${name} is missing or has another shape`,
    remedy: 'start the training anew',
  });
}
