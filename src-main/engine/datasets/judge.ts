// A small network that tells what is in a picture: trained on pictures whose class and factors are known, it reads them off pictures that
// a generator made. Its last layer but one, 64 numbers wide, is the ground on which two sets of pictures are compared.
import * as tf from '@tensorflow/tfjs';
import { ADAM_DEFAULTS, adamStep, correctedStepSize, createAdamState, disposeAdamState } from '#ml/adam';
import { everyWeightOf } from '#ml/player';
import { mixSeed, shuffledIndices } from '#shared/random';
import type { Augmentation } from '#shared/training';
import type { Source } from '../training/source';
import { augmentedSource } from './augmented-source';
import { traceStep } from '../traced-step/traced-step';
import type { FactoredSource } from './procedural/factored-source';
import { frechetDistance } from './frechet';
import {
  answersOf,
  columnOf,
  createNetwork,
  FEATURES,
  lossOf,
  scaleOf,
  targetsOf,
  type FactorScale,
  type JudgeBody,
} from './judge-network';
import { reportOn, standardise } from './judge-report';
import { disposeLayersModel } from '../tf-network';

export interface JudgeTargets {
  /** Tell the classes of the source apart. */
  readonly classes: boolean;
  /** Read these factors; the source must have them. */
  readonly factors: readonly string[];
}

export interface JudgeRecipe {
  readonly targets: JudgeTargets;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** `plain` where it is not said. */
  readonly body?: JudgeBody;
  /** How its pictures differ from epoch to epoch; not at all where it is not said. */
  readonly augmentation?: Augmentation;
}

export const JUDGE_DEFAULTS = { steps: 2000, batchSize: 128, learningRate: 3e-3, seed: 1 } as const;

export { FEATURES } from './judge-network';

/** How well the judge reads pictures that it has not seen. */
export interface JudgeReport {
  /** Share of classes that are right; null where there are none. */
  readonly accuracy: number | null;
  /** Share of each factor's variance that it explains. */
  readonly r2: Readonly<Record<string, number>>;
  /** Frechet distance between two sets of real pictures, and how many pictures each set had: nothing can be expected below. */
  readonly floor: number;
  readonly floorCount: number;
  readonly seconds: number;
}

/** What the judge sees in pictures. */
export interface Reading {
  readonly classes: Uint8Array; // [n]; empty without classes
  readonly probabilities: Float32Array; // [n, classes]
  readonly factors: Readonly<Record<string, Float32Array>>; // each [n]
  readonly features: Float32Array; // [n, 64]
}

export interface Judge {
  readonly report: JudgeReport;
  readonly network: tf.LayersModel;
  readonly classes: number;
  readonly scales: readonly FactorScale[];
  /** // pictures [n, height, width, channels] in [0, 1] */
  readonly read: (pictures: Float32Array) => Reading;
  readonly features: (pictures: Float32Array) => Float32Array; // [n, 64]
  readonly dispose: () => void;
}

const READ_BATCH = 256;

/** `test` is held out: its first half and its second half also give the real-against-real floor. */
export async function trainJudge(
  train: Source | FactoredSource,
  test: Source | FactoredSource,
  recipe: JudgeRecipe,
  now: () => number = () => performance.now(),
): Promise<Judge> {
  const start = now();
  const { targets, steps, batchSize, learningRate, seed, body, augmentation } = recipe;
  const classes = targets.classes ? train.shape.classes : 0;
  const scales = targets.factors.map((name) => scaleOf(name, columnOf(train, name)));
  const answers = targetsOf(train, classes, scales);
  const network = createNetwork(train.shape, classes + scales.length, seed, body);
  const variables = network.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const adam = createAdamState(variables);
  const pictures = augmentation === undefined ? train : augmentedSource(train, augmentation, seed);

  const stepOf = ([x, y, stepSize]: readonly tf.Tensor[]): tf.Tensor =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => lossOf(network.apply(x!, { training: true }) as tf.Tensor2D, y as tf.Tensor2D, classes),
        variables,
      );
      const gradients = variables.map((variable) => grads[variable.name]!);
      adamStep(ADAM_DEFAULTS, adam, variables, gradients, stepSize as tf.Scalar);
      return tf.reshape(value, [1]);
    });

  const { height, width, channels } = train.shape;
  const perEpoch = Math.max(1, Math.floor(train.count / batchSize));
  let order = { epoch: -1, indices: new Uint32Array() };
  const inputsOf = async (step: number): Promise<tf.Tensor[]> => {
    const epoch = Math.floor(step / perEpoch);
    if (order.epoch !== epoch) order = { epoch, indices: shuffledIndices(mixSeed(seed, epoch), train.count) };
    const from = (step % perEpoch) * batchSize;
    const indices = order.indices.subarray(from, from + batchSize);
    const rows = new Float32Array(indices.length * answers.width);
    indices.forEach((index, row) => {
      rows.set(
        answers.values.subarray(index * answers.width, (index + 1) * answers.width),
        row * answers.width,
      );
    });
    const rate = 0.5 * learningRate * (1 + Math.cos((Math.PI * step) / steps));
    return [
      tf.tensor(await pictures.read(indices, epoch), [indices.length, height, width, channels]),
      tf.tensor(rows, [indices.length, answers.width]),
      tf.scalar(correctedStepSize(ADAM_DEFAULTS, rate, step + 1)),
    ];
  };

  const traced = await traceStep({
    step: stepOf,
    variables: [...everyWeightOf(network), ...adam.m, ...adam.v],
    inputsOf,
    stepsLeft: steps,
  });
  for (let step = 0; step < steps; step++) {
    const inputs = await inputsOf(step);
    tf.dispose([traced.run(inputs), ...inputs]);
  }
  traced.dispose();
  disposeAdamState(adam);
  const unscaled = judgeOf(network, classes, scales, NO_REPORT);
  await standardise(unscaled, train);
  const report = await reportOn(unscaled, test);
  return judgeOf(network, classes, scales, { ...report, seconds: (now() - start) / 1000 });
}

const NO_REPORT: JudgeReport = { accuracy: null, r2: {}, floor: 0, floorCount: 0, seconds: 0 };

/** A judge from its trained network; it owns the network. */
export function judgeOf(
  network: tf.LayersModel,
  classes: number,
  scales: readonly FactorScale[],
  report: JudgeReport,
): Judge {
  const [, height, width, channels] = network.inputs[0]!.shape as [null, number, number, number];
  const stride = height * width * channels;
  const read = (pictures: Float32Array): Reading => {
    const count = pictures.length / stride;
    const features = new Float32Array(count * FEATURES);
    const outputs = new Float32Array(count * (classes + scales.length));
    for (let from = 0; from < count; from += READ_BATCH) {
      const to = Math.min(count, from + READ_BATCH);
      const [hidden, output] = tf.tidy(() => {
        const x = tf.tensor(pictures.slice(from * stride, to * stride), [to - from, height, width, channels]);
        const layers = network.layers.slice(0, -1);
        const before = layers.reduce<tf.Tensor>((value, layer) => layer.apply(value) as tf.Tensor, x);
        return [before, network.layers.at(-1)!.apply(before) as tf.Tensor] as const;
      });
      features.set(hidden.dataSync(), from * FEATURES);
      outputs.set(output.dataSync(), from * (classes + scales.length));
      tf.dispose([hidden, output]);
    }
    return { features, ...answersOf(outputs, classes, scales) };
  };
  return {
    report,
    network,
    classes,
    scales,
    read,
    features: (pictures) => read(pictures).features,
    dispose: () => disposeLayersModel(network),
  };
}

/** Frechet distance on the judge's features. // each [n, height, width, channels] in [0, 1] */
export const judgedDistance = (judge: Judge, a: Float32Array, b: Float32Array): number =>
  frechetDistance(judge.features(a), judge.features(b), FEATURES);
