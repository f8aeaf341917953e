import * as tf from '@tensorflow/tfjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { createGolden } from '#engine/golden';
import { encodeNetwork, type Network } from '#engine/network-file';
import { openModel, rawOnnxDecoder, type OpenModel } from '#engine/open-model';
import { writePack, type Pack, type PackContent } from '#engine/pack';
import { fromLayersModel } from '#engine/tf-network';

const L = tf.layers;
const LATENT = { size: 2, prior: { kind: 'normal' } } as const;
let folder = '';
let generator: tf.LayersModel;
const opened: OpenModel[] = [];

beforeAll(async () => {
  process.env['LATENTSCAPE_BACKEND'] = 'wasm'; // there everywhere, also without the native engine
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'latentscape-open-'));
  const init = { kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }) };
  generator = tf.sequential({
    layers: [
      L.inputLayer({ inputShape: [2] }),
      L.dense({ units: 12, activation: 'tanh', ...init }),
      L.reshape({ targetShape: [2, 2, 3] }),
      L.conv2dTranspose({
        filters: 1,
        kernelSize: 4,
        strides: 2,
        padding: 'same',
        activation: 'sigmoid',
        ...init,
      }),
    ],
  });
});
afterAll(async () => {
  delete process.env['LATENTSCAPE_BACKEND'];
  await Promise.all(opened.map((model) => model.dispose()));
  await rm(folder, { recursive: true, force: true });
});

const predict = (z: Float32Array, count: number): Float32Array =>
  tf.tidy(() => Float32Array.from((generator.predict(tf.tensor(z, [count, 2])) as tf.Tensor).dataSync()));

/** mu and logVar side by side (16 pixels -> 4 numbers), or as two outputs. */
function encoder(outputs: 1 | 2): Network {
  const x = tf.input({ shape: [4, 4, 1] });
  const flat = L.flatten().apply(x) as tf.SymbolicTensor;
  const head = (units: number) =>
    L.dense({
      units,
      kernelInitializer: 'ones',
      biasInitializer: tf.initializers.constant({ value: units }),
    }).apply(flat);
  const heads = (outputs === 1 ? [head(4)] : [head(2), head(2)]) as tf.SymbolicTensor[];
  return fromLayersModel(tf.model({ inputs: x, outputs: heads }));
}

interface Changes {
  readonly network?: Network;
  readonly golden?: Uint8Array;
  readonly encoder?: Network;
  readonly manifest?: Partial<PackContent['manifest']>;
}

async function pack(id: string, changes: Changes = {}): Promise<Pack> {
  const files = new Map([
    ['generator.safetensors', encodeNetwork(changes.network ?? fromLayersModel(generator))],
    [
      'golden.json',
      changes.golden ?? (await createGolden(LATENT, 1, (z, count) => Promise.resolve(predict(z, count)))),
    ],
  ]);
  if (changes.encoder !== undefined) files.set('encoder.safetensors', encodeNetwork(changes.encoder));
  const format = 'latentscape-network/1';
  const manifest: PackContent['manifest'] = {
    id,
    title: 'A small one',
    family: 'vae',
    generator: { file: 'generator.safetensors', format },
    ...(changes.encoder === undefined
      ? {}
      : { encoder: { file: 'encoder.safetensors', format, logVarRange: [-10, 4] } }),
    latent: LATENT,
    output: { height: 4, width: 4, channels: 1, range: [0, 1], layout: 'NHWC' },
    golden: 'golden.json',
    licence: 'MIT',
    provenance: 'made for a test',
    ...changes.manifest,
  };
  return writePack(join(folder, id), { manifest, files });
}

async function open(id: string, changes: Changes = {}): Promise<OpenModel> {
  const model = await openModel(await pack(id, changes));
  opened.push(model);
  return model;
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'accepted';
}

const Z = Float32Array.of(0.3, -1, 2, 0);

describe('which runtime decodes', () => {
  test('ONNX Runtime, when it gives the expected pictures', async () => {
    const model = await open('plain');
    expect(model.runtime).toEqual({
      name: 'onnxruntime',
      why: 'ONNX Runtime runs it; its expected pictures agree.',
      fallback: false,
    });
    const { rgba, notes } = await model.decode(Z, 2);
    const expected = [...predict(Z, 2)].flatMap((value) => [
      ...Array<number>(3).fill(Math.floor(value * 255 + 0.5)),
      255,
    ]);
    expect([...rgba]).toEqual(expected);
    expect(notes).toEqual([]);
  });

  test('TensorFlow.js, said aloud, when a layer has no translation; the pictures are the same', async () => {
    const exotic = tf.sequential({
      layers: [
        L.inputLayer({ inputShape: [2] }),
        L.dense({ units: 16, activation: 'logSoftmax' as 'softmax' }),
        L.reshape({ targetShape: [4, 4, 1] }),
      ],
    });
    const golden = await createGolden(LATENT, 1, (z, count) =>
      Promise.resolve(
        tf.tidy(() => Float32Array.from((exotic.predict(tf.tensor(z, [count, 2])) as tf.Tensor).dataSync())),
      ),
    );
    const model = await open('exotic', { network: fromLayersModel(exotic), golden });
    expect(model.runtime.fallback).toBe(true);
    expect(model.runtime.name).toBe('wasm');
    expect(model.runtime.why).toMatch(/TensorFlow\.js runs it: The network cannot be translated.*logsoftmax/);
    expect((await model.decode(Z, 2)).count).toBe(2);
  });

  test('TensorFlow.js, with the doubt, when no runtime gives the expected pictures', async () => {
    const golden = await createGolden(LATENT, 1, (z, count) =>
      Promise.resolve(predict(z, count).map((value) => value + 0.01)),
    );
    const model = await open('other', { golden });
    expect(model.runtime.fallback).toBe(true);
    expect(model.runtime.why).toMatch(
      /other pictures than expected \(a pixel differs by 0\.010, and 0\.001 is allowed\).*as well/,
    );
  });
});

describe('latents and pictures', () => {
  test('many pictures are the same as one by one', async () => {
    const model = await open('many');
    const count = 600; // more than one run of the network
    const z = Float32Array.from({ length: 2 * count }, (_, at) => Math.sin(at));
    const all = await model.decode(z, count);
    for (const at of [0, 255, 256, 599]) {
      const one = await model.decode(z.slice(2 * at, 2 * at + 2), 1);
      const size = one.rgba.length;
      all.rgba
        .slice(at * size, (at + 1) * size)
        .forEach((byte, i) => expect(Math.abs(byte - (one.rgba[i] ?? -9))).toBeLessThanOrEqual(1));
    }
  });

  test('wrong latents are refused', async () => {
    const model = await open('strict');
    expect(await codeOf(model.decode(Float32Array.of(1), 1))).toBe('input/latent');
    expect(await codeOf(model.decode(Float32Array.of(1, NaN), 1))).toBe('input/latent');
    expect(await codeOf(model.decode(new Float32Array(0), 0))).toBe('input/latent');
  });

  test('weights that are no numbers are noted, and the pixels are 0', async () => {
    const network = fromLayersModel(generator);
    for (const { data } of network.weights.values()) data.fill(NaN);
    const model = await open('broken', { network });
    const { rgba, notes } = await model.decode(Z, 2);
    expect(rgba[0]).toBe(0);
    expect(notes.join(' ')).toMatch(/dense.*no numbers.*32 values of the pictures were no numbers/);
  });

  test('a manifest of another size is refused', async () => {
    const output = {
      height: 5,
      width: 4,
      channels: 1 as const,
      range: [0, 1] as [0, 1],
      layout: 'NHWC' as const,
    };
    expect(await codeOf(open('wrong-size', { manifest: { output } }))).toBe('model/size');
  });

  test.each([1, 2] as const)('an encoder with %d outputs gives mu and logVar, bounded', async (outputs) => {
    const model = await open(`encoder-${outputs}`, { encoder: encoder(outputs) });
    const bytes = new Uint8Array(32).fill(51, 0, 16).fill(255, 16); // 0.2 and 1, 16 times each
    const { mu, logVar } = await model.encode(bytes, 2);
    const bias = outputs === 1 ? 4 : 2;
    [3.2, 3.2, 16, 16].forEach((sum, at) => expect(mu[at]).toBeCloseTo(sum + bias, 4));
    expect([...(logVar ?? [])]).toEqual([4, 4, 4, 4]);
  });

  test('a picture goes in and comes back', async () => {
    const model = await open('there-and-back', { encoder: encoder(1) });
    const encoded = await model.encodePicture({
      width: 4,
      height: 4,
      channels: 1,
      pixels: new Uint8Array(16).fill(9),
      notes: ['It was cropped.'],
    });
    expect(encoded.original.rgba.slice(0, 4)).toEqual(Uint8Array.of(9, 9, 9, 255));
    expect(encoded.reconstruction).toEqual(expect.objectContaining({ count: 1, width: 4, height: 4 }));
    expect(encoded.notes).toEqual(['It was cropped.']);
  });

  test('without an encoder that is said', async () => {
    expect(await codeOf((await open('one-way')).encode(new Uint8Array(16), 1))).toBe('model/no-encoder');
  });

  test('the bare runtime is there to measure against', async () => {
    const bare = await rawOnnxDecoder(await pack('bare'));
    const values = await bare.run(Z, 2);
    predict(Z, 2).forEach((value, at) => expect(values[at]).toBeCloseTo(value, 5));
    await bare.dispose();
  });
});
