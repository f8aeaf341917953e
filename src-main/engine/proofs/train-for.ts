// Trains a family for a proof: no checkpoints, no window, a line now and then.
import * as tf from '@tensorflow/tfjs';
import { shuffledIndices } from '#shared/random';
import type { Live, Trainable } from '#ml/family';
import type { Source } from '../training/source';
import { createStepper, type Figures } from '../training/stepper';

export interface ProofRun {
  readonly trainable: Trainable;
  readonly source: Source;
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
  readonly live?: Live;
  readonly log: (line: string) => void;
}

const LINES = 8;

/** Returns the figures of the last iteration. */
export async function trainFor({ steps, log, ...options }: ProofRun): Promise<Figures> {
  const stepper = await createStepper({ ...options, steps });
  try {
    for (const { update, mode, why } of stepper.speed) if (mode === 'eager') log(`${update}: ${why}`);
    let figures: Figures = {};
    for (let step = 1; step <= steps; step++) {
      figures = await stepper.next();
      if (step % Math.ceil(steps / LINES) === 0 || step === steps) {
        const numbers = Object.entries(figures).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
        log(`step ${step}: ${numbers.join(', ')}`);
      }
    }
    return figures;
  } finally {
    stepper.dispose();
  }
}

/** `count` pictures of a source, drawn by the seed, with their classes. The caller disposes both. */
export async function picturesOf(source: Source, count: number, seed: number) {
  const indices = shuffledIndices(seed, source.count).subarray(0, count);
  const { height, width, channels } = source.shape;
  const values = await source.read(indices);
  return {
    indices,
    x: tf.tensor4d(values, [indices.length, height, width, channels]),
    labels: Array.from(indices, (index) => source.labels?.[index] ?? 0),
  };
}
