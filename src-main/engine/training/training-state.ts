// All that a run is at one moment, to and from a checkpoint: its variables by position, its counters, the sums of the epoch under way, and
// the settings as a person has turned them by then.
import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import type { Live } from '#ml/family';
import { loadCheckpoint, saveCheckpoint } from '../store/checkpoint';
import type { Tensor } from '../store/safetensors';
import type { Counters, Figures } from './stepper';

export interface RunState {
  readonly counters: Counters;
  readonly sums: { readonly count: number; readonly sums: Figures };
  readonly told: Told;
  /** Means of the figures of each epoch that is over. */
  readonly course: readonly Figures[];
}

export interface Told {
  readonly live: Live;
  readonly learningRateScale: number;
}

/** A checkpoint from before settings were kept has none, and one from before the course was kept begins it anew. */
type LoadedState = Omit<RunState, 'told'> & { readonly told: Told | undefined };

type NamedVariables = ReadonlyMap<string, tf.Variable>;

export const namedVariables = (variables: readonly tf.Variable[]): NamedVariables =>
  new Map(variables.map((variable, index) => [`variable.${index}`, variable]));

/** Writes the checkpoint, unless a number in it is not finite: the one before then stays the newest. */
export async function saveState(path: string, named: NamedVariables, state: RunState): Promise<boolean> {
  const tensors = new Map<string, Tensor>();
  for (const [name, variable] of named) {
    const data = Float32Array.from(variable.dataSync());
    if (!data.every(Number.isFinite)) return false;
    tensors.set(name, { dtype: 'F32', shape: variable.shape, data });
  }
  const { step, batches, runs } = state.counters;
  const { count, sums } = state.sums;
  const { live, learningRateScale } = state.told;
  await saveCheckpoint(path, {
    state: {
      step,
      batches,
      runs: { ...runs },
      epoch: { count, sums: { ...sums } },
      told: { live: { ...live }, learningRateScale },
      course: state.course.map((figures) => ({ ...figures })),
    },
    tensors,
  });
  return true;
}

/** Puts a checkpoint's numbers into the variables. `note` is a sentence where the older generation was used. */
export async function loadState(
  path: string,
  named: NamedVariables,
): Promise<LoadedState & { readonly note: string | undefined }> {
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
  // its hash was checked: we wrote it
  const { step, batches, runs, epoch, told, course } = state as unknown as Counters & {
    readonly epoch: RunState['sums'];
    readonly told: Told | undefined;
    readonly course: RunState['course'] | undefined;
  };
  const note = recovered
    ? `the newest checkpoint could not be used (${why}), so the one before it was`
    : undefined;
  return { counters: { step, batches, runs }, sums: epoch, told, course: course ?? [], note };
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
