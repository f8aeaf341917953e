// Other people's graphs (../shared/data/generators, not part of the project) give what TensorFlow gives of them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { graphRunner } from '#engine/graph/graph-runner';
import { tfGraphRunner } from '#engine/graph/tf-graph-runner';
import type { Loader } from '#engine/loaders/loader';
import { openSource } from '#engine/loaders/open-source';
import { savedModelLoader } from '#engine/loaders/saved-model';
import { tfjsGraphLoader } from '#engine/loaders/tfjs-graph';
import { differenceOf } from '#engine/network-ports';
import type { NumberArray } from '#engine/network-runner';

const GENERATORS = process.env.LATENTSCAPE_GENERATORS ?? join(process.cwd(), '../shared/data/generators');
const there = existsSync(GENERATORS);
if (!there) process.stderr.write(`Skipped: ${GENERATORS} is not there (set LATENTSCAPE_GENERATORS).\n`);

async function run(loader: Loader, folder: string, input: NumberArray): Promise<NumberArray> {
  const source = await openSource(join(GENERATORS, folder));
  const [found] = await loader.find(source);
  const { network, warnings } = await loader.open(source, found?.path ?? '');
  await source.close();
  expect(warnings).toEqual([]);
  if (network.kind !== 'graph') throw new Error('it is no graph');
  const runner = await graphRunner(network.graph);
  expect(runner.runtime).toBe('onnxruntime');
  const reference = await tfGraphRunner(network.graph);
  expect(await differenceOf(reference, runner, 7)).toBeLessThan(1e-5);
  await reference.dispose();
  const [from, to] = [network.graph.inputs[0]?.name ?? '', network.graph.outputs[0]?.name ?? ''];
  const answer = (await runner.run(new Map([[from, input]]), [to])).get(to);
  await runner.dispose();
  if (answer === undefined) throw new Error('it gave nothing');
  return answer;
}

const waves = (shape: readonly number[], wave: (at: number) => number): NumberArray => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => wave(at)),
});

/** The file as it is, by the library's own loader. */
async function byTensorFlowJs(folder: string, input: NumberArray): Promise<Float32Array> {
  const json = JSON.parse(readFileSync(join(GENERATORS, folder, 'model.json'), 'utf8')) as tf.io.ModelJSON;
  const shards = json.weightsManifest.flatMap(({ paths }) => paths);
  const bytes = Buffer.concat(shards.map((name) => readFileSync(join(GENERATORS, folder, name))));
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(bytes).buffer,
    }),
  );
  const answer = model.predict(tf.tensor(input.data.slice(), [...input.shape])) as tf.Tensor;
  return Float32Array.from(await answer.data());
}

/** Some pixels of what TensorFlow 2.21 computed in Python. */
function expectPixels(actual: NumberArray, expected: Readonly<Record<string, number>>): void {
  const [, height = 1, width = 1, channels = 1] = actual.shape;
  for (const [place, value] of Object.entries(expected)) {
    const [n = 0, y = 0, x = 0, c = 0] = place.split(',').map(Number);
    expect(actual.data[((n * height + y) * width + x) * channels + c]).toBeCloseTo(value, 4);
  }
}

describe.skipIf(!there)('Graphs of others', () => {
  test('a SavedModel whose latent is no vector', async () => {
    const latent = waves([2, 2, 2, 4], (at) => Math.fround(at * Math.fround(0.61)) % 19);
    const picture = await run(savedModelLoader, 'digits-savedmodel', latent);
    expect(picture.shape).toEqual([2, 28, 28, 1]);
    expectPixels(picture, DIGITS);
  });

  test('a SavedModel of faces, as its own ONNX export has them', async () => {
    const latent = waves([2, 64], Math.sin);
    const picture = await run(savedModelLoader, 'face-vae/generator_savedmodel', latent);
    expect(picture.shape).toEqual([2, 64, 64, 3]);
    expectPixels(picture, FACES);
    const session = await ort.InferenceSession.create(join(GENERATORS, 'face-vae/generator.onnx'));
    const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
    const answer = await session.run({ [input]: new ort.Tensor('float32', latent.data, [2, 64]) });
    const native = answer[output]?.data as Float32Array; // [2, 3, 64, 64]
    let worst = 0;
    for (let n = 0; n < 2; n++)
      for (let c = 0; c < 3; c++)
        for (let at = 0; at < 4096; at++) {
          const ours = picture.data[(n * 4096 + at) * 3 + c] ?? NaN;
          worst = Math.max(worst, Math.abs(ours - (native[(n * 3 + c) * 4096 + at] ?? NaN)));
        }
    expect(worst).toBeLessThan(1e-4);
    await session.release();
  });

  test.each([
    ['mnist-vae/decoder', [3, 2], [3, 28, 28, 1]],
    ['mnist-vae/encoder', [3, 28, 28, 1], [3, 4]],
  ])('the graph model %s, as TensorFlow.js itself has it', async (folder, shape, gives) => {
    const input = waves(shape, (at) => Math.sin(at * 1.7));
    const answer = await run(tfjsGraphLoader, folder, input);
    expect(answer.shape).toEqual(gives);
    const expected = await byTensorFlowJs(folder, input);
    expect(expected).toHaveLength(answer.data.length);
    const top = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(top).toBeGreaterThan(0.5);
    expected.forEach((value, at) => {
      expect(Math.abs(value - (answer.data[at] ?? NaN)) / top).toBeLessThan(1e-5);
    });
  });
});

const DIGITS: Readonly<Record<string, number>> = {
  '0,23,14,0': 0.516083,
  '0,24,14,0': 0.55372,
  '1,10,10,0': 0.538573,
  '1,10,27,0': 0.514875,
  '1,14,26,0': 0.496601,
  '1,16,15,0': 0.553577,
  '1,16,17,0': 0.466597,
  '1,17,23,0': 0.512943,
  '1,18,18,0': 0.502134,
  '1,18,22,0': 0.476112,
  '1,22,23,0': 0.565034,
  '1,26,18,0': 0.441678,
};
const FACES: Readonly<Record<string, number>> = {
  '0,5,9,0': 0.377917,
  '0,20,31,1': -0.182718,
  '0,32,32,2': -0.224628,
  '0,50,12,0': -0.306801,
  '0,63,63,1': -0.476066,
  '1,5,9,0': 0.572831,
  '1,20,31,1': 0.226532,
  '1,32,32,2': -0.079472,
  '1,50,12,0': -0.499178,
  '1,63,63,1': -0.469155,
};
