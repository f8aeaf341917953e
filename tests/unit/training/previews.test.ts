import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { openTrainingData } from '#engine/training/data';
import { createTrainable } from '#engine/training/families';
import { adaptConfig } from '#engine/training/fit-config';
import { presetOf } from '#engine/training/presets';
import { createPreviewer } from '#engine/training/previews';

const AS_IT_IS = { size: null, crop: 'cover', grey: false } as const;
let tensors = 0;
beforeAll(() => selectBackend());
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensors));

async function preview(preset: string, name: string, size: number) {
  const data = await openTrainingData(
    { kind: 'builtin', name, count: 400, seed: 1, size },
    AS_IT_IS,
    100,
    [],
  );
  const trainable = createTrainable(adaptConfig(presetOf(preset), data.training.shape), data.training.shape);
  try {
    const show = createPreviewer(trainable, data, 1);
    const [first, again] = [await show(3), await show(3)];
    expect(again).toEqual(first); // the latents never change
    return first;
  } finally {
    trainable.dispose();
  }
}

it('of a VAE with two dimensions: samples, pairs, codes with their classes, and the manifold', async () => {
  const made = await preview('vae-quick', 'glyphs', 16);
  expect(made).toMatchObject({
    step: 3,
    samples: { count: 64, width: 16 },
    columns: 8,
    columnNames: [],
    reconstructions: { count: 16 },
    codes: { size: 2 },
    manifold: { count: 144 },
    points: null,
    coverage: { kind: 'classes', agreement: null },
  });
  expect(made.codes!.mu.length).toBe(200);
  expect(made.codes!.labels!.length).toBe(100);
});

it('of a conditional model: a column for each class, a row for each latent', async () => {
  const made = await preview('cgan-quick', 'glyphs', 16);
  expect(made).toMatchObject({ samples: { count: 60 }, columns: 10, codes: null, manifold: null });
  expect(made.columnNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(made.coverage!.agreement).not.toBeNull();
  const found = await preview('infogan-quick', 'glyphs', 16);
  expect(found.columnNames.slice(0, 2)).toEqual(['#1', '#2']); // categories that it finds are no digits
  expect(found.coverage!.agreement).toBeNull();
  const few = await preview('cgan-quick', 'sprite-colours', 16);
  expect(few).toMatchObject({ samples: { count: 64, width: 32, height: 16 }, columns: 4 });
  expect(few.columnNames).toEqual(['red', 'green', 'blue', 'yellow']);
});

it('of points: the points, and how many modes they cover', async () => {
  const made = await preview('gan-points', 'ring-8', 1);
  expect(made).toMatchObject({ samples: null, coverage: { kind: 'modes' }, spread: null });
  expect(made.points!.length).toBe(2000);
});
