// What people mix up, through the real inspector process: each ends in one sentence, or in a model that is what it says; and the library is as
// it was.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forkNode } from '#app/fork-node';
import { startInspector } from '#app/inspector-host';
import { toTfjs } from '#engine/export/to-tfjs';
import { createImports, type Imports } from '#engine/importing/imports';
import { encodeNetwork, type Network } from '#engine/network-file';
import { lowerToOnnx } from '#engine/onnx/lower';
import { parseTopology, weightSpecs } from '#engine/topology';
import { AppError } from '#shared/errors';
import type { Inspection } from '#shared/importing';
import { createCancellation } from '#shared/rpc';
import { seededNormal } from '#shared/random';
import * as bases from '../malformed/bases';
import { filesOf, partOf, type Files } from '../malformed/corpus';
import { floats, longs, model, node, port, tensor } from '../unit/loaders/onnx-bytes';

const inspector = resolve('out', 'main', 'inspector.js');
let home = '';
let library = '';
let at = 0;
let imports: Imports;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-bad-input-'));
  library = join(home, 'models');
  await mkdir(library);
  imports = createImports({
    start: () => startInspector(() => forkNode(inspector)),
    places: () => Promise.resolve({ library, taken: [] }),
    limits: { stepMs: 120_000 }, // the machine may be busy; what is judged here is not speed
  });
});
beforeEach(() => {
  at++;
});
afterAll(async () => {
  imports.dispose();
  await rm(home, { recursive: true, force: true });
});

async function lay(files: Files, open = ''): Promise<string> {
  const folder = join(home, `case-${at}`);
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return join(folder, open);
}
const open = (path: string): Promise<Inspection> =>
  imports.open(path, () => undefined, createCancellation().cancellation);

const accept = ({ import: id, contract, title }: Inspection): Promise<string> =>
  imports.accept(id, { contract, encoder: null, title, licence: '', provenance: '' });

/** Every file of the library with its content. */
async function libraryState(folder = library): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashes = files.sort().map(async (file) => {
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    return `${file} ${hash}`;
  });
  return Promise.all(hashes);
}

async function refusal(
  task: Promise<unknown>,
): Promise<{ readonly code: string; readonly sentence: string }> {
  const error: unknown = await task.then(
    () => new Error('it was taken'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw error;
  expect(error.sentence).toMatch(/^[A-Z][^\n]*\.$/);
  expect(error.where).toBeTruthy();
  return error;
}

/** A network of layers with seeded weights. */
function networkOf(layers: readonly object[]): Network {
  const topology = JSON.stringify({ class_name: 'Sequential', config: { name: 'n', layers } });
  const weights = [...weightSpecs(parseTopology(topology))].map(([name, shape], seed) => {
    const count = shape.reduce((total, side) => total * side, 1);
    return [name, { shape, data: seededNormal(seed + 1, count) }] as const;
  });
  return { topology, weights: new Map(weights) };
}
const dense = (units: number, activation: string): object => ({
  class_name: 'Dense',
  config: { name: `dense_${units}`, units, activation, use_bias: true },
});
/** Picture [8, 8, 1] -> numbers. */
const fromPicture = (units: number, activation: string): Network =>
  networkOf([
    { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 8, 8, 1], dtype: 'float32' } },
    { class_name: 'Flatten', config: { name: 'flat' } },
    dense(units, activation),
  ]);
/** z [n, 4] -> a tensor of any shape. */
const toShape = (...shape: readonly number[]): Uint8Array => {
  const count = shape.reduce((total, side) => total * side, 1);
  return model({
    tensors: [
      tensor('w', [4, count], floats(...seededNormal(1, 4 * count))),
      tensor('s', [shape.length + 1], longs(-1, ...shape), 7),
    ],
    nodes: [node('MatMul', ['z', 'w'], ['y']), node('Reshape', ['y', 's'], ['x'])],
    inputs: [port('z', ['n', 4])],
    outputs: [port('x', ['n', ...shape])],
  });
};

const REFUSED: readonly (readonly [string, () => Promise<readonly [Files, string]>, string, RegExp])[] = [
  [
    'a picture called model.json',
    async () => [new Map([['model.json', await bases.smallPng()]]), 'model.json'],
    'model/format',
    /The file is a picture, no model \(model\.json\)/,
  ],
  [
    'half a folder',
    async () => [new Map([['model.json', partOf((await bases.tfjsLayers()).parts, 'model.json')]]), ''],
    'model/damaged',
    /A file of the model is missing \(.*weights\.bin\)/,
  ],
  [
    'one shard of two',
    async () => {
      const { parts } = await bases.tfjsLayers();
      const text = new TextDecoder().decode(partOf(parts, 'model.json'));
      const two = text.replace('"paths":["weights.bin"]', '"paths":["weights.bin","weights-2.bin"]');
      return [new Map([...parts, ...filesOf({ 'model.json': two })]), 'model.json'];
    },
    'model/damaged',
    /missing \(.*weights-2\.bin\)/,
  ],
  [
    'an encoder alone',
    () => Promise.resolve([new Map([['generator.onnx', lowerToOnnx(fromPicture(4, 'linear')).onnx]]), '']),
    'model/not-a-generator',
    /\(generator\.onnx: output .*\).*takes a picture/,
  ],
  [
    'a classifier',
    () => Promise.resolve([new Map([['model.onnx', lowerToOnnx(fromPicture(10, 'softmax')).onnx]]), '']),
    'model/not-a-generator',
    /takes a picture/,
  ],
  [
    'a generator of volumes',
    () => Promise.resolve([new Map([['volume.onnx', toShape(8, 8, 8, 2)]]), '']),
    'model/not-a-generator',
    /no generator of pictures/,
  ],
  [
    'a generator of sound',
    () => Promise.resolve([new Map([['sound.onnx', toShape(1, 16_000)]]), '']),
    'model/not-a-generator',
    /no generator of pictures/,
  ],
];

describe('what people mix up', () => {
  test.each(REFUSED)('%s', async (_, files, code, sentence) => {
    const before = await libraryState();
    const error = await refusal(open(await lay(...(await files()))));
    expect(error.sentence).toMatch(sentence);
    expect(error.code).toBe(code);
    expect(await libraryState()).toEqual(before);
  });

  test('a wrong ending is no matter: the content decides', async () => {
    const bytes = partOf((await bases.onnx()).parts, 'generator.onnx');
    const inspection = await open(await lay(new Map([['faces.h5', bytes]]), 'faces.h5'));
    expect(inspection).toMatchObject({ format: 'onnx', contract: { latent: { shape: [4] } } });
    imports.close(inspection.import);
  });

  test('an encoder and a decoder under each other’s names are told apart', async () => {
    const files = new Map([
      ['generator.onnx', lowerToOnnx(fromPicture(4, 'linear')).onnx],
      ['encoder.onnx', partOf((await bases.onnx()).parts, 'generator.onnx')],
    ]);
    const inspection = await open(await lay(files, 'generator.onnx'));
    expect(inspection.path).toBe('encoder.onnx');
    expect(inspection.warnings.join()).toContain('generator.onnx is the encoder');
    imports.close(inspection.import);
  });

  test('weights of 16 bits are weights', async () => {
    const half = encodeNetwork(bases.smallNetwork(), { dtype: 'F16' });
    const whole = await open(await lay(new Map([['g.safetensors', half]]), 'g.safetensors'));
    expect(whole).toMatchObject({
      contract: { picture: { height: 8, width: 8, channels: 1 } },
      warnings: [],
    });
    imports.close(whole.import);
  });

  test('a weight that is no number is named', async () => {
    const network = bases.smallNetwork();
    const bias = network.weights.get('up/bias');
    bias?.data.fill(NaN);
    const files = await toTfjs(network, 'test');
    const outcome = await open(await lay(files, 'model.json')).then(
      ({ warnings, import: id }) => (imports.close(id), warnings.join(' ')),
      (error: unknown) => (error as AppError).sentence,
    );
    expect(outcome).toMatch(/up\/bias|no numbers|not numbers/);
  });

  test('a name with control characters is shown without them, and a second import says that it is here', async () => {
    const path = await lay(new Map([['fac\u0007es\u202e\u001b[31m.onnx', toShape(8, 8, 1)]]));
    const first = await open(path);
    expect(first.title).toMatch(/^[\p{L}\p{N} [\]]+$/u);
    const id = await accept(first);
    expect(id).toMatch(/^[a-z0-9-]+$/);
    const before = await libraryState();
    const second = await open(path);
    expect(second.alreadyHere).toBe(id);
    const again = await accept(second);
    expect(again).not.toBe(id);
    expect(await libraryState()).toEqual(expect.arrayContaining([...before]));
  });
});

function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a disk that is full in the middle of an import', async ({ skip }) => {
  const small = await mkdtemp(join(tmpdir(), 'latentscape-small-'));
  if (process.platform !== 'linux' || !mountSmall(small)) {
    process.stdout.write('Skipped: an import onto a full disk; only root can mount a small one.\n');
    await rm(small, { recursive: true });
    return skip();
  }
  const onto = createImports({
    start: () => startInspector(() => forkNode(inspector)),
    places: () => Promise.resolve({ library: small, taken: [] }),
    limits: { stepMs: 120_000 },
  });
  try {
    await writeFile(join(small, 'theirs.txt'), 'as it was');
    const path = await lay(new Map([['large.onnx', toShape(64, 64, 1)]]), 'large.onnx');
    const inspection = await onto.open(path, () => undefined, createCancellation().cancellation);
    const { import: id, contract, title } = inspection;
    const error = await refusal(
      onto.accept(id, { contract, encoder: null, title, licence: '', provenance: '' }),
    );
    expect(error.code).toMatch(/^store\//);
    expect(error.sentence).toMatch(/full|room|space/);
    expect((await libraryState(small)).map((line) => line.split(' ')[0])).toEqual([
      join(small, 'theirs.txt'),
    ]);
    expect(await readdir(small)).toEqual(['theirs.txt']);
  } finally {
    onto.dispose();
    execFileSync('umount', ['-l', small]);
    await rm(small, { recursive: true, force: true });
  }
});
