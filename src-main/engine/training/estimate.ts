// What a training will cost, measured by a few steps of it before it starts. Runs in a trainer process of its own: it loads TensorFlow, it
// may take all the memory that there is, and whoever asked may not want to know any more.
import { median } from '#shared/statistics';
import type { DataOptions, DataSpec, Estimate } from '#shared/training';
import { selectBackend } from '../backends/select';
import { openTrainingData } from './data';
import { createTrainable, liveOf } from './families';
import { adaptConfig, checkFits } from './fit-config';
import { judgeHeldOut } from './judge-held-out';
import { leastBytes } from './least-memory';
import { checkMemory } from './memory-limit';
import { createPreviewer } from './previews';
import { createStepper } from './stepper';
import type { TrainConfig } from './train-config';

export interface EstimateOptions {
  readonly config: TrainConfig;
  readonly data: DataSpec;
  readonly options: DataOptions;
  /** Bytes; more is refused. */
  readonly memoryLimit: number;
}

const WARM_UP = 2;
const TRIALS = 3;
/** Pairs of recorded and eager steps; a run that really starts compares more of them. */
const TRACE_TRIALS = 2;

export async function estimate(asked: EstimateOptions): Promise<Estimate> {
  const { memoryLimit } = asked;
  const { native } = await selectBackend();
  const { validationCount, data: words } = asked.config;
  const data = await openTrainingData(asked.data, asked.options, validationCount, words.classNames);
  const { training, heldOut } = data;
  const config = adaptConfig(asked.config, training.shape);
  checkFits(config, training.shape, training.count);
  checkMemory(leastBytes(config, training.shape), memoryLimit, 'at least');
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
      traceTrials: TRACE_TRIALS,
    });
    const times: number[] = [];
    for (let trial = 0; trial < WARM_UP + TRIALS; trial++) {
      const start = performance.now();
      await stepper.next();
      if (trial >= WARM_UP) times.push(performance.now() - start);
    }
    // what a run does beside its steps takes memory too
    await createPreviewer(trainable, data, seed)(0);
    if (heldOut !== null) await judgeHeldOut(trainable, heldOut);
    const traced = stepper.speed.every(({ mode }) => mode === 'traced');
    stepper.dispose();
    const memoryBytes = peakBytes();
    checkMemory(memoryBytes, memoryLimit, 'measured');
    const parameters = trainable.variables.reduce(
      (sum, { size, trainable: moves }) => (moves ? sum + size : sum),
      0,
    );
    const msPerStep = median(times);
    const how = !native
      ? 'steps on WebAssembly'
      : traced
        ? 'recorded steps on TensorFlow'
        : 'steps on TensorFlow';
    return {
      parameters,
      memoryBytes,
      msPerStep,
      steps,
      secondsPerEpoch: (stepsPerEpoch * msPerStep) / 1000,
      speed: `Measured: ${TRIALS} ${how}, and the most memory that this process held.`,
    };
  } finally {
    trainable.dispose();
  }
}

const KIB = 1024;

/** The most that this process ever held. */
const peakBytes = (): number => process.resourceUsage().maxRSS * KIB;
