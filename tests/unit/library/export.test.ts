import * as tf from '@tensorflow/tfjs';
import { unzipSync } from 'fflate';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { exportModel } from '#engine/export/export-model';
import { createKeptExports } from '#engine/export/kept-exports';
import { kerasLayerOrder, kerasWeightNames } from '#engine/export/keras-order';
import { toKeras } from '#engine/export/to-keras';
import { runNetwork } from '#engine/any-network';
import { kerasV3Loader } from '#engine/loaders/keras-v3';
import { checkOnnx } from '#engine/loaders/onnx';
import { encodeNetwork } from '#engine/network-file';
import { onnxRunner } from '#engine/onnx/raw-runner';
import { writePack, type Pack } from '#engine/pack';
import { fromLayersModel } from '#engine/tf-network';
import { parseTopology } from '#engine/topology';
import { memorySource } from '../loaders/memory-source';
import { branchingEncoder, smallGenerator } from './small-networks';

let folder = '';
let pack: Pack;
let generator: tf.LayersModel;
let encoder: tf.LayersModel;

beforeAll(async () => {
  process.env['LATENTSCAPE_BACKEND'] = 'wasm'; // there everywhere, also without the native engine
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'latentscape-export-'));
  generator = smallGenerator();
  encoder = branchingEncoder();
  const format = 'latentscape-network/1';
  pack = await writePack(join(folder, 'small'), {
    manifest: {
      id: 'small',
      title: 'Small',
      family: 'cvae',
      generator: { file: 'generator.safetensors', format },
      encoder: { file: 'encoder.safetensors', format },
      latent: { size: 2, prior: { kind: 'normal' } },
      condition: { kind: 'class', size: 3, names: ['a', 'b', 'c'] },
      output: { height: 8, width: 8, channels: 1, range: [0, 1], layout: 'NHWC' },
      licence: 'MIT',
      provenance: 'made by a test',
    },
    files: new Map([
      ['generator.safetensors', encodeNetwork(fromLayersModel(generator))],
      ['encoder.safetensors', encodeNetwork(fromLayersModel(encoder))],
    ]),
  });
});
afterAll(async () => {
  delete process.env['LATENTSCAPE_BACKEND'];
  await rm(folder, { recursive: true, force: true });
});

const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 0.37));
const predict = (model: tf.LayersModel, x: Float32Array, shape: number[]): readonly Float32Array[] =>
  tf.tidy(() => [model.predict(tf.tensor(x, shape))].flat().map((y) => Float32Array.from(y.dataSync())));
function near(actual: Float32Array | undefined, expected: Float32Array | undefined): void {
  expect(actual?.length).toBe(expected?.length);
  const worst = Math.max(...(actual ?? []).map((value, at) => Math.abs(value - (expected?.[at] ?? NaN))));
  expect(worst).toBeLessThan(1e-5);
}

test('ONNX: ports by what they are, the same values, words for whoever opens it', async () => {
  const { name, bytes } = await exportModel(pack, 'generator', 'onnx');
  expect(name).toBe('small-generator.onnx');
  const { hints } = await checkOnnx(bytes, name);
  expect(hints).toEqual({ producer: 'latentscape', title: 'Small', classNames: ['a', 'b', 'c'] });
  const runner = await onnxRunner(bytes);
  const z = numbers(10);
  const made = await runner.run(new Map([['z', { shape: [2, 5], data: z }]]), ['picture']);
  await runner.dispose();
  near(made.get('picture')?.data, predict(generator, z, [2, 5])[0]);
  const beside = await onnxRunner((await exportModel(pack, 'encoder', 'onnx')).bytes);
  expect(beside.inputs.map((port) => port.name)).toEqual(['picture']);
  expect(beside.outputs.map((port) => port.name)).toEqual(['mu', 'logVar']);
  await beside.dispose();
});

test('TensorFlow.js: its own loader takes both files', async () => {
  const { name, bytes, files } = await exportModel(pack, 'encoder', 'tfjs');
  expect(name).toBe('small-encoder-tfjs.zip');
  const inside = unzipSync(bytes);
  expect(Object.keys(inside).sort()).toEqual([...(files?.keys() ?? [])].sort());
  const json = JSON.parse(new TextDecoder().decode(inside['model.json'])) as tf.io.ModelJSON;
  const weightData = Uint8Array.from(inside['weights.bin'] ?? []).buffer;
  const [manifest] = json.weightsManifest;
  const { modelTopology } = json;
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: manifest?.weights ?? [], weightData }),
  );
  const x = numbers(64);
  const [mu, logVar] = predict(model, x, [1, 8, 8, 1]);
  const [expectedMu, expectedLogVar] = predict(encoder, x, [1, 8, 8, 1]);
  near(mu, expectedMu);
  near(logVar, expectedLogVar);
});

test('Keras: layers are named as Keras will look for them', () => {
  const topology = parseTopology(fromLayersModel(encoder).topology);
  const order = kerasLayerOrder(topology);
  // By their distance from the outputs; of two at one distance the one that `join` names first.
  expect(order).toEqual(['picture', 'one', 'three', 'two', 'join', 'flat', 'mu', 'logVar']);
  const names = kerasWeightNames(
    order.map((name) => ({ className: topology.calls.find(({ layer }) => layer === name)?.className ?? '' })),
  );
  expect(names.join(' ')).toBe('input_layer conv2d conv2d_1 conv2d_2 add flatten dense dense_1');
});

test('Keras: the file is read again as one of a stranger, and gives the same values', async () => {
  for (const [part, model, shape] of [
    ['generator', generator, [1, 5]],
    ['encoder', encoder, [1, 8, 8, 1]],
  ] as const) {
    const { name, bytes } = await exportModel(pack, part, 'keras');
    const { network } = await kerasV3Loader.open(memorySource({ [name]: bytes }), name);
    const runner = await runNetwork(network);
    const data = numbers(shape.reduce<number>((product, size) => product * size, 1));
    const wanted = runner.outputs.map((port) => port.name);
    const made = await runner.run(new Map([[runner.inputs[0]?.name ?? '', { shape, data }]]), wanted);
    await runner.dispose();
    const expected = predict(model, data, [...shape]);
    expect(wanted).toHaveLength(expected.length);
    wanted.forEach((port, at) => near(made.get(port)?.data, expected[at]));
  }
});

test('what Keras says otherwise, or not at all, is refused by the layer', async () => {
  const layers = [tf.layers.dense({ units: 64, inputShape: [2], activation: 'hardSigmoid', name: 'odd' })];
  const network = fromLayersModel(tf.sequential({ layers }));
  await expect(toKeras(network, 'small')).rejects.toThrow(/layer odd.*hard_?[sS]igmoid/);
});

test('the same model gives the same file', async () => {
  for (const format of ['keras', 'tfjs', 'onnx', 'safetensors', 'zip'] as const) {
    const [one, again] = [
      await exportModel(pack, 'encoder', format),
      await exportModel(pack, 'encoder', format),
    ];
    expect(Buffer.compare(one.bytes, again.bytes), format).toBe(0);
  }
});

test('pieces are given in order, once, and forgotten', () => {
  let time = 0;
  const kept = createKeptExports(() => time);
  const bytes = new Uint8Array(5 * 2 ** 20).fill(7);
  const token = kept.keep({ name: 'a', bytes });
  expect(kept.piece(token, 0)).toHaveLength(4 * 2 ** 20);
  expect(kept.piece(token, 4 * 2 ** 20)).toHaveLength(2 ** 20);
  expect(() => kept.piece(token, 0)).toThrow(AppError);
  const old = kept.keep({ name: 'b', bytes });
  time = 11 * 60_000;
  expect(() => kept.piece(old, 0)).toThrow(/not kept any more/);
  const first = kept.keep({ name: 'c', bytes });
  for (let at = 0; at < 4; at++) kept.keep({ name: 'd', bytes });
  expect(() => kept.piece(first, 0)).toThrow(AppError);
});
