/** One network in several layers formats gives the same picture, by ONNX Runtime and by TensorFlow.js. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layersRunner, loweredRunner } from '#engine/layers-runner';
import { openSource } from '#engine/loaders/open-source';
import { kerasH5Loader } from '#engine/loaders/keras-h5';
import { kerasV3Loader } from '#engine/loaders/keras-v3';
import type { LoadedNetwork, Loader } from '#engine/loaders/loader';
import { tfjsLayersLoader } from '#engine/loaders/tfjs-layers';
import type { Network } from '#engine/network-file';
import { differenceOf } from '#engine/network-ports';
import type { NetworkRunner, NumberArray } from '#engine/network-runner';
import { onnxRunner } from '#engine/onnx/raw-runner';
import { seededNormal } from '#shared/random';

const generators = resolve(process.env['LATENTSCAPE_GENERATORS'] ?? '../shared/data/generators');
const present = existsSync(join(generators, 'face-vae'));
if (!present)
  process.stderr.write(`Skipped: ${generators} is not there, so other people's models are not tried.\n`);

async function load(path: string, loader: Loader): Promise<LoadedNetwork & { readonly layers: Network }> {
  const source = await openSource(join(generators, path));
  const [found] = (await loader.find(source)).filter(
    (each) => source.entry === null || each.path === source.entry,
  );
  expect(found?.format).toBe(loader.format);
  const loaded = await loader.open(source, found?.path ?? '');
  if (loaded.network.kind !== 'layers') throw new Error('it is no layers network');
  return { ...loaded, layers: loaded.network.network };
}

async function answer(runner: NetworkRunner, feed: NumberArray): Promise<readonly Float32Array[]> {
  const names = runner.outputs.map(({ name }) => name);
  return [...(await runner.run(new Map([[runner.inputs[0]!.name, feed]]), names)).values()].map(
    ({ data }) => data,
  );
}

function worst(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}

/** [n, rows, columns, channels] -> [n, channels, rows, columns] */
function channelsFirst(
  data: Float32Array,
  [count, rows, columns, channels]: readonly [number, number, number, number],
): Float32Array {
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const channel = at % channels;
    const pixel = Math.floor(at / channels) % (rows * columns);
    const picture = Math.floor(at / (channels * rows * columns));
    result[(picture * channels + channel) * rows * columns + pixel] = data[at]!;
  }
  expect(count * rows * columns * channels).toBe(data.length);
  return result;
}

const onnxOf = async (path: string): Promise<NetworkRunner> => {
  const source = await openSource(join(generators, path));
  return onnxRunner(await source.files.get(source.entry!)!.read(1e9));
};

describe.skipIf(!present)('face-vae', () => {
  test.each([
    ['generator.h5', kerasH5Loader],
    ['generator.keras', kerasV3Loader],
    ['tfjs_generator', tfjsLayersLoader],
  ] as const)('%s gives the picture of generator.onnx', async (file, loader) => {
    const z = { shape: [3, 64], data: Float32Array.from(seededNormal(5, 3 * 64)) };
    const [expected] = await answer(await onnxOf('face-vae/generator.onnx'), z);
    const { layers } = await load(`face-vae/${file}`, loader);
    for (const runner of [await layersRunner(layers), await layersRunner(layers, { avoid: 'onnxruntime' })]) {
      const [actual] = await answer(runner, z);
      expect(worst(channelsFirst(actual!, [3, 64, 64, 3]), expected!)).toBeLessThan(1e-4);
      await runner.dispose();
    }
  });

  test.each([
    ['encoder.keras', kerasV3Loader],
    ['tfjs_encoder', tfjsLayersLoader],
  ] as const)('%s gives the latent of encoder.onnx', async (file, loader) => {
    const picture = Float32Array.from(seededNormal(6, 2 * 64 * 64 * 3), Math.tanh);
    const turned = channelsFirst(picture, [2, 64, 64, 3]);
    const [expected] = await answer(await onnxOf('face-vae/encoder.onnx'), {
      shape: [2, 3, 64, 64],
      data: turned,
    });
    const { layers } = await load(`face-vae/${file}`, loader);
    const [actual] = await answer(await layersRunner(layers), { shape: [2, 64, 64, 3], data: picture });
    expect(worst(actual!, expected!)).toBeLessThan(1e-4);
  });
});

describe.skipIf(!present)('fashion-ae', () => {
  test('the .h5 and the TensorFlow.js decoder agree', async () => {
    const [h5, tfjs] = [
      await load('fashion-ae/best_decoder.h5', kerasH5Loader),
      await load('fashion-ae/tfjs_decoder', tfjsLayersLoader),
    ];
    const difference = await differenceOf(
      await loweredRunner(h5.layers),
      await layersRunner(tfjs.layers, { avoid: 'onnxruntime' }),
      4,
    );
    expect(difference).toBeLessThan(1e-4);
  });
  test('its encoder takes a picture and gives a latent', async () => {
    const { layers } = await load('fashion-ae/best_encoder.h5', kerasH5Loader);
    const runner = await layersRunner(layers);
    expect(runner.inputs).toEqual([{ name: 'input_1', shape: [null, 28, 28, 1], type: 'float32' }]);
    expect(runner.outputs.map(({ shape }) => shape)).toEqual([[null, 2]]);
    expect(await differenceOf(runner, await layersRunner(layers, { avoid: 'onnxruntime' }), 4)).toBeLessThan(
      1e-5,
    );
  });
});

test.skipIf(!present)("an author's own sampling layer becomes mu and logVar, and that is said", async () => {
  const { layers, warnings } = await load('custom-layer/encoder.keras', kerasV3Loader);
  const runner = await layersRunner(layers);
  expect(runner.outputs.map(({ name }) => name)).toEqual(['z_mean', 'z_log_var']);
  expect(warnings).toEqual(['The layer sampling (Sampling) draws at random; its mean is taken instead.']);
  const [mu, logVar] = await answer(runner, {
    shape: [1, 32, 32, 1],
    data: new Float32Array(1024).fill(0.5),
  });
  expect([mu, logVar].map((values) => values?.length)).toEqual([2, 2]);
});
