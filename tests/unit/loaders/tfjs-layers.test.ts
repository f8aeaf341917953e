/** model.json in the dialects that are met: TensorFlow.js, tf.keras 2 with operations, Keras 3; and what is wrong with some. */
import { describe, expect, test } from 'vitest';
import { layersRunner } from '#engine/layers-runner';
import type { LoadedNetwork } from '#engine/loaders/loader';
import { tfjsLayersLoader } from '#engine/loaders/tfjs-layers';
import type { Json } from '#engine/store/strict-json';
import { seededNormal } from '#shared/random';
import { memorySource } from './sources';

interface Stored {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer.slice(0));
const stored = (name: string, shape: readonly number[], seed = 1): Stored => ({
  ...{ name, shape },
  data: [
    ...seededNormal(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
  ],
});

function modelJson(topology: Json, weights: readonly Stored[], more: Record<string, Json> = {}) {
  const manifest = [
    { paths: ['w.bin'], weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
  ];
  return {
    'm/model.json': JSON.stringify({
      format: 'layers-model',
      ...more,
      modelTopology: topology,
      weightsManifest: manifest,
    }),
    'm/w.bin': bytesOf(Float32Array.from(weights.flatMap(({ data }) => [...data]))),
  };
}

async function open(files: Record<string, string | Uint8Array>): Promise<LoadedNetwork> {
  const source = memorySource(files);
  const found = await tfjsLayersLoader.find(source);
  expect(found).toEqual([{ format: 'tfjs-layers', path: 'm/model.json' }]);
  return tfjsLayersLoader.open(source, 'm/model.json');
}

async function run({ network }: LoadedNetwork, input: readonly number[]): Promise<readonly number[]> {
  if (network.kind !== 'layers') throw new Error('it is no layers network');
  const runner = await layersRunner(network.network);
  const [port] = runner.inputs;
  const sizes = port!.shape.slice(1).map((size) => size ?? 1);
  const values = await runner.run(
    new Map([[port!.name, { shape: [1, ...sizes], data: Float32Array.from(input) }]]),
    [runner.outputs[0]!.name],
  );
  return [...[...values.values()][0]!.data];
}

const input = (name: string, shape: readonly (number | null)[]): Json => ({
  ...{ class_name: 'InputLayer', name, inbound_nodes: [] },
  config: { name, batch_input_shape: shape, dtype: 'float32' },
});
const layer = (class_name: string, name: string, config: Record<string, Json>, nodes: Json): Json => ({
  ...{ class_name, name, inbound_nodes: nodes },
  config: { name, trainable: true, dtype: 'float32', ...config },
});
const model = (layers: readonly Json[], output: string, name = 'model'): Json => ({
  class_name: 'Functional',
  config: { name, layers, input_layers: [['z', 0, 0]], output_layers: [[output, 0, 0]] },
});
const keras2 = (config: Json): Json => ({
  keras_version: '2.12.0',
  backend: 'tensorflow',
  model_config: config,
});

describe('tf.keras 2', () => {
  test('operations and slices between layers', async () => {
    const operation = (name: string, called: string, node: Json): Json =>
      layer('TFOpLambda', name, { function: called }, [node]);
    const loaded = await open(
      modelJson(
        keras2(
          model(
            [
              input('z', [null, 2]),
              layer('Dense', 'd', { units: 4, activation: 'linear' }, [[['z', 0, 0, {}]]]),
              operation('plus', '__operators__.add', ['d', 0, 0, { y: 0.5, name: null }]),
              operation('minus', 'math.subtract', [
                '_CONSTANT_VALUE',
                -1,
                1,
                { y: ['plus', 0, 0], name: null },
              ]),
              operation('times', 'math.multiply', ['minus', 0, 0, { y: ['plus', 0, 0], name: null }]),
              layer('SlicingOpLambda', 'part', { function: '__operators__.getitem' }, [
                [
                  'times',
                  0,
                  0,
                  {
                    slice_spec: [
                      { start: null, stop: null, step: null },
                      { start: 1, stop: 3, step: null },
                    ],
                  },
                ],
              ]),
              operation('joined', 'concat', [
                ['part', 0, 0, { axis: -1 }],
                ['z', 0, 0, { axis: -1 }],
              ]),
              operation('tanh', 'math.tanh', ['joined', 0, 0, { name: null }]),
            ],
            'tanh',
          ),
        ),
        [stored('d/kernel', [2, 4], 3), stored('d/bias', [4], 4)],
      ),
    );
    const [kernel, bias] = [[...seededNormal(3, 8)], [...seededNormal(4, 4)]];
    const z = [0.3, -0.8];
    const dense = bias.map((offset, unit) => offset + z[0]! * kernel[unit]! + z[1]! * kernel[4 + unit]!);
    const times = dense.map((value) => (1 - (value + 0.5)) * (value + 0.5));
    const expected = [...times.slice(1, 3), ...z].map(Math.tanh);
    (await run(loaded, z)).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 5));
  });

  test('a model inside, counted from 1, its weights called by its name or not', async () => {
    const inner = (
      model(
        [input('z', [null, 2]), layer('Dense', 'd', { units: 2 }, [[['z', 0, 0, {}]]])],
        'd',
        'inner',
      ) as { config: Json }
    ).config;
    const outer = [
      input('z', [null, 2]),
      layer('Dense', 'd', { units: 2 }, [[['z', 0, 0, {}]]]),
      { class_name: 'Functional', name: 'inner', config: inner, inbound_nodes: [[['d', 0, 0, {}]]] },
    ];
    const topology = {
      class_name: 'Model',
      config: { name: 'outer', layers: outer, input_layers: [['z', 0, 0]], output_layers: [['inner', 1, 0]] },
    };
    const eye = [1, 0, 0, 1];
    const weights = [
      { name: 'd/kernel', shape: [2, 2], data: eye },
      { name: 'd/bias', shape: [2], data: [1, 2] },
      { name: 'inner/d/kernel', shape: [2, 2], data: eye.map((value) => 3 * value) },
      { name: 'inner/d/bias', shape: [2], data: [0, 0] },
    ];
    expect(await run(await open(modelJson(keras2(topology), weights)), [1, 1])).toEqual([6, 9]);
    const renamed = weights.map((weight, at) => ({ ...weight, name: `w${at}` }));
    const loaded = await open(modelJson(keras2(topology), renamed));
    expect(await run(loaded, [1, 1])).toEqual([6, 9]);
    expect(loaded.warnings.join()).toMatch(/in the order of the file/);
  });
});

test('the Keras 3 dialect, which TensorFlow.js refuses, and quantised weights', async () => {
  const tensor = (name: string): Json => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 2], dtype: 'float32', keras_history: [name, 0, 0] },
  });
  const policy = {
    module: 'keras',
    class_name: 'DTypePolicy',
    config: { name: 'float32' },
    registered_name: null,
  };
  const layers: Json[] = [
    {
      module: 'keras.layers',
      class_name: 'InputLayer',
      name: 'z',
      config: { name: 'z', batch_shape: [null, 2], dtype: 'float32' },
      inbound_nodes: [],
    },
    {
      ...{ module: 'keras.layers', class_name: 'Dense', name: 'd', registered_name: null },
      config: {
        name: 'd',
        trainable: true,
        dtype: policy,
        units: 2,
        activation: { module: 'keras.layers', class_name: 'LeakyReLU', config: { negative_slope: 0.5 } },
      },
      inbound_nodes: [{ args: [tensor('z')], kwargs: {} }],
    },
    {
      ...{
        module: 'keras.src.ops.numpy',
        class_name: 'Multiply',
        name: 'multiply',
        config: { name: 'multiply' },
      },
      inbound_nodes: [{ args: [tensor('d'), 2], kwargs: {} }],
    },
  ];
  const topology = {
    class_name: 'Functional',
    config: { name: 'g', layers, input_layers: ['z', 0, 0], output_layers: ['multiply', 0, 0] },
  };
  const quantization = { dtype: 'uint8', scale: 1, min: -1 };
  const weights = [
    { name: 'g/d/kernel', shape: [2, 2], dtype: 'float32', quantization },
    { name: 'g/d/bias', shape: [2], dtype: 'float32', quantization },
  ];
  const loaded = await open({
    'm/model.json': JSON.stringify({
      ...{ format: 'layers-model', generatedBy: 'keras v3.4.1' },
      modelTopology: { keras_version: '3.4.1', backend: 'tensorflow', model_config: topology },
      weightsManifest: [{ paths: ['w.bin'], weights }],
    }),
    'm/w.bin': Uint8Array.of(2, 1, 1, 0, 1, 1), // kernel [[1, 0], [0, -1]], bias [0, 0]
  });
  expect(await run(loaded, [1, 2])).toEqual([2, -2]);
});

test('bilinear enlargement is what its author saw: Keras between centres, TensorFlow.js from the corner', async () => {
  const layers = [
    {
      class_name: 'UpSampling2D',
      config: { name: 'u', size: [2, 2], interpolation: 'bilinear', batch_input_shape: [null, 1, 2, 1] },
    },
    { class_name: 'Dense', config: { name: 'd', units: 1, use_bias: false } },
  ];
  const topology = (version: string): Json => ({
    keras_version: version,
    model_config: { class_name: 'Sequential', config: { name: 's', layers } },
  });
  const kernel = { name: 'd/kernel', shape: [1, 1], data: [1] };
  expect((await run(await open(modelJson(topology('2.15.0'), [kernel])), [0, 4])).slice(0, 4)).toEqual([
    0, 1, 3, 4,
  ]);
  expect(
    (await run(await open(modelJson(topology('tfjs-layers 4.22.0'), [kernel])), [0, 4])).slice(0, 4),
  ).toEqual([0, 2, 4, 4]);
});

describe('is refused with its layer', () => {
  const dense = (nodes: Json, name = 'd', config: Record<string, Json> = {}): Json =>
    layer('Dense', name, { units: 2, ...config }, nodes);
  const fromZ = [[['z', 0, 0, {}]]];
  const z = input('z', [null, 2]);
  const cases: readonly (readonly [string, string, Json, RegExp])[] = [
    ['a layer that is missing', 'model/topology', model([z, dense([[['gone', 0, 0, {}]]])], 'd'), /gone/],
    [
      'a cycle',
      'model/topology',
      model([z, dense([[['e', 0, 0, {}]]]), dense([[['d', 0, 0, {}]]], 'e')], 'd'),
      /cycle/,
    ],
    ['a layer that reads itself', 'model/topology', model([z, dense([[['d', 0, 0, {}]]])], 'd'), /cycle/],
    ['two layers of one name', 'model/topology', model([z, dense(fromZ), dense(fromZ)], 'd'), /two layers/],
    ['an output that is missing', 'model/topology', model([z, dense(fromZ)], 'x'), /x/],
    [
      'units that are no number',
      'model/topology',
      model([z, dense(fromZ, 'd', { units: 'x' })], 'd'),
      /units/,
    ],
    [
      'a size that overflows',
      'model/topology',
      model([z, dense(fromZ, 'd', { units: 2 ** 29 })], 'd'),
      /units/,
    ],
    ['an open input', 'model/topology', model([input('z', [null, null, 2]), dense(fromZ)], 'd'), /open/],
    [
      'a reserved name',
      'model/topology',
      model([z, dense(fromZ, 'constructor')], 'constructor'),
      /constructor/,
    ],
    ['Lambda', 'model/refused', model([z, layer('Lambda', 'd', {}, fromZ)], 'd'), /code/],
    [
      'an activation of its author',
      'model/refused',
      model([z, dense(fromZ, 'd', { activation: { class_name: 'function', config: ['4wEA'] } })], 'd'),
      /code/,
    ],
    ['an unknown class', 'model/unsupported', model([z, layer('Mystery', 'd', {}, fromZ)], 'd'), /Mystery/],
    [
      'an unknown operation',
      'model/unsupported',
      model([z, layer('TFOpLambda', 'd', { function: 'io.read_file' }, [['z', 0, 0, {}]])], 'd'),
      /io\.read_file/,
    ],
    ['sound', 'model/unsupported', model([z, layer('Conv1DTranspose', 'd', {}, fromZ)], 'd'), /sound/],
    ['a weight that is missing', 'model/weights', model([z, dense(fromZ, 'e')], 'e'), /e\/kernel/],
    ['a model of another kind', 'model/refused', { class_name: 'VAE', config: {} }, /class VAE/],
  ];
  test.each(cases)('%s', async (_name, code, topology, sentence) => {
    const files = modelJson(keras2(topology), [
      stored('d/kernel', [2, 2]),
      stored('d/bias', [2]),
      stored('x', [1]),
    ]);
    await expect(open(files)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence) as string,
    });
  });

  test('models that call models twice, 16 times over', async () => {
    let inner: Json = model([z, dense(fromZ)], 'd');
    for (let depth = 0; depth < 14; depth++) {
      const { config } = inner as { readonly config: Json };
      inner = model(
        [z, { class_name: 'Functional', name: 'm', config, inbound_nodes: [fromZ[0]!, [['m', 0, 0, {}]]] }],
        'm',
      );
      (inner as { config: { output_layers: Json } }).config.output_layers = [['m', 1, 0]];
    }
    await expect(open(modelJson(keras2(inner), []))).rejects.toMatchObject({ code: 'model/topology' });
  });
});
