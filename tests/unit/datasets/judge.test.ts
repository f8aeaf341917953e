import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededNormal } from '#shared/random';
import { frechetDistance, frechetOfMoments, momentsOf } from '#engine/datasets/frechet';
import { judgedDistance, JUDGE_DEFAULTS } from '#engine/datasets/judge';
import { FEATURES } from '#engine/datasets/judge-network';
import { keptJudge } from '#engine/datasets/kept-judges';
import { glyphSource } from '#engine/datasets/procedural/glyphs';
import { symmetricEigen } from '#ml/symmetric-eigen';

describe('eigenvalues of a symmetric matrix', () => {
  it('give the matrix back', () => {
    const n = 12;
    const noise = seededNormal(1, n * n);
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return noise[i * n + j]! + noise[j * n + i]!;
    });
    const { values, vectors } = symmetricEigen(matrix, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let [sum, dot] = [0, 0];
        for (let k = 0; k < n; k++) {
          sum += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
          dot += vectors[k * n + i]! * vectors[k * n + j]!;
        }
        expect(sum).toBeCloseTo(matrix[i * n + j]!, 10);
        expect(dot).toBeCloseTo(Number(i === j), 10);
      }
    }
  });

  it('finds those of a matrix that is known: 2 -1 over 5 points', () => {
    const n = 5;
    const matrix = Float64Array.from({ length: 25 }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const found = [...symmetricEigen(matrix, n).values].sort((a, b) => a - b);
    found.forEach((value, k) => expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / 6), 12));
  });
});

describe('the Frechet distance', () => {
  const width = 6;
  const features = seededNormal(4, 500 * width);

  it('is 0 from a set to itself', () => {
    expect(frechetDistance(features, features, width)).toBeLessThan(1e-9);
  });

  it('is |m|^2 between a set and the same set moved by m', () => {
    const move = [3, 0, -1, 0.5, 0, 2];
    const moved = features.map((value, i) => value + move[i % width]!);
    const square = move.reduce((sum, value) => sum + value * value, 0);
    expect(frechetDistance(features, moved, width)).toBeCloseTo(square, 4);
  });

  it('is (s - 1)^2 tr C between a set and the same set stretched by s', () => {
    const { mean, covariance } = momentsOf(features, width);
    const still = { mean: new Float64Array(width), covariance };
    const stretched = { mean: new Float64Array(width), covariance: covariance.map((value) => 9 * value) };
    const trace = mean.reduce((sum, _, i) => sum + covariance[i * width + i]!, 0);
    expect(frechetOfMoments(still, stretched)).toBeCloseTo(4 * trace, 8);
  });

  it('is the same both ways, and holds where a feature never moves', () => {
    const dead = features.map((value, i) => (i % width === 2 ? 0 : 2 * value));
    const there = frechetDistance(features, dead, width);
    expect(there).toBeGreaterThan(1);
    expect(frechetDistance(dead, features, width)).toBeCloseTo(there, 6);
    expect(frechetDistance(dead, dead, width)).toBeLessThan(1e-9);
  });
});

describe('a judge', () => {
  let cache = '';
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'latentscape-judge-'));
  });
  afterAll(() => rm(cache, { recursive: true, force: true }));

  const glyphs = (count: number, seed: number) => glyphSource({ size: 16, count, seed, classes: [0, 1, 7] });
  const [train, test] = [glyphs(600, 1), glyphs(300, 2)];

  it('learns to tell digits, is kept, and gives the same answers when it is read again', async () => {
    const recipe = { ...JUDGE_DEFAULTS, steps: 100, targets: { classes: true, factors: ['slant'] } };
    const before = tf.memory().numTensors;
    const judge = await keptJudge(train, test, recipe, cache);
    expect(judge.report.accuracy).toBeGreaterThan(0.97);
    expect(judge.report.r2['slant']).toBeGreaterThan(0.5);
    const pictures = await test.read(Uint32Array.from({ length: 100 }, (_, i) => i));
    const reading = judge.read(pictures);
    expect(reading.features.length).toBe(100 * FEATURES);
    expect(reading.probabilities.subarray(0, 3).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(judgedDistance(judge, pictures, pictures)).toBeLessThan(1e-6);
    const noise = pictures.map((value, i) => (i % 3 === 0 ? 1 - value : value));
    expect(judgedDistance(judge, pictures, noise)).toBeGreaterThan(10 * judge.report.floor);
    judge.dispose();
    expect(await readdir(join(cache, 'judges'))).toHaveLength(2);

    const again = await keptJudge(train, test, recipe, cache);
    expect(again.report).toEqual(judge.report);
    expect(again.read(pictures)).toEqual(reading);
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it(
    'with batch norm reads a picture the same way alone and among others, now and when it is read again',
    { timeout: 60_000 },
    async () => {
      const recipe = {
        ...{ ...JUDGE_DEFAULTS, steps: 100, targets: { classes: true, factors: [] } },
        ...({ body: 'normed', augmentation: { mirror: false, shift: 1, brightness: 0 } } as const),
      };
      const before = tf.memory().numTensors;
      const judge = await keptJudge(train, test, recipe, cache);
      expect(judge.report.accuracy).toBeGreaterThan(0.97);
      const pictures = await test.read(Uint32Array.from({ length: 100 }, (_, i) => i));
      const reading = judge.read(pictures);
      const alone = judge.features(pictures.slice(0, 16 * 16));
      alone.forEach((value, i) => expect(value).toBeCloseTo(reading.features[i]!, 3));
      judge.dispose();
      const again = await keptJudge(train, test, recipe, cache);
      expect(again.read(pictures)).toEqual(reading);
      again.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('sees other pictures where they are moved about', async () => {
    const recipe = { ...JUDGE_DEFAULTS, steps: 20, targets: { classes: true, factors: [] } };
    const moved = { ...recipe, augmentation: { mirror: false, shift: 2, brightness: 0 } };
    const [still, shaken] = [
      await keptJudge(train, test, recipe, cache),
      await keptJudge(train, test, moved, cache),
    ];
    const pictures = await test.read([0]);
    expect(still.features(pictures)).not.toEqual(shaken.features(pictures));
    still.dispose();
    shaken.dispose();
  });
});
