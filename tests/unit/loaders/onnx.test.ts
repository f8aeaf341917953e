import { describe, expect, test } from 'vitest';
import { seededRandom } from '#shared/random';
import { looksLikeOnnx, onnxLoader } from '#engine/loaders/onnx';
import { onnxRunner } from '#engine/onnx/raw-runner';
import { memorySource, outcome } from './memory-source';
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
  type Parts,
} from './onnx-bytes';

const open = (bytes: Uint8Array, beside: Readonly<Record<string, Uint8Array>> = {}) =>
  onnxLoader.open(memorySource({ 'm.onnx': bytes, ...beside }), 'm.onnx');
const sentence = (bytes: Uint8Array, beside?: Readonly<Record<string, Uint8Array>>) =>
  outcome(open(bytes, beside));

async function run(bytes: Uint8Array, z: readonly number[], input = 'z'): Promise<readonly number[]> {
  const { network } = await open(bytes);
  if (network.kind !== 'onnx') throw new Error('it is no ONNX network');
  const runner = await onnxRunner(network.onnx);
  const feeds = new Map([[input, { shape: [1, z.length], data: Float32Array.from(z) }]]);
  const results = await runner.run(feeds, ['x']);
  await runner.dispose();
  return [...(results.get('x')?.data ?? [])];
}

test('a model is found by its content, opened and run', async () => {
  const source = memorySource({
    'a/b.bin': model(),
    'c.onnx': 'no model',
    'saved_model.pb': message(field(1, 1), field(2, 'x')),
  });
  expect(await onnxLoader.find(source)).toEqual([{ format: 'onnx', path: 'a/b.bin' }]);
  const { hints, warnings } = await onnxLoader.open(source, 'a/b.bin');
  expect({ hints, warnings }).toEqual({ hints: { producer: 'a test' }, warnings: [] });
  expect(await run(model(), [1, 10])).toEqual([41, 52, 63]);
});

test('the head of a long file is enough, whatever it ends in', () => {
  const long = model({
    tensors: [tensor('w', [2, 3], floats(1, 2, 3, 4, 5, 6)), tensor('v', [4096], new Uint8Array(16_384))],
  });
  for (const count of [64, 1024, 4096])
    expect(looksLikeOnnx(long.subarray(0, count), long.length)).toBe(true);
  for (const other of ['\x08\x09hello', 'PK\x03\x04', '{"a": 1}', '', '\x08\x01\x12\x03abc'])
    expect(looksLikeOnnx(new TextEncoder().encode(other), other.length)).toBe(false);
});

test('weights listed among the inputs, as old files have them, are no ports', async () => {
  const old = model({ irVersion: 3, inputs: [port('z', ['n', 2]), port('w', [2, 3])] });
  expect(await run(old, [1, 10])).toEqual([41, 52, 63]);
});

test('halves, integers and truth values pass as numbers', async () => {
  const cast = (to: number) =>
    node('Cast', ['z'], ['x'], field(5, message(field(1, 'to'), field(3, to), field(20, 2))));
  for (const [type, values] of [
    [10, [0.5, 2]],
    [11, [0.5, 2]],
    [6, [1, 2]],
    [7, [1, 2]],
    [2, [1, 2]],
  ] as const)
    for (const [nodes, from, to] of [
      [[cast(type)], 1, type],
      [[cast(1)], type, 1],
    ] as const)
      expect(
        await run(
          model({
            nodes,
            tensors: [],
            inputs: [port('z', ['n', 2], from)],
            outputs: [port('x', ['n', 2], to)],
          }),
          values,
        ),
      ).toEqual(values);
  const boolean = {
    nodes: [cast(1)],
    tensors: [],
    inputs: [port('z', ['n', 2], 9)],
    outputs: [port('x', ['n', 2])],
  };
  expect(await run(model(boolean), [0, 3])).toEqual([0, 1]);
});

test('a weight that is no number, and an operation that draws numbers, are said', async () => {
  const numbers = await open(model({ tensors: [tensor('w', [2, 3], floats(1, 2, NaN, 4, 5, 6))] }));
  expect(numbers.warnings).toEqual(['The weight w holds values that are no numbers.']);
  const random = model({
    nodes: [node('MatMul', ['z', 'w'], ['y']), node('RandomNormalLike', ['y'], ['x'])],
  });
  expect((await open(random)).warnings).toEqual([expect.stringContaining('RandomNormalLike')]);
});

test('ports that do not fit what is fed', async () => {
  expect(await outcome(run(model(), [1, 2, 3]))).toMatch(
    /^engine\/input .*\(z\): its shape is \[open, 2\], and \[1, 3\] is given/,
  );
  expect(await outcome(run(model(), [1, 2], 'other'))).toMatch(/^engine\/input .*\(z\): it is not given/);
});

describe('weights in a file beside the model', () => {
  const entries = (...pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([key, value]) => field(13, message(field(1, key), field(2, value))));
  const outside = (...pairs: readonly (readonly [string, string])[]) =>
    model({
      tensors: [
        message(field(1, 2), field(1, 3), field(2, 1), field(8, 'w'), ...entries(...pairs), field(14, 1)),
      ],
    });
  const data = floats(9, 9, 1, 2, 3, 4, 5, 6);

  test('are put into it', async () => {
    const source = memorySource({
      'a/m.onnx': outside(['location', 'w.data'], ['offset', '8'], ['length', '24']),
      'a/w.data': data,
    });
    const { network, beside } = await onnxLoader.open(source, 'a/m.onnx');
    if (network.kind !== 'onnx') throw new Error('it is no ONNX network');
    expect(beside).toEqual(['a/w.data']);
    expect(await run(network.onnx, [1, 10])).toEqual([41, 52, 63]); // opened again, with nothing beside it
  });

  test.each([
    [/model\/refused .*"\.\.\/w\.data"/, [['location', '../w.data']]],
    [/model\/refused .*a plain name/, [['location', '/etc/passwd']]],
    [/model\/refused /, [['location', 'a/../w.data']]],
    [/model\/refused /, [['location', 'C:\\w.data']]],
    [/model\/refused /, [['location', '']]],
    [/model\/refused /, [['location', '..']]],
    [/model\/refused /, [['offset', '0']]],
    [/model\/weights .*missing \(other\)/, [['location', 'other']]],
    [
      /model\/weights .*do not fit/,
      [
        ['location', 'w.data'],
        ['offset', '12'],
      ],
    ],
    [
      /model\/weights .*do not fit/,
      [
        ['location', 'w.data'],
        ['length', '23'],
      ],
    ],
    [
      /model\/damaged .*"-1"/,
      [
        ['location', 'w.data'],
        ['offset', '-1'],
      ],
    ],
    [
      /model\/damaged .*"1e3"/,
      [
        ['location', 'w.data'],
        ['length', '1e3'],
      ],
    ],
    [
      /model\/damaged .*1152921504606846976/,
      [
        ['location', 'w.data'],
        ['length', '1152921504606846976'],
      ],
    ],
    [
      /model\/damaged .*twice/,
      [
        ['location', 'w.data'],
        ['location', 'w.data'],
      ],
    ],
    [
      /model\/damaged .*unknown way/,
      [
        ['location', 'w.data'],
        ['__class__', 'x'],
      ],
    ],
  ] as const)('%s', async (expected, pairs) => {
    expect(await sentence(outside(...pairs), { 'w.data': data })).toMatch(expected);
  });

  test('a few bytes named a thousand times are refused', async () => {
    const one = (at: number) =>
      message(
        field(1, 64),
        field(2, 1),
        field(8, `w${at}`),
        ...entries(['location', 'w.data']),
        field(14, 1),
      );
    const many = model({
      tensors: [
        tensor('w', [2, 3], floats(1, 2, 3, 4, 5, 6)),
        ...Array.from({ length: 1000 }, (_, at) => one(at)),
      ],
    });
    expect(await sentence(many, { 'w.data': new Uint8Array(256) })).toMatch(
      /^model\/damaged .*again and again/,
    );
  });
});

describe('refused in one sentence', () => {
  const withTensor = (...fields: readonly Uint8Array[]) => ({ tensors: [message(field(8, 'w'), ...fields)] });
  const attribute = (name: string, ...fields: readonly Uint8Array[]) =>
    field(5, message(field(1, name), ...fields));
  const body = (name: string, ...nodes: readonly Uint8Array[]) =>
    field(
      25,
      message(
        field(1, name),
        field(4, 'a'),
        field(5, 'b'),
        ...nodes.map((each) => field(7, each)),
        field(10, 'own'),
      ),
    );
  const own = field(7, 'own');
  const twelve = Array.from({ length: 20 }, (_, at) =>
    body(
      `f${at}`,
      node(at === 19 ? 'Relu' : `f${at + 1}`, ['a'], ['c'], ...(at === 19 ? [] : [own])),
      node(at === 19 ? 'Relu' : `f${at + 1}`, ['c'], ['b'], ...(at === 19 ? [] : [own])),
    ),
  );
  const cases: readonly (readonly [string, RegExp, Partial<Parts>])[] = [
    [
      'an unknown operation',
      /^model\/unsupported .*"Paint".*not among/,
      { nodes: [node('Paint', ['z'], ['x'])] },
    ],
    ['a loop', /^model\/unsupported .*"Loop".*without end/, { nodes: [node('Loop', ['z'], ['x'])] }],
    [
      'a tree',
      /^model\/unsupported .*no neural network/,
      { nodes: [node('TreeEnsembleRegressor', ['z'], ['x'], field(7, 'ai.onnx.ml'))] },
    ],
    [
      'a domain of its own',
      /^model\/unsupported .*"my\.ops"/,
      { nodes: [node('Add', ['z', 'w'], ['x'], field(7, 'my.ops'))] },
    ],
    [
      'a missing input',
      /^model\/damaged .*"v".*made by nothing/,
      { nodes: [node('MatMul', ['z', 'v'], ['x'])] },
    ],
    ['a missing output', /^model\/damaged .*output "y"/, { outputs: [port('y', ['n', 3])] }],
    ['no output', /^model\/damaged .*no output/, { outputs: [] }],
    [
      'a cycle',
      /^model\/damaged .*waits for its own/,
      { nodes: [node('Add', ['z', 'y'], ['x']), node('Relu', ['x'], ['y'])] },
    ],
    [
      'a value made twice',
      /^model\/damaged .*"x" is made twice/,
      { nodes: [node('Relu', ['z'], ['x']), node('Relu', ['z'], ['x'])] },
    ],
    [
      'a reserved name',
      /^model\/damaged .*"__proto__"/,
      { nodes: [node('MatMul', ['z', '__proto__'], ['x'])] },
    ],
    ['a negative size', /^model\/damaged .*size of -1/, withTensor(field(1, -1), field(2, 1))],
    ['an absurd size', /^model\/damaged .*too many/, withTensor(field(1, 2 ** 40), field(2, 1))],
    [
      'an overflow of sizes',
      /^model\/damaged .*too many/,
      withTensor(field(1, 2 ** 20), field(1, 2 ** 20), field(2, 1)),
    ],
    [
      'an absurd size behind a 0',
      /^model\/damaged .*too many/,
      withTensor(field(1, 0), field(1, 2 ** 40), field(2, 1)),
    ],
    [
      'too few bytes',
      /^model\/damaged .*24 bytes.*has 4/,
      withTensor(field(1, 6), field(2, 1), field(9, floats(1))),
    ],
    [
      'numbers twice',
      /^model\/damaged .*twice/,
      withTensor(field(1, 1), field(2, 1), field(9, floats(1)), field(4, floats(1))),
    ],
    [
      'numbers of another type',
      /^model\/damaged .*another type/,
      withTensor(field(1, 1), field(2, 1), field(7, 1)),
    ],
    ['an unknown type', /^model\/damaged .*unknown type 99/, withTensor(field(1, 1), field(2, 99))],
    [
      'text as weights',
      /^model\/damaged .*unknown type 8/,
      withTensor(field(1, 1), field(2, 8), field(6, 'x')),
    ],
    ['opset 6', /^model\/unsupported .*opset is 6/, { opsets: [opset(6)] }],
    ['opset a million', /^model\/unsupported .*1000000/, { opsets: [opset(1_000_000)] }],
    ['no opset', /^model\/damaged .*which operations/, { opsets: [] }],
    ['IR version 2^31', /^model\/damaged .*2147483648/, { irVersion: 2 ** 31 }],
    ['a second graph', /^model\/damaged .*two graphs/, { more: [field(7, message())] }],
    [
      'an input that is a sequence',
      /^model\/unsupported .*something else/,
      { inputs: [message(field(1, 'z'), field(2, field(4, message())))] },
    ],
    [
      'an absurd constant shape',
      /^model\/damaged .*asks for the shape/,
      { nodes: [node('ConstantOfShape', ['w'], ['x'])], tensors: [tensor('w', [2], longs(1e6, 1e6), 7)] },
    ],
    [
      'an absurd random shape',
      /^model\/damaged .*asks for the shape/,
      { nodes: [node('RandomNormal', [], ['x'], attribute('shape', field(8, 100_000), field(8, 100_000)))] },
    ],
    [
      'an absurd kernel',
      /^model\/damaged .*kernel_shape/,
      { nodes: [node('Conv', ['z', 'w'], ['x'], attribute('kernel_shape', field(8, 1e9)))] },
    ],
    [
      'a function that calls itself',
      /^model\/damaged .*calls itself/,
      { nodes: [node('f', ['z'], ['x'], own)], more: [body('f', node('f', ['a'], ['b'], own))] },
    ],
    [
      'functions that multiply',
      /^model\/damaged .*written out/,
      { nodes: [node('f0', ['z'], ['x'], own)], more: twelve },
    ],
    [
      'a bad function body',
      /^model\/unsupported .*"Paint"/,
      { nodes: [node('f', ['z'], ['x'], own)], more: [body('f', node('Paint', ['a'], ['b']))] },
    ],
    [
      'a bad branch',
      /^model\/unsupported .*"Scan"/,
      {
        nodes: [
          node(
            'If',
            ['z'],
            ['x'],
            attribute(
              'then_branch',
              field(6, message(field(1, node('Scan', ['z'], ['q'])), field(12, port('q', [])))),
            ),
          ),
        ],
      },
    ],
    [
      'a branch that reads what is not there',
      /^model\/damaged .*"nowhere"/,
      {
        nodes: [
          node(
            'If',
            ['z'],
            ['x'],
            attribute(
              'then_branch',
              field(6, message(field(1, node('Relu', ['nowhere'], ['q'])), field(12, port('q', [])))),
            ),
          ),
        ],
      },
    ],
    ['a training graph', /^model\/damaged .*training/, { more: [field(20, message())] }],
  ];
  test.each(cases)('%s', async (_, expected, changes) => {
    expect(await sentence(model(changes))).toMatch(expected);
  });

  test('bytes that are no message', async () => {
    const tag = varint(7n * 8n + 3n); // a group, which the format gave up
    expect(await sentence(message(field(1, 8), tag))).toMatch(/^model\/damaged .*unknown kind 3/);
    expect(
      await sentence(message(field(1, 8), Uint8Array.from([0x3a, ...Array<number>(11).fill(0xff)]))),
    ).toMatch(/more than ten bytes/);
    expect(await sentence(message(field(1, 8), Uint8Array.from([0x3a]), varint(2n ** 31n)))).toMatch(
      /ends inside/,
    );
    expect(await sentence(new Uint8Array())).toMatch(/^model\/damaged .*no graph/);
    const deep = Array.from({ length: 2000 }).reduce<Uint8Array>(
      (inner) => message(field(1, node('If', ['z'], ['x'], attribute('then_branch', field(6, inner))))),
      message(),
    );
    expect(await sentence(message(field(1, 8), field(7, deep), field(8, opset(17))))).toMatch(
      /nested more than 8/,
    );
  });
});

test('fifty thousand nodes in the wrong order are sorted out', async () => {
  const count = 50_000;
  const nodes = Array.from({ length: count }, (_, at) =>
    node('Relu', [at === count - 1 ? 'z' : `v${at + 1}`], [at === 0 ? 'x' : `v${at}`]),
  );
  expect(await sentence(model({ nodes }))).toBe('ok');
});

test('2,000 mutants end in a model or in a sentence', async () => {
  const base = model({ more: [field(14, message(field(1, 'title'), field(2, 'A title')))] });
  const random = seededRandom(4);
  let refused = 0;
  for (let n = 0; n < 2000; n++) {
    let bytes: Uint8Array = base.slice();
    for (let edit = random.integer(4); edit >= 0; edit--) {
      const at = random.integer(bytes.length);
      const kind = random.integer(4);
      if (kind === 0) bytes[at] = random.integer(256);
      else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
      else if (kind === 2) bytes.fill(0xff, at, at + 8);
      else
        bytes = message(
          bytes.subarray(0, at),
          bytes.subarray(Math.min(bytes.length, at + 1 + random.integer(8))),
        );
    }
    const result = await sentence(bytes);
    if (result !== 'ok') refused++;
    else expect(result).toBe('ok');
  }
  expect(refused).toBeGreaterThan(1000);
});
