// How good a judge is: what it says of pictures that it has not seen, and how far two sets of real pictures lie apart on its features.
import * as tf from '@tensorflow/tfjs';
import { shuffledIndices } from '#shared/random';
import type { Source } from '../training/source';
import { frechetDistance } from './frechet';
import type { Judge, JudgeReport } from './judge';
import { columnOf, FEATURES, scaleOf } from './judge-network';

const FLOOR_COUNT = 2000;

/**
 * Scales the features so that their variances on real pictures sum to 64: one on average, so that distances of different judges are of
 * one size. A ReLU passes positive factors through, so the next layer takes the scale back and every answer stays as it was.
 */
export async function standardise(judge: Judge, train: Source): Promise<void> {
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

export async function reportOn(judge: Judge, test: Source): Promise<JudgeReport> {
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
