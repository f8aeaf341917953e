// Runs the updates of a family, one iteration after another. Their inputs are a function of (seed, update, count), so the whole state of a
// run is its variables and a few counters: killed at any moment and resumed, it goes on in the same numbers.
import * as tf from '@tensorflow/tfjs';
import type { Measures } from '#shared/training';
import type { Live, Trainable, Update } from '#ml/family';
import { traceStep, type TracedStep } from '../traced-step/traced-step';
import { startMeasuring, type Measuring } from './measures';
import { createStepInputs } from './step-inputs';
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
  /** Trials of a recording before it is trusted, where fewer than usual will do. */
  readonly traceTrials?: number;
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
  /** The same iteration, and what it did to the networks: a little dearer, for the steps that somebody is told of. */
  nextMeasured(): Promise<{ readonly figures: Figures; readonly measures: Measures }>;
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

export async function createStepper(options: StepperOptions): Promise<Stepper> {
  const { trainable, source, batchSize, steps, seed, trace = true, traceTrials } = options;
  let { step, batches } = options.counters ?? NO_COUNTERS;
  const runs: Record<string, number> = { ...options.counters?.runs };
  let learningRateScale = 1;
  const stepInputs = createStepInputs(source, trainable.range, { batchSize, seed });
  const inputsOf = (update: Update, count: number, batch: number): Promise<tf.Tensor[]> =>
    stepInputs.of(update, batch, { step, steps, count, learningRateScale });
  let prepared = await prepare(options.live ?? {});

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
      ...(traceTrials === undefined ? {} : { trials: traceTrials }),
    });
  }

  async function run({ update, traced }: Prepared, measuring?: Measuring): Promise<Figures> {
    const count = runs[update.name] ?? 0;
    const usesData = update.inputs.some(({ kind }) => kind === 'x' || kind === 'y');
    const inputs = await inputsOf(update, count, batches);
    const result = traced.run(inputs);
    const values = result.dataSync();
    measuring?.saw(update, inputs);
    tf.dispose([result, ...inputs]);
    runs[update.name] = count + 1;
    if (usesData) batches++;
    return Object.fromEntries(update.figures.map((figure, i) => [figure, values[i]!]));
  }

  async function iterate(measuring?: Measuring): Promise<Figures> {
    let figures: Figures = {};
    for (const each of prepared) {
      for (let times = each.update.due(step); times > 0; times--)
        figures = { ...figures, ...(await run(each, measuring)) };
    }
    step++;
    return figures;
  }

  return {
    get counters() {
      return { step, batches, runs: { ...runs } };
    },
    get speed() {
      return prepared.map(({ update, traced: { mode, why } }) => ({ update: update.name, mode, why }));
    },
    next: () => iterate(),
    async nextMeasured() {
      const measuring = startMeasuring(trainable);
      try {
        const figures = await iterate(measuring);
        return { figures, measures: measuring.finish() };
      } finally {
        measuring.dispose();
      }
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
