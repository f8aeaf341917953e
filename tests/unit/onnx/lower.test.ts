import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loweredRunner } from '#engine/layers-runner';
import { lowerToOnnx } from '#engine/onnx/lower';
import { fromLayersModel } from '#engine/tf-network';
import { seededNormal } from '#shared/random';
import { runRows } from '../../fixtures/run-rows';

beforeAll(() => tf.setBackend('cpu'));

type Layer = tf.layers.Layer;
const L = tf.layers;
const BATCH = 2;

/** Weights at random, variances positive: zeros and ones would hide a swapped axis. */
function randomise(model: tf.LayersModel): tf.LayersModel {
  model.layers.forEach((layer, at) => {
    const values = layer.getWeights().map((weight, i) => {
      const numbers = seededNormal(at * 100 + i, weight.size).map((value) => value * 0.3);
      const isVariance = layer.weights[i]?.originalName.endsWith('moving_variance') ?? false;
      return tf.tensor(isVariance ? numbers.map((value) => Math.abs(value) + 0.1) : numbers, weight.shape);
    });
    layer.setWeights(values);
  });
  return model;
}

async function expectSame(model: tf.LayersModel): Promise<void> {
  randomise(model);
  const shape = model.inputs[0]?.shape.slice(1) as number[];
  const input = seededNormal(7, BATCH * shape.reduce((total, size) => total * size, 1)) as Float32Array;
  const answer = model.predict(tf.tensor(input, [BATCH, ...shape]));
  const expected = [answer].flat().map((tensor) => tensor.dataSync());
  const runner = await loweredRunner(fromLayersModel(model), { threads: 1 });
  const actual = await runRows(runner, input, BATCH);
  await runner.dispose();
  expect(actual.length).toBe(expected.length);
  expected.forEach((values, output) => {
    expect(actual[output]?.length).toBe(values.length);
    values.forEach((value, at) => {
      const difference = Math.abs(value - (actual[output]?.[at] ?? NaN));
      if (!(difference <= 1e-5 * Math.max(1, Math.abs(value)))) {
        expect.fail(
          `output ${output}, place ${at}: ${value} by TensorFlow.js, ${actual[output]?.[at]} by ONNX Runtime`,
        );
      }
    });
  });
}

const chain = (inputShape: number[], ...layers: Layer[]) =>
  tf.sequential({ layers: [L.inputLayer({ inputShape }), ...layers] });
const same = (name: string, inputShape: number[], ...layers: Layer[]) =>
  test(name, () => expectSame(chain(inputShape, ...layers)));

describe('convolutions, with every padding', () => {
  for (const padding of ['same', 'valid'] as const) {
    for (const strides of [1, 2, 3]) {
      for (const kernelSize of [1, 2, 3, 4, 5]) {
        const name = `${padding}, kernel ${kernelSize}, stride ${strides}`;
        for (const size of [7, 8])
          same(
            `Conv2D ${name}, ${size} wide`,
            [size, size + 1, 3],
            L.conv2d({ filters: 4, kernelSize, strides, padding }),
          );
        same(
          `Conv2DTranspose ${name}`,
          [4, 5, 3],
          L.conv2dTranspose({ filters: 2, kernelSize, strides, padding }),
        );
      }
      same(
        `DepthwiseConv2D ${padding}, stride ${strides}`,
        [7, 8, 3],
        L.depthwiseConv2d({ kernelSize: 3, strides, padding, depthMultiplier: 2 }),
      );
      same(
        `MaxPooling2D ${padding}, stride ${strides}`,
        [7, 8, 3],
        L.maxPooling2d({ poolSize: 3, strides, padding }),
      );
      same(
        `AveragePooling2D ${padding}, stride ${strides}`,
        [7, 8, 3],
        L.averagePooling2d({ poolSize: [3, 2], strides, padding }),
      );
    }
    same(
      `Conv2D ${padding}, dilated`,
      [9, 9, 2],
      L.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding }),
    );
    same(
      `SeparableConv2D ${padding}`,
      [7, 8, 3],
      L.separableConv2d({ filters: 5, kernelSize: 3, padding, depthMultiplier: 2, activation: 'tanh' }),
    );
  }
  same(
    'uneven kernel and stride',
    [9, 8, 2],
    L.conv2d({ filters: 3, kernelSize: [3, 2], strides: [2, 1], padding: 'same' }),
  );
  same(
    'uneven transposed',
    [4, 3, 2],
    L.conv2dTranspose({ filters: 3, kernelSize: [3, 2], strides: [1, 3], padding: 'same' }),
  );
  same(
    'without bias',
    [5, 5, 1],
    L.conv2d({ filters: 2, kernelSize: 3, useBias: false }),
    L.conv2dTranspose({ filters: 1, kernelSize: 3, useBias: false }),
  );
});

describe('activations', () => {
  const names = [
    'relu',
    'relu6',
    'elu',
    'selu',
    'swish',
    'sigmoid',
    'hardSigmoid',
    'tanh',
    'softplus',
    'softsign',
    'linear',
    'softmax',
    'mish',
    'gelu',
  ] as const;
  for (const activation of names) {
    same(`${activation} on a picture`, [3, 4, 5], L.conv2d({ filters: 5, kernelSize: 1, activation }));
    same(`${activation} as a layer`, [6], L.dense({ units: 6, activation }), L.activation({ activation }));
  }
  same('ReLU with a ceiling', [6], L.reLU({ maxValue: 1 }));
  same('ReLU', [6], L.reLU());
  same('LeakyReLU', [6], L.leakyReLU({ alpha: 0.2 }));
  same('ELU', [6], L.elu());
  same('Softmax', [2, 2, 3], L.softmax({ axis: -1 }));
  same('PReLU on a picture', [3, 4, 2], L.conv2d({ filters: 2, kernelSize: 1 }), L.prelu({}));
  same('PReLU shared', [3, 4, 2], L.conv2d({ filters: 2, kernelSize: 1 }), L.prelu({ sharedAxes: [1, 2] }));
  same('PReLU on a vector', [5], L.prelu({}));
});

describe('between pictures and vectors', () => {
  same(
    'Flatten after a convolution',
    [4, 5, 2],
    L.conv2d({ filters: 3, kernelSize: 3 }),
    L.flatten(),
    L.dense({ units: 4 }),
  );
  same('Flatten as the last layer', [4, 5, 2], L.conv2d({ filters: 3, kernelSize: 3 }), L.flatten());
  same(
    'Flatten with layers behind it',
    [4, 5, 2],
    L.conv2d({ filters: 3, kernelSize: 3 }),
    L.flatten(),
    L.batchNormalization(),
    L.leakyReLU(),
    L.dense({ units: 4 }),
  );
  same(
    'Flatten, then softmax',
    [4, 5, 2],
    L.conv2d({ filters: 3, kernelSize: 3 }),
    L.flatten(),
    L.activation({ activation: 'softmax' }),
  );
  same(
    'Flatten, then back',
    [4, 5, 2],
    L.conv2d({ filters: 3, kernelSize: 1 }),
    L.flatten(),
    L.reshape({ targetShape: [4, 5, 3] }),
    L.conv2d({ filters: 1, kernelSize: 2 }),
  );
  same(
    'Flatten, then another picture',
    [4, 6, 2],
    L.conv2d({ filters: 3, kernelSize: 1 }),
    L.flatten(),
    L.reshape({ targetShape: [6, 4, 3] }),
    L.conv2d({ filters: 1, kernelSize: 2 }),
  );
  same(
    'Reshape between two pictures',
    [4, 6, 2],
    L.conv2d({ filters: 3, kernelSize: 1 }),
    L.reshape({ targetShape: [6, 4, 3] }),
    L.conv2d({ filters: 1, kernelSize: 2 }),
  );
  same(
    'Dense before a picture',
    [3],
    L.dense({ units: 24, activation: 'elu' }),
    L.reshape({ targetShape: [2, 3, 4] }),
    L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
  );
  same(
    'Dense, normalisation, LeakyReLU before a picture',
    [3],
    L.dense({ units: 24, useBias: false }),
    L.batchNormalization(),
    L.leakyReLU(),
    L.reshape({ targetShape: [2, 3, 4] }),
    L.conv2dTranspose({ filters: 2, kernelSize: 3 }),
  );
  same(
    'Dense with softmax before a picture',
    [3],
    L.dense({ units: 24, activation: 'softmax' }),
    L.reshape({ targetShape: [2, 3, 4] }),
    L.conv2d({ filters: 2, kernelSize: 2 }),
  );
  same(
    'softmax as a layer before a picture',
    [3],
    L.dense({ units: 24 }),
    L.softmax(),
    L.reshape({ targetShape: [2, 3, 4] }),
    L.conv2d({ filters: 2, kernelSize: 2 }),
  );
  same(
    'Dense before a grey picture',
    [3],
    L.dense({ units: 12, activation: 'sigmoid' }),
    L.reshape({ targetShape: [3, 4, 1] }),
  );
  same(
    'Dense before a colour picture that is the output',
    [3],
    L.dense({ units: 24 }),
    L.reshape({ targetShape: [2, 4, 3] }),
  );
  same(
    'Dense over the channels of a picture',
    [3, 4, 2],
    L.conv2d({ filters: 3, kernelSize: 2 }),
    L.dense({ units: 5, activation: 'relu' }),
  );
  same('one pixel', [1, 1, 6], L.conv2d({ filters: 3, kernelSize: 1 }), L.flatten(), L.dense({ units: 2 }));
  same(
    'global average',
    [4, 5, 3],
    L.conv2d({ filters: 3, kernelSize: 2 }),
    L.globalAveragePooling2d({}),
    L.dense({ units: 2 }),
  );
  same('global maximum', [4, 5, 3], L.globalMaxPooling2d({}));
});

describe('the rest', () => {
  same(
    'BatchNormalization on a picture',
    [4, 5, 3],
    L.conv2d({ filters: 3, kernelSize: 2 }),
    L.batchNormalization({ epsilon: 1e-2 }),
    L.reLU(),
  );
  same('BatchNormalization first', [4, 5, 3], L.batchNormalization({ scale: false }));
  same('BatchNormalization without centre', [6], L.batchNormalization({ center: false }));
  same(
    'LayerNormalization',
    [4, 5, 3],
    L.conv2d({ filters: 3, kernelSize: 2 }),
    L.layerNormalization(),
    L.conv2d({ filters: 3, kernelSize: 2 }),
  );
  same(
    'UpSampling2D nearest',
    [3, 4, 2],
    L.upSampling2d({ size: [2, 3] }),
    L.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }),
  );
  same('UpSampling2D bilinear', [3, 4, 2], L.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }));
  same(
    'ZeroPadding2D',
    [3, 4, 2],
    L.zeroPadding2d({
      padding: [
        [1, 2],
        [3, 0],
      ],
    }),
  );
  same(
    'Cropping2D',
    [6, 7, 2],
    L.cropping2D({
      cropping: [
        [1, 2],
        [0, 3],
      ],
    }),
  );
  same(
    'Dropout and noise do nothing',
    [6],
    L.dropout({ rate: 0.5 }),
    L.gaussianNoise({ stddev: 1 }),
    L.dense({ units: 2 }),
  );
  same('identity', [6], L.activation({ activation: 'linear' }));

  const merges: [string, Layer][] = [
    ['Add', L.add()],
    ['Multiply', L.multiply()],
    ['Average', L.average()],
    ['Maximum', L.maximum()],
    ['Minimum', L.minimum()],
    ['Concatenate channels', L.concatenate()],
    ['Concatenate rows', L.concatenate({ axis: 1 })],
    ['Concatenate columns', L.concatenate({ axis: 2 })],
  ];
  test.each(merges)('%s of a convolution and its input', async (_, layer) => {
    const x = tf.input({ shape: [3, 4, 2] });
    const h = L.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }).apply(x) as tf.SymbolicTensor;
    await expectSame(tf.model({ inputs: x, outputs: layer.apply([h, x, h]) as tf.SymbolicTensor }));
  });

  test('two outputs and a layer that is used twice', async () => {
    const x = tf.input({ shape: [6, 6, 1] });
    const shared = L.conv2d({ filters: 2, kernelSize: 3, padding: 'same' });
    const first = L.conv2d({ filters: 2, kernelSize: 1 }).apply(x);
    const flat = L.flatten().apply(shared.apply(shared.apply(first))) as tf.SymbolicTensor;
    const mu = L.dense({ units: 2, name: 'mu' }).apply(flat) as tf.SymbolicTensor;
    const logVar = L.dense({ units: 2, name: 'logVar' }).apply(flat) as tf.SymbolicTensor;
    await expectSame(tf.model({ inputs: x, outputs: [mu, logVar] }));
  });

  test('a dense layer that is read as vector and as picture', async () => {
    const x = tf.input({ shape: [3] });
    const h = L.dense({ units: 12 }).apply(x) as tf.SymbolicTensor;
    const picture = L.reshape({ targetShape: [2, 2, 3] }).apply(h) as tf.SymbolicTensor;
    await expectSame(tf.model({ inputs: x, outputs: [h, picture] }));
  });

  test('pictures are turned only where they enter and leave', () => {
    const model = chain(
      [2],
      L.dense({ units: 48, activation: 'relu' }),
      L.reshape({ targetShape: [4, 4, 3] }),
      L.conv2dTranspose({ filters: 4, kernelSize: 4, strides: 2, padding: 'same', activation: 'relu' }),
      L.batchNormalization(),
      L.conv2dTranspose({ filters: 1, kernelSize: 4, strides: 2, padding: 'same' }),
    );
    expect(new TextDecoder('latin1').decode(lowerToOnnx(fromLayersModel(model)).onnx)).not.toMatch(
      /Transpose\x12|Transpose"/,
    );
  });

  test('an activation without a translation is refused by its layer’s name', () => {
    const network = fromLayersModel(chain([6], L.dense({ units: 2, name: 'odd', activation: 'relu' })));
    const topology = network.topology.replace('"activation":"relu"', '"activation":"log_softmax"');
    expect(() => lowerToOnnx({ ...network, topology })).toThrow(/layer odd.*logsoftmax/);
  });
});
