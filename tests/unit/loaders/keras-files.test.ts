/** Files that Keras itself wrote (see tests/fixtures/keras/make.py): what it answered for them, we answer. */
import { mkdtemp, readFile, readdir, rm, writeFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layersRunner } from '#engine/layers-runner';
import { kerasH5Loader } from '#engine/loaders/keras-h5';
import { kerasV3Loader } from '#engine/loaders/keras-v3';
import type { LoadedNetwork } from '#engine/loaders/loader';
import { openSource } from '#engine/loaders/open-source';
import { decodeNetwork, encodeNetwork, type Network } from '#engine/network-file';
import type { NumberArray } from '#engine/network-runner';

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Cases = Readonly<
  Record<string, { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }>
>;

const fixtures = resolve('tests/fixtures/keras');
let folder = '';
let cases: Cases = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keras-'));
  cases = JSON.parse(await readFile(join(fixtures, 'cases.json'), 'utf8')) as Cases;
  for (const name of await readdir(fixtures)) {
    if (name.endsWith('.gz'))
      await writeFile(join(folder, name.slice(0, -3)), gunzipSync(await readFile(join(fixtures, name))));
    if (name.endsWith('.keras')) await copyFile(join(fixtures, name), join(folder, name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(file: string): Promise<LoadedNetwork & { readonly layers: Network }> {
  const source = await openSource(join(folder, file));
  const loader = file.endsWith('.keras') ? kerasV3Loader : kerasH5Loader;
  expect((await loader.find(source)).map(({ path }) => path)).toContain(file);
  const loaded = await loader.open(source, file);
  if (loaded.network.kind !== 'layers') throw new Error('it is no layers network');
  return { ...loaded, layers: loaded.network.network };
}

const ROUNDED: Readonly<Record<string, number>> = { mixed: 2e-3, float16: 2e-3 }; // Keras itself counts in half floats there

describe('gives what Keras gives, by ONNX Runtime and by TensorFlow.js', () => {
  const files = [
    ...[
      'nested-shared',
      'conditional',
      'operations',
      'norms',
      'channels-first',
      'convolutions',
      'mixed',
      'float16',
    ],
    ...['compiled', 'sequential-built', 'spectral'],
  ].flatMap((name) => (name === 'spectral' ? [`${name}.keras`] : [`${name}.keras`, `${name}.h5`]));
  test.each(files)('%s', async (file) => {
    const { layers, warnings } = await open(file);
    expect(warnings.filter((sentence) => !sentence.includes('dropout'))).toEqual([]);
    const { inputs, outputs } = cases[file.replace(/\.\w+$/, '')]!;
    const kept = decodeNetwork(encodeNetwork(layers)); // as it will lie in a pack
    for (const options of [{}, { avoid: 'onnxruntime' as const }]) {
      const runner = await layersRunner(kept, options);
      expect(runner.runtime === 'onnxruntime').toBe(!('avoid' in options));
      const feeds = runner.inputs.map(({ name }, at): [string, NumberArray] => [
        name,
        { shape: inputs[at]!.shape, data: Float32Array.from(inputs[at]!.data) },
      ]);
      const answers = await runner.run(
        new Map(feeds),
        runner.outputs.map(({ name }) => name),
      );
      [...answers.values()].forEach(({ shape, data }, at) => {
        expect(shape).toEqual(outputs[at]!.shape);
        const worst = data.reduce(
          (most, value, place) => Math.max(most, Math.abs(value - outputs[at]!.data[place]!)),
          0,
        );
        expect(worst).toBeLessThan(ROUNDED[file.replace(/\.\w+$/, '')] ?? 1e-5);
      });
      expect(answers.size).toBe(outputs.length);
      await runner.dispose();
    }
  });

  test('a label that chooses a row is a whole number', async () => {
    const runner = await layersRunner((await open('conditional.h5')).layers);
    expect(runner.inputs.map(({ name, type }) => [name, type])).toEqual([
      ['z', 'float32'],
      ['label', 'int32'],
    ]);
  });
});

test.each(['sampling.keras', 'sampling.h5'])(
  "%s: an author's sampling layer gives mu and logVar",
  async (file) => {
    const { layers, warnings } = await open(file);
    expect(warnings.join()).toMatch(/draws at random; its mean is taken instead/);
    expect((await layersRunner(layers)).outputs.map(({ name }) => name)).toEqual(['mu', 'log_var']);
  },
);

test('numbers with the large byte first are read', async () => {
  const { layers } = await open('hostile-bigendian.h5');
  const kernel = [...layers.weights.values()].find(({ shape }) => shape.length === 2);
  expect(kernel).toEqual({ shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, at) => at) });
});

describe('is refused with a sentence', () => {
  test.each([
    ['lambda.keras', 'model/refused', /holds code/],
    ['lambda.h5', 'model/refused', /holds code/],
    ['subclass.keras', 'model/refused', /code of its author.*class VAE/],
    ['volume.keras', 'model/unsupported', /Conv3D makes volumes/],
    ['only.weights.h5', 'model/refused', /weights without a model/],
    ['hostile-external.h5', 'model/damaged', /cannot be read/],
    ['hostile-softlink.h5', 'model/refused', /a link/],
    ['hostile-extlink.h5', 'model/refused', /a link/],
    ['hostile-virtual.h5', 'model/refused', /virtual data set/],
    ['hostile-cycle.h5', 'model/damaged', /32 deep/],
    ['hostile-bigshape.h5', 'model/damaged', /17179869184 values/],
    ['hostile-bomb.h5', 'model/damaged', /declare 4000012 bytes/],
    ['hostile-lzf.h5', 'model/refused', /filter 32000/],
  ] as const)('%s', async (file, code, sentence) => {
    await expect(open(file)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence) as string,
    });
  });

  test('a file that is cut or overwritten, anywhere', async () => {
    const good = await readFile(join(folder, 'compiled.h5'));
    for (let at = 0; at < good.length; at += 331) {
      for (const bytes of [good.subarray(0, at), Buffer.from(good).fill(0xff, at, at + 8)]) {
        const file = join(folder, 'mutant.h5');
        await writeFile(file, bytes);
        const source = await openSource(file);
        const [found] = (await kerasH5Loader.find(source)).filter(({ path }) => path === 'mutant.h5');
        if (found === undefined) continue;
        const result = await kerasH5Loader.open(source, found.path).catch((error: unknown) => error);
        if (result instanceof Error)
          expect(result).toMatchObject({
            name: 'AppError',
            code: expect.stringMatching(/^model\//) as string,
          });
      }
    }
  });
});
