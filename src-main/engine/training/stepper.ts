// Runs the updates of a family, one iteration after another. Makes their inputs from (seed, update, count), so the whole state of a run is
// its variables and a few counters: killed at any moment and resumed, it goes on in the same numbers.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededNormal, seededRandom, shuffledIndices } from '#shared/random';
import type { InputSpec, Live, Trainable, Update } from '#ml/family';
import { traceStep, type TracedStep } from '../traced-step/traced-step';
import type { Source } from './source';

export interface Counters {
  /** Iterations done. */
  readonly step: number;
  /** Batches drawn from the data. */
  readonly batches: number;
  /** Times each update has run. */
  readonly runs: Readonly<Record<string, number>>;
}

export const NO_COUNTERS: Counters = { step: 0, batches: 0, runs: {} };
export type Figures = Readonly<Record<string, number>>;

export interface StepperOptions {
  readonly trainable: Trainable;
  readonly source: Source;
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
  readonly live?: Live;
  readonly counters?: Counters;
  /** Record the updates as graphs where TensorFlow is native. */
  readonly trace?: boolean;
}

export interface Stepper {
  readonly counters: Counters;
  /** How the updates are run, and why so: one sentence for each. */
  readonly speed: readonly {
    readonly update: string;
    readonly mode: TracedStep['mode'];
    readonly why: string;
  }[];
  /** One iteration: every update that is due. Its figures, by name. */
  next(): Promise<Figures>;
  /** One update alone, out of turn. */
  only(update: string): Promise<Figures>;
  setLive(live: Live): Promise<void>;
  setLearningRateScale(scale: number): void;
  dispose(): void;
}

interface Prepared {
  readonly update: Update;
  readonly traced: TracedStep;
}

/** The stream of a run's seed that orders the data; each update has one of its own. */
const ORDER_STREAM = 1;

export async function createStepper(options: StepperOptions): Promise<Stepper> {
  const { trainable, source, batchSize, steps, seed, trace = true } = options;
  let { step, batches } = options.counters ?? NO_COUNTERS;
  const runs: Record<string, number> = { ...options.counters?.runs };
  let learningRateScale = 1;
  const batchesPerEpoch = Math.max(1, Math.floor(source.count / batchSize));
  let order: { readonly epoch: number; readonly indices: Uint32Array } = {
    epoch: -1,
    indices: new Uint32Array(),
  };
  function batchIndices(batch: number): Uint32Array {
    const epoch = Math.floor(batch / batchesPerEpoch);
    if (order.epoch !== epoch) {
      order = { epoch, indices: shuffledIndices(mixSeed(mixSeed(seed, ORDER_STREAM), epoch), source.count) };
    }
    const from = (batch % batchesPerEpoch) * batchSize;
    return order.indices.subarray(from, from + batchSize);
  }

  let prepared = await prepare(options.live ?? {});

  async function inputsOf({ name, inputs }: Update, count: number, batch: number): Promise<tf.Tensor[]> {
    const wantsData = inputs.some(({ kind }) => kind === 'x' || kind === 'y');
    const indices = wantsData ? batchIndices(batch) : new Uint32Array();
    const pictures = inputs.some(({ kind }) => kind === 'x') ? await source.read(indices) : null;
    const stream = mixSeed(mixSeed(seed, streamOf(name)), count);
    const clock = { step, steps, count, learningRateScale };
    return inputs.map((spec, place) =>
      inputTensor(spec, mixSeed(stream, place), { pictures, indices, clock }),
    );
  }

  function inputTensor(
    spec: InputSpec,
    draw: number,
    {
      pictures,
      indices,
      clock,
    }: {
      pictures: Float32Array | null;
      indices: Uint32Array;
      clock: Parameters<(InputSpec & { kind: 'scalar' })['at']>[0];
    },
  ): tf.Tensor {
    switch (spec.kind) {
      case 'x': {
        const { height, width, channels } = source.shape;
        return tf.tensor4d(toRange(pictures!, trainable.range), [indices.length, height, width, channels]);
      }
      case 'y':
        return oneHot(
          Array.from(indices, (index) => source.labels?.[index] ?? 0),
          source.shape.classes,
        );
      case 'normal':
        return tf.tensor(seededNormal(draw, product(spec.shape)), [...spec.shape]);
      case 'uniform': {
        const random = seededRandom(draw);
        const { low, high } = spec;
        const values = Float32Array.from(
          { length: product(spec.shape) },
          () => low + (high - low) * random.uniform(),
        );
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

  async function prepare(live: Live): Promise<readonly Prepared[]> {
    const all: Prepared[] = [];
    for (const update of trainable.updates(live)) {
      all.push({ update, traced: await traceOf(update) });
    }
    return all;
  }

  async function traceOf(update: Update): Promise<TracedStep> {
    const stepsLeft = trace ? steps - step : 0;
    const count = runs[update.name] ?? 0;
    return traceStep({
      step: (inputs) => update.run(inputs),
      variables: update.variables,
      inputsOf: (trial) => inputsOf(update, count + trial, batches + trial),
      stepsLeft,
    });
  }

  async function run({ update, traced }: Prepared): Promise<Figures> {
    const count = runs[update.name] ?? 0;
    const usesData = update.inputs.some(({ kind }) => kind === 'x' || kind === 'y');
    const inputs = await inputsOf(update, count, batches);
    const result = traced.run(inputs);
    const values = result.dataSync();
    tf.dispose([result, ...inputs]);
    runs[update.name] = count + 1;
    if (usesData) batches++;
    return Object.fromEntries(update.figures.map((figure, i) => [figure, values[i]!]));
  }

  return {
    get counters() {
      return { step, batches, runs: { ...runs } };
    },
    get speed() {
      return prepared.map(({ update, traced: { mode, why } }) => ({ update: update.name, mode, why }));
    },
    async next() {
      let figures: Figures = {};
      for (const each of prepared) {
        for (let times = each.update.due(step); times > 0; times--)
          figures = { ...figures, ...(await run(each)) };
      }
      step++;
      return figures;
    },
    async only(name) {
      const found = prepared.find(({ update }) => update.name === name);
      if (found === undefined) throw new Error(`there is no update ${name}`);
      return run(found);
    },
    async setLive(live) {
      const before = prepared;
      prepared = await prepare(live);
      before.forEach(({ traced }) => traced.dispose());
    },
    setLearningRateScale(scale) {
      learningRateScale = scale;
    },
    dispose: () => prepared.forEach(({ traced }) => traced.dispose()),
  };
}

const product = (shape: readonly number[]): number => shape.reduce((sizes, size) => sizes * size, 1);

/** FNV-1a of the name: an update's noise does not depend on which other updates there are. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

function toRange(pictures: Float32Array, range: Trainable['range']): Float32Array {
  return range === 'points' || range[0] === 0 ? pictures : pictures.map((value) => 2 * value - 1);
}

function oneHot(classes: readonly number[], count: number): tf.Tensor2D {
  const values = new Float32Array(classes.length * count);
  classes.forEach((label, row) => {
    values[row * count + label] = 1;
  });
  return tf.tensor2d(values, [classes.length, count]);
}
