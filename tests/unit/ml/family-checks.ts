// What every family has to hold to, whatever its equations: used by the tests of the families.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { readNativeRecord } from '#engine/backends/native-record';
import { loweredRunner } from '#engine/layers-runner';
import { fromLayersModel } from '#engine/tf-network';
import { labelsFromNumbers } from '#engine/attributes/label-table';
import { valueSource, type Source } from '#engine/training/source';
import { createStepper } from '#engine/training/stepper';
import type { DataShape, Trainable } from '#ml/family';
import { seededRandom } from '#shared/random';
import { runRows } from '../../fixtures/run-rows';

export const native = readNativeRecord().state === 'native' && process.env.LATENTSCAPE_BACKEND !== 'wasm';

export async function useNative(): Promise<void> {
  await selectBackend({ prefer: 'tensorflow' });
  await tf.setBackend('tensorflow');
}

export const valuesOf = (tensors: readonly tf.Tensor[]): readonly number[] =>
  tensors.flatMap((tensor) => [...tensor.dataSync()]);

/** The largest number in the gradient of each variable beside its central difference. */
export function expectGradients(variables: readonly tf.Variable[], loss: () => tf.Scalar, step = 2e-3): void {
  const { grads } = tf.variableGrads(loss, [...variables]);
  for (const variable of variables) {
    const gradient = grads[variable.name]!.dataSync();
    const original = Float32Array.from(variable.dataSync());
    let at = 0;
    gradient.forEach((value: number, i: number) => {
      if (Math.abs(value) > Math.abs(gradient[at]!)) at = i;
    });
    const lossAt = (offset: number): number =>
      tf.tidy(() => {
        const moved = Float32Array.from(original);
        moved[at] = moved[at]! + offset;
        variable.assign(tf.tensor(moved, variable.shape));
        return loss().dataSync()[0]!;
      });
    const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
    variable.assign(tf.tidy(() => tf.tensor(original, variable.shape)));
    const distance = Math.abs(numeric - gradient[at]!);
    expect(distance, `${variable.name} [${at}]: ${gradient[at]} against ${numeric}`).toBeLessThan(
      1e-3 + 2e-2 * Math.abs(numeric),
    );
  }
  tf.dispose(grads);
}

/** Random pictures, each of a random class, and labelled at random; every seventh label is not known. */
export function randomSource(shape: DataShape, count: number): Source {
  const random = seededRandom(21);
  const size = count * shape.height * shape.width * shape.channels;
  const values = Float32Array.from({ length: size }, () => random.uniform());
  const labels = Uint8Array.from({ length: count }, () => random.integer(Math.max(1, shape.classes)));
  const source = valueSource(
    values,
    shape,
    shape.classes > 0 ? labels : null,
    [...Array(shape.classes).keys()].map(String),
  );
  if (shape.labels === undefined) return source;
  const names = Array.from({ length: shape.labels }, (_, column) => `label ${column}`);
  const told = Float32Array.from({ length: count * names.length }, (_, at) =>
    at % 7 === 6 ? NaN : 3 * random.uniform() - 1,
  );
  return { ...source, labelTable: labelsFromNumbers(names, told) };
}

interface Case {
  readonly make: () => Trainable;
  readonly shape: DataShape;
  readonly batchSize: number;
}

/** Steps one way, and half the steps, a copy of all variables into a new one, and the other half: the same numbers. No tensor left. */
export async function expectResumes({ make, shape, batchSize }: Case): Promise<void> {
  const source = randomSource(shape, 3 * batchSize);
  const options = { source, batchSize, steps: 6, seed: 4, trace: false };
  const whole = make();
  const stepper = await createStepper({ ...options, trainable: whole });
  const counts = new Set<number>();
  for (let step = 0; step < 6; step++) {
    const figures = await stepper.next();
    expect(Object.values(figures).every(Number.isFinite), JSON.stringify(figures)).toBe(true);
    counts.add(tf.memory().numTensors);
  }
  expect(counts.size, 'a step leaves tensors').toBe(1);
  const [first, second] = [make(), make()];
  const before = await createStepper({ ...options, trainable: first });
  for (let step = 0; step < 3; step++) await before.next();
  second.variables.forEach((variable, i) => variable.assign(first.variables[i]!));
  const after = await createStepper({ ...options, trainable: second, counters: before.counters });
  for (let step = 3; step < 6; step++) await after.next();
  expect(valuesOf(second.variables)).toEqual(valuesOf(whole.variables));
  for (const each of [stepper, before, after]) each.dispose();
  for (const each of [whole, first, second]) each.dispose();
}

/** Every update recorded, and the recording beside the eager steps. Only where TensorFlow is native. */
export async function expectTracesLikeEager({ make, shape, batchSize }: Case, steps = 10): Promise<void> {
  const source = randomSource(shape, 4 * batchSize);
  const runs = [];
  for (const trace of [true, false]) {
    const trainable = make();
    const stepper = await createStepper({ trainable, source, batchSize, steps: 1000, seed: 4, trace });
    for (let step = 0; step < steps; step++) await stepper.next();
    runs.push({ values: valuesOf(trainable.variables), speed: stepper.speed });
    stepper.dispose();
    trainable.dispose();
  }
  const [traced, eager] = runs;
  for (const { mode, why } of traced!.speed) expect(mode, why).toBe('traced');
  const largest = Math.max(...traced!.values.map((value, i) => Math.abs(value - eager!.values[i]!)));
  expect(largest).toBeLessThan(1e-3);
}

/**
 * What is shown and shipped is the running average of the generator's weights, here computed anew from the weights after each step; the
 * game itself goes on as it does without an average.
 */
export async function expectAveraged(
  make: (averageDecay: number) => Trainable,
  { shape, batchSize }: Omit<Case, 'make'>,
): Promise<void> {
  const decay = 0.3;
  const options = { source: randomSource(shape, 3 * batchSize), batchSize, steps: 6, seed: 4, trace: false };
  const [plain, averaged] = [make(0), make(decay)];
  const count = averaged.variables.length - plain.variables.length;
  const generatorOf = () => valuesOf(plain.variables.slice(0, count));
  let mean = generatorOf();
  const steppers = [];
  for (const trainable of [plain, averaged]) steppers.push(await createStepper({ ...options, trainable }));
  for (let step = 0; step < 6; step++) {
    for (const stepper of steppers) await stepper.next();
    const share = Math.min(decay, (1 + step) / (10 + step)); // .1, .18, .25, then .3
    const now = generatorOf();
    mean = mean.map((value, i) => share * value + (1 - share) * now[i]!);
  }
  expect(valuesOf(averaged.variables.slice(0, -count))).toEqual(valuesOf(plain.variables));
  const kept = valuesOf(averaged.variables.slice(-count));
  expect(kept).not.toEqual(generatorOf());
  mean.forEach((value, i) => expect(kept[i]).toBeCloseTo(value, 5));
  const { generator } = averaged.products();
  const [shipped, shown] = [generator.trainableWeights, averaged.variables.slice(-count)].map((list) =>
    list.map((each) => [...('read' in each ? each.read() : each).dataSync()].join()),
  );
  expect(shipped!.length).toBeGreaterThan(0);
  for (const weight of shipped!) expect(shown).toContain(weight);
  const size = averaged.latent.size + averaged.classes;
  const z = tf.randomNormal<tf.Rank.R2>([40, size], 0, 1, 'float32', 8);
  const drawn = [plain, averaged].map((trainable) => trainable.generate(z));
  const [trained, smooth] = drawn.map((tensor) => valuesOf([tensor]));
  expect(smooth).not.toEqual(trained);
  tf.dispose([z, ...drawn]);
  for (const each of [...steppers, plain, averaged, generator]) each.dispose();
}

/** What ships takes one vector, outlives its family, draws one picture as it draws five, and draws the same lowered to ONNX. */
export async function expectShips(family: Trainable, inputSize: number, codeSize?: number): Promise<void> {
  const { generator, encoder } = family.products();
  expect(generator.inputs[0]!.shape).toEqual([null, inputSize]);
  expect(encoder?.outputs[0]!.shape[1]).toBe(codeSize);
  family.dispose();
  const z = tf.tidy(() => tf.randomUniform([5, inputSize], -1, 1, 'float32', 3).dataSync());
  const drawn = tf.tidy(() => (generator.predict(tf.tensor2d(z, [5, inputSize])) as tf.Tensor).dataSync());
  const alone = tf.tidy(() =>
    (generator.predict(tf.tensor2d(z.slice(0, inputSize), [1, inputSize])) as tf.Tensor).dataSync(),
  );
  alone.forEach((value: number, i: number) => expect(value).toBeCloseTo(drawn[i]!, 5));
  await expectLowered(generator, Float32Array.from(z), drawn);
  if (encoder !== undefined) {
    const shape = [5, ...encoder.inputs[0]!.shape.slice(1)] as number[];
    const codes = tf.tidy(() => (encoder.predict(tf.tensor(drawn, shape)) as tf.Tensor).dataSync());
    await expectLowered(encoder, Float32Array.from(drawn), codes);
  }
  generator.dispose();
  encoder?.dispose();
}

async function expectLowered(
  network: tf.LayersModel,
  input: Float32Array,
  expected: ArrayLike<number>,
): Promise<void> {
  const runner = await loweredRunner(fromLayersModel(network), { threads: 1 });
  const [actual] = await runRows(runner, input, 5);
  await runner.dispose();
  expect(actual!.length).toBe(expected.length);
  actual!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
}
