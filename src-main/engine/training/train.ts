// The training loop, flat, for every family. Randomness is a function of (seed, update, count), so the state of a run is its variables and
// a few counters: killed at any moment and resumed, it ends in the same numbers.
import { isDeepStrictEqual } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import type { DataOptions, DataSpec, Measures, TrainEvent } from '#shared/training';
import { revertCheckpoint } from '../store/checkpoint';
import { ASKED_FOR, createControl, mergeLive, type TrainControl } from './control';
import { openTrainingData, shownPart } from './data';
import { createDiagnoser } from './diagnose';
import { keepEpoch } from './epoch-models';
import { createTrainable, liveOf } from './families';
import { finishRun } from './finish';
import { adaptConfig, checkFits } from './fit-config';
import { jobFolderOf, openJobFolder } from './job-folder';
import { judgeHeldOut } from './judge-held-out';
import { leastBytes } from './least-memory';
import { checkMemory } from './memory-limit';
import { createPace, neverBack } from './pace';
import { createPreviewer } from './previews';
import { createStepper, NO_COUNTERS, type Counters, type Figures } from './stepper';
import type { TrainConfig } from './train-config';
import { loadState, namedVariables, saveState, type Told } from './training-state';
import { untilThereIsRoom } from './wait-for-room';

export interface TrainingOptions {
  readonly config: TrainConfig;
  readonly data: DataSpec;
  readonly options?: DataOptions;
  readonly outFolder: string;
  readonly resume?: boolean;
  /** What a person tells the run while it runs. */
  readonly control?: TrainControl;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Somebody watches: pictures of the run are made every so often, and each epoch is kept as a model. */
  readonly watched?: boolean;
  /** Milliseconds from anywhere. A clock that is set back is borne. */
  readonly now?: () => number;
  /** Bytes that it may take; one that needs more is refused. */
  readonly memoryLimit?: number;
  /** Milliseconds between two reports of its figures; 0 reports every step. */
  readonly reportMs?: number;
}

export type TrainResult =
  /** `pack` is null for points of a plane, of which there are no pictures. */
  | { readonly kind: 'done'; readonly pack: string | null; readonly metrics: Figures }
  | { readonly kind: 'stopped'; readonly step: number; readonly checkpoint: string };

export const AS_IT_IS: DataOptions = { size: null, crop: 'cover', grey: false };

const CHECKPOINT_MS = 30_000;
const PROGRESS_MS = 250;
const PREVIEW_MS = 2_000;
/** Before a change of settings a checkpoint is made, so that one that ruins the run can be undone; but not for each move of a slider. */
const BEFORE_CHANGE_MS = 1_000;

export async function runTraining(given: TrainingOptions): Promise<TrainResult> {
  const { outFolder, resume = false, watched = false, onEvent = () => undefined } = given;
  const { memoryLimit = Infinity, reportMs = PROGRESS_MS } = given;
  const control = given.control ?? createControl();
  const now = neverBack(given.now ?? (() => performance.now()));
  const save = untilThereIsRoom(outFolder, control, onEvent);
  const paths = jobFolderOf(outFolder);
  const { validationCount, data: words, seed } = given.config;
  const options = given.options ?? AS_IT_IS;
  const data = await openTrainingData(given.data, options, validationCount, words.classNames);
  const { training, heldOut } = data;
  const config = adaptConfig(given.config, training.shape);
  checkFits(config, training.shape, training.count);
  checkMemory(leastBytes(config, training.shape), memoryLimit, 'at least');
  const stepsPerEpoch = Math.floor(training.count / config.batchSize);
  const steps = stepsPerEpoch * config.epochs;
  const canResume = await openJobFolder(outFolder, config, resume);

  const trainable = createTrainable(config, training.shape);
  const named = namedVariables(trainable.variables);
  let release = (): void => undefined;
  try {
    let counters: Counters = NO_COUNTERS;
    let sums = epochSums();
    let course: readonly Figures[] = [];
    let settings: Told = { live: liveOf(config), learningRateScale: 1 };
    let note: string | undefined;
    if (canResume) {
      const loaded = await loadState(paths.checkpoint, named);
      ({ counters, note } = loaded);
      settings = loaded.told ?? settings;
      sums = epochSums(loaded.sums);
      ({ course } = loaded);
    }
    const parameters = trainable.variables.reduce(
      (sum, { size, trainable: moves }) => (moves ? sum + size : sum),
      0,
    );
    const start = { id: config.id, step: counters.step, steps, epochs: config.epochs, parameters };
    onEvent({ kind: 'start', ...start, ...(note === undefined ? {} : { note }) });

    const preview = createPreviewer(trainable, data, seed);
    if (watched) onEvent({ kind: 'preview', preview: await preview(counters.step) });
    const stepper = await createStepper({
      trainable,
      source: training,
      batchSize: config.batchSize,
      steps,
      seed,
      live: settings.live,
      counters,
    });
    stepper.setLearningRateScale(settings.learningRateScale);
    release = () => stepper.dispose();
    const tellSpeed = (): void =>
      stepper.speed.forEach(({ mode, why }) => onEvent({ kind: 'speed', mode, why }));
    tellSpeed();
    const diagnoser = createDiagnoser();
    const pace = createPace(now);
    let [checkpointedAt, reportedAt, previewDueAt] = [now(), -Infinity, now() + PREVIEW_MS];
    let checkpointedStep = counters.step;
    let resting = false;
    let finiteSince = 0; // steps since the checkpoint whose figures were numbers

    const checkpoint = async (): Promise<void> => {
      const { step } = stepper.counters;
      const state = { counters: stepper.counters, sums: sums.state, told: settings, course };
      if (!(await save(() => saveState(paths.checkpoint, named, state)))) throw await diverged();
      checkpointedAt = now();
      checkpointedStep = step;
      finiteSince = 0;
      const memoryBytes = process.memoryUsage.rss();
      onEvent({
        kind: 'checkpoint',
        step,
        file: paths.checkpoint,
        memoryBytes,
        tensors: tf.memory().numTensors,
      });
    };
    /** A checkpoint from which no step was a number is no good one: the one before it takes its place. */
    const diverged = async (): Promise<AppError> => {
      const good =
        finiteSince > 0 || checkpointedStep === 0 ? null : await revertCheckpoint(paths.checkpoint);
      const kept = good === null ? checkpointedStep : Number(good.state['step']);
      return divergence(stepper.counters.step, kept, paths.checkpoint);
    };
    const change = async (next: Partial<Told>): Promise<void> => {
      const isLate = now() - checkpointedAt >= BEFORE_CHANGE_MS;
      if (isLate && checkpointedStep !== stepper.counters.step) await checkpoint();
      settings = { ...settings, ...next };
    };
    const showPreview = async (): Promise<void> => {
      const began = now();
      const made = await preview(stepper.counters.step);
      onEvent({ kind: 'preview', preview: made });
      diagnoser.preview(made).forEach((diagnosis) => onEvent({ kind: 'diagnosis', diagnosis }));
      const ended = now();
      previewDueAt = ended + Math.max(PREVIEW_MS, 9 * (ended - began)); // at most a tenth of the time
    };
    const report = (figures: Figures, measures: Partial<Measures> = {}): void => {
      const { step } = stepper.counters;
      const epoch = Math.min(config.epochs, Math.floor(step / stepsPerEpoch) + 1);
      const standing = { step, steps, epoch, epochs: config.epochs };
      onEvent({ kind: 'progress', ...standing, figures, ...measures, ...pace.at(step, steps) });
      diagnoser.watch({ step, figures }).forEach((diagnosis) => onEvent({ kind: 'diagnosis', diagnosis }));
    };

    if (!canResume) await checkpoint(); // also proves that there is a disk to write to, before hours are spent
    while (stepper.counters.step < steps) {
      if (control.stopped) {
        if (checkpointedStep !== stepper.counters.step) await checkpoint();
        if (watched) await showPreview();
        onEvent({ kind: 'stopped', step: stepper.counters.step, steps, file: paths.checkpoint });
        return { kind: 'stopped', step: stepper.counters.step, checkpoint: paths.checkpoint };
      }
      for (const command of control.take()) {
        if (command.kind === 'learning-rate') {
          await change({ learningRateScale: command.scale });
          stepper.setLearningRateScale(command.scale);
        }
        if (command.kind === 'preview-now') await showPreview();
        if (command.kind === 'only')
          report(await (command.update === null ? stepper.next() : stepper.only(command.update)));
        if (command.kind === 'live') {
          const live = mergeLive(settings.live, command.live);
          if (!isDeepStrictEqual(live, settings.live)) {
            await change({ live });
            await stepper.setLive(live);
            tellSpeed();
          }
        }
        if (control.paused && watched) await showPreview();
      }
      if (control.paused) {
        if (checkpointedStep !== stepper.counters.step) {
          await checkpoint();
          continue; // what was told meanwhile counts
        }
        if (!resting) onEvent({ kind: 'paused', why: control.pausedWhy });
        resting = true;
        const isThereSomebody = watched || control.pausedWhy === ASKED_FOR;
        if (!isThereSomebody) control.tell({ kind: 'resume' });
        else if (control.untaken === 0) await control.changed();
        pace.rested();
        continue;
      }
      if (resting) onEvent({ kind: 'resumed' });
      resting = false;
      const began = now();
      const told = began - reportedAt >= reportMs || stepper.counters.step + 1 === steps;
      const { figures, measures } = told
        ? await stepper.nextMeasured()
        : { figures: await stepper.next(), measures: {} };
      const { step } = stepper.counters;
      if (!Object.values(figures).every(Number.isFinite)) throw await diverged();
      finiteSince++;
      pace.stepped();
      sums.add(figures);

      if (told) {
        reportedAt = began;
        report(figures, measures);
      }
      if (watched && now() >= previewDueAt) await showPreview();
      if (step % stepsPerEpoch === 0) {
        const epoch = step / stepsPerEpoch;
        const means = sums.finish();
        course = [...course, { epoch, ...means }];
        const judged = heldOut === null ? null : await judgeHeldOut(trainable, heldOut);
        const model = watched
          ? await save(() =>
              keepEpoch({ trainable, config, ...shownPart(data), epoch, folder: paths.epochs }),
            )
          : null;
        onEvent({
          kind: 'epoch',
          epoch,
          epochs: config.epochs,
          step,
          training: means,
          heldOut: judged,
          model,
        });
        diagnoser
          .epoch(step, means, judged)
          .forEach((diagnosis) => onEvent({ kind: 'diagnosis', diagnosis }));
      }
      const due =
        step - checkpointedStep >= config.checkpointSteps || now() - checkpointedAt >= CHECKPOINT_MS;
      if (due || step === steps) await checkpoint();
      await nextTurn(control.pace === null ? 0 : 1000 / control.pace - (now() - began)); // lets commands in
    }
    if (watched) await showPreview(); // what is looked at afterwards is the end
    const finished = { trainable, config, data, course, packFolder: paths.pack };
    const metrics = await finishRun({ ...finished, onEvent, now, save });
    const pack = trainable.range === 'points' ? null : paths.pack;
    onEvent({ kind: 'done', pack: pack ?? '', metrics });
    return { kind: 'done', pack, metrics };
  } finally {
    release();
    trainable.dispose();
  }
}

/** Means of an epoch's figures; the ELBO beside its two terms. */
function epochSums(state: { readonly count: number; readonly sums: Figures } = { count: 0, sums: {} }) {
  let { count } = state;
  let sums: Record<string, number> = { ...state.sums };
  return {
    get state() {
      return { count, sums: { ...sums } };
    },
    add(figures: Figures) {
      count++;
      for (const [name, value] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + value;
    },
    finish(): Figures {
      const means = Object.fromEntries(
        Object.entries(sums).map(([name, sum]) => [name, sum / Math.max(1, count)]),
      );
      count = 0;
      sums = {};
      const { reconstruction, kl } = means;
      return reconstruction === undefined || kl === undefined
        ? means
        : { ...means, elbo: reconstruction - kl };
    },
  };
}

function divergence(step: number, kept: number, checkpoint: string): AppError {
  return new AppError({
    code: 'engine/diverged',
    headline: `The training diverged at step ${step}`,
    where: checkpoint,
    cause: `the loss is no longer a number; the checkpoint of step ${kept} is kept`,
    remedy: 'go on from it with a lower learning rate, or start anew with one or with clipped gradients',
  });
}

const nextTurn = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (ms > 0) setTimeout(resolve, ms);
    else setImmediate(resolve);
  });
