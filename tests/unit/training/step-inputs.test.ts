// What an update reads of a batch belongs together: picture, class and labels of the same row.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelsFromNumbers } from '#engine/attributes/label-table';
import { valueSource } from '#engine/training/source';
import { createStepInputs } from '#engine/training/step-inputs';
import type { Update } from '#ml/family';

const COUNT = 12;
const CLOCK = { step: 0, steps: 10, count: 0, learningRateScale: 1 };
const UPDATE: Update = {
  name: 'all',
  due: () => 1,
  inputs: [{ kind: 'x' }, { kind: 'y' }, { kind: 'labels' }],
  figures: [],
  variables: [],
  run: () => tf.tensor1d([]),
};

/** Picture i has the value i / 12, the class i mod 3, and the labels 5 - i and, where i is even, i. */
function source() {
  const values = Float32Array.from({ length: COUNT }, (_, i) => i / COUNT);
  const shape = { height: 1, width: 1, channels: 1, classes: 3, labels: 2 };
  const classes = Uint8Array.from({ length: COUNT }, (_, i) => i % 3);
  const told = Float32Array.from({ length: 2 * COUNT }, (_, at) => {
    const i = Math.floor(at / 2);
    return at % 2 === 0 ? 5 - i : i % 2 === 0 ? i : NaN;
  });
  return {
    ...valueSource(values, shape, classes, ['a', 'b', 'c']),
    labelTable: labelsFromNumbers(['falling', 'even'], told),
  };
}

describe('a batch', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('has picture, class and labels of the same row, each label from 0 to 1, and NaN where there is none', async () => {
    const inputs = createStepInputs(source(), [0, 1], { batchSize: 4, seed: 3 });
    const seen = new Set<number>();
    for (let batch = 0; batch < 3; batch++) {
      const made = await inputs.of(UPDATE, batch, CLOCK);
      const [x, y, labels] = made.map((tensor) => [...tensor.dataSync()]);
      x!.forEach((value, row) => {
        const i = Math.round(COUNT * value);
        seen.add(i);
        expect(y!.slice(3 * row, 3 * row + 3).indexOf(1)).toBe(i % 3);
        expect(labels![2 * row]).toBeCloseTo((COUNT - 1 - i) / (COUNT - 1), 6);
        if (i % 2 === 0) expect(labels![2 * row + 1]).toBeCloseTo(i / (COUNT - 2), 6);
        else expect(labels![2 * row + 1]).toBeNaN();
      });
      tf.dispose(made);
    }
    expect(seen.size).toBe(COUNT);
  });
});
