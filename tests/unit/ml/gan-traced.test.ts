// Every update of the GAN, recorded and replayed, beside the same update run eagerly (skipped aloud without the native engine).
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNativeRecord } from '#engine/backends/native-record';
import { selectBackend } from '#engine/backends/select';
import { valueSource } from '#engine/training/source';
import { createStepper } from '#engine/training/stepper';
import { seededNormal } from '#shared/random';
import { gan, NO_PENALTY, type GanConfig } from '#ml/gan';
import { GAN_LOSSES } from '#ml/gan-losses';

const native = readNativeRecord().state === 'native' && process.env.LATENTSCAPE_BACKEND !== 'wasm';
const DENSE = { body: { kind: 'dense', units: [8, 8] }, batchNorm: false, learningRate: 1e-3 } as const;
const CONV = { body: { kind: 'conv', width: 4 }, batchNorm: true, learningRate: 1e-3 } as const;
const BASE: GanConfig = {
  latentSize: 2,
  batchSize: 8,
  generator: DENSE,
  discriminator: DENSE,
  schedule: 'linear',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  discriminatorSteps: 1,
  penalty: { r1: 0.1, r2: 0.1, every: 4, form: 'gradient' },
  wassersteinWeight: 10,
  averageDecay: 0,
};
const CASES: readonly (readonly [string, GanConfig])[] = [
  ...GAN_LOSSES.map((loss) => [loss, { ...BASE, loss }] as const),
  ['penalty in the loss', { ...BASE, penalty: { ...BASE.penalty, every: 1 } }],
  [
    'DCGAN with an average',
    { ...BASE, generator: CONV, discriminator: CONV, penalty: NO_PENALTY, averageDecay: 0.99 },
  ],
  [
    'conv with R1',
    { ...BASE, generator: CONV, discriminator: { ...CONV, batchNorm: false }, averageDecay: 0.99 },
  ],
];

describe.skipIf(!native)('the GAN, traced (needs the native engine)', () => {
  let tensors = 0;
  beforeAll(async () => {
    await selectBackend({ prefer: 'tensorflow' });
    tensors = tf.memory().numTensors;
  });
  afterAll(() => expect(tf.memory().numTensors).toBe(tensors));

  it.each(CASES)(
    'follows the eager steps: %s',
    async (_, config) => {
      const size = config.generator.body.kind === 'conv' ? 8 : 1;
      const shape = { height: size, width: size, channels: 2, classes: 0 };
      const source = valueSource(seededNormal(3, 64 * size * size * 2), shape);
      const ends: (readonly number[])[] = [];
      for (const trace of [true, false]) {
        const trainable = gan(config, shape, 1);
        const stepper = await createStepper({ trainable, source, batchSize: 8, steps: 300, seed: 2, trace });
        for (const { update, mode, why } of stepper.speed)
          expect(`${update}: ${mode}`, why).toBe(`${update}: ${trace ? 'traced' : 'eager'}`);
        for (let i = 0; i < 10; i++) await stepper.next();
        ends.push(trainable.variables.flatMap((variable) => [...variable.dataSync()]));
        stepper.dispose();
        trainable.dispose();
      }
      const [traced, eager] = ends as [readonly number[], readonly number[]];
      expect(Math.max(...traced.map((value, i) => Math.abs(value - eager[i]!)))).toBeLessThan(1e-4);
    },
    60_000,
  );
});
