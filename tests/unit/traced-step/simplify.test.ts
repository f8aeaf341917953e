// A step of every part that is simplified, replayed beside the eager step: figures, gradients and running statistics.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readNativeRecord } from '#engine/backends/native-record';
import { nativeBackend } from '#engine/backends/native-addon';
import { selectBackend } from '#engine/backends/select';
import { recordStep } from '#engine/traced-step/recording';
import { simplify } from '#engine/traced-step/simplify';
import { traceStep } from '#engine/traced-step/traced-step';
import type { Update } from '#ml/family';
import { smallGame } from '../training/small-training';

const native = readNativeRecord().state === 'native' && process.env.LATENTSCAPE_BACKEND !== 'wasm';
const SHAPE = { height: 16, width: 16, channels: 3, classes: 0 };
const BATCH = 6;

function inputsOf({ inputs }: Update, seed: number): tf.Tensor[] {
  return inputs.map((spec, place) => {
    if (spec.kind === 'x') return tf.randomUniform([BATCH, 16, 16, 3], -1, 1, 'float32', seed);
    if (spec.kind === 'normal') return tf.randomNormal([...spec.shape], 0, 1, 'float32', seed + place);
    return tf.scalar(1e-3);
  });
}

describe.skipIf(!native)('a simplified recording (needs the native engine)', () => {
  let tensors = 0;
  beforeAll(async () => {
    await selectBackend({ prefer: 'tensorflow' });
    await tf.setBackend('tensorflow');
    tensors = tf.memory().numTensors;
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

  it('has one operation for each rectifier and each batch norm, forward and backward', () => {
    const game = smallGame(SHAPE, BATCH);
    const backend = nativeBackend(tf)!;
    const counts = game.updates({}).map((update) => {
      const inputs = inputsOf(update, 1);
      const { recording, result } = recordStep(backend, () => update.run(inputs), inputs, update.variables);
      const { nodes, fetches } = simplify(recording, backend.binding);
      tf.dispose([result, ...inputs]);
      expect(fetches).toHaveLength(recording.fetches.length);
      return liveOperations(nodes, fetches);
    });
    game.dispose();
    const [discriminator, generator] = counts;
    // two halvings: D has a norm and two leaky rectifiers, seen with data and with drawn pictures; G two norms and two rectifiers
    expect(discriminator).toMatchObject({
      LeakyRelu: 4,
      LeakyReluGrad: 4,
      FusedBatchNormV3: 4,
      FusedBatchNormGradV3: 2,
    });
    expect(generator).toMatchObject({
      LeakyRelu: 2,
      LeakyReluGrad: 2,
      ReluGrad: 2,
      FusedBatchNormV3: 3,
      FusedBatchNormGradV3: 3,
    });
    for (const gone of ['Select', 'IsNan', 'FusedBatchNorm', 'Tile', 'Rsqrt', 'Cast']) {
      expect([discriminator![gone], generator![gone]], gone).toEqual([undefined, undefined]);
    }
  });

  it('moves every variable as the eager step does, running statistics too', async () => {
    const game = smallGame(SHAPE, BATCH);
    const start = game.variables.map((variable) => variable.clone());
    const ends: (readonly Float32Array[])[] = [];
    for (const how of ['eager', 'traced'] as const) {
      game.variables.forEach((variable, i) => variable.assign(start[i]!));
      for (const update of game.updates({})) {
        const { variables } = update;
        const traced = await traceStep({
          step: update.run,
          variables,
          inputsOf: (trial) => inputsOf(update, trial + 1),
          trials: 2,
        });
        expect(traced.mode, traced.why).toBe('traced');
        expect(Number(/graph of (\d+) nodes/.exec(traced.why)?.[1]), 'it is the simplified one').toBeLessThan(
          500,
        );
        const inputs = inputsOf(update, 100);
        tf.dispose((how === 'eager' ? update.run : traced.run)(inputs));
        tf.dispose(inputs);
        traced.dispose();
      }
      ends.push(game.variables.map((variable) => Float32Array.from(variable.dataSync())));
    }
    const moved = ends[0]!.map((values, i) => distance(values, start[i]!.dataSync()));
    const apart = ends[0]!.map((values, i) => distance(values, ends[1]![i]!));
    apart.forEach((difference, i) => {
      expect(moved[i], `variable ${i} stands still`).toBeGreaterThan(0);
      expect(difference / moved[i]!, `variable ${i}`).toBeLessThan(2e-3);
    });
    tf.dispose(start);
    game.dispose();
  });
});

const distance = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Math.hypot(...Array.from(one, (value, i) => value - other[i]!));

/** Operations that are run for the fetches, by name. */
function liveOperations(
  nodes: readonly { readonly name: string; readonly op: string; readonly inputs: readonly string[] }[],
  fetches: readonly string[],
): Record<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const seen = new Set<string>();
  const counts: Record<string, number> = {};
  const visit = (output: string): void => {
    const node = byName.get(output.slice(0, output.lastIndexOf(':')))!;
    if (seen.has(node.name)) return;
    seen.add(node.name);
    counts[node.op] = (counts[node.op] ?? 0) + 1;
    node.inputs.forEach(visit);
  };
  fetches.forEach(visit);
  return counts;
}
