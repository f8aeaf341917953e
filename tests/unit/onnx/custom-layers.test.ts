/** Every layer that TensorFlow.js has not, alone and between others: our class in TensorFlow.js and the lowered one agree. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { CUSTOM_LAYERS } from '#engine/custom-layers';
import { POINTWISE } from '#engine/layer-rules';
import { loweredRunner } from '#engine/layers-runner';
import type { Weight } from '#engine/network-file';
import { differenceOf, portsOf } from '#engine/network-ports';
import type { JsonObject } from '#engine/store/strict-json';
import { createTfNetworkRunner } from '#engine/tf-runner';
import { parseTopology, weightSpecs } from '#engine/topology';
import { seededNormal } from '#shared/random';

beforeAll(() => tf.setBackend('cpu'));

interface Step {
  readonly class_name: string;
  readonly config: JsonObject;
  readonly from?: readonly string[];
}

const tried = new Set<string>();

/** Inputs a, b, …; then the steps in a chain, or from the names they give; each is called by its class and place. */
async function expectAgreement(
  inputs: readonly (readonly number[])[],
  ...steps: readonly Step[]
): Promise<void> {
  const names = inputs.map((_, at) => 'abc'[at]!);
  const layers = [
    ...inputs.map((shape, at) => ({
      class_name: 'InputLayer',
      name: names[at],
      config: { name: names[at], batch_input_shape: [null, ...shape], dtype: 'float32' },
      inbound_nodes: [],
    })),
    ...steps.map(({ class_name, config, from }, at) => {
      tried.add(class_name);
      const name = `${class_name}_${at}`;
      const before = from ?? [at === 0 ? 'a' : `${steps[at - 1]!.class_name}_${at - 1}`];
      return {
        class_name,
        name,
        config: { name, ...config },
        inbound_nodes: [before.map((each) => [each, 0, 0, {}])],
      };
    }),
  ];
  const last = `${steps.at(-1)!.class_name}_${steps.length - 1}`;
  const topology = JSON.stringify({
    class_name: 'Model',
    config: {
      ...{ name: 'model', layers },
      input_layers: names.map((name) => [name, 0, 0]),
      output_layers: [[last, 0, 0]],
    },
  });
  const parsed = parseTopology(topology);
  let seed = 1;
  const weights = new Map<string, Weight>(
    [...weightSpecs(parsed)].map(([name, shape]) => {
      const values = Float32Array.from(
        seededNormal(
          seed++,
          shape.reduce((a, b) => a * b, 1),
        ),
        (value) => value * 0.4,
      );
      return [
        name,
        { shape, data: name.endsWith('variance') ? values.map((value) => value * value + 0.1) : values },
      ];
    }),
  );
  const before = tf.memory().numTensors;
  const network = { topology, weights };
  const [lowered, tfjs] = [
    await loweredRunner(network, { threads: 1 }),
    await createTfNetworkRunner(network, portsOf(parsed)),
  ];
  expect(await differenceOf(tfjs, lowered, 3)).toBeLessThan(1e-5);
  await Promise.all([lowered.dispose(), tfjs.dispose()]);
  expect(tf.memory().numTensors).toBe(before);
}

const step = (class_name: string, config: JsonObject = {}, from?: readonly string[]): Step => ({
  class_name,
  config,
  ...(from === undefined ? {} : { from }),
});
const convolution = (filters: number): Step =>
  step('Conv2D', { filters, kernel_size: [3, 3], padding: 'same' });
const picture = [[4, 5, 6]];
const vector = [[6]];

describe('by itself, on a vector, and between convolutions', () => {
  for (const [operation, takes] of POINTWISE) {
    const needsPositive = ['log', 'sqrt', 'rsqrt', 'reciprocal', 'power', 'reversed-divide'].includes(
      operation,
    );
    const positive = needsPositive ? [step('Activation', { activation: 'softplus' })] : [];
    const config = { operation, ...(takes === 'value' ? { value: 0.7 } : {}) };
    test(`Pointwise ${operation}`, async () => {
      await expectAgreement(vector, ...positive, step('Pointwise', config));
      await expectAgreement(picture, convolution(4), ...positive, step('Pointwise', config), convolution(2));
    });
  }
  test('Pointwise with a number for each channel', async () => {
    const config = { operation: 'multiply', value: [0.1, 2, 3, 4] };
    await expectAgreement(picture, convolution(4), step('Pointwise', config), convolution(2));
    await expectAgreement([[4]], step('Pointwise', config));
    await expectAgreement(
      [[3]],
      step('Dense', { units: 24 }),
      step('Reshape', { target_shape: [2, 3, 4] }),
      step('Pointwise', config),
    );
  });
  test.each([1, 2, 3, 6, -1])('GroupNormalization in %i groups', async (groups) => {
    const config = { groups, axis: -1, epsilon: 0.01, center: true, scale: true };
    await expectAgreement(picture, step('GroupNormalization', config));
    await expectAgreement(
      picture,
      convolution(6),
      step('GroupNormalization', { ...config, scale: false }),
      convolution(2),
    );
    if (groups !== 6 && groups !== -1) await expectAgreement(vector, step('GroupNormalization', config));
  });
  test('PixelNormalization and UnitNormalization', async () => {
    for (const name of ['PixelNormalization', 'UnitNormalization']) {
      await expectAgreement(vector, step(name, { epsilon: 1e-8 }));
      await expectAgreement(picture, convolution(6), step(name, { epsilon: 1e-8 }), convolution(2));
    }
  });
  test('BatchNormalization over each axis', async () => {
    for (const axis of [1, 2, 3, -1]) await expectAgreement(picture, step('BatchNormalization', { axis }));
  });
  test('LayerNormalization over one axis and over all', async () => {
    for (const axis of [[3], [2, 3], [1, 2, 3]])
      await expectAgreement(picture, convolution(6), step('LayerNormalization', { axis, epsilon: 0.01 }));
  });
});

describe('shapes', () => {
  test('DepthToSpace', () =>
    expectAgreement(picture, convolution(12), step('DepthToSpace', { block_size: 2 }), convolution(2)));
  test('Resize, larger and smaller, by halves and by thirds', async () => {
    for (const interpolation of ['nearest', 'bilinear'])
      for (const [height, width] of [
        [8, 10],
        [7, 11],
        [3, 2],
        [4, 5],
      ])
        await expectAgreement(picture, step('Resize', { height: height!, width: width!, interpolation }));
  });
  test('Slice of each axis', async () => {
    for (const axis of [1, 2, 3]) {
      await expectAgreement(picture, step('Slice', { axis, start: 1, stop: 3 }));
      await expectAgreement(
        picture,
        convolution(4),
        step('Slice', { axis, start: 1, stop: 3 }),
        convolution(1),
      );
    }
  });
  test('Reduce', async () => {
    for (const operation of ['mean', 'sum', 'max', 'min'])
      for (const keepdims of [true, false])
        await expectAgreement(picture, convolution(4), step('Reduce', { operation, axis: [1, 2], keepdims }));
  });
  test('Permute: what turns the channels to the front and back, and others', async () => {
    await expectAgreement(
      [[3, 4, 5]],
      step('Permute', { dims: [2, 3, 1] }),
      convolution(4),
      step('Permute', { dims: [3, 1, 2] }),
    );
    await expectAgreement(
      [[3, 4, 5]],
      step('Permute', { dims: [2, 3, 1] }),
      convolution(4),
      step('Permute', { dims: [3, 1, 2] }),
      step('BatchNormalization', { axis: 1 }),
      step('Permute', { dims: [2, 3, 1] }),
      convolution(2),
    );
    for (const dims of [
      [2, 1, 3],
      [3, 2, 1],
      [1, 3, 2],
      [2, 3, 1],
      [3, 1, 2],
    ])
      await expectAgreement(picture, convolution(4), step('Permute', { dims }));
  });
  test('RepeatVector', () => expectAgreement(vector, step('RepeatVector', { n: 3 })));
  test('Embedding of a label, beside a latent', () =>
    expectAgreement(
      [[4], [1]],
      step('Embedding', { input_dim: 10, output_dim: 4 }, ['b']),
      step('Flatten'),
      step('Multiply', {}, ['a', 'Flatten_1']),
    ));
});

describe('joining', () => {
  test('Subtract and Divide', async () => {
    await expectAgreement([[4], [4]], step('Subtract', {}, ['a', 'b']));
    await expectAgreement(
      [[4], [4]],
      step('Pointwise', { operation: 'exp' }, ['b']),
      step('Divide', {}, ['a', 'Pointwise_0']),
    );
  });
  test('sizes of 1 are stretched', async () => {
    for (const name of ['Add', 'Multiply', 'Maximum', 'Average', 'Subtract'])
      await expectAgreement(
        [
          [4, 5, 3],
          [1, 1, 3],
        ],
        convolution(3),
        step(name, {}, ['Conv2D_0', 'b']),
        convolution(2),
      );
  });
});

describe('convolutions', () => {
  test('in groups', async () => {
    const config = { filters: 4, kernel_size: [3, 3], padding: 'same', groups: 2, strides: [2, 2] };
    await expectAgreement(picture, step('GroupedConv2D', config));
    await expectAgreement(
      picture,
      step('GroupedConv2D', { ...config, padding: 'valid', strides: 1, dilation_rate: 2, kernel_size: 2 }),
    );
  });
  for (const padding of ['same', 'valid'])
    for (const kernel of [2, 3, 4, 5])
      for (const [stride, extra] of [
        [1, 0],
        [2, 0],
        [2, 1],
        [3, 2],
      ])
        test(`transposed, ${padding}, kernel ${kernel}, stride ${stride}, output_padding ${extra}`, async () => {
          const config = {
            filters: 2,
            kernel_size: kernel,
            strides: stride!,
            padding,
            output_padding: extra!,
          };
          await expectAgreement(picture, step('PaddedConv2DTranspose', config)).catch((error: unknown) => {
            if (!String(error).includes('does not fit its stride')) throw error;
          });
        });
  test('transposed, dilated', () =>
    expectAgreement(
      picture,
      step('PaddedConv2DTranspose', { filters: 2, kernel_size: 3, dilation_rate: 2, padding: 'valid' }),
    ));
});

test('every such layer was tried', () => {
  expect([...CUSTOM_LAYERS].filter((name) => !tried.has(name))).toEqual([]);
});
