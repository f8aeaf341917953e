/** Limits that have no test beside their own subject: at one below, at, and one above. */
import { describe, expect, test } from 'vitest';
import { parseManifest } from '#engine/manifest';
import * as limits from '#engine/store/limits';
import { libraryFolder, userDataFolder } from '#engine/store/paths';
import { parseStrictJson } from '#engine/store/strict-json';
import { parseTopology } from '#engine/topology';

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const accepts = (action: () => unknown): boolean => {
  try {
    action();
    return true;
  } catch {
    return false;
  }
};
const around = (limit: number, action: (n: number) => unknown) =>
  [-1, 0, 1].map((more) => accepts(() => action(limit + more)));

const options = { code: 'input/json', where: 'x' } as const;
const hash = '0'.repeat(64);
const manifest = (changes: object) =>
  parseManifest(
    bytes({
      formatVersion: 1,
      id: 'x',
      title: 'x',
      family: 'vae',
      generator: { file: 'g', format: 'latentscape-network/1' },
      latent: { size: 2, prior: { kind: 'normal' } },
      output: { height: 1, width: 1, channels: 1, range: [0, 1], layout: 'NHWC' },
      licence: 'MIT',
      provenance: 'x',
      files: { g: hash },
      ...changes,
    }),
    'x',
  );
const dense = (name: string, units: number, more: object = {}) => ({
  class_name: 'Dense',
  config: { name, units, use_bias: false, ...more },
});
const sequential = (layers: readonly object[]) =>
  parseTopology(JSON.stringify({ class_name: 'Sequential', config: { name: 's', layers } }));

describe('accepted below and at the limit, refused above', () => {
  test.each<[string, number, (n: number) => unknown]>([
    [
      'depth of JSON',
      limits.MAX_JSON_DEPTH,
      (n) => parseStrictJson(bytes('['.repeat(n) + ']'.repeat(n)), options),
    ],
    [
      'bytes of a manifest',
      limits.MAX_MANIFEST_BYTES,
      (n) => parseStrictJson(bytes('{}'.padEnd(n)), { ...options, maxBytes: limits.MAX_MANIFEST_BYTES }),
    ],
    [
      'size of a latent',
      limits.MAX_LATENT_SIZE,
      (size) => manifest({ latent: { size, prior: { kind: 'normal' } } }),
    ],
    [
      'side of a picture',
      limits.MAX_PICTURE_SIDE_OUT,
      (width) => manifest({ output: { height: 1, width, channels: 1, range: [0, 1], layout: 'NHWC' } }),
    ],
    ['classes', limits.MAX_CLASSES, (size) => manifest({ condition: { kind: 'class', size, names: [] } })],
    [
      'files of a pack',
      limits.MAX_PACK_FILES,
      (n) =>
        manifest({
          files: Object.fromEntries(Array.from({ length: n }, (_, i) => [i === 0 ? 'g' : `f${i}`, hash])),
        }),
    ],
    [
      'layers',
      limits.MAX_LAYERS,
      (n) =>
        sequential(
          Array.from({ length: n }, (_, i) =>
            dense(`d${i}`, 1, i === 0 ? { batch_input_shape: [null, 1] } : {}),
          ),
        ),
    ],
    [
      'elements of a weight',
      limits.MAX_ELEMENTS,
      (n) => sequential([dense('d', n, { batch_input_shape: [null, 1] })]),
    ],
  ])('%s', (_, limit, action) => {
    expect(around(limit, action)).toEqual([true, true, false]);
  });
});

describe('where things are kept', () => {
  const folder = (platform: string, environment: Record<string, string> = {}) =>
    userDataFolder({ platform, environment, home: '/home/me' });

  test('as the platform does, or where the person says', () => {
    expect(folder('linux')).toBe('/home/me/.local/share/latentscape');
    expect(folder('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/latentscape');
    expect(folder('linux', { XDG_DATA_HOME: 'relative' })).toBe('/home/me/.local/share/latentscape');
    expect(folder('darwin')).toBe('/home/me/Library/Application Support/Latentscape');
    expect(folder('linux', { LATENTSCAPE_HOME: '/mine' })).toBe('/mine');
    expect(libraryFolder('/mine')).toBe('/mine/models');
  });
});
