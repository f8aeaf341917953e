// SavedModels made by TensorFlow (tests/fixtures/graphs) give TensorFlow's own numbers, by ONNX Runtime and by TensorFlow.js.
import { afterAll, describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { loweredGraphRunner } from '#engine/graph/graph-runner';
import { decodeGraph, encodeGraph } from '#engine/graph/graph-file';
import type { GraphNetwork } from '#engine/graph/graph-network';
import { tfGraphRunner } from '#engine/graph/tf-graph-runner';
import type { LoadedNetwork } from '#engine/loaders/loader';
import { openSource } from '#engine/loaders/open-source';
import { savedModelLoader } from '#engine/loaders/saved-model';
import type { NetworkRunner } from '#engine/network-runner';
import { distance, graphFixture, readExpected } from '../../fixtures/graphs/read-expected';

async function load(name: string): Promise<LoadedNetwork & { readonly graph: GraphNetwork }> {
  const source = await openSource(graphFixture(`${name}.zip`));
  const [found] = await savedModelLoader.find(source);
  expect(found?.format).toBe('saved-model');
  const loaded = await savedModelLoader.open(source, found?.path ?? '');
  await source.close();
  if (loaded.network.kind !== 'graph') throw new Error('it is no graph');
  return { ...loaded, graph: loaded.network.graph };
}

async function farthest(
  runner: NetworkRunner,
  name: string,
  leaveOut: readonly string[] = [],
): Promise<Record<string, number>> {
  const { feeds, outputs } = readExpected(name);
  const wanted = [...outputs.keys()].filter((key) => !leaveOut.includes(key));
  const actual = await runner.run(feeds, wanted);
  const far: Record<string, number> = {};
  for (const key of wanted) {
    const expected = outputs.get(key);
    const off = expected === undefined ? Infinity : distance(actual.get(key), expected);
    if (!(off <= 1e-5)) far[key] = off;
  }
  return far;
}

const NUMBERS = [
  'convolutions',
  'arrangements',
  'arithmetic',
  'keras-conditional',
  'decided',
  'tensorflow-1',
];

describe('A SavedModel gives the numbers of TensorFlow', () => {
  test.each(NUMBERS)('%s, by ONNX Runtime', async (name) => {
    const { graph, warnings } = await load(name);
    expect(warnings).toEqual([]);
    const runner = await loweredGraphRunner(graph);
    expect(await farthest(runner, name)).toEqual({});
    await runner.dispose();
  });

  test.each(NUMBERS)('%s, written to a file, read again and run by TensorFlow.js', async (name) => {
    const { graph } = await load(name);
    const whole = decodeGraph(encodeGraph(graph));
    expect(whole).toEqual(graph);
    const again = without(whole, UNKNOWN_TO_TFJS);
    const before = tf.memory().numTensors;
    const runner = await tfGraphRunner(again);
    expect(await farthest(runner, name, UNKNOWN_TO_TFJS)).toEqual({});
    await runner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The graph for fewer outputs; the file is written and read so that nodes that nothing needs are no matter. */
function without(graph: GraphNetwork, names: readonly string[]): GraphNetwork {
  const outputs = graph.outputs.filter(({ name }) => !names.includes(name));
  const nodes = graph.nodes.filter(
    ({ operation }) => operation !== 'Softsign' && operation !== 'SpaceToDepth',
  );
  return { ...graph, nodes, outputs };
}

/** What TensorFlow.js has no operation for, or not all of it; ONNX Runtime runs these. */
const UNKNOWN_TO_TFJS: readonly string[] = ['softsign', 'unblocked', 'grouped', 'bias_then_norm'];

describe('What is no pure computation', () => {
  test.each([
    ['reads-a-file', 'model/refused', 'ReadFile'],
    ['loops', 'model/unsupported', 'StatelessWhile'],
    ['decides', 'model/unsupported', 'depends on a condition'],
  ])('%s is refused, and said by name', async (name, code, word) => {
    await expect(load(name)).rejects.toMatchObject({ code });
    await expect(load(name)).rejects.toThrow(word);
  });

  test('a random draw becomes its mean, and that is said', async () => {
    const { graph, warnings } = await load('random-encoder');
    expect(warnings).toHaveLength(2);
    for (const warning of warnings)
      expect(warning).toMatch(/random numbers of ".*" are replaced by their mean/);
    const runner = await loweredGraphRunner(graph);
    const picture = { shape: [1, 4, 4, 1], data: Float32Array.from({ length: 16 }, (_, at) => Math.sin(at)) };
    const names = ['z', 'mean', 'log_variance'];
    const outputs = await runner.run(new Map([['picture', picture]]), names);
    expect(outputs.get('z')?.data).toEqual(outputs.get('mean')?.data);
    expect(outputs.get('mean')?.data).not.toEqual(outputs.get('log_variance')?.data);
    await runner.dispose();
  });
});

afterAll(() => {
  tf.disposeVariables();
});
