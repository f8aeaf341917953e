import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { decodeNetwork, encodeNetwork } from '#engine/network-file';
import { disposeLayersModel, fromLayersModel, toLayersModel } from '#engine/tf-network';
import { parseTopology, weightSpecs } from '#engine/topology';

beforeAll(() => tf.setBackend('cpu'));

/** One layer of each kind that has weights, functional, with two outputs and a layer used twice. */
function sampleModel(): tf.LayersModel {
  const x = tf.input({ shape: [8, 8, 2] });
  const shared = tf.layers.conv2d({
    filters: 2,
    kernelSize: 3,
    padding: 'same',
    activation: 'swish',
    name: 'twice',
  });
  let h = shared.apply(shared.apply(x)) as tf.SymbolicTensor;
  h = tf.layers.batchNormalization({}).apply(h) as tf.SymbolicTensor;
  h = tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }).apply(h) as tf.SymbolicTensor;
  h = tf.layers.separableConv2d({ filters: 3, kernelSize: 3 }).apply(h) as tf.SymbolicTensor;
  h = tf.layers.prelu({}).apply(h) as tf.SymbolicTensor;
  h = tf.layers
    .conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, useBias: false })
    .apply(h) as tf.SymbolicTensor;
  h = tf.layers.flatten().apply(h) as tf.SymbolicTensor;
  h = tf.layers.layerNormalization({}).apply(h) as tf.SymbolicTensor;
  const mu = tf.layers.dense({ units: 2, name: 'mu' }).apply(h) as tf.SymbolicTensor;
  const logVar = tf.layers.dense({ units: 2, name: 'logVar' }).apply(h) as tf.SymbolicTensor;
  return tf.model({ inputs: x, outputs: [mu, logVar] });
}

const numbers = (tensors: tf.Tensor | tf.Tensor[]) =>
  [tensors].flat().map((tensor) => [...tensor.dataSync()]);

test('a network comes back with the same answers, and no tensor is left behind', async () => {
  const model = sampleModel();
  const bytes = encodeNetwork(fromLayersModel(model));
  const x = tf.randomNormal([2, 8, 8, 2], 0, 1, 'float32', 1);
  const before = tf.memory().numTensors;
  const back = await toLayersModel(decodeNetwork(bytes));
  const [answer, expected] = tf.tidy(() => [numbers(back.predict(x)), numbers(model.predict(x))]);
  expect(answer).toEqual(expected);
  disposeLayersModel(back);
  expect(tf.memory().numTensors).toBe(before);
});

test('halves are half as large and close', () => {
  const network = fromLayersModel(sampleModel());
  const halves = encodeNetwork(network, { dtype: 'F16' });
  for (const [name, { data }] of decodeNetwork(halves).weights) {
    const expected = network.weights.get(name)?.data ?? [];
    data.forEach((value, at) => expect(Math.abs(value - (expected[at] ?? NaN))).toBeLessThan(1e-3));
  }
});

test('a weight that is no number is reported, by name', () => {
  const network = fromLayersModel(sampleModel());
  network.weights.get('mu/bias')?.data.fill(NaN);
  expect(decodeNetwork(encodeNetwork(network)).warnings).toEqual([
    'The weight mu/bias holds values that are no numbers.',
  ]);
});

test('weights that do not fit the topology are refused', () => {
  const { topology, weights } = fromLayersModel(sampleModel());
  const sentence = (changed: typeof weights) => {
    try {
      encodeNetwork({ topology, weights: changed });
    } catch (error) {
      return error instanceof AppError ? error.sentence : String(error);
    }
    return 'accepted';
  };
  const without = new Map(weights);
  without.delete('mu/bias');
  expect(sentence(without)).toMatch(/mu\/bias.*not there/);
  expect(sentence(new Map([...weights, ['more', { shape: [1], data: new Float32Array(1) }]]))).toMatch(
    /no layer/,
  );
  expect(sentence(new Map([...weights, ['mu/bias', { shape: [3], data: new Float32Array(3) }]]))).toMatch(
    /needs \[2\]/,
  );
});

test('what TensorFlow.js refuses after all is one sentence, and leaves nothing behind', async () => {
  const before = tf.memory().numTensors;
  const layers = [1, 2].map((at) => ({
    class_name: 'Dense',
    config: {
      ...{ name: `dense_${at}`, units: 2, batch_input_shape: [null, 2] },
      ...(at === 2 ? { kernel_initializer: { class_name: 'Nothing', config: {} } } : {}),
    },
  }));
  const topology = JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers } });
  const failure = await toLayersModel({ topology, weights: new Map() }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AppError);
  expect((failure as AppError).sentence).toMatch(
    /^The network cannot be built \(its topology\): [^\n]*Nothing/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

describe('topologies that would hang or exhaust TensorFlow.js are refused before it sees them', () => {
  const input = {
    name: 'x',
    class_name: 'InputLayer',
    config: { name: 'x', batch_input_shape: [null, 4] },
    inbound_nodes: [],
  };
  const dense = (name: string, from: readonly string[], config: object = {}) => ({
    name,
    class_name: 'Dense',
    config: { name, units: 4, ...config },
    inbound_nodes: from.map((other) => [[other, 0, 0, {}]]),
  });
  const functional = (layers: readonly object[], outputs: readonly string[] = ['a']) =>
    JSON.stringify({
      class_name: 'Model',
      config: {
        name: 'm',
        layers,
        input_layers: [['x', 0, 0]],
        output_layers: outputs.map((name) => [name, 0, 0]),
      },
    });
  const sequential = (...layers: readonly object[]) =>
    JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers } });
  const lone = (className: string, config: object) => ({
    class_name: className,
    config: { name: 'l', batch_input_shape: [null, 8, 8, 4], ...config },
  });

  test('the plain one is fine', () => {
    expect([...weightSpecs(parseTopology(functional([input, dense('a', ['x'])])))]).toEqual([
      ['a/kernel', [4, 4]],
      ['a/bias', [4]],
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['missing layer', functional([input, dense('a', ['nowhere'])]), /nowhere/],
    ['cycle', functional([input, dense('a', ['b']), dense('b', ['a'])]), /cycle/],
    ['self loop', functional([input, dense('a', ['a'])]), /cycle/],
    ['two of one name', functional([input, dense('a', ['x']), dense('a', ['x'])]), /two layers/],
    ['no such output', functional([input, dense('a', ['x'])], ['b']), /"b" is not there/],
    ['reads nothing', functional([input, dense('a', [])]), /reads nothing/],
    ['Lambda', sequential(lone('Lambda', {})), /not one that is loaded/],
    ['constructor', sequential(lone('constructor', {})), /not one that is loaded/],
    ['units 1e308', sequential(lone('Dense', { units: 1e308 })), /units/],
    ['units -1', sequential(lone('Dense', { units: -1 })), /units/],
    ['units as text', sequential(lone('Dense', { units: 'x' })), /units/],
    ['huge weights', sequential(lone('Dense', { units: 2 ** 28 })), /more than/],
    [
      'open size',
      sequential({
        ...lone('Dense', {}),
        config: { name: 'l', units: 1, batch_input_shape: [null, null, 3] },
      }),
      /not fixed/,
    ],
    [
      'window larger than picture',
      sequential(lone('Conv2D', { filters: 1, kernel_size: 9 })),
      /not fixed and positive/,
    ],
    [
      'channels first',
      sequential(lone('Conv2D', { filters: 1, kernel_size: 3, data_format: 'channels_first' })),
      /channels_last/,
    ],
    [
      'reshape that does not fit',
      sequential(lone('Reshape', { target_shape: [7, -1] })),
      /cannot be given|not fixed/,
    ],
    ['name __proto__', sequential({ class_name: 'Flatten', config: { name: '__proto__' } }), /not allowed/],
    [
      'activation repu',
      sequential(lone('Dense', { units: 1, activation: 'repu' })),
      /activation "repu" is not/,
    ],
    [
      'activation of code',
      sequential(lone('Dense', { units: 1, activation: { class_name: 'x' } })),
      /is not known/,
    ],
    ['nested', sequential(lone('Sequential', { layers: [] })), /not one that is loaded/],
    ['no layers', sequential(), /no layers/],
    ['number', '5', /not an object/],
    ['nothing', '', /JSON/],
    ['deep', '['.repeat(1e5), /JSON/],
  ])('%s', (_, text, expected) => {
    expect(() => parseTopology(text)).toThrow(expected);
    expect(() => parseTopology(text)).toThrow(AppError);
  });
});
