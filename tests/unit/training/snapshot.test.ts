import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { manifestParts } from '#engine/training/snapshot';
import { createTrainable } from '#engine/training/families';
import { adaptConfig } from '#engine/training/fit-config';
import { presetOf } from '#engine/training/presets';

const SHAPE = { height: 16, width: 16, channels: 1, classes: 2 };

beforeAll(() => tf.setBackend('cpu'));

function conditionOf(preset: string) {
  const trainable = createTrainable(adaptConfig(presetOf(preset), SHAPE), SHAPE);
  try {
    return manifestParts(trainable, SHAPE, ['shirt', 'shoe'], false).condition;
  } finally {
    trainable.dispose();
  }
}

it('names the classes of a conditional model as the data does', () => {
  expect(conditionOf('cgan-quick')).toEqual({ kind: 'class', size: 2, names: ['shirt', 'shoe'] });
});

it('numbers the categories that a model finds by itself', () => {
  const condition = conditionOf('infogan-quick');
  expect(condition?.size).toBe(10);
  expect(condition?.names).toEqual(['#1', '#2', '#3', '#4', '#5', '#6', '#7', '#8', '#9', '#10']);
});
