// The training loop of a VAE, flat. Randomness is a function of (seed, epoch or step), so the state is: weights, optimiser,
// step. Killed at any moment and resumed, it ends in the same numbers.

import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import { ADAM_DEFAULTS, correctedStepSize, createAdamState, disposeAdamState } from '#ml/adam';
import { epochOrder, initialSeed, stepNoise } from '#ml/random';
import { klWeightAt, learningRateAt } from '#ml/schedule';
import { createVae, disposeVae, elboParts, trainableVariables, type Vae } from '#ml/vae';
import { vaeStep } from '#ml/vae-step';
import { readIdxData, sliceImages, type ImageSet } from '../datasets/idx';
import { pictureBatch, pictureRange } from './batches';
import { finishPack } from './finish-pack';
import { jobFolderOf, openJobFolder } from './job-folder';
import type { EpochSummary, TrainEvent, TrainResult } from './progress';
import type { TrainConfig } from './train-config';
import { traceStep, type Step } from '../traced-step/traced-step';
import { loadState, namedVariables, saveState } from './training-state';

export interface TrainingOptions {
  readonly config: TrainConfig;
  /** Folder of IDX files, or one file of pictures. */
  readonly dataPath: string;
  readonly outFolder: string;
  readonly resume?: boolean;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: TrainEvent) => void;
  /** Milliseconds from anywhere. */
  readonly now?: () => number;
}

const CHECKPOINT_MS = 30_000;
const PROGRESS_MS = 250;
const FINISHING_MS = 2_000;
const VALIDATION_BATCH = 500;
const VALIDATION_SEED = 0x5eed;

export async function runTraining(options: TrainingOptions): Promise<TrainResult> {
  const { config, dataPath, outFolder, resume = false, signal, onProgress = () => undefined } = options;
  const now = options.now ?? (() => performance.now());
  const paths = jobFolderOf(outFolder);
  const data = await readIdxData(dataPath);
  checkFits(config, data.train);
  const trainCount = data.train.count - config.validationCount;
  const training = sliceImages(data.train, 0, trainCount);
  const validation = sliceImages(data.train, trainCount, data.train.count);
  const stepsPerEpoch = Math.floor(trainCount / config.batchSize);
  const steps = stepsPerEpoch * config.epochs;
  const canResume = await openJobFolder(outFolder, config, resume);

  const adamConfig = { ...ADAM_DEFAULTS, clipNorm: config.clipNorm ?? undefined };
  const vae = createVae(config.model, initialSeed(config.seed));
  const variables = trainableVariables(vae);
  const adam = createAdamState(variables);
  const named = namedVariables(variables, adam);
  let release = (): void => undefined;
  try {
    let step = 0;
    let history: readonly EpochSummary[] = [];
    let epochElboSum = 0;
    let note: string | undefined;
    if (canResume) {
      const loaded = await loadState(paths.checkpoint, named);
      ({ step, history, epochElboSum } = loaded.counters);
      note = loaded.note;
    }
    const parameters = variables.reduce((sum, variable) => sum + variable.size, 0);
    onProgress({
      kind: 'start',
      id: config.id,
      step,
      steps,
      epochs: config.epochs,
      parameters,
      ...(note ? { note } : {}),
    });

    const checkpoint = async () => {
      if (!(await saveState(paths.checkpoint, named, { step, history, epochElboSum })))
        throw diverged(step, paths.checkpoint);
      checkpointedAt = now();
      checkpointedStep = step;
      onProgress({ kind: 'checkpoint', step, file: paths.checkpoint });
    };
    let checkpointedAt = now();
    let checkpointedStep = step;
    let reportedAt = -Infinity;
    let order: { readonly epoch: number; readonly indices: Uint32Array } = {
      epoch: -1,
      indices: new Uint32Array(),
    };
    const orderOf = (epoch: number): Uint32Array => {
      if (order.epoch !== epoch) order = { epoch, indices: epochOrder(config.seed, epoch, trainCount) };
      return order.indices;
    };
    const learningRateOf = (at: number): number => {
      const { schedule, peak, floor } = config.learningRate;
      return learningRateAt(schedule, peak, floor, at, steps);
    };
    const betaOf = (at: number): number => klWeightAt(config.beta, config.klWarmUpSteps, at);
    const { batchSize, seed } = config;
    const inputsOf = (at: number): tf.Tensor[] => [
      pictureBatch(
        training,
        orderOf(Math.floor(at / stepsPerEpoch)),
        (at % stepsPerEpoch) * batchSize,
        batchSize,
      ),
      stepNoise(seed, at, batchSize, config.model.latentSize),
      tf.scalar(betaOf(at)),
      tf.scalar(correctedStepSize(adamConfig, learningRateOf(at), at + 1)),
    ];
    const eagerStep: Step = ([x, noise, beta, stepSize]) =>
      vaeStep(vae, adamConfig, adam, {
        x: x as tf.Tensor4D,
        noise: noise as tf.Tensor2D,
        beta: beta as tf.Scalar,
        stepSize: stepSize as tf.Scalar,
      });
    const fast = await traceStep({
      step: eagerStep,
      variables: [...named.values()],
      inputsOf: (trial) => inputsOf(step + trial),
      stepsLeft: steps - step,
    });
    release = fast.dispose;
    onProgress({ kind: 'speed', mode: fast.mode, why: fast.why });
    const pace = createPace(now, step);

    while (step < steps) {
      if (signal?.aborted) {
        if (checkpointedStep !== step || !canResume) await checkpoint();
        onProgress({ kind: 'stopped', step, steps, file: paths.checkpoint });
        return { kind: 'stopped', step, checkpoint: paths.checkpoint };
      }
      const epoch = Math.floor(step / stepsPerEpoch);
      if (step % stepsPerEpoch === 0) epochElboSum = 0;
      const [learningRate, beta] = [learningRateOf(step), betaOf(step)];
      const inputs = inputsOf(step);
      const summary = fast.run(inputs);
      const [loss = NaN, reconstruction = NaN, kl = NaN] = summary.dataSync();
      tf.dispose([summary, ...inputs]);
      if (!Number.isFinite(loss)) throw diverged(step, paths.checkpoint);
      step++;
      epochElboSum += reconstruction - kl;

      if (now() - reportedAt >= PROGRESS_MS || step === steps) {
        reportedAt = now();
        const { stepsPerSecond, secondsLeft } = pace(step, steps);
        const place = { step, steps, epoch: epoch + 1, epochs: config.epochs };
        const numbers = { loss, reconstruction, kl, beta, learningRate, stepsPerSecond, secondsLeft };
        onProgress({ kind: 'progress', ...place, ...numbers });
      }
      if (step % stepsPerEpoch === 0) {
        const held = validate(vae, validation);
        const summaryOfEpoch: EpochSummary = {
          epoch: epoch + 1,
          trainElbo: epochElboSum / stepsPerEpoch,
          ...held,
        };
        history = [...history, summaryOfEpoch];
        onProgress({ kind: 'epoch', epochs: config.epochs, step, ...summaryOfEpoch });
      }
      if (
        step - checkpointedStep >= config.checkpointSteps ||
        now() - checkpointedAt >= CHECKPOINT_MS ||
        step === steps
      ) {
        await checkpoint();
      }
      await nextTurn(); // lets a stop request and the process's messages in
    }

    const test = data.test ?? (validation.count > 0 ? validation : training);
    const finishing = (done: number, total: number) => {
      if (done > 0 && done < total && now() - reportedAt < FINISHING_MS) return;
      reportedAt = now();
      onProgress({ kind: 'finishing', what: `measuring on test picture ${done} of ${total}`, done, total });
    };
    finishing(0, test.count);
    const metrics = await finishPack({
      vae,
      config,
      test,
      history,
      packFolder: paths.pack,
      onProgress: finishing,
    });
    onProgress({ kind: 'done', pack: paths.pack, metrics });
    return { kind: 'done', pack: paths.pack, metrics };
  } finally {
    release();
    disposeAdamState(adam);
    disposeVae(vae);
  }
}

/** ELBO of the held-out pictures, with noise that is the same in every epoch so that epochs can be compared. */
function validate(
  vae: Vae,
  images: ImageSet,
): { validationElbo: number | null; validationKl: number | null } {
  if (images.count === 0) return { validationElbo: null, validationKl: null };
  let reconstruction = 0;
  let kl = 0;
  for (let from = 0; from < images.count; from += VALIDATION_BATCH) {
    const size = Math.min(VALIDATION_BATCH, images.count - from);
    tf.tidy(() => {
      const noise = stepNoise(VALIDATION_SEED, from, size, vae.config.latentSize);
      const parts = elboParts(vae, pictureRange(images, from, size), noise);
      reconstruction += tf.sum(parts.reconstruction).dataSync()[0]!;
      kl += tf.sum(parts.kl).dataSync()[0]!;
    });
  }
  return { validationElbo: (reconstruction - kl) / images.count, validationKl: kl / images.count };
}

/** Speed and time left, over the steps of this sitting. Never negative, whatever the clock does. */
function createPace(now: () => number, firstStep: number) {
  const startedAt = now();
  return (step: number, steps: number) => {
    const seconds = Math.max(1e-3, (now() - startedAt) / 1000);
    const stepsPerSecond = (step - firstStep) / seconds;
    return { stepsPerSecond, secondsLeft: stepsPerSecond > 0 ? (steps - step) / stepsPerSecond : 0 };
  };
}

function checkFits(config: TrainConfig, images: ImageSet): void {
  const { height, width, channels } = config.model;
  const fail = (headline: string, cause: string, remedy: string): never => {
    throw new AppError({ code: 'data/mismatch', headline, cause, remedy });
  };
  if (images.height !== height || images.width !== width || images.channels !== channels) {
    const is = `${images.width} x ${images.height} x ${images.channels}`;
    const wanted = `${width} x ${height} x ${channels}`;
    fail(
      'The pictures do not fit the network',
      `they are ${is} and it wants ${wanted}`,
      'choose data that fits',
    );
  }
  const available = images.count - config.validationCount;
  if (available < config.batchSize) {
    const cause = `${Math.max(0, available)} are left to train on, and one batch needs ${config.batchSize}`;
    fail('There are too few pictures', cause, 'bring more, or make the batch or the validation set smaller');
  }
}

function diverged(step: number, checkpoint: string): AppError {
  return new AppError({
    code: 'engine/diverged',
    headline: `The training diverged at step ${step}`,
    where: checkpoint,
    cause: 'the loss is no longer a number; the checkpoint before it is kept',
    remedy: 'start anew with a lower learning rate or with clipped gradients',
  });
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
