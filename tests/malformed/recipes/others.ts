// SavedModels, packs of our own that others altered, and pictures.
import { unzipSync } from 'fflate';
import type { Json } from '#engine/store/strict-json';
import { readFileSync } from 'node:fs';
import { field, message, node } from '../../unit/loaders/onnx-bytes';
import { withHashes } from '../bases';
import { json, partOf, text, type Base, type Files, type Recipe, type Verdict } from '../corpus';
import { genericRecipes } from './generic';
import { shown } from './model-json';

const GRAPH = 'saved_model.pb';
const INDEX = 'variables/variables.index';
const DATA = 'variables/variables.data-00000-of-00001';

/** A SavedModel of one operation and no variable. */
const oneOperation = (op: string): Uint8Array =>
  message(field(1, 1), field(2, message(field(2, field(1, message(field(1, 'x'), field(2, op)))))));

export async function savedModelRecipes(base: Base): Promise<readonly Recipe[]> {
  const changed = (
    name: string,
    changes: Readonly<Record<string, Uint8Array | null>>,
    verdict: Verdict = 'refused',
  ): Recipe => ({
    ...{ name, verdict },
    files: () => {
      const all: [string, Uint8Array | null][] = [...base.parts, ...Object.entries(changes)];
      const last = new Map(all);
      return new Map([...last].filter((entry): entry is [string, Uint8Array] => entry[1] !== null));
    },
  });
  const cut = (path: string, share: number): Uint8Array => {
    const bytes = partOf(base.parts, path);
    return bytes.slice(0, Math.floor(bytes.length * share));
  };
  const fixture = (name: string): Recipe => ({
    ...{ name, verdict: 'refused' },
    files: () => new Map(Object.entries(unzipSync(readFileSync(`tests/fixtures/graphs/${name}`)))),
  });
  return [
    ...(await genericRecipes(base, GRAPH)),
    changed('no variables', { [INDEX]: null, [DATA]: null }),
    changed('no index', { [INDEX]: null }),
    changed('no data', { [DATA]: null }),
    ...[0, 0.1, 0.5, 0.9].flatMap((share) => [
      changed(`an index cut at ${share * 100} %`, { [INDEX]: cut(INDEX, share) }),
      // the last of it is no weight, but what TensorFlow keeps of its objects
      changed(
        `data cut at ${share * 100} %`,
        { [DATA]: cut(DATA, share) },
        share > 0.8 ? 'either' : 'refused',
      ),
    ]),
    ...['ReadFile', 'WriteFile', 'PyFunc', 'LoadAndRemapMatrix', 'Unknown'].map((op) =>
      changed(`the operation ${op}`, { [GRAPH]: oneOperation(op) }),
    ),
    changed('an ONNX node where a graph should be', { [GRAPH]: node('Relu', ['x'], ['y']) }),
    fixture('reads-a-file.zip'),
    fixture('loops.zip'),
  ];
}

const ELSEWHERE: readonly Json[] = [
  ...['../generator.safetensors', '../outside/canary.bin', '/etc/passwd', 'a/b', '', '.', '..', 5],
  ...['__proto__', 'nothing.safetensors'],
];

const CHANGES: readonly (readonly [string, Json])[] = [
  ['generator', { file: 'generator.safetensors', format: 'onnx' }],
  ['generator', { file: 'generator.safetensors', format: 'latentscape-graph/1' }],
  ['generator', { file: 'generator.safetensors', format: 'pickle' }],
  ...[0, 2, 5, 1e9, -1, 'x', null].map((size) => ['latent', { size, prior: { kind: 'normal' } }] as const),
  ['latent', { size: 4, prior: { kind: 'uniform', low: 1, high: 0 } }],
  ['latent', { size: 4, shape: [2, 3], prior: { kind: 'normal' } }],
  ...[7, 9, 1e9, -1, 0, 'x'].map(
    (height) => ['output', { height, width: 8, channels: 1, range: [0, 1], layout: 'NHWC' }] as const,
  ),
  ['output', { height: 8, width: 8, channels: 3, range: [0, 1], layout: 'NHWC' }],
  ['output', { height: 8, width: 8, channels: 1, range: [1, 1], layout: 'NHWC' }],
  ['encoder', { file: 'generator.safetensors', format: 'latentscape-network/1' }],
  ['encoder', { file: 'encoder.safetensors', format: 'latentscape-network/1' }],
  ['condition', { kind: 'label', size: 10, names: [] }],
  ['formatVersion', 99],
  ['formatVersion', 0],
  ['id', '../x'],
  ['title', 'x'.repeat(1000)],
  ['title', ''],
];

export async function packRecipes(base: Base): Promise<readonly Recipe[]> {
  const manifest = JSON.parse(new TextDecoder().decode(partOf(base.parts, 'manifest.json'))) as object;
  const written = (changes: object): Files =>
    new Map([...base.parts, ['manifest.json', json({ ...manifest, ...changes })]]);
  const sealed = withHashes(base.parts);
  return [
    ...(await genericRecipes(base, 'manifest.json')).map((recipe) => ({
      ...recipe,
      // its network alone is a model, too
      verdict: 'either' as const,
    })),
    ...ELSEWHERE.map((file): Recipe => ({
      ...{ name: `generator in ${shown(file)}`, verdict: 'either' }, // the network beside it is a model by itself
      files: () => withHashes(written({ generator: { file, format: 'latentscape-network/1' } })),
    })),
    ...CHANGES.map(([key, value]): Recipe => ({
      ...{ name: `${key} ${shown(value)}`, verdict: 'refused' },
      files: () => withHashes(written({ [key]: value })),
    })),
    {
      ...{ name: 'a network that is another one', verdict: 'refused' },
      files: () =>
        new Map([...sealed, ['generator.safetensors', partOf(sealed, 'generator.safetensors').slice(1)]]),
    },
    {
      ...{ name: 'no network', verdict: 'refused' },
      files: () => new Map([...sealed].filter(([path]) => path !== 'generator.safetensors')),
    },
    { name: 'no hashes', verdict: 'refused', files: () => written({ files: {} }) },
  ];
}

/** A chunk of PNG with a right checksum is not needed: what is wrong is looked at first. */
const patchedPng = (bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};
const GIF = (width: number, height: number, code = 2): Uint8Array =>
  Uint8Array.from([
    ...text('GIF89a'),
    width & 255,
    width >> 8,
    height & 255,
    height >> 8,
    0x80,
    0,
    0,
    ...[0, 0, 0, 255, 255, 255, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, code, 2, 0x44, 1, 0, 0x3b],
  ]);
const JPEG = (...segments: readonly (readonly number[])[]): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, ...segments.flat(), 0xff, 0xd9]);
const SOF = (precision: number, height: number, width: number): readonly number[] => [
  0xff,
  0xc0,
  0,
  11,
  precision,
  height >> 8,
  height & 255,
  width >> 8,
  width & 255,
  1,
  1,
  0x11,
  0,
];

export async function pictureRecipes(base: Base): Promise<readonly Recipe[]> {
  const png = partOf(base.parts, 'picture.png');
  const file = (name: string, bytes: Uint8Array, verdict: Verdict = 'refused'): Recipe => ({
    ...{ name, verdict },
    files: () => new Map([['picture.png', bytes]]),
  });
  const bmp = (height: number, bits: number): Uint8Array => {
    const bytes = new Uint8Array(58);
    const view = new DataView(bytes.buffer);
    bytes.set(text('BM'));
    view.setUint32(10, 54, true);
    view.setUint32(14, 40, true);
    view.setInt32(18, 1, true);
    view.setInt32(22, height, true);
    view.setUint16(26, 1, true);
    view.setUint16(28, bits, true);
    return bytes;
  };
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script><image href="file:///etc/passwd"/></svg>';
  return [
    ...(await genericRecipes(base, 'picture.png')).filter(
      ({ name, arrange }) => arrange === undefined && name !== 'a picture under its name',
    ),
    ...[0, 60_000, 2 ** 31 - 1].map((side) =>
      file(
        `PNG of side ${side}`,
        patchedPng(png, 16, ...[24, 16, 8, 0, 24, 16, 8, 0].map((shift) => (side >>> shift) & 255)),
      ),
    ),
    file('PNG with a wrong checksum', patchedPng(png, 29, 1, 2, 3, 4), 'either'),
    file('PNG of 13 bits', patchedPng(png, 24, 13)),
    file('PNG with an unknown colour type', patchedPng(png, 25, 9)),
    file('PNG without an end', png.slice(0, -12), 'either'),
    file('JPEG of two bytes', Uint8Array.of(0xff, 0xd8)),
    file('JPEG without a frame', JPEG()),
    file('JPEG of 65,535 a side', JPEG(SOF(8, 65_535, 65_535))),
    file('JPEG of 12 bits without tables', JPEG(SOF(12, 8, 8))),
    file('JPEG without tables', JPEG(SOF(8, 8, 8))),
    ...[0, 1, 65_535].map((length) =>
      file(`JPEG with EXIF of ${length}`, JPEG([0xff, 0xe1, length >> 8, length & 255], SOF(8, 8, 8))),
    ),
    file('GIF of 65,535 a side', GIF(65_535, 65_535)),
    file('GIF of 0', GIF(0, 0)),
    file('GIF with codes of 12 bits', GIF(1, 1, 12), 'either'),
    file('BMP of height -2^31', bmp(-(2 ** 31), 24)),
    file('BMP of 0 bits', bmp(1, 0)),
    file('BMP of 1,000 bits', bmp(1, 1000)),
    file('WebP cut', Uint8Array.from([...text('RIFF\u0010\u0000\u0000\u0000WEBPVP8 '), 0, 0, 0, 0])),
    file('AVIF, which is not read', Uint8Array.from([0, 0, 0, 20, ...text('ftypavif'), 0, 0, 0, 0])),
    file('SVG with a script and a file of the machine', text(svg)),
    file(
      'SVG with an entity of the machine',
      text('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>'),
    ),
    file(
      'a page that begins as a picture',
      Uint8Array.from([...png.slice(0, 8), ...text('<html><script>1</script>')]),
    ),
    file(
      'a picture with a zip after it',
      Uint8Array.from([...png, ...text('PK\u0003\u0004'), ...new Uint8Array(40)]),
      'either',
    ),
  ];
}
