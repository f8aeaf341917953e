// Archives that lie: of a folder (.zip), and of Keras 3 (.keras), with what a configuration of Keras may ask for.
import type { Json } from '#engine/store/strict-json';
import { filesOf, json, partOf, text, type Base, type Files, type Recipe, type Verdict } from '../corpus';
import { unzipSync } from 'fflate';
import { zipOf, type End, type Entry } from '../zip-files';
import { genericRecipes } from './generic';

const BAD_NAMES = [
  ...[
    '../e',
    '..\\e',
    '/abs',
    'C:/e',
    'a/../../e',
    'e\u0000.txt',
    '__proto__/x',
    'x'.repeat(300),
    './e',
    'a//b',
  ],
  ...['CON', 'a::$DATA', 'e.', 'e ', '\u202Egnp'],
];
/** Other entries than the model's own: where they cannot lead anywhere, the model beside them may be opened. */
const strangers = (kept: readonly Entry[]): readonly (readonly [string, readonly Entry[], End?])[] => {
  const content = text('x');
  const zeros = new Uint8Array(2 ** 24);
  const extra = (...entries: readonly Entry[]): readonly Entry[] => [...kept, ...entries];
  return [
    ...BAD_NAMES.map(
      (name) => [`an entry ${JSON.stringify(name.slice(0, 20))}`, extra({ name, content })] as const,
    ),
    ['a name that is no UTF-8', extra({ name: Uint8Array.of(0xff, 0xfe, 0x41), content })],
    ['names that differ in composition', extra({ name: '\u00e9', content }, { name: 'e\u0301', content })],
    ['names that differ in case', extra({ name: 'A', content }, { name: 'a', content })],
    ['a file and a folder of one name', extra({ name: 'a', content }, { name: 'a/b', content })],
    [
      'a link, and a file through it',
      extra({ name: 'l', content: text('/etc'), mode: 0xa1ff, method: 0 }, { name: 'l/passwd', content }),
    ],
    ['an encrypted entry', extra({ name: 'e', content, flags: 1 })],
    ['an unknown method', extra({ name: 'e', content, method: 99 })],
    ['16 MB of zeros', extra({ name: 'zeros.bin', content: zeros })],
    [
      '20,000 empty entries',
      extra(
        ...Array.from({ length: 20_000 }, (_, i) => ({
          name: `e${i}`,
          content: new Uint8Array(),
          method: 0,
        })),
      ),
    ],
    [
      'a zip in a zip in a zip',
      extra({ name: 'inner.zip', content: zipOf([{ name: 'x.zip', content: zipOf(kept) }]) }),
    ],
    ['a directory of 4 GB, whose entries are counted', kept, { directorySize: 2 ** 32 - 2 }],
    ['junk before the first entry', kept, { before: new Uint8Array(2 ** 20).fill(0x41) }],
    ['an end inside the comment', kept, { comment: zipOf([]) }],
  ];
};

/** The entry of the model itself is wrong. */
function damage([first, ...rest]: readonly [Entry, ...Entry[]]): readonly (readonly [
  string,
  readonly Entry[],
  End?,
])[] {
  const all = [first, ...rest];
  const other = (changes: Partial<Entry>): readonly Entry[] => [{ ...first, ...changes }, ...rest];
  return [
    ['one name twice', [first, first, ...rest]],
    ['another name where it lies', other({ localName: 'x'.repeat(String(first.name).length) })],
    ['a size of 50 MB', other({ size: 50 * 2 ** 20 })],
    ['a size of 1', other({ size: 1 })],
    ['a size of 4 GB', other({ size: 2 ** 32 - 1 })],
    ['a packed size of 4 GB', other({ packedSize: 2 ** 32 - 1 })],
    ['a wrong checksum', other({ crc: 1 })],
    ['encryption', other({ flags: 0x801 })],
    ['method 99', other({ method: 99 })],
    ['packed bytes that are none', other({ method: 8, content: first.content, packedSize: 3 })],
    ['a place past the end', other({ offset: 2 ** 31 })],
    ['a place in another entry', [...all, { ...first, name: 'twin', offset: 0 }]],
    ['an end that counts one more', all, { count: all.length + 1 }],
    ['an end that counts 65,535', all, { count: 65_535 }],
    ['an end on another disk', all, { disk: 3 }],
    ['a directory past the end', all, { directoryAt: 2 ** 31 }],
  ];
}

export const entriesOf = (files: Files): [Entry, ...Entry[]] =>
  [...files].map(([name, content]) => ({ name, content })) as [Entry, ...Entry[]];

export function archives(file: string, entries: [Entry, ...Entry[]], suspect: Verdict): readonly Recipe[] {
  const recipe =
    (verdict: Verdict) =>
    ([name, listed, end]: readonly [string, readonly Entry[], End?]): Recipe => ({
      ...{ name, verdict },
      files: () => new Map([[file, zipOf(listed, end)]]),
    });
  return [...strangers(entries).map(recipe('either')), ...damage(entries).map(recipe(suspect))];
}

export async function zipRecipes(base: Base): Promise<readonly Recipe[]> {
  const inside = new Map(Object.entries(unzipSync(partOf(base.parts, 'model.zip'))));
  const escaping = BAD_NAMES.slice(0, 6).map((name): Recipe => ({
    ...{ name: `a zip whose only model is ${JSON.stringify(name)}`, verdict: 'refused' },
    files: () => new Map([['model.zip', zipOf([{ name, content: text('{"modelTopology":{"node":[]}}') }])]]),
  }));
  return [
    ...(await genericRecipes(base, 'model.zip')),
    ...archives('model.zip', entriesOf(inside), 'refused'),
    ...escaping,
    { name: 'an empty zip', verdict: 'refused', files: () => new Map([['model.zip', zipOf([])]]) },
  ];
}

const FILE = 'generator.keras';

export async function kerasRecipes(base: Base): Promise<readonly Recipe[]> {
  const [config, weights] = [partOf(base.parts, 'config.json'), partOf(base.parts, 'model.weights.h5')];
  const parsed = JSON.parse(new TextDecoder().decode(config)) as { config: { layers: Json[] } };
  const zipped = (files: Files): Files => new Map([[FILE, zipOf(entriesOf(files))]]);
  const put = (
    name: string,
    files: Readonly<Record<string, Uint8Array | string>>,
    verdict: Verdict = 'refused',
  ): Recipe => ({
    ...{ name, verdict },
    files: () => zipped(filesOf({ 'metadata.json': '{"keras_version":"3.3.0"}', ...files })),
  });
  const layer = (name: string, module: string, class_name: string, changes: object): Recipe => {
    const layers = parsed.config.layers.map((each, at) =>
      at === 1 ? { ...(each as object), module, class_name, config: { name: 'dense', ...changes } } : each,
    );
    const written = json({ ...parsed, config: { ...parsed.config, layers } });
    return put(name, { 'config.json': written, 'model.weights.h5': weights });
  };
  const main: Entry = { name: 'config.json', content: config };
  const others: Entry[] = [
    { name: 'metadata.json', content: text('{"keras_version":"3.3.0"}') },
    { name: 'model.weights.h5', content: weights },
  ];
  return [
    ...(await genericRecipes(base, FILE)),
    ...archives(FILE, [main, ...others], 'either'),
    put('no config.json', { 'model.weights.h5': weights }),
    put('no weights', { 'config.json': config }),
    put('weights that are text', { 'config.json': config, 'model.weights.h5': 'x' }),
    put('an empty configuration', { 'config.json': '{}', 'model.weights.h5': weights }),
    ...['null', '5', '[', '', '[[[['].map((written) =>
      put(`config.json ${written}`, { 'config.json': written, 'model.weights.h5': weights }),
    ),
    put(
      'metadata that is none',
      { 'metadata.json': '{', 'config.json': config, 'model.weights.h5': weights },
      'either',
    ),
    layer('code as a layer', 'keras.layers', 'Lambda', {
      function: { class_name: '__lambda__', config: { code: '4wEAAAAAAAAA', defaults: null, closure: null } },
    }),
    layer('a download as a layer', 'keras.utils', 'get_file', { fname: 'x', origin: 'http://127.0.0.1:1/x' }),
    layer('trust as a layer', 'keras.config', 'enable_unsafe_deserialization', {}),
    layer('a folder as a layer', 'keras.layers', 'TFSMLayer', {
      filepath: '../outside',
      call_endpoint: 'serve',
    }),
    layer('a vocabulary of the machine', 'keras.layers', 'StringLookup', { vocabulary: '/etc/passwd' }),
    layer('a vocabulary of the network', 'keras.layers', 'StringLookup', {
      vocabulary: 'http://127.0.0.1:1/x',
    }),
    layer('a wrapper of Torch', 'keras.layers', 'TorchModuleWrapper', { module: 'gASVIAAAAAAAAACMBXBvc2l4' }),
    layer('a class of the system', 'os', 'system', { command: 'true' }),
    layer('a class of builtins', 'builtins', 'eval', { source: '1' }),
  ];
}
