import * as tf from '@tensorflow/tfjs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { bundledIn, createLibrary, type Library } from '#engine/library/library';
import { samplesOf } from '#engine/library/samples';
import { encodeNetwork } from '#engine/network-file';
import { readPack, readPackFile, writePack, type Pack } from '#engine/pack';
import { createRegistry, type Registry } from '#engine/registry';
import { fromLayersModel } from '#engine/tf-network';

let home = '';
let registry: Registry;
let library: Library;
let time = 1_700_000_000_000;
let network: Uint8Array;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const dense = tf.layers.dense({ units: 12, inputShape: [4], activation: 'sigmoid' });
  const model = tf.sequential({ layers: [dense, tf.layers.reshape({ targetShape: [2, 2, 3] })] });
  network = encodeNetwork(fromLayersModel(model));
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-library-'));
  await mkdir(join(home, 'models'));
  await mkdir(join(home, 'app'));
  const places = { bundled: join(home, 'app'), library: join(home, 'models') };
  registry = createRegistry({ ...places, moments: () => Promise.resolve([join(home, 'moments')]) });
  library = createLibrary(
    { library: places.library, trash: join(home, 'trash'), isBundled: bundledIn(places.bundled) },
    registry,
    () => time,
  );
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Two numbers and two classes make a picture of 2 x 2. */
const pack = (id: string, place = 'models'): Promise<Pack> =>
  writePack(join(home, place, id), {
    manifest: {
      id,
      title: 'Old',
      family: 'cvae',
      generator: { file: 'generator.safetensors', format: 'latentscape-network/1' },
      latent: { size: 2, prior: { kind: 'normal' } },
      condition: { kind: 'class', size: 2, names: ['a', 'b'] },
      output: { height: 2, width: 2, channels: 3, range: [0, 1], layout: 'NHWC' },
      card: 'README.md',
      licence: 'MIT',
      provenance: 'made by a test',
    },
    files: new Map([
      ['generator.safetensors', network],
      ['README.md', new TextEncoder().encode('# Old\n')],
    ]),
  });

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
  return 'no error';
};

test('a new title changes the manifest and no other file', async () => {
  const { folder } = await pack('one');
  await library.rename('one', 'New');
  const after = await readPack(folder);
  expect(after.manifest.title).toBe('New');
  expect(await readPackFile(after, 'generator.safetensors')).toEqual(network);
  expect((await readdir(folder)).sort()).toEqual(['README.md', 'generator.safetensors', 'manifest.json']);
});

test('a card is written again and again, and taken away; the pack is whole each time', async () => {
  const { folder } = await pack('one');
  const words = { licence: 'CC0-1.0', provenance: 'from a friend' };
  for (const card of ['# Second', '# Third', '', '# Fourth']) {
    await library.describe('one', { ...words, card, classNames: ['cat', 'dog'] });
    const after = await readPack(folder);
    expect(after.manifest).toMatchObject({ ...words, condition: { names: ['cat', 'dog'] } });
    const text =
      after.manifest.card && new TextDecoder().decode(await readPackFile(after, after.manifest.card));
    expect(text ?? '').toBe(card);
    expect(await readdir(folder)).toHaveLength(card === '' ? 2 : 3);
  }
});

test('a crash between the card and the manifest leaves the old pack', async () => {
  const { folder } = await pack('one');
  await writeFile(join(folder, 'README-2.md'), 'half a card'); // what such a crash leaves behind
  expect((await readPack(folder)).manifest.title).toBe('Old');
  await library.describe('one', { card: '# New', licence: 'MIT', provenance: 'x' });
  expect(await readFile(join(folder, 'README-2.md'), 'utf8')).toBe('# New');
});

test('more names than classes are refused', async () => {
  await pack('one');
  const names = ['a', 'b', 'c'];
  const describe = library.describe('one', { card: '', licence: 'MIT', provenance: 'x', classNames: names });
  expect(await failure(describe)).toMatch(/^input\/class-names .*3 names for 2 classes/);
});

test('removed, and back as it was', async () => {
  await pack('one');
  const undo = await library.remove('one');
  expect((await registry.list()).models).toEqual([]);
  expect(await library.restore(undo)).toBe('one');
  expect((await registry.list()).models.map(({ id }) => id)).toEqual(['one']);
  expect(await failure(library.restore(undo))).toMatch(/^store\/no-undo /);
});

test('what cannot be brought back says why', async () => {
  await pack('one');
  const undo = await library.remove('one');
  await pack('one');
  expect(await failure(library.restore(undo))).toMatch(/^store\/taken /);
  for (const wrong of ['', '..', '../models/one', 'one', `../trash/${undo}`])
    expect(await failure(library.restore(wrong))).toMatch(/^store\/no-undo /);
  expect(await failure(library.remove('../app'))).toMatch(/^model\/unknown /);
  expect(await failure(library.remove('two'))).toMatch(/^model\/unknown /);
});

test('after 30 days the trash is emptied', async () => {
  await pack('one');
  await pack('two');
  const undo = await library.remove('one');
  time += 31 * 24 * 3600 * 1000;
  await library.remove('two');
  expect(await readdir(join(home, 'trash'))).toHaveLength(1);
  expect(await failure(library.restore(undo))).toMatch(/^store\/no-undo /);
});

test('a damaged pack can be removed', async () => {
  await mkdir(join(home, 'models', 'broken'));
  await library.remove('broken');
  expect(await readdir(join(home, 'models'))).toEqual([]);
});

test('packs of the app and moments of a training are only looked at', async () => {
  await pack('with-the-app', 'app');
  await mkdir(join(home, 'moments'));
  await pack('moment', 'moments');
  for (const id of ['with-the-app', 'moment']) {
    expect(await failure(library.rename(id, 'New'))).toMatch(/^store\/read-only /);
    expect(await failure(library.remove(id))).toMatch(/^store\/read-only /);
  }
});

test('samples are kept, and drawn again for another network or a damaged file', async () => {
  const first = await pack('one');
  const cache = join(home, 'cache');
  const samples = await samplesOf(first, cache);
  expect(samples).toMatchObject({ count: 16, width: 2, height: 2 });
  const [file = ''] = await readdir(cache);
  const kept = await readFile(join(cache, file));
  await library.rename('one', 'New');
  await rm(join(home, 'models', 'one', 'generator.safetensors'));
  expect(await samplesOf(first, cache)).toEqual(samples); // no network is needed any more
  await pack('one');
  await writeFile(join(cache, file), 'no pictures');
  expect(await samplesOf(first, cache)).toEqual(samples);
  expect(await readFile(join(cache, file))).toEqual(kept);
  expect(await readdir(cache)).toHaveLength(1);
});

test('the classes are spread over the samples', async () => {
  const { rgba } = await samplesOf(await pack('one'), join(home, 'cache'));
  const { openModel } = await import('#engine/open-model');
  const { latentOfSeed } = await import('#shared/random');
  const model = await openModel(await pack('one'));
  const last = await model.decode(latentOfSeed(16, 2, { kind: 'normal' }), 1, 1);
  await model.dispose();
  expect(rgba.slice(15 * 16)).toEqual(last.rgba);
});
