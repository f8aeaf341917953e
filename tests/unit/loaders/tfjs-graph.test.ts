// TensorFlow.js graph models of every dialect, and what they must not be.
import { describe, expect, test } from 'vitest';
import { decodeGraph, encodeGraph } from '#engine/graph/graph-file';
import { graphRunner, loweredGraphRunner } from '#engine/graph/graph-runner';
import { tfGraphRunner } from '#engine/graph/tf-graph-runner';
import type { GraphNetwork } from '#engine/graph/graph-network';
import type { LoadedNetwork } from '#engine/loaders/loader';
import { tfjsGraphLoader } from '#engine/loaders/tfjs-graph';
import { MAX_GRAPH_NODES } from '#engine/store/limits';
import { memorySource, outcome } from './memory-source';

interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}

const FLOAT = { type: 'DT_FLOAT' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const constant = (name: string, type = 'DT_FLOAT'): NodeJson => ({
  name,
  op: 'Const',
  attr: { dtype: { type }, value: { tensor: { dtype: type } } },
});
const placeholder: NodeJson = {
  name: 'z',
  op: 'Placeholder',
  attr: { dtype: FLOAT, shape: { shape: { dim: [{ size: '-1' }, { size: '2' }] } } },
};
/** y = relu(z w), z of two numbers, w = [[1, -1], [2, 1]]. */
const NODES: readonly NodeJson[] = [
  placeholder,
  constant('w'),
  { name: 'product', op: 'MatMul', input: ['z', 'w'], attr: { T: FLOAT } },
  { name: 'y', op: 'Relu', input: ['product'], attr: { T: FLOAT } },
];
const WEIGHTS = [{ name: 'w', shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, -1, 2, 1) }];

interface Parts {
  readonly nodes?: readonly object[];
  readonly weights?: readonly {
    name: string;
    shape: number[];
    dtype: string;
    data: Float32Array | Int32Array;
  }[];
  readonly more?: object;
  readonly library?: object;
}

function load({ nodes = NODES, weights = WEIGHTS, more = {}, library }: Parts = {}): Promise<LoadedNetwork> {
  const shard = Buffer.concat(weights.map(({ data }) => new Uint8Array(data.buffer)));
  const json = {
    format: 'graph-model',
    modelTopology: { node: nodes, ...(library === undefined ? {} : { library }), versions: { producer: 1 } },
    weightsManifest: [
      { paths: ['shard.bin'], weights: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })) },
    ],
    ...more,
  };
  const source = memorySource({ 'model.json': JSON.stringify(json), 'shard.bin': shard });
  return tfjsGraphLoader.open(source, 'model.json');
}

function graphOf({ network }: LoadedNetwork): GraphNetwork {
  if (network.kind !== 'graph') throw new Error('it is no graph');
  return network.graph;
}

async function run(graph: GraphNetwork, z: readonly number[]): Promise<readonly number[]> {
  const runner = await loweredGraphRunner(graph);
  const [input, output] = [graph.inputs[0]?.name ?? '', graph.outputs[0]?.name ?? ''];
  const feeds = new Map([[input, { shape: [z.length / 2, 2], data: Float32Array.from(z) }]]);
  const answer = (await runner.run(feeds, [output])).get(output);
  await runner.dispose();
  return [...(answer?.data ?? [])];
}

const Z = [1, 2, -1, 0.5];
const Y = [5, 1, 0, 1.5];

describe('A graph model', () => {
  test('is found by its content, and nothing else is', async () => {
    const source = memorySource({
      'a/model.json': JSON.stringify({ modelTopology: { node: [] }, weightsManifest: [] }),
      'layers.json': JSON.stringify({ modelTopology: { class_name: 'Sequential' } }),
      'card.json': '{"modelTopology": null}',
      'broken.json': '{"modelTopology":',
      'picture.png': Uint8Array.of(0x89, 0x50),
    });
    expect(await tfjsGraphLoader.find(source)).toEqual([{ format: 'tfjs-graph', path: 'a/model.json' }]);
  });

  test('has its placeholders and the nodes that nobody reads as ports, where no signature says more', async () => {
    const graph = graphOf(await load());
    expect(graph.inputs).toEqual([{ name: 'z', shape: [null, 2], type: 'float32', node: 'z' }]);
    expect(graph.outputs).toEqual([{ name: 'y', shape: [null, 2], type: 'float32', from: 'y' }]);
    expect(await run(graph, Z)).toEqual(Y);
  });

  test.each(['signature', 'userDefinedMetadata'])('has the ports of its %s', async (where) => {
    const port = (name: string, size: string): object => ({
      name,
      dtype: 'DT_FLOAT',
      tensorShape: { dim: [{ size: '-1' }, { size }] },
    });
    const signature = { inputs: { latent: port('z:0', '2') }, outputs: { picture: port('product:0', '2') } };
    const more = where === 'signature' ? { signature } : { userDefinedMetadata: { signature } };
    const graph = graphOf(await load({ more }));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['latent']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['picture']);
    expect(await run(graph, Z)).toEqual([5, 1, 0, 1.5]);
  });

  test('may write its attributes in base64, as words, or as bytes', async () => {
    const kernel = { name: 'k', shape: [1, 1, 1, 1], dtype: 'float32', data: Float32Array.of(3) };
    const shape = { name: 's', shape: [4], dtype: 'int32', data: Int32Array.of(-1, 1, 2, 1) };
    const spellings = [
      (text: string) => base64(text),
      (text: string) => text,
      (text: string) => [...Buffer.from(text)],
    ];
    for (const spell of spellings) {
      const nodes: NodeJson[] = [
        placeholder,
        constant('s', 'DT_INT32'),
        constant('k'),
        { name: 'x', op: 'Reshape', input: ['z', 's'], attr: { T: FLOAT } },
        {
          name: 'y',
          op: 'Conv2D',
          input: ['x', 'k'],
          attr: {
            T: { type: 1 },
            padding: { s: spell('SAME') },
            data_format: { s: spell('NHWC') },
            strides: { list: { i: ['1', 1, '1', 1] } },
          },
        },
      ];
      expect(await run(graphOf(await load({ nodes, weights: [kernel, shape] })), Z)).toEqual([3, 6, -3, 1.5]);
    }
  });

  test('may call functions, which are written out', async () => {
    const body = {
      signature: {
        name: 'half',
        inputArg: [{ name: 'x' }, { name: 'weight' }],
        outputArg: [{ name: 'result' }],
      },
      nodeDef: [{ name: 'inner', op: 'MatMul', input: ['x', 'weight'], attr: { T: FLOAT } }],
      ret: { result: 'inner:product:0' },
    };
    const nodes = [
      placeholder,
      constant('w'),
      {
        name: 'call',
        op: 'StatefulPartitionedCall',
        input: ['z', 'w'],
        attr: { f: { func: { name: 'half' } } },
      },
      { name: 'y', op: 'Relu', input: ['call'], attr: { T: FLOAT } },
    ];
    const graph = graphOf(await load({ nodes, library: { function: [body] } }));
    expect(graph.nodes.map(({ name }) => name)).toContain('call/inner');
    expect(await run(graph, Z)).toEqual(Y);
  });

  test('gives the same by TensorFlow.js, after it was written and read', async () => {
    const graph = graphOf(await load());
    const again = decodeGraph(encodeGraph(graph));
    expect(again).toEqual(graph);
    const runner = await tfGraphRunner(again);
    const feeds = new Map([['z', { shape: [2, 2], data: Float32Array.from(Z) }]]);
    expect([...((await runner.run(feeds, ['y'])).get('y')?.data ?? [])]).toEqual(Y);
    await runner.dispose();
  });

  test('that has no translation is run by TensorFlow.js, and why is said', async () => {
    const nodes = [
      ...NODES.slice(0, 3),
      { name: 'y', op: 'IsFinite', input: ['product'], attr: { T: FLOAT } },
    ];
    const output = { name: 'y:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '-1' }, { size: '2' }] } };
    const more = { signature: { inputs: {}, outputs: { y: output } } };
    const runner = await graphRunner(graphOf(await load({ nodes, more })));
    expect(runner.runtime).not.toBe('onnxruntime');
    expect(runner.why).toContain('IsFinite');
    const feeds = new Map([['z', { shape: [2, 2], data: Float32Array.from(Z) }]]);
    expect([...((await runner.run(feeds, ['y'])).get('y')?.data ?? [])]).toEqual([1, 1, 1, 1]);
    await runner.dispose();
  });

  test('with a weight that is no number says so', async () => {
    const weights = [{ ...WEIGHTS[0]!, data: Float32Array.of(1, NaN, 2, 1) }];
    expect((await load({ weights })).warnings).toEqual(['The weight "w" holds values that are no numbers.']);
  });

  test('with an input that nothing reads says so', async () => {
    const unused = { ...placeholder, name: 'unused' };
    const loaded = await load({ nodes: [unused, ...NODES] });
    expect(loaded.warnings[0]).toMatch(/input "unused" is not used/);
    expect(graphOf(loaded).inputs.map(({ name }) => name)).toEqual(['z']);
  });
});

const withLast = (op: string, input: readonly string[] = ['product']): readonly object[] => [
  ...NODES.slice(0, 3),
  { name: 'y', op, input, attr: { T: FLOAT } },
];
const endless = (name: string, calls: string): object => ({
  signature: { name, inputArg: [{ name: 'x' }], outputArg: [{ name: 'r' }] },
  nodeDef: [{ name: 'c', op: 'PartitionedCall', input: ['x'], attr: { f: { func: { name: calls } } } }],
  ret: { r: 'c:output:0' },
});
const calling = (name: string): readonly object[] => [
  placeholder,
  { name: 'y', op: 'PartitionedCall', input: ['z'], attr: { f: { func: { name } } } },
];
const huge = [
  placeholder,
  constant('sizes', 'DT_INT32'),
  constant('one'),
  { name: 'filled', op: 'Fill', input: ['sizes', 'one'], attr: { T: FLOAT } },
  { name: 'y', op: 'Add', input: ['z', 'filled'], attr: { T: FLOAT } },
];
const hugeWeights = [
  { name: 'sizes', shape: [2], dtype: 'int32', data: Int32Array.of(1_000_000, 1_000_000) },
  { name: 'one', shape: [], dtype: 'float32', data: Float32Array.of(1) },
];

describe('What is refused', () => {
  test.each<[string, Parts, RegExp]>([
    ['an unknown operation', { nodes: withLast('Mystery') }, /^model\/unsupported .*"Mystery"/],
    ['reading a file', { nodes: withLast('ReadFile') }, /^model\/refused .*ReadFile/],
    ['writing a file', { nodes: withLast('WriteFile') }, /^model\/refused .*WriteFile/],
    ['code', { nodes: withLast('PyFunc') }, /^model\/refused .*PyFunc/],
    ['printing', { nodes: withLast('Print') }, /^model\/refused .*Print/],
    ['a loop', { nodes: withLast('StatelessWhile') }, /^model\/unsupported .*StatelessWhile/],
    ['a missing input', { nodes: withLast('Relu', ['nowhere']) }, /^model\/damaged .*"nowhere"/],
    ['an operation without its input', { nodes: withLast('MatMul') }, /^model\/damaged .*1 inputs/],
    [
      'a cycle',
      {
        nodes: [
          ...NODES.slice(0, 2),
          { name: 'a', op: 'MatMul', input: ['b', 'w'], attr: { T: FLOAT } },
          { name: 'b', op: 'Relu', input: ['a'], attr: { T: FLOAT } },
          { name: 'y', op: 'Add', input: ['b', 'z'], attr: { T: FLOAT } },
        ],
      },
      /^model\/damaged .*depends on itself/,
    ],
    ['two nodes of one name', { nodes: [...NODES, NODES[2]!] }, /^model\/damaged .*two nodes of this name/],
    ['a constant without a weight', { weights: [] }, /^model\/damaged/],
    [
      'a function that calls itself',
      { nodes: calling('f'), library: { function: [endless('f', 'f')] } },
      /^model\/unsupported .*calls itself/,
    ],
    [
      'functions that call one another for ever',
      { nodes: calling('f'), library: { function: [endless('f', 'g'), endless('g', 'f')] } },
      /^model\/unsupported .*calls itself/,
    ],
    ['a function that is not there', { nodes: calling('gone') }, /^model\/damaged .*not there/],
    [
      'a value too large to compute',
      { nodes: huge, weights: hugeWeights },
      /^model\/unsupported .*too large/,
    ],
    [
      'a reserved name',
      { nodes: [...NODES, { name: '__proto__', op: 'Relu', input: ['y'] }] },
      /^model\/damaged/,
    ],
    ['no outputs', { nodes: [placeholder], weights: [] }, /^model\/not-a-generator/],
    ['nodes that are no list', { nodes: [[], 5] as never }, /^model\/damaged/],
    [
      'a size that is no number',
      { nodes: [{ ...placeholder, attr: { shape: { shape: { dim: [{ size: 'x' }] } } } }] },
      /^model\/damaged/,
    ],
    [
      'tables that are filled first',
      { more: { modelInitializer: { node: [{}] } } },
      /^model\/unsupported .*modelInitializer/,
    ],
  ])('%s', async (_, parts, sentence) => {
    expect(await outcome(load(parts))).toMatch(sentence);
  });

  test('a graph of functions that double, and double again', async () => {
    const doubling = (at: number): object => ({
      signature: { name: `f${at}`, inputArg: [{ name: 'x' }], outputArg: [{ name: 'r' }] },
      nodeDef: ['a', 'b'].map((name, first) => ({
        name,
        op: at === 0 ? 'Relu' : 'PartitionedCall',
        input: [first === 0 ? 'x' : at === 0 ? 'a:activations:0' : 'a:output:0'],
        attr: { T: FLOAT, f: { func: { name: `f${at - 1}` } } },
      })),
      ret: { r: at === 0 ? 'b:activations:0' : 'b:output:0' },
    });
    const library = { function: Array.from({ length: 24 }, (_, at) => doubling(at)) };
    expect(await outcome(load({ nodes: calling('f23'), library }))).toMatch(
      new RegExp(`^model/unsupported .*more than ${MAX_GRAPH_NODES} nodes`),
    );
  });

  test.each([
    [-1, 'ok'],
    [0, 'ok'],
    [1, 'model/unsupported'],
  ])('a graph of the most nodes and %i', async (more, code) => {
    const chain = Array.from({ length: MAX_GRAPH_NODES + more - 1 }, (_, at) => ({
      name: `n${at}`,
      op: 'Relu',
      input: [at === 0 ? 'z' : `n${at - 1}`],
      attr: { T: FLOAT },
    }));
    expect(await outcome(load({ nodes: [placeholder, ...chain], weights: [] }))).toMatch(
      new RegExp(`^${code}`),
    );
  });
});
