// HDF5: what its own library would follow out of the file, what has no end, what unpacks to gigabytes, and Keras's attributes gone wrong.
// Files that h5wasm cannot write (external storage, virtual data sets, foreign filters) are those of tests/fixtures/keras.
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { join, resolve } from 'node:path';
import type { Group } from 'h5wasm';
import type { Json } from '#engine/store/strict-json';
import { smallNetwork } from '../bases';
import { partOf, type Base, type Recipe, type Verdict } from '../corpus';
import { hdf5, kerasH5, type Changes, type Style } from '../hdf5-files';
import { joined, little, patched } from './bytes';
import { genericRecipes } from './generic';

const FILE = 'generator.h5';
const fixtures = resolve('tests/fixtures/keras');
const KERNEL = 'dense/kernel:0';

export const hdf5Recipes =
  (style: Style) =>
  async (base: Base): Promise<readonly Recipe[]> => {
    const bytes = partOf(base.parts, FILE);
    const file = (
      name: string,
      make: () => Uint8Array | Promise<Uint8Array>,
      verdict: Verdict = 'refused',
    ): Recipe => ({ name, verdict, files: async () => new Map([[FILE, await make()]]) });
    const made = (name: string, changes: Changes, verdict?: Verdict): Recipe =>
      file(name, () => kerasH5(smallNetwork(), changes, style), verdict);
    const instead = (name: string, write: (group: Group, bare: string) => void, verdict?: Verdict): Recipe =>
      made(
        name,
        { instead: { [KERNEL]: (all, group, bare) => write(all.get(group) as Group, bare) } },
        verdict,
      );
    const config = (name: string, written: Json, verdict?: Verdict) =>
      made(name, { config: written }, verdict);
    const text = JSON.parse(smallNetwork().topology) as { config: { layers: object[] } };
    const withLayer = (layer: object): Json =>
      ({ ...text, config: { ...text.config, layers: [text.config.layers[0], layer] } }) as unknown as Json;
    return [
      ...(await genericRecipes(base, FILE)),
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((at) =>
        file(`signature wrong at ${at}`, () => patched(bytes, at, 0x41)),
      ),
      file('the file 512 bytes further in', () => joined(new Uint8Array(512), bytes)),
      ...[1, 2, 3, 9, 255].map((version) =>
        file(`superblock of version ${version}`, () => patched(bytes, 8, version), 'either'),
      ),
      ...[0, 3, 16, 255].map((size) =>
        file(`offsets of ${size} bytes`, () => patched(bytes, 13, size), 'either'),
      ),
      ...[
        0n,
        1n,
        BigInt(bytes.length) + 1n,
        BigInt(bytes.length) - 1n,
        2n ** 31n,
        2n ** 53n,
        2n ** 63n,
        -1n,
      ].map((end) => file(`an end of file at ${end}`, () => patched(bytes, 40, ...little(end, 8)), 'either')),
      ...[24, 32, 56, 64, 72, 80, 88].map((at) =>
        file(`0xFF over the address at ${at}`, () => patched(bytes, at, ...little(-1, 8)), 'either'),
      ),
      ...treeNodes(bytes).flatMap((at) => [
        file(`the tree at ${at} is its own child`, () => patched(bytes, at + 32, ...little(at, 8)), 'either'),
        file(
          `the tree at ${at} is its own neighbour`,
          () => patched(bytes, at + 16, ...little(at, 8)),
          'either',
        ),
      ]),
      instead('a link to another file', (group, name) =>
        group.create_external_link('/etc/passwd', '/x', name),
      ),
      instead('a link to the canary', (group, name) =>
        group.create_external_link('../canary.bin', '/x', name),
      ),
      instead('a link to itself', (group, name) => group.create_soft_link(`${group.path}/${name}`, name)),
      instead('a link to nothing', (group, name) => group.create_soft_link('/nowhere', name)),
      instead('a group where values should be', (group, name) => void group.create_group(name)),
      instead('texts where numbers should be', (group, name) => {
        group.create_dataset({ name, data: ['a', 'b'], shape: [2] });
      }),
      instead('numbers of another shape', (group, name) => {
        group.create_dataset({ name, data: new Float32Array(8), shape: [8], dtype: '<f' });
      }),
      instead('one number', (group, name) => void group.create_dataset({ name, data: 1, dtype: '<f' })),
      instead('16 MB of zeros packed to kilobytes', (group, name) => {
        const size = 2 ** 22;
        const options = { chunks: [size], compression: 9 };
        group.create_dataset({ name, data: new Float32Array(size), shape: [size], dtype: '<f', ...options });
      }),
      made('a group inside itself', {
        more: (all) => void (all.get('model_weights') as Group).create_hard_link('/model_weights', 'self'),
      }),
      made(
        '10,000 groups',
        {
          more: (all) => {
            for (let i = 0; i < 10_000; i++) all.create_group(`g${i}`);
          },
        },
        'either',
      ),
      made('groups 200 deep', {
        more: (all) => {
          let group: Group = all.create_group('deep');
          for (let i = 0; i < 200; i++) group = group.create_group('d');
        },
      }),
      made('layer_names of a group that is not there', { layerNames: ['dense', 'nowhere'] }, 'either'),
      made('layer_names of nothing', { layerNames: ['up'] }, 'either'),
      made('a group called __proto__', { more: (all) => void all.create_group('__proto__') }, 'either'),
      file('no model_config', () => hdf5((all) => void all.create_group('model_weights'))),
      file('weights alone', () => hdf5((all) => all.create_attribute('layer_names', ['dense']))),
      file('model_config of numbers', () => hdf5((all) => all.create_attribute('model_config', [1, 2]))),
      ...['', '{', 'null', '5', '[]', '[['.repeat(500)].map((written) =>
        config(`model_config ${written.slice(0, 8)}`, written),
      ),
      config(
        'a layer of code',
        withLayer({
          class_name: 'Lambda',
          config: { name: 'l', function: ['4wEAAAAAAAAA', null, null] },
        }),
      ),
      config(
        'a layer that asks to trust it',
        withLayer({
          class_name: 'Lambda',
          config: {
            name: 'l',
            function: {
              module: 'keras.config',
              class_name: 'function',
              config: 'enable_unsafe_deserialization',
            },
          },
        }),
      ),
      config(
        'a layer that loads a folder',
        withLayer({
          class_name: 'TFSMLayer',
          config: { name: 'l', filepath: '/etc' },
        }),
      ),
      ...readdirSync(fixtures)
        .filter((name) => name.startsWith('hostile-') && name !== 'hostile-bigendian.h5.gz')
        .map((name) => file(name.slice(0, -3), () => gunzipSync(readFileSync(join(fixtures, name))))),
      ...structureRecipes(bytes, file),
    ];
  };

/** Where B-trees lie: the version 1 nodes of groups and chunks begin with "TREE". */
function treeNodes(bytes: Uint8Array): readonly number[] {
  const found: number[] = [];
  const buffer = Buffer.from(bytes);
  for (let at = buffer.indexOf('TREE'); at >= 0; at = buffer.indexOf('TREE', at + 1)) found.push(at);
  return found;
}

type MakeFile = (name: string, make: () => Uint8Array, verdict: Verdict) => Recipe;

/**
 * Groups, their names and texts are trees and heaps of addresses and lengths; what the library does with one that leads back, nowhere or
 * beyond is not foreseen by anyone. The first few of each kind, word by word.
 */
function structureRecipes(bytes: Uint8Array, file: MakeFile): readonly Recipe[] {
  const buffer = Buffer.from(bytes);
  const found = (mark: string | Buffer, most: number): readonly number[] => {
    const places: number[] = [];
    for (let at = buffer.indexOf(mark); at >= 0 && places.length < most; at = buffer.indexOf(mark, at + 1))
      places.push(at);
    return places;
  };
  const words = (kind: string, at: number): readonly Recipe[] =>
    [8, 16, 24, 32].flatMap((word) =>
      [8n, BigInt(at), -1n].map((value) =>
        file(
          `${kind} at ${at}, ${value === BigInt(at) ? 'its own place' : value} at ${word}`,
          () => patched(bytes, at + word, ...little(value, 8)),
          'either',
        ),
      ),
    );
  const heaps = found('GCOL', 1);
  return [
    ...['TREE', 'HEAP', 'SNOD', 'GCOL', 'FRHP', 'OCHK'].flatMap((kind) =>
      found(kind, 3).flatMap((at) => words(kind, at)),
    ),
    // a text is the address of its heap and its number there
    ...heaps.flatMap((heap) =>
      found(Buffer.from(little(heap, 8)), 4).map((at) =>
        file(
          `a text of number 4294967295 at ${at}`,
          () => patched(bytes, at + 8, 255, 255, 255, 255),
          'either',
        ),
      ),
    ),
    ...heaps.flatMap((heap) =>
      [0n, 1n, 2n ** 32n - 1n, -1n].map((length) =>
        file(
          `a text of ${length} bytes in its heap`,
          () => patched(bytes, heap + 24, ...little(length, 8)),
          'either',
        ),
      ),
    ),
    ...heaps.map((heap) =>
      file(
        'a heap object without number and length',
        () => patched(bytes, heap + 16, ...new Uint8Array(16)),
        'refused',
      ),
    ),
  ];
}
