// What is measured around one iteration, and only around those that somebody is told of: how far each network moved, and which
// dimensions of z say anything. The weights of before cost no copy: TensorFlow's tensors never change, a variable only takes another.
import * as tf from '@tensorflow/tfjs';
import type { Measures } from '#shared/training';
import type { Trainable, Update } from '#ml/family';

export interface Measuring {
  /** What an update has read. The batch of the last one that reads data is the one that is measured. */
  readonly saw: (update: Update, inputs: readonly tf.Tensor[]) => void;
  /** How far the weights are from where they were. */
  readonly finish: () => Measures;
  readonly dispose: () => void;
}

export function startMeasuring({ networks, klPerDimension }: Trainable): Measuring {
  const before = Object.entries(networks).map(([name, weights]) => ({
    name,
    weights,
    were: weights.map((weight) => weight.clone()),
  }));
  let batch: { readonly x: tf.Tensor; readonly y: tf.Tensor2D | null } | null = null;
  const forget = (): void => {
    if (batch !== null) tf.dispose([batch.x, batch.y ?? []]);
    batch = null;
  };
  return {
    saw(update, inputs) {
      if (klPerDimension === undefined) return;
      const inputOf = (kind: 'x' | 'y'): tf.Tensor | null =>
        inputs[update.inputs.findIndex((spec) => spec.kind === kind)]?.clone() ?? null;
      const x = inputOf('x');
      if (x === null) return;
      forget();
      batch = { x, y: inputOf('y') as tf.Tensor2D | null };
    },
    finish() {
      const ratios = before.map(({ name, weights, were }) => [name, movedBy(weights, were)] as const);
      const updateRatio = Object.fromEntries(ratios);
      if (klPerDimension === undefined || batch === null) return { updateRatio };
      const kl = klPerDimension(batch.x, batch.y);
      const measures = { updateRatio, klPerDimension: Array.from(kl.dataSync()) };
      kl.dispose();
      return measures;
    },
    dispose() {
      forget();
      before.forEach(({ were }) => tf.dispose(were));
    },
  };
}

/** |now - before| / |before| over all the weights of a network together. */
function movedBy(now: readonly tf.Tensor[], before: readonly tf.Tensor[]): number {
  const differences = () => now.map((weight, i) => tf.sub(weight, before[i]!));
  const [moved, size] = tf.tidy(() =>
    tf.stack([squaredNorm(differences()), squaredNorm(before)]).dataSync(),
  ) as ArrayLike<number> as [number, number];
  return size === 0 ? 0 : Math.sqrt(moved / size);
}

const squaredNorm = (tensors: readonly tf.Tensor[]): tf.Scalar =>
  tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor)) as tf.Scalar));
