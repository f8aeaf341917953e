// A small network that tells what is in a picture: trained on pictures whose class and factors are known, it reads them off pictures that
// a generator made. Its last layer but one, 64 numbers wide, is the ground on which two sets of pictures are compared.
import * as tf from '@tensorflow/tfjs';
import { ADAM_DEFAULTS, adamStep, correctedStepSize, createAdamState, disposeAdamState } from '#ml/adam';
import { mixSeed, shuffledIndices } from '#shared/random';
import type { Source } from '../training/source';
import { traceStep } from '../traced-step/traced-step';
import { factorOf, type FactoredSource } from './procedural/factored-source';
import { frechetDistance } from './frechet';
import { disposeLayersModel } from '../tf-network';

export const FEATURES = 64;

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
}

export const JUDGE_DEFAULTS = { steps: 2000, batchSize: 128, learningRate: 3e-3, seed: 1 } as const;

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

/** Mean and standard deviation of a factor: the network works in standard units. */
export interface FactorScale {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
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
const FLOOR_COUNT = 2000;

/** `test` is held out: its first half and its second half also give the real-against-real floor. */
export async function trainJudge(
  train: Source | FactoredSource,
  test: Source | FactoredSource,
  recipe: JudgeRecipe,
  now: () => number = () => performance.now(),
): Promise<Judge> {
  const start = now();
  const { targets, steps, batchSize, learningRate, seed } = recipe;
  const classes = targets.classes ? train.shape.classes : 0;
  const scales = targets.factors.map((name) => scaleOf(name, columnOf(train, name)));
  const answers = targetsOf(train, classes, scales);
  const network = createNetwork(train.shape, classes + scales.length, seed);
  const variables = network.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const adam = createAdamState(variables);

  const stepOf = ([x, y, stepSize]: readonly tf.Tensor[]): tf.Tensor =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => lossOf(network.apply(x!) as tf.Tensor2D, y as tf.Tensor2D, classes),
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
      tf.tensor(await train.read(indices), [indices.length, height, width, channels]),
      tf.tensor(rows, [indices.length, answers.width]),
      tf.scalar(correctedStepSize(ADAM_DEFAULTS, rate, step + 1)),
    ];
  };

  const traced = await traceStep({
    step: stepOf,
    variables: [...variables, ...adam.m, ...adam.v],
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

/** Halves the side by strided convolutions until 4 pixels are left: places stay readable, which pooling would blur. */
function createNetwork(shape: Source['shape'], outputs: number, seed: number): tf.LayersModel {
  let layer = 0;
  const start = () => tf.initializers.heNormal({ seed: mixSeed(seed, layer++) });
  const { height, width, channels } = shape;
  const network = tf.sequential();
  let side = Math.min(height, width);
  for (let filters = 24; side > 4 || layer === 0; filters = Math.min(64, 2 * filters)) {
    network.add(
      tf.layers.conv2d({
        name: `conv${layer + 1}`,
        filters,
        kernelSize: layer === 0 ? 4 : 3,
        strides: 2,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: start(),
        ...(layer === 1 ? { inputShape: [height, width, channels] } : {}),
      }),
    );
    side = Math.ceil(side / 2);
  }
  network.add(tf.layers.flatten({ name: 'flat' }));
  const dense = { units: FEATURES, activation: 'relu' as const, kernelInitializer: start() };
  network.add(tf.layers.dense({ name: 'features', ...dense }));
  network.add(tf.layers.dense({ name: 'answers', units: outputs, kernelInitializer: start() }));
  return network;
}

/** Cross-entropy of the classes plus the squared error of each factor, in standard units. */
function lossOf(output: tf.Tensor2D, target: tf.Tensor2D, classes: number): tf.Scalar {
  const factors = output.shape[1] - classes;
  const parts: tf.Scalar[] = [];
  if (classes > 0) {
    const [logits, truth] = [
      tf.slice(output, [0, 0], [-1, classes]),
      tf.slice(target, [0, 0], [-1, classes]),
    ];
    parts.push(tf.neg(tf.mean(tf.sum(tf.mul(truth, tf.logSoftmax(logits)), 1))) as tf.Scalar);
  }
  if (factors > 0) {
    const error = tf.sub(
      tf.slice(output, [0, classes], [-1, factors]),
      tf.slice(target, [0, classes], [-1, factors]),
    );
    parts.push(tf.mean(tf.sum(tf.square(error), 1)) as tf.Scalar);
  }
  return tf.addN(parts) as tf.Scalar;
}

/**
 * Scales the features so that their variances on real pictures sum to 64: one on average, so that distances of different judges are of
 * one size. A ReLU passes positive factors through, so the next layer takes the scale back and every answer stays as it was.
 */
async function standardise(judge: Judge, train: Source): Promise<void> {
  const count = Math.min(train.count, FLOOR_COUNT);
  const features = judge.features(await train.read(shuffledIndices(0, train.count).subarray(0, count)));
  const variance = totalVariance(features);
  if (variance <= 0) return;
  const scale = Math.sqrt(FEATURES / variance);
  tf.tidy(() => {
    const [features, answers] = ['features', 'answers'].map((name) => judge.network.getLayer(name));
    features!.setWeights(features!.getWeights().map((weight) => tf.mul(weight, scale)));
    const [kernel, bias] = answers!.getWeights();
    answers!.setWeights([tf.div(kernel!, scale), bias!.clone()]);
  });
}

function totalVariance(features: Float32Array): number {
  const count = features.length / FEATURES;
  let total = 0;
  for (let i = 0; i < FEATURES; i++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < count; row++) {
      const value = features[row * FEATURES + i]!;
      sum += value;
      squares += value * value;
    }
    total += squares / count - (sum / count) ** 2;
  }
  return total;
}

async function reportOn(judge: Judge, test: Source): Promise<JudgeReport> {
  const everything = Uint32Array.from({ length: test.count }, (_, i) => i);
  const { classes, factors, features } = judge.read(await test.read(everything));
  const right = classes.reduce((sum, label, i) => sum + Number(label === test.labels?.[i]), 0);
  const floorCount = Math.min(FLOOR_COUNT, Math.floor(test.count / 2));
  // In random order: a source may lay its classes out one after another.
  const order = shuffledIndices(1, test.count);
  const part = (from: number): Float32Array => {
    const rows = new Float32Array(floorCount * FEATURES);
    for (let i = 0; i < floorCount; i++) {
      const index = order[from + i]!;
      rows.set(features.subarray(index * FEATURES, (index + 1) * FEATURES), i * FEATURES);
    }
    return rows;
  };
  return {
    accuracy: judge.classes === 0 ? null : right / test.count,
    r2: Object.fromEntries(
      Object.entries(factors).map(([name, values]) => [name, explained(values, columnOf(test, name))]),
    ),
    floor: frechetDistance(part(0), part(floorCount), FEATURES),
    floorCount,
    seconds: 0,
  };
}

/** R^2 = 1 - (squared error) / (variance). */
function explained(guess: Float32Array, truth: Float32Array): number {
  const { mean } = scaleOf('', truth);
  let [error, variance] = [0, 0];
  truth.forEach((value, i) => {
    error += (value - guess[i]!) ** 2;
    variance += (value - mean) ** 2;
  });
  return 1 - error / variance;
}

function scaleOf(name: string, values: Float32Array): FactorScale {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { name, mean, sd: Math.sqrt(variance) || 1 };
}

function columnOf(source: Source | FactoredSource, name: string): Float32Array {
  if (!('factors' in source)) throw new Error(`the pictures have no factor ${name}`);
  return factorOf(source.factors, name);
}

/** One-hot classes, then the factors in standard units. // [count, width] */
function targetsOf(source: Source | FactoredSource, classes: number, scales: readonly FactorScale[]) {
  const width = classes + scales.length;
  const values = new Float32Array(source.count * width);
  if (classes > 0)
    source.labels?.forEach((label, row) => {
      values[row * width + label] = 1;
    });
  scales.forEach(({ name, mean, sd }, i) =>
    columnOf(source, name).forEach((value, row) => {
      values[row * width + classes + i] = (value - mean) / sd;
    }),
  );
  return { values, width };
}

function answersOf(outputs: Float32Array, classes: number, scales: readonly FactorScale[]) {
  const width = classes + scales.length;
  const count = outputs.length / width;
  const probabilities = new Float32Array(count * classes);
  const labels = new Uint8Array(classes === 0 ? 0 : count);
  for (let row = 0; row < labels.length; row++) {
    const logits = outputs.subarray(row * width, row * width + classes);
    const top = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - top));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    probabilities.set(
      weights.map((weight) => weight / sum),
      row * classes,
    );
    labels[row] = logits.indexOf(top);
  }
  const factors = Object.fromEntries(
    scales.map(({ name, mean, sd }, i) => [
      name,
      Float32Array.from({ length: count }, (_, row) => mean + sd * outputs[row * width + classes + i]!),
    ]),
  );
  return { classes: labels, probabilities, factors };
}
