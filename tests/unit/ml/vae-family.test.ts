import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelsFromNumbers } from '#engine/attributes/label-table';
import { valueSource } from '#engine/training/source';
import { createStepper } from '#engine/training/stepper';
import { ADAM_DEFAULTS, correctedStepSize, createAdamState, disposeAdamState } from '#ml/adam';
import type { Trainable } from '#ml/family';
import { initialSeed, stepNoise } from '#ml/random';
import {
  buildLabelReader,
  createVae,
  disposeVae,
  elboParts,
  labelLogLikelihood,
  trainableVariables,
  vaeLoss,
  type VaeConfig,
} from '#ml/vae';
import { freeBitsLoss, vae, type VaeTraining } from '#ml/vae-family';
import { seededRandom } from '#shared/random';
import { vaeStep } from './vae-step';
import {
  expectGradients,
  expectResumes,
  expectTracesLikeEager,
  native,
  useNative,
  valuesOf,
} from './family-checks';

const MODEL: VaeConfig = {
  height: 4,
  width: 4,
  channels: 1,
  latentSize: 2,
  encoder: { kind: 'conv', filters: [3], units: [5] },
  decoder: { kind: 'conv', filters: [3], units: [6] },
  activation: 'swish',
  likelihood: { kind: 'bernoulli' },
};
const TRAINING: VaeTraining = {
  model: MODEL,
  batchSize: 6,
  learningRate: { schedule: 'cosine', peak: 1e-2, floor: 1e-4 },
  clipNorm: null,
  beta: 1,
  klWarmUpSteps: 3,
};
const DATA = { height: 4, width: 4, channels: 1, classes: 0 };

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const pictures = (): tf.Tensor4D => tf.randomUniform([6, 4, 4, 1], 0, 1, 'float32', 5);

function inputsOf({ updates }: Trainable, step: number, x: tf.Tensor): tf.Tensor[] {
  const clock = { step, steps: 10, count: step, learningRateScale: 1 };
  return updates({})[0]!.inputs.map((spec) => {
    if (spec.kind === 'x') return x.clone();
    if (spec.kind === 'normal') return stepNoise(3, step, spec.shape[0]!, spec.shape[1]!);
    if (spec.kind === 'scalar') return tf.scalar(spec.at(clock));
    throw new Error(spec.kind);
  });
}

describe('the VAE as a family', () => {
  it('does what the written-out step does, bit for bit', () => {
    const family = vae(TRAINING, DATA, 7);
    const plain = createVae(MODEL, initialSeed(7));
    const adam = createAdamState(trainableVariables(plain));
    const x = pictures();
    for (let step = 0; step < 5; step++) {
      const inputs = inputsOf(family, step, x);
      const [, noise, beta, stepSize] = inputs;
      const figures = family.updates({})[0]!.run(inputs);
      const expected = vaeStep(plain, ADAM_DEFAULTS, adam, {
        x,
        noise: noise as tf.Tensor2D,
        beta: beta as tf.Scalar,
        stepSize: stepSize as tf.Scalar,
      });
      expect([...figures.dataSync()]).toEqual([...expected.dataSync()]);
      tf.dispose([figures, expected, ...inputs]);
    }
    expect(valuesOf(family.variables)).toEqual(
      valuesOf([...trainableVariables(plain), ...adam.m, ...adam.v]),
    );
    disposeAdamState(adam);
    disposeVae(plain);
    family.dispose();
    x.dispose();
  });

  it('reads its weights and step sizes from the clock', () => {
    const family = vae({ ...TRAINING, beta: 2 }, DATA, 7);
    const scalars = family
      .updates({})[0]!
      .inputs.flatMap((spec) => (spec.kind === 'scalar' ? [spec.at] : []));
    const at = (step: number, count: number, learningRateScale: number) =>
      scalars.map((read) => read({ step, steps: 10, count, learningRateScale }));
    expect(at(0, 0, 1)).toEqual([0, correctedStepSize(ADAM_DEFAULTS, 1e-2, 1)]);
    expect(at(10, 9, 0.5)).toEqual([2, correctedStepSize(ADAM_DEFAULTS, 0.5e-4, 10)]);
    family.dispose();
  });

  it('ships a decoder with its sigmoid and an encoder of their own weights', () => {
    const family = vae(TRAINING, DATA, 7);
    const x = pictures();
    const products = family.products();
    tf.tidy(() => {
      const z = stepNoise(1, 0, 6, 2);
      const shipped = products.generator.predict(z) as tf.Tensor;
      expect(valuesOf([shipped])).toEqual(valuesOf([family.generate(z)]));
      expect(Math.min(...shipped.dataSync())).toBeGreaterThan(0);
      const codes = products.encoder!.predict(x) as tf.Tensor;
      expect(codes.shape).toEqual([6, 4]);
      expect(valuesOf([tf.slice(codes, [0, 0], [6, 2])])).toEqual(valuesOf([family.encode!(x).mu]));
    });
    family.dispose(); // what ships stays
    tf.tidy(() => void products.generator.predict(stepNoise(1, 0, 1, 2)));
    products.generator.dispose();
    products.encoder!.dispose();
    x.dispose();
  });

  it('judges by the ELBO, the same each time', () => {
    const family = vae(TRAINING, DATA, 7);
    const x = pictures();
    const judged = family.judge!(x, null, 9);
    expect(judged['elbo']).toBeCloseTo(judged['reconstruction']! - judged['kl']!, 5);
    expect(family.judge!(x, null, 9)).toEqual(judged);
    family.dispose();
    x.dispose();
  });
});

describe.each([0, 0.05])('with %s free bits', (freeBits) => {
  const one = { make: () => vae({ ...TRAINING, freeBits }, DATA, 7), shape: DATA, batchSize: 6 };

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });
});

const WITH_LABELS = { ...DATA, labels: 2 };
describe('with labels', () => {
  const one = {
    make: () => vae({ ...TRAINING, labelWeight: 20 }, WITH_LABELS, 7),
    shape: WITH_LABELS,
    batchSize: 6,
  };

  it('resumes in the same numbers and leaves no tensor', () => expectResumes(one));

  it.skipIf(!native)('is traced like eager (needs the native engine)', async () => {
    await useNative();
    before = tf.memory().numTensors;
    await expectTracesLikeEager(one);
  });

  it('looks at none where it has no weight, and where there are none', () => {
    for (const family of [vae(TRAINING, WITH_LABELS, 7), vae({ ...TRAINING, labelWeight: 20 }, DATA, 7)]) {
      expect(family.updates({})[0]!.inputs.map(({ kind }) => kind)).not.toContain('labels');
      family.dispose();
    }
  });

  it('counts the coin of each known label, ln p(y | z) = y l - ln(1 + e^l), and no other', () => {
    const reader = buildLabelReader(2, 3);
    tf.tidy(() => {
      reader.setWeights([
        tf.tensor2d([
          [1, 0, 2],
          [0, -1, 1],
        ]),
        tf.tensor1d([0.5, 0, -1]),
      ]);
      const [z, y] = [tf.tensor2d([[0.3, 0.7]]), tf.tensor2d([[1, NaN, 0.25]])];
      const coin = (l: number, chance: number): number => chance * l - Math.log(1 + Math.exp(l));
      const told = labelLogLikelihood(reader, z, y).dataSync();
      expect(told).toHaveLength(1);
      expect(told[0]).toBeCloseTo(coin(0.8, 1) + coin(0.3, 0.25), 5);
    });
    reader.dispose();
  });

  it('has the gradients of finite differences, through z to the encoder too', () => {
    const networks = createVae(MODEL, 3);
    const reader = buildLabelReader(2, 3);
    tf.tidy(() => {
      reader.setWeights([tf.randomNormal([2, 3], 0, 1, 'float32', 4), tf.tensor1d([0.1, -0.2, 0.3])]);
      const [x, noise] = [pictures(), stepNoise(2, 0, 6, 2)];
      const y = tf.tensor2d(
        Float32Array.from({ length: 18 }, (_, i) => (i % 5 === 4 ? NaN : (i % 3) / 2)),
        [6, 3],
      );
      const encoder = networks.encoder.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const own = reader.trainableWeights.map((weight) => weight.read() as tf.Variable);
      expectGradients([...encoder, ...own], () =>
        tf.neg(tf.mean(labelLogLikelihood(reader, elboParts(networks, x, noise).z, y))),
      );
    });
    disposeVae(networks);
    reader.dispose();
  });

  it('has z tell them', async () => {
    const family = vae(
      { ...TRAINING, labelWeight: 50, learningRate: { schedule: 'constant', peak: 2e-2, floor: 0 } },
      { ...DATA, labels: 1 },
      7,
    );
    // whether the picture is bright on its left is all that is asked
    const random = seededRandom(5);
    const isLeft = Float32Array.from({ length: 60 }, () => random.integer(2));
    const values = Float32Array.from({ length: 60 * 16 }, (_, at) =>
      at % 4 < 2 === (isLeft[Math.floor(at / 16)] === 1) ? 0.9 : 0.1,
    );
    const source = { ...valueSource(values, DATA), labelTable: labelsFromNumbers(['left'], isLeft) };
    const stepper = await createStepper({
      trainable: family,
      source,
      batchSize: 6,
      steps: 150,
      seed: 4,
      trace: false,
    });
    const told = [];
    for (let step = 0; step < 150; step++) told.push((await stepper.next())['labels']!);
    expect(told[0]).toBeCloseTo(-Math.log(2), 5); // it knows nothing yet
    expect(Math.min(...told.slice(-10))).toBeGreaterThan(-0.1);
    stepper.dispose();
    family.dispose();
  });
});

describe('free bits', () => {
  const within = (
    run: (networks: ReturnType<typeof createVae>, x: tf.Tensor4D, noise: tf.Tensor2D) => void,
  ) => {
    const networks = createVae(MODEL, 3);
    tf.tidy(() => run(networks, pictures(), stepNoise(2, 0, 6, 2)));
    disposeVae(networks);
  };

  it('count each dimension with at least lambda nats, and change nothing above it', () =>
    within((networks, x, noise) => {
      const beta = tf.scalar(0.5);
      const [plain, generous] = [
        vaeLoss(networks, x, noise, beta),
        freeBitsLoss(elboParts(networks, x, noise), beta, 3),
      ];
      expect(generous.loss.dataSync()[0]).toBeCloseTo(0.5 * 2 * 3 - plain.reconstruction.dataSync()[0]!, 4);
      expect(generous.kl.dataSync()[0]).toBeCloseTo(plain.kl.dataSync()[0]!, 5);
      const tiny = freeBitsLoss(elboParts(networks, x, noise), beta, 1e-12);
      expect(tiny.loss.dataSync()[0]).toBeCloseTo(plain.loss.dataSync()[0]!, 4);
    }));

  it('have the gradients of finite differences', () =>
    within((networks, x, noise) => {
      const beta = tf.scalar(1);
      expectGradients(
        trainableVariables(networks),
        () => freeBitsLoss(elboParts(networks, x, noise), beta, 1e-3).loss,
      );
    }));
});
