// The recorded step beside the eager one, on the native engine where there is one (skipped aloud elsewhere).
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readNativeRecord } from '#engine/backends/native-record';
import { selectBackend } from '#engine/backends/select';
import { traceStep, type Step } from '#engine/traced-step/traced-step';
import { ADAM_DEFAULTS, createAdamState, disposeAdamState } from '#ml/adam';
import { createVae, disposeVae, trainableVariables, type VaeConfig } from '#ml/vae';
import { vaeStep } from '../ml/vae-step';

const native = readNativeRecord().state === 'native' && process.env.LATENTSCAPE_BACKEND !== 'wasm';
const CONFIG: VaeConfig = {
  height: 8,
  width: 8,
  channels: 1,
  latentSize: 2,
  encoder: { kind: 'conv', filters: [4], units: [8] },
  decoder: { kind: 'conv', filters: [4], units: [8] },
  activation: 'swish',
  likelihood: { kind: 'bernoulli' },
};
const BATCH = 4;

function vaeCase() {
  const vae = createVae(CONFIG, 1);
  const weights = trainableVariables(vae);
  const adam = createAdamState(weights);
  const step: Step = ([x, noise, beta, stepSize]) =>
    vaeStep(vae, ADAM_DEFAULTS, adam, {
      x: x as tf.Tensor4D,
      noise: noise as tf.Tensor2D,
      beta: beta as tf.Scalar,
      stepSize: stepSize as tf.Scalar,
    });
  const inputsOf = (trial: number): tf.Tensor[] => [
    tf.randomUniform([BATCH, 8, 8, 1], 0, 1, 'float32', trial + 1),
    tf.randomNormal([BATCH, 2], 0, 1, 'float32', trial + 1),
    tf.scalar(1),
    tf.scalar(1e-2 / (trial + 1)),
  ];
  const dispose = (): void => {
    disposeAdamState(adam);
    disposeVae(vae);
  };
  return { step, variables: [...weights, ...adam.m, ...adam.v], inputsOf, dispose };
}

const values = (variables: readonly tf.Variable[]): readonly number[] =>
  variables.flatMap((variable) => [...variable.dataSync()]);

describe.skipIf(!native)('a traced step (needs the native engine)', () => {
  let tensors = 0;
  beforeAll(async () => {
    await selectBackend({ prefer: 'tensorflow' });
    tensors = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

  it('leaves the variables as they were, then follows the eager step', async () => {
    const one = vaeCase();
    const two = vaeCase();
    const start = values(one.variables);
    const traced = await traceStep(one);
    expect(traced.mode).toBe('traced');
    expect(values(one.variables)).toEqual(start);
    for (let i = 0; i < 30; i++) {
      for (const [run, { inputsOf }] of [
        [traced.run, one],
        [two.step, two],
      ] as const) {
        const inputs = inputsOf(i);
        tf.dispose([run(inputs), ...inputs]);
      }
    }
    const eager = values(two.variables);
    values(one.variables).forEach((value, i) => expect(Math.abs(value - eager[i]!)).toBeLessThan(1e-4));
    expect(values(one.variables)).not.toEqual(start);
    traced.dispose();
    one.dispose();
    two.dispose();
  });

  it('is not trusted where the step has a number of its own that changes', async () => {
    const variable = tf.tidy(() => tf.variable(tf.scalar(1)));
    let calls = 0;
    const step: Step = ([x]) =>
      tf.tidy(() => {
        calls++; // made by JavaScript: frozen in the recording
        variable.assign(tf.mul(variable, tf.add(x!, calls)));
        return tf.reshape(tf.log(tf.abs(variable)), [1]);
      });
    const traced = await traceStep({ step, variables: [variable], inputsOf: () => [tf.scalar(0.5)] });
    expect(traced.mode).toBe('eager');
    expect(traced.why).toMatch(/differed/);
    expect(variable.dataSync()[0]).toBe(1);
    variable.dispose();
  });

  it('tells variables apart that were set from each other, and leaves alone what is only read', async () => {
    const [moved, average, rate] = [1, 0, 2].map((start) => tf.tidy(() => tf.variable(tf.scalar(start))));
    average!.assign(moved!); // they share their memory now
    const step: Step = ([x]) =>
      tf.tidy(() => {
        moved!.assign(tf.add(moved!, tf.mul(x!, rate!)));
        average!.assign(tf.add(tf.mul(average!, 0.5), tf.mul(moved!, 0.5)));
        return tf.reshape(average!, [1]);
      });
    const variables = [moved!, average!, rate!];
    const traced = await traceStep({ step, variables, inputsOf: () => [tf.scalar(1)] });
    expect(traced.why).toMatch(/agreed/);
    const x = tf.scalar(1);
    for (let i = 0; i < 2; i++) traced.run([x]).dispose();
    expect(variables.map((variable) => variable.dataSync()[0])).toEqual([5, 3.5, 2]);
    traced.dispose();
    tf.dispose([x, ...variables]);
  });

  it('says why a step cannot be recorded', async () => {
    const variable = tf.tidy(() => tf.variable(tf.scalar(1)));
    const step: Step = () => tf.tensor1d([1]); // nothing that TensorFlow computes
    const traced = await traceStep({ step, variables: [variable], inputsOf: () => [] });
    expect(traced.mode).toBe('eager');
    expect(traced.why).toMatch(/could not be recorded/);
    variable.dispose();
  });

  it('leaks nothing over a thousand steps', async () => {
    const one = vaeCase();
    const traced = await traceStep(one);
    const inputs = one.inputsOf(0);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 1000; i++) traced.run(inputs).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...inputs]);
    traced.dispose();
    one.dispose();
  });
});

describe('without a native engine', () => {
  it('steps stay eager, and it is said', async () => {
    await tf.setBackend('cpu');
    const traced = await traceStep({ step: () => tf.scalar(0), variables: [], inputsOf: () => [] });
    expect([traced.mode, traced.why]).toEqual(['eager', expect.stringMatching(/no native TensorFlow/)]);
  });
});
