// What an update reads, made from (seed, update, count) and the number of the batch: the same in every run, resumed or not.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededNormal, seededRandom, shuffledIndices } from '#shared/random';
import type { Clock, InputSpec, Trainable, Update } from '#ml/family';
import { readAhead } from './read-ahead';
import type { Source } from './source';

/** The stream of a run's seed that orders the data; each update has one of its own. */
const ORDER_STREAM = 1;

export interface StepInputs {
  /** In the order of the update's `inputs`. The caller disposes them. */
  of(update: Update, batch: number, clock: Clock): Promise<tf.Tensor[]>;
}

export function createStepInputs(
  source: Source,
  range: Trainable['range'],
  { batchSize, seed }: { readonly batchSize: number; readonly seed: number },
): StepInputs {
  const { epochOf, indicesOf } = batchOrder(source.count, batchSize, mixSeed(seed, ORDER_STREAM));
  const labelsOf = labelReader(source);
  const picturesOf = readAhead((batch) => source.read(indicesOf(batch), epochOf(batch)));

  async function inputTensor(spec: InputSpec, draw: number, batch: number, clock: Clock): Promise<tf.Tensor> {
    switch (spec.kind) {
      case 'x': {
        const { height, width, channels } = source.shape;
        return tf.tensor4d(inRange(await picturesOf(batch), range), [batchSize, height, width, channels]);
      }
      case 'y':
        return oneHot(
          Array.from(indicesOf(batch), (index) => source.labels?.[index] ?? 0),
          source.shape.classes,
        );
      case 'labels':
        return labelsOf(indicesOf(batch));
      case 'normal':
        return tf.tensor(seededNormal(draw, product(spec.shape)), [...spec.shape]);
      case 'uniform': {
        const random = seededRandom(draw);
        const { low, high } = spec;
        const values = new Float32Array(product(spec.shape));
        for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * random.uniform();
        return tf.tensor(values, [...spec.shape]);
      }
      case 'classes': {
        const random = seededRandom(draw);
        return oneHot(
          Array.from({ length: spec.rows }, () => random.integer(spec.classes)),
          spec.classes,
        );
      }
      case 'scalar':
        return tf.scalar(spec.at(clock));
    }
  }

  return {
    async of({ name, inputs }, batch, clock) {
      const stream = mixSeed(mixSeed(seed, streamOf(name)), clock.count);
      const made: tf.Tensor[] = [];
      try {
        for (const [place, spec] of inputs.entries())
          made.push(await inputTensor(spec, mixSeed(stream, place), batch, clock));
        return made;
      } catch (error) {
        tf.dispose(made); // a picture that cannot be read any more ends the run, and leaves nothing
        throw error;
      }
    },
  };
}

/** The places of each batch's pictures: every epoch another order, a function of the seed. What does not fill a batch is left out. */
function batchOrder(count: number, batchSize: number, seed: number) {
  const batchesPerEpoch = Math.max(1, Math.floor(count / batchSize));
  const epochOf = (batch: number): number => Math.floor(batch / batchesPerEpoch);
  const orders = new Map<number, Uint32Array>(); // of two epochs, where the batches that are read ahead begin the next
  const orderOf = (epoch: number): Uint32Array => {
    const order = orders.get(epoch) ?? shuffledIndices(mixSeed(seed, epoch), count);
    orders.set(epoch, order);
    for (const other of orders.keys()) if (other < epoch - 1 || other > epoch + 1) orders.delete(other);
    return order;
  };
  return {
    epochOf,
    indicesOf(batch: number): Uint32Array {
      const from = (batch % batchesPerEpoch) * batchSize;
      return orderOf(epochOf(batch)).subarray(from, from + batchSize);
    },
  };
}

/** A column's least value is 0 and its greatest 1, whatever it counts. */
function labelReader({ labelTable }: Source): (indices: Uint32Array) => tf.Tensor2D {
  const { attributes, values } = labelTable ?? { attributes: [], values: new Float32Array() };
  const width = attributes.length;
  const limits = attributes.map((_, column) => {
    let [low, high] = [Infinity, -Infinity];
    for (let at = column; at < values.length; at += width) {
      if (values[at]! < low) low = values[at]!;
      if (values[at]! > high) high = values[at]!;
    }
    return { low, reach: high > low ? high - low : 1 };
  });
  return (indices) => {
    const scaled = new Float32Array(indices.length * width);
    indices.forEach((index, row) =>
      limits.forEach(({ low, reach }, column) => {
        scaled[row * width + column] = (values[index * width + column]! - low) / reach;
      }),
    );
    return tf.tensor2d(scaled, [indices.length, width]);
  };
}

const product = (shape: readonly number[]): number => shape.reduce((sizes, size) => sizes * size, 1);

/** FNV-1a of the name: an update's noise does not depend on which other updates there are. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

function inRange(pictures: Float32Array, range: Trainable['range']): Float32Array {
  if (range === 'points' || range[0] === 0) return pictures;
  const scaled = new Float32Array(pictures.length); // another one: the batch may be asked for again
  for (let i = 0; i < pictures.length; i++) scaled[i] = 2 * pictures[i]! - 1;
  return scaled;
}

function oneHot(classes: readonly number[], count: number): tf.Tensor2D {
  const values = new Float32Array(classes.length * count);
  classes.forEach((label, row) => {
    values[row * count + label] = 1;
  });
  return tf.tensor2d(values, [classes.length, count]);
}
