// What a training will cost, measured by a few steps of it before it starts.
import { totalmem } from 'node:os';
import { median } from '#shared/statistics';
import type { DataOptions, DataSpec, Estimate } from '#shared/training';
import { selectBackend } from '../backends/select';
import { openTrainingData } from './data';
import { createTrainable, liveOf } from './families';
import { adaptConfig, checkFits } from './fit-config';
import { createStepper } from './stepper';
import type { TrainConfig } from './train-config';

const WARM_UP = 2;
const TRIALS = 3;
const FLOAT_BYTES = 4;
/** A recorded step takes about half the time of an eager one (`bench train` measures it). */
const TRACED_SHARE = 0.5;
/** Activations of a batch, forwards and backwards, in pictures' worth of numbers per weight layer: a rough upper bound. */
const ACTIVATION_FACTOR = 200;
/** TensorFlow itself, loaded. */
const BASE_BYTES = 350 * 2 ** 20;

export async function estimate(given: TrainConfig, spec: DataSpec, options: DataOptions): Promise<Estimate> {
  const { native } = await selectBackend();
  const { training } = await openTrainingData(spec, options, given.validationCount, given.data.classNames);
  const config = adaptConfig(given, training.shape);
  checkFits(config, training.shape, training.count);
  const { batchSize, epochs, seed } = config;
  const stepsPerEpoch = Math.floor(training.count / batchSize);
  const steps = stepsPerEpoch * epochs;
  const trainable = createTrainable(config, training.shape);
  try {
    const stepper = await createStepper({
      trainable,
      source: training,
      batchSize,
      steps,
      seed,
      live: liveOf(config),
      trace: false,
    });
    const times: number[] = [];
    for (let trial = 0; trial < WARM_UP + TRIALS; trial++) {
      const start = performance.now();
      await stepper.next();
      if (trial >= WARM_UP) times.push(performance.now() - start);
    }
    stepper.dispose();
    const numbers = trainable.variables.reduce((sum, { size }) => sum + size, 0);
    const parameters = trainable.variables.reduce(
      (sum, { size, trainable: moves }) => (moves ? sum + size : sum),
      0,
    );
    const { height, width, channels } = training.shape;
    const activations = batchSize * height * width * channels * ACTIVATION_FACTOR;
    const msPerStep = median(times) * (native ? TRACED_SHARE : 1);
    return {
      parameters,
      memoryBytes: Math.min(totalmem(), BASE_BYTES + FLOAT_BYTES * (2 * numbers + activations)),
      msPerStep,
      steps,
      secondsPerEpoch: (stepsPerEpoch * msPerStep) / 1000,
      speed: native
        ? `Measured over ${TRIALS} steps on TensorFlow; recorded steps take about half of that.`
        : `Measured over ${TRIALS} steps on WebAssembly.`,
    };
  } finally {
    trainable.dispose();
  }
}
