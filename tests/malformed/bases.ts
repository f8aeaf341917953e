// Valid models, small and of fixed seeds: what is then broken. All but the SavedModel are one network, written by the project's own exporters.
import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { zipDeterministic } from '#engine/export/deterministic-zip';
import { toKeras } from '#engine/export/to-keras';
import { toTfjs } from '#engine/export/to-tfjs';
import { encodeNetwork, type Network, type Weight } from '#engine/network-file';
import { lowerToOnnx } from '#engine/onnx/lower';
import { encodePng } from '#engine/png';
import { parseTopology, weightSpecs } from '#engine/topology';
import { seededNormal } from '#shared/random';
import { filesOf, json, partOf, type Base, type Files } from './corpus';
import { kerasH5 } from './hdf5-files';

const TOPOLOGY = {
  class_name: 'Sequential',
  config: {
    name: 'generator',
    layers: [
      { class_name: 'InputLayer', config: { name: 'z', batch_input_shape: [null, 4], dtype: 'float32' } },
      { class_name: 'Dense', config: { name: 'dense', units: 32, activation: 'relu', use_bias: true } },
      { class_name: 'Reshape', config: { name: 'reshape', target_shape: [4, 4, 2] } },
      {
        class_name: 'Conv2DTranspose',
        config: {
          ...{ name: 'up', filters: 1, kernel_size: [3, 3], strides: [2, 2], padding: 'same' },
          ...{ data_format: 'channels_last', dilation_rate: [1, 1], activation: 'sigmoid', use_bias: true },
        },
      },
    ],
  },
} as const;

/** z [4] -> picture [8, 8, 1]. */
export function smallNetwork(): Network {
  const topology = JSON.stringify(TOPOLOGY);
  const weights = new Map<string, Weight>();
  let seed = 1;
  for (const [name, shape] of weightSpecs(parseTopology(topology))) {
    const count = shape.reduce((total, side) => total * side, 1);
    weights.set(name, { shape, data: seededNormal(seed++, count) });
  }
  return { topology, weights };
}

const asTheyAre = (parts: Files): Files => parts;

export const tfjsLayers = async (): Promise<Base> => ({
  parts: await toTfjs(smallNetwork(), 'base'),
  seal: asTheyAre,
  open: 'model.json',
});

const FLOAT = { type: 'DT_FLOAT' };
const node = (name: string, op: string, input: readonly string[], attr: object = { T: FLOAT }): object => ({
  ...{ name, op, input, attr },
});
const constant = (name: string, type = 'DT_FLOAT'): object =>
  node(name, 'Const', [], { dtype: { type }, value: { tensor: { dtype: type } } });

/** sigmoid(z w) as pictures of 8 x 8. */
export const tfjsGraph = (): Promise<Base> => {
  const model = {
    format: 'graph-model',
    modelTopology: {
      node: [
        node('z', 'Placeholder', [], {
          dtype: FLOAT,
          shape: { shape: { dim: [{ size: '-1' }, { size: '4' }] } },
        }),
        constant('w'),
        constant('shape', 'DT_INT32'),
        node('product', 'MatMul', ['z', 'w']),
        node('squashed', 'Sigmoid', ['product']),
        node('picture', 'Reshape', ['squashed', 'shape']),
      ],
      versions: { producer: 1 },
    },
    weightsManifest: [
      {
        paths: ['shard.bin'],
        weights: [
          { name: 'w', shape: [4, 64], dtype: 'float32' },
          { name: 'shape', shape: [4], dtype: 'int32' },
        ],
      },
    ],
  };
  const shard = Buffer.concat([
    new Uint8Array(seededNormal(1, 256).buffer),
    new Uint8Array(Int32Array.of(-1, 8, 8, 1).buffer),
  ]);
  return Promise.resolve({
    parts: filesOf({ 'model.json': json(model), 'shard.bin': shard }),
    seal: asTheyAre,
    open: 'model.json',
  });
};

export const safetensors = (): Promise<Base> =>
  Promise.resolve({
    parts: new Map([['generator.safetensors', encodeNetwork(smallNetwork())]]),
    seal: asTheyAre,
    open: 'generator.safetensors',
  });

export const onnx = (): Promise<Base> =>
  Promise.resolve({
    parts: new Map([['generator.onnx', lowerToOnnx(smallNetwork()).onnx]]),
    seal: asTheyAre,
    open: 'generator.onnx',
  });

export const h5 = async (): Promise<Base> => ({
  parts: new Map([['generator.h5', await kerasH5(smallNetwork())]]),
  seal: asTheyAre,
  open: 'generator.h5',
});

/** As Keras itself writes it. */
export const h5Early = async (): Promise<Base> => ({
  parts: new Map([['generator.h5', await kerasH5(smallNetwork(), {}, 'earliest')]]),
  seal: asTheyAre,
  open: 'generator.h5',
});

/** Mutants are made of what lies in the zip, which is packed again: otherwise its checksum would stop nearly all of them. */
export const keras = async (): Promise<Base> => ({
  parts: new Map(Object.entries(unzipSync(await toKeras(smallNetwork(), 'base')))),
  seal: (parts) => new Map([['generator.keras', zipDeterministic(parts)]]),
  open: 'generator.keras',
});

/** Here the bytes of the archive itself are altered. */
export const zip = async (): Promise<Base> => ({
  parts: new Map([['model.zip', zipDeterministic(await toTfjs(smallNetwork(), 'base'), 'generator/')]]),
  seal: asTheyAre,
  open: 'model.zip',
});

/** Written by TensorFlow: see tests/fixtures/graphs. */
export const savedModel = (): Promise<Base> =>
  Promise.resolve({
    parts: new Map(Object.entries(unzipSync(readFileSync('tests/fixtures/graphs/keras-conditional.zip')))),
    seal: asTheyAre,
    open: '',
  });

const MANIFEST = {
  formatVersion: 1,
  id: 'small',
  title: 'Small',
  family: 'vae',
  generator: { file: 'generator.safetensors', format: 'latentscape-network/1' },
  latent: { size: 4, prior: { kind: 'normal' } },
  output: { height: 8, width: 8, channels: 1, range: [0, 1], layout: 'NHWC' },
  licence: 'MIT',
  provenance: 'made of numbers',
};

/** Without hashes; they are taken of the altered files, so that mutants are looked at and not only found to be altered. */
export const pack = (): Promise<Base> =>
  Promise.resolve({
    parts: filesOf({
      'manifest.json': json(MANIFEST),
      'generator.safetensors': encodeNetwork(smallNetwork()),
    }),
    seal: withHashes,
    open: '',
  });

export function withHashes(parts: Files): Files {
  const hash = createHash('sha256').update(partOf(parts, 'generator.safetensors')).digest('hex');
  const manifest = new TextDecoder().decode(partOf(parts, 'manifest.json'));
  const files = `"files":{"generator.safetensors":"${hash}"}`;
  const end = manifest.lastIndexOf('}');
  const whole = end < 0 ? manifest : `${manifest.slice(0, end)},${files}${manifest.slice(end)}`;
  return new Map([...parts, ['manifest.json', new TextEncoder().encode(whole)]]);
}

export const png = async (): Promise<Base> => ({
  parts: new Map([['picture.png', await smallPng()]]),
  seal: asTheyAre,
  open: 'picture.png',
});

/** A gradient of 8 x 8, in colour. */
export function smallPng(): Promise<Uint8Array> {
  const rgba = Uint8Array.from({ length: 8 * 8 * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at * 7) % 256));
  return encodePng({ width: 8, height: 8, rgba });
}
