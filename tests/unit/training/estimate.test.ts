// What a training will cost, measured on a small one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { openTrainingData } from '#engine/training/data';
import { estimate } from '#engine/training/estimate';
import { createTrainable } from '#engine/training/families';
import { judgeHeldOut } from '#engine/training/judge-held-out';
import { subsetSource } from '#engine/training/source';
import { barsConfig, writeBars } from './tiny-data';

let root = '';
let tensorsBefore = 0;
beforeAll(async () => {
  await selectBackend();
  root = await mkdtemp(join(tmpdir(), 'latentscape-estimate-'));
  await writeBars(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

const OPTIONS = { size: null, crop: 'cover', grey: false } as const;
const asked = (memoryLimit: number) => ({
  config: barsConfig(),
  data: { kind: 'path', path: root } as const,
  options: OPTIONS,
  memoryLimit,
});

it('counts the parameters and steps, and measures time and memory', async () => {
  const { parameters, steps, msPerStep, secondsPerEpoch, memoryBytes } = await estimate(asked(1e12));
  const trainable = createTrainable(barsConfig(), { height: 8, width: 8, channels: 1, classes: 2 });
  const weights = Object.values(trainable.networks)
    .flat()
    .reduce((sum, { size }) => sum + size, 0);
  trainable.dispose();
  expect(parameters).toBe(weights);
  expect(steps).toBe(15);
  expect(secondsPerEpoch).toBeCloseTo((5 * msPerStep) / 1000, 9);
  expect(memoryBytes).toBeGreaterThanOrEqual(process.memoryUsage.rss() / 2);
  expect(memoryBytes).toBeLessThan(100e9);
});

it('is refused with what was measured, where that is more than it may take', async () => {
  // what the configuration says is within the limit; what this very process holds is not
  await expect(estimate(asked(210e6))).rejects.toThrow(
    /^This training does not fit into memory: its first steps took .* GB, and it may take 0\.210 GB/,
  );
  await expect(estimate(asked(1e6))).rejects.toThrow(
    'it needs at least 0.200 GB, and it may take 0.00100 GB',
  );
});

it('held-out pictures are judged in parts, each by its weight', async () => {
  const { training } = await openTrainingData({ kind: 'path', path: root }, OPTIONS, 0, []);
  const places = Uint32Array.from({ length: 700 }, (_, i) => i % training.count);
  const seen: number[] = [];
  const trainable = createTrainable(barsConfig(), training.shape);
  const parts = await judgeHeldOut(
    {
      ...trainable,
      judge(x) {
        seen.push(x.shape[0]!);
        return { rows: x.shape[0]!, mean: tf.tidy(() => x.mean().dataSync()[0]!) };
      },
    },
    subsetSource(training, places),
  );
  trainable.dispose();
  expect(seen).toEqual([500, 200]);
  expect(parts!['rows']).toBeCloseTo((500 * 500 + 200 * 200) / 700, 6);
  const pixels = await training.read(places);
  expect(parts!['mean']).toBeCloseTo(pixels.reduce((sum, value) => sum + value, 0) / pixels.length, 5);
});
