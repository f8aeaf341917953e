// ONNX: protobuf that has no end, tensors that are not what they say, files elsewhere, and graphs that never come to an answer.
import { link, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CANARY, type Base, type Recipe } from '../corpus';
import {
  field,
  floats,
  longs,
  message,
  model,
  node,
  opset,
  port,
  tensor,
  varint,
} from '../../unit/loaders/onnx-bytes';
import { joined } from './bytes';
import { genericRecipes } from './generic';

const FILE = 'generator.onnx';
const weight = (...more: readonly Uint8Array[]): Uint8Array => message(field(8, 'w'), ...more);
const dims = (...sizes: readonly number[]): Uint8Array => message(...sizes.map((size) => field(1, size)));
const attribute = (name: string, type: number, ...content: readonly Uint8Array[]): Uint8Array =>
  field(5, message(field(1, name), field(20, type), ...content));
const six = floats(1, 2, 3, 4, 5, 6);

/** The weight lies in another file: key and value pairs of `external_data`. */
const outside = (pairs: Readonly<Record<string, string>>): Uint8Array =>
  model({
    tensors: [
      weight(
        dims(2, 3),
        field(2, 1),
        ...Object.entries(pairs).map(([key, value]) => field(13, message(field(1, key), field(2, value)))),
        field(14, 1),
      ),
    ],
  });

const deep = (levels: number): Uint8Array => {
  let inner: Uint8Array = new Uint8Array();
  for (let level = 0; level < levels; level++)
    inner = joined(varint(58n), varint(BigInt(inner.length)), inner);
  return inner;
};
const subgraph = (name: string, nodes: readonly Uint8Array[], output: string): Uint8Array =>
  field(
    6,
    message(...nodes.map((each) => field(1, each)), field(2, name), field(12, port(output, ['n', 2]))),
  );

/** y = f(z), and f calls itself. */
const recursive = (): Uint8Array =>
  model({
    nodes: [node('f', ['z'], ['x'], field(7, 'own'))],
    opsets: [opset(17), opset(1, 'own')],
    more: [
      field(
        25,
        message(
          ...[field(1, 'f'), field(4, 'a'), field(5, 'b'), field(10, 'own')],
          field(7, node('f', ['a'], ['b'], field(7, 'own'))),
          field(9, opset(1, 'own')),
        ),
      ),
    ],
  });

/** 10^9 trips of a loop that does nothing. */
const longLoop = (): Uint8Array =>
  model({
    tensors: [
      tensor('trips', [], longs(1e9), 7),
      message(field(2, 9), field(8, 'go'), field(9, Uint8Array.of(1))),
    ],
    nodes: [
      node(
        ...(['Loop', ['trips', 'go', 'z'], ['x']] as const),
        attribute(
          ...(['body', 5] as const),
          field(
            6,
            message(
              field(1, node('Identity', ['c'], ['c2'])),
              field(1, node('Neg', ['s'], ['s2'])),
              field(2, 'body'),
              ...[port('i', [], 7), port('c', [], 9), port('s', ['n', 2])].map((each) => field(11, each)),
              ...[port('c2', [], 9), port('s2', ['n', 2])].map((each) => field(12, each)),
            ),
          ),
        ),
      ),
    ],
    outputs: [port('x', ['n', 2])],
  });

export async function onnxRecipes(base: Base): Promise<readonly Recipe[]> {
  const file = (name: string, make: () => Uint8Array, more: Partial<Recipe> = {}): Recipe => ({
    ...{ name, verdict: 'refused' },
    files: () => new Map([[FILE, make()]]),
    ...more,
  });
  const weights = (name: string, ...content: readonly Uint8Array[]): Recipe =>
    file(name, () => model({ tensors: [weight(...content)] }));
  const nodes = (name: string, ...list: readonly Uint8Array[]): Recipe =>
    file(name, () => model({ nodes: list }));
  const elsewhere = (name: string, location: string, arrange?: Recipe['arrange']): Recipe =>
    file(name, () => outside({ location }), arrange === undefined ? {} : { arrange });
  return [
    ...(await genericRecipes(base, FILE)),
    file('a number of 11 bytes', () => joined(Uint8Array.of(8), new Uint8Array(11).fill(0xff), model())),
    file('a graph of 2^31 bytes', () => joined(Uint8Array.of(8, 8, 58), varint(2n ** 31n))),
    file('a graph of 2^63 bytes', () => joined(Uint8Array.of(8, 8, 58), varint(2n ** 63n))),
    file('two graphs', () => joined(model(), model()), { verdict: 'either' }),
    file('a group, of the wire type 3', () => joined(model(), Uint8Array.of(0x3b, 0x3c))),
    file('a wire type of 7', () => joined(model(), Uint8Array.of(0x3f))),
    file('messages 10,000 deep', () => joined(Uint8Array.of(8, 8), deep(10_000))),
    weights('a side of -1', dims(-1, 3), field(2, 1), field(9, six)),
    weights('a side of 2^52', dims(2 ** 52, 3), field(2, 1), field(9, six)),
    weights('sides whose product is 0 again', dims(2 ** 32, 2 ** 32), field(2, 1), field(9, six)),
    weights('a byte too few', dims(2, 3), field(2, 1), field(9, six.slice(0, 23))),
    weights('a number too many', dims(2, 3), field(2, 1), field(9, floats(1, 2, 3, 4, 5, 6, 7))),
    weights('its numbers twice', dims(2, 3), field(2, 1), field(9, six), field(4, six)),
    weights('no type', dims(2, 3), field(9, six)),
    weights('the type 99', dims(2, 3), field(2, 99), field(9, six)),
    weights('64 sides', dims(...Array<number>(64).fill(1)), field(2, 1), field(9, floats(1))),
    weights(
      'texts',
      dims(2, 3),
      field(2, 8),
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => field(6, letter)),
    ),
    elsewhere('a file above', `../${CANARY}`),
    elsewhere('a file through a folder', `a/../../${CANARY}`),
    elsewhere('a file of the machine', '/etc/passwd'),
    elsewhere('a file without a name', ''),
    elsewhere('a link', 'w.data', (folder, out) => symlink(join(out, CANARY), join(folder, 'w.data'))),
    elsewhere('a second name of a file elsewhere', 'w.data', (folder, out) =>
      link(join(out, CANARY), join(folder, 'w.data')),
    ),
    elsewhere('a folder that is a link', `a/${CANARY}`, (folder, out) => symlink(out, join(folder, 'a'))),
    elsewhere('a folder', 'w.data', async (folder) => {
      await mkdir(join(folder, 'w.data'));
    }),
    elsewhere('itself', FILE),
    ...Object.entries<Record<string, string>>({
      'an offset of -1': { offset: '-1' },
      'a length of 2^60': { length: `${2 ** 60}` },
      'an offset that is none': { offset: 'x' },
      'an offset of 1e309': { offset: '1e309' },
      'a key of Python': { __class__: 'x' },
    }).map(([name, pairs]) =>
      file(name, () => outside({ location: 'w.data', ...pairs }), {
        files: () =>
          new Map([
            [FILE, outside({ location: 'w.data', ...pairs })],
            ['w.data', six],
          ]),
        // what a key means that nobody knows is nothing
        ...('__class__' in pairs ? { verdict: 'either' } : {}),
      }),
    ),
    file('no set of operations', () => model({ opsets: [] })),
    ...[0, 1, 1_000_000, -1].map((version) =>
      file(`operations of version ${version}`, () => model({ opsets: [opset(version)] })),
    ),
    file('an IR version of 2^31', () => model({ irVersion: 2 ** 31 })),
    nodes('an input from nowhere', node('MatMul', ['nowhere', 'w'], ['x'])),
    nodes(
      'two nodes that wait for each other',
      node('Relu', ['b'], ['a']),
      node('Relu', ['a'], ['b']),
      node('MatMul', ['b', 'w'], ['x']),
    ),
    nodes(
      'two nodes that make one value',
      node('MatMul', ['z', 'w'], ['x']),
      node('MatMul', ['z', 'w'], ['x']),
    ),
    nodes('an unknown operation', node('Unknown', ['z'], ['x'])),
    nodes('no operation', node('', ['z'], ['x'])),
    nodes('an operation of a strange domain', node('MatMul', ['z', 'w'], ['x'], field(7, 'strange'))),
    nodes('nothing that makes its output'),
    nodes(
      'trees whose ids lie outside',
      node(
        'TreeEnsembleRegressor',
        ['z'],
        ['x'],
        field(7, 'ai.onnx.ml'),
        attribute('nodes_truenodeids', 7, field(8, 1_000_000_000)),
        attribute('nodes_treeids', 7, field(8, 0)),
      ),
    ),
    nodes(
      'a vector machine with wrong sizes',
      node(
        'SVMClassifier',
        ['z'],
        ['x'],
        field(7, 'ai.onnx.ml'),
        attribute('vectors_per_class', 7, field(8, 1_000_000_000)),
      ),
    ),
    file('a function that calls itself', recursive),
    file('a loop of 10^9 trips', longLoop),
    nodes(
      'a condition whose branches give nothing',
      node('If', ['z'], ['x'], attribute('then_branch', 5, subgraph('t', [], 'q'))),
    ),
    file('pictures of 10^12 values', () =>
      model({
        tensors: [tensor('shape', [4], longs(1_000_000, 1000, 1000, 1), 7)],
        nodes: [node('ConstantOfShape', ['shape'], ['x'])],
      }),
    ),
    file('100,001 nodes', () =>
      model({
        nodes: Array.from({ length: 100_001 }, (_, i) =>
          node('Relu', [i === 0 ? 'z' : `v${i - 1}`], [`v${i}`]),
        ),
      }),
    ),
  ];
}
