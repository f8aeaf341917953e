import * as tf from '@tensorflow/tfjs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { exportModel } from '#engine/export/export-model';
import { importPack, packLoader } from '#engine/loaders/pack-source';
import { openSource } from '#engine/loaders/open-source';
import { encodeNetwork } from '#engine/network-file';
import { readPack, writePack, type Pack } from '#engine/pack';
import { fromLayersModel } from '#engine/tf-network';
import { memorySource, outcome } from './memory-source';
import { writeFile } from 'node:fs/promises';

let home = '';
let pack: Pack;
let network: Uint8Array;
const words = { title: 'Theirs', licence: 'MIT', provenance: 'a friend' };

beforeAll(async () => {
  await tf.setBackend('cpu');
  const dense = tf.layers.dense({ units: 12, inputShape: [2] });
  network = encodeNetwork(
    fromLayersModel(tf.sequential({ layers: [dense, tf.layers.reshape({ targetShape: [2, 2, 3] })] })),
  );
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-pack-source-'));
  await mkdir(join(home, 'library'));
  pack = await writePack(join(home, 'mine'), {
    manifest: {
      id: 'mine',
      title: 'Mine',
      family: 'vae',
      generator: { file: 'generator.safetensors', format: 'latentscape-network/1' },
      latent: { size: 2, prior: { kind: 'normal' } },
      output: { height: 2, width: 2, channels: 3, range: [0, 1], layout: 'NHWC' },
      card: 'README.md',
      licence: 'MIT',
      provenance: 'made by a test',
    },
    files: new Map([
      ['generator.safetensors', network],
      ['README.md', new TextEncoder().encode('# Mine\n')],
    ]),
  });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const places = () => ({ library: join(home, 'library'), taken: ['mine'] });
const files = async (changes: Readonly<Record<string, string | Uint8Array>> = {}) =>
  memorySource({
    'x/manifest.json': await readFile(join(pack.folder, 'manifest.json')),
    'x/generator.safetensors': network,
    'x/README.md': '# Mine\n',
    'x/more.txt': 'not listed',
    ...changes,
  });

test('a pack out as a zip comes in again, under an id that is free, file for file', async () => {
  const zip = join(home, 'mine.zip');
  const { bytes, name } = await exportModel(pack, 'generator', 'zip');
  expect(name).toBe('mine.zip');
  await writeFile(zip, bytes);
  const source = await openSource(zip);
  const [found] = await packLoader.find(source);
  expect(found).toEqual({ format: 'latentscape-pack', path: 'generator.safetensors' });
  const opened = await packLoader.open(source, found!.path);
  expect(opened).toMatchObject({
    network: { kind: 'layers' },
    manifest: { id: 'mine' },
    hints: { title: 'Mine' },
  });
  const id = await importPack(source, found!.path, places(), words);
  await source.close();
  expect(id).toBe('mine-2');
  const { manifest, folder } = await readPack(join(home, 'library', id));
  expect(manifest).toMatchObject({ ...words, id: 'mine-2', family: 'vae', files: pack.manifest.files });
  expect((await readdir(folder)).sort()).toEqual(['README.md', 'generator.safetensors', 'manifest.json']);
});

test('the same pack gives the same zip', async () => {
  const first = await exportModel(pack, 'generator', 'zip');
  const again = await exportModel(await readPack(pack.folder), 'generator', 'zip');
  expect(Buffer.compare(first.bytes, again.bytes)).toBe(0);
});

test('what is not listed stays behind, and whoever points at the manifest means the pack', async () => {
  const source = await files();
  expect(await packLoader.find(source)).toEqual([
    { format: 'latentscape-pack', path: 'x/generator.safetensors' },
  ]);
  const id = await importPack(source, 'x/generator.safetensors', places(), words);
  expect(await readdir(join(home, 'library', id))).not.toContain('more.txt');
  const first = { library: join(home, 'not', 'there', 'yet'), taken: [] };
  expect(await importPack(source, 'x/generator.safetensors', first, words)).toBe('mine');
  const pointed = memorySource(
    { 'manifest.json': await readFile(join(pack.folder, 'manifest.json')) },
    'manifest.json',
  );
  expect((await packLoader.find(pointed))[0]?.path).toBe('manifest.json');
  expect(await packLoader.find(memorySource({ 'manifest.json': '{"name": "a web app"}' }))).toEqual([]);
});

test.each([
  ['a changed byte', { 'x/README.md': '# Yours\n' }, /^pack\/damaged .*README\.md.*checksum/],
  ['a missing file', { 'x/manifest.json': '{"formatVersion": 1}' }, /^pack\/manifest /],
  ['a newer pack', { 'x/manifest.json': '{"formatVersion": 9}' }, /^pack\/newer /],
  ['a network that is none', { 'x/generator.safetensors': 'x' }, /^pack\/damaged .*generator\.safetensors/],
])('%s leaves the library as it was', async (_, changes, expected) => {
  expect(await outcome(importPack(await files(changes), 'x/generator.safetensors', places(), words))).toMatch(
    expected,
  );
  expect(await readdir(join(home, 'library'))).toEqual([]);
});
