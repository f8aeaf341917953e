// TensorFlow.js layers models: what model.json may say that is not so, and shards that are not what it says.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '#engine/store/strict-json';
import { CANARY, json, partOf, text, type Base, type Files, type Recipe, type Verdict } from '../corpus';
import { genericRecipes } from './generic';

/** A path into the JSON, and what is put there. */
type Change = readonly [path: string, value: Json];

/** The model.json with values put in at paths such as "weightsManifest.0.paths"; `undefined` JSON is not written. */
export function changed(base: Base, ...changes: readonly Change[]): Files {
  const model = JSON.parse(new TextDecoder().decode(partOf(base.parts, 'model.json'))) as Json;
  for (const [path, value] of changes) put(model, path.split('.'), value);
  return new Map([...base.parts, ['model.json', json(model)]]);
}

function put(holder: Json, [key = '', ...rest]: readonly string[], value: Json): void {
  const target = holder as Record<string, Json>;
  if (rest.length > 0) put(target[key] ?? null, rest, value);
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

const GROUP = 'weightsManifest.0';
const LAYERS = 'modelTopology.config.layers';

const PATHS: readonly Json[] = [
  ...['../canary.bin', 'a/../../canary.bin', '..\\canary.bin', '/etc/passwd', 'C:\\x', 'file:///etc/passwd'],
  ...[
    'http://127.0.0.1:1/x',
    '%2e%2e/x',
    'x\u0000.bin',
    '../../../../../../../../dev/zero',
    '',
    '.',
    '..',
    5,
  ],
];
const SHAPES: readonly Json[] = [
  ...[[1e9], [-2, -1], [1.5], ['2'], null, [2 ** 27, 2 ** 27], Array<number>(64).fill(1), [0], {}],
  ...[[2 ** 53], [1e308], [[4], [32]]],
];
const NAMES: readonly Json[] = ['__proto__', 'constructor', '', 'x'.repeat(2 ** 20), 5, null];
/** Names are text, whatever they say; where there is one weight of that shape, it is known by it. */
const ODD_NAMES: readonly Json[] = ['<img src=x onerror=alert(1)>', '\u202Egnp', '../x', 'dense/bias\u0000'];
const CLASSES: readonly Json[] = [
  ...['Lambda', 'TFOpLambda', 'TFSMLayer', 'Unknown', '__proto__', 'constructor', '', 5, null, 'toString'],
];
const UNITS: readonly Json[] = [1e308, -1, 0, 'x', 1e9, 2 ** 53, 0.1, null, [32], true];

/** A functional model of two dense layers; each names the layers it follows. */
const functional = (first: readonly Json[], second: readonly Json[], output: Json = [['b', 0, 0]]): Json => {
  const dense = (name: string, inbound: readonly Json[]): Json => ({
    ...{ name, class_name: 'Dense', config: { name, units: 4, activation: 'linear', use_bias: true } },
    inbound_nodes: inbound.length === 0 ? [] : [inbound.map((from) => [from, 0, 0, {}])],
  });
  return {
    class_name: 'Model',
    config: {
      name: 'm',
      layers: [
        {
          ...{ name: 'z', class_name: 'InputLayer', inbound_nodes: [] },
          config: { name: 'z', batch_input_shape: [null, 4], dtype: 'float32' },
        },
        dense('a', first),
        dense('b', second),
      ],
      input_layers: [['z', 0, 0]],
      output_layers: output,
    },
  };
};

const nested = (depth: number): string =>
  '{"class_name":"Sequential","config":{"layers":['.repeat(depth) + ']}}'.repeat(depth);

export async function modelJsonRecipes(base: Base): Promise<readonly Recipe[]> {
  const at = (name: string, verdict: Verdict, ...changes: readonly Change[]): Recipe => ({
    ...{ name, verdict },
    files: () => changed(base, ...changes),
  });
  const each = (name: string, path: string, values: readonly Json[], verdict: Verdict = 'refused') =>
    values.map((value) => at(`${name} ${shown(value)}`, verdict, [path, value]));
  const written = (name: string, content: string | (() => string)): Recipe => ({
    ...{ name, verdict: 'refused' },
    files: () =>
      new Map([...base.parts, ['model.json', text(typeof content === 'string' ? content : content())]]),
  });
  const shard = (name: string, alter: (bytes: Uint8Array) => Uint8Array | null): Recipe => ({
    ...{ name, verdict: 'refused' },
    files: () => {
      const altered = alter(partOf(base.parts, 'weights.bin'));
      const rest = [...base.parts].filter(([path]) => path !== 'weights.bin');
      return new Map([...rest, ...(altered === null ? [] : [['weights.bin', altered] as const])]);
    },
  });
  const original = new TextDecoder().decode(partOf(base.parts, 'model.json'));
  const many = 100_000;
  return [
    ...(await genericRecipes(base, 'model.json')),
    ...['{', '[]', '5', 'null', '""'].map((content) => written(`JSON ${content}`, content)),
    ...each('modelTopology', 'modelTopology', [null, [], 5, {}, 'x']),
    written('a key given twice', original.replace('{', '{"format":"graph-model",')),
    written('a million brackets', () => '{"modelTopology":'.concat('['.repeat(1e6))),
    written('a string of 64 MB', () => `{"format":"layers-model","x":"${'x'.repeat(2 ** 26)}"}`),
    written('a number of 1e400', original.replace('"units":32', '"units":1e400')),
    at('units -0', 'refused', [`${LAYERS}.1.config.units`, -0]),
    ...each('weightsManifest', 'weightsManifest', [null, {}, [], 5, [null], [5], [{}]]),
    at('paths as one text', 'refused', [`${GROUP}.paths`, 'x']),
    at('no paths', 'refused', [`${GROUP}.paths`, []]),
    ...each('path', `${GROUP}.paths.0`, PATHS),
    at('one shard listed 100,000 times', 'refused', [
      `${GROUP}.paths`,
      Array<string>(many).fill('weights.bin'),
    ]),
    shard('no shard', () => null),
    shard('a shard one byte short', (bytes) => bytes.slice(0, -1)),
    shard('a shard one byte long', (bytes) => Uint8Array.from([...bytes, 0])),
    ...each('shape', `${GROUP}.weights.0.shape`, SHAPES),
    at('texts by the billion', 'refused', [
      `${GROUP}.weights.0`,
      { name: 'dense/kernel', shape: [1e9], dtype: 'string' },
    ]),
    ...each('dtype', `${GROUP}.weights.0.dtype`, ['float99', 'string', 'complex64', null, 5, '__proto__']),
    ...[
      { dtype: 'uint8' },
      { dtype: 'uint8', scale: '1', min: 0 },
      { dtype: 'uint8', scale: null, min: 0 },
      { dtype: 'uint7', scale: 1, min: 0 },
      5,
    ].map((quantization) =>
      at(`quantisation ${shown(quantization)}`, 'refused', [`${GROUP}.weights.0.quantization`, quantization]),
    ),
    ...each('weight called', `${GROUP}.weights.0.name`, NAMES),
    ...each('weight called', `${GROUP}.weights.0.name`, ODD_NAMES, 'either'),
    at('one name for two weights', 'refused', [`${GROUP}.weights.0.name`, 'dense/bias']),
    ...each('class', `${LAYERS}.1.class_name`, CLASSES),
    ...each('units', `${LAYERS}.1.config.units`, UNITS),
    ...each('input', `${LAYERS}.0.config.batch_input_shape`, [
      ...[[null, -1], [null], [], null, [null, 1e9, 1e9], Array<number>(1e6).fill(1), 'x', [null, 'x']],
    ]),
    ...each('activation', `${LAYERS}.1.config.activation`, ['x', 5, '__proto__', { class_name: 'x' }]),
    ...each('target', `${LAYERS}.2.config.target_shape`, [[3, 5], [-1, -1], [0], 'x', null, [1e9, 1e9]]),
    ...each('strides', `${LAYERS}.3.config.strides`, [[0, 0], [-1, 1], [1e9, 1e9], 'x', [1.5, 1]]),
    ...each('kernel', `${LAYERS}.3.config.kernel_size`, [[0, 0], [-1, 1], [1e9, 1e9], [3], 'x']),
    ...each('filters', `${LAYERS}.3.config.filters`, [0, -1, 1e308, 'x', null]),
    at('a layer that is none', 'refused', [`${LAYERS}.1`, null]),
    at('two layers of one name', 'refused', [`${LAYERS}.3.config.name`, 'dense']),
    at('a layer after nobody', 'refused', ['modelTopology', functional(['nowhere'], ['a'])]),
    at('two layers that follow each other', 'refused', ['modelTopology', functional(['b'], ['a'])]),
    at('a layer after itself', 'refused', ['modelTopology', functional(['a'], ['a'])]),
    at('no outputs', 'refused', ['modelTopology', functional(['z'], ['a'], null)]),
    at('an output that is not there', 'refused', ['modelTopology', functional(['z'], ['a'], [['c', 0, 0]])]),
    at('weights of other layers', 'refused', ['modelTopology', functional(['z'], ['a'])]),
    at('20,000 layers', 'refused', [
      LAYERS,
      Array.from({ length: 20_000 }, (_, i) => ({
        class_name: 'Activation',
        config: { name: `a${i}`, activation: 'relu' },
      })),
    ]),
    written(
      'models inside models, 3,000 deep',
      () => `{"format":"layers-model","modelTopology":${nested(3000)}}`,
    ),
    written('models inside models, 20 deep', () => `{"format":"layers-model","modelTopology":${nested(20)}}`),
    ...['builtins', 'os'].map((module) =>
      at(`a layer of the module ${module}`, 'refused', [
        `${LAYERS}.1`,
        { module, class_name: 'system', registered_name: 'system', config: { name: 'dense', cmd: 'true' } },
      ]),
    ),
    {
      ...{ name: 'a shard that is a link out of the folder', verdict: 'refused' },
      files: () => new Map([...base.parts].filter(([path]) => path !== 'weights.bin')),
      arrange: (folder, outside) => symlink(join(outside, CANARY), join(folder, 'weights.bin')),
    },
  ];
}

export const shown = (value: Json): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60);
