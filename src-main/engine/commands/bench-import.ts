// How long a person waits for a stranger's model: from nothing to its inspection, and into the library with its first pictures. The command
// line is started anew each time, because that is what cold means.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { seededNormal } from '#shared/random';
import { median, quantile } from '#shared/statistics';
import type { Network, Weight } from '../network-file';
import { lowerToOnnx } from '../onnx/lower';
import { parseTopology, weightSpecs } from '../topology';

export interface ImportReport {
  readonly name: string;
  readonly unit: 'ms';
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly ours: number;
  readonly modelMB: number;
  readonly [extra: string]: unknown;
}

const RUNS = 5;

export async function benchImport(appRoot: string): Promise<readonly ImportReport[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latentscape-bench-import-'));
  try {
    const { onnx } = lowerToOnnx(fiveMegabytes());
    const file = join(folder, 'bench.onnx');
    await writeFile(file, onnx);
    const run = (command: string, turn: number): Promise<number> =>
      timed(join(appRoot, 'out', 'main', 'cli.js'), [command, file], join(folder, `home-${turn}`));
    const report = async (name: string, command: string): Promise<ImportReport> => {
      const times: number[] = [];
      for (let turn = 0; turn < RUNS; turn++) times.push(await run(command, turn));
      const p50 = Math.round(median(times));
      const p95 = Math.round(quantile(times, 0.95));
      return {
        name,
        unit: 'ms',
        runs: RUNS,
        p50,
        p95,
        ours: p50,
        modelMB: Math.round(onnx.length / 1e5) / 10,
      };
    };
    return [await report('inspect', 'inspect'), await report('import', 'import')];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function timed(script: string, args: readonly string[], home: string): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [script, ...args, '--json'],
      { env: { ...process.env, LATENTSCAPE_HOME: home } },
      (error, _out, err) => {
        if (error === null) resolve(performance.now() - started);
        else
          reject(
            new AppError({ code: 'engine/bench', headline: 'The bench did not run', cause: err.trim() }),
          );
      },
    );
  });
}

/** A generator of 32 x 32 pictures with some 1.3 million weights: z, three steps up, tanh. */
function fiveMegabytes(): Network {
  const up = (
    name: string,
    filters: number,
    kernel: number,
    strides: number,
    activation: string,
  ): object => ({
    class_name: 'Conv2DTranspose',
    config: {
      name,
      filters,
      kernel_size: [kernel, kernel],
      strides: [strides, strides],
      padding: 'same',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      activation,
      use_bias: true,
    },
  });
  const topology = JSON.stringify({
    class_name: 'Sequential',
    config: {
      name: 'generator',
      layers: [
        { class_name: 'InputLayer', config: { name: 'z', batch_input_shape: [null, 64], dtype: 'float32' } },
        { class_name: 'Dense', config: { name: 'dense', units: 4096, activation: 'relu', use_bias: true } },
        { class_name: 'Reshape', config: { name: 'reshape', target_shape: [8, 8, 64] } },
        up('up1', 192, 5, 2, 'relu'),
        up('up2', 144, 5, 2, 'relu'),
        up('up3', 3, 3, 1, 'tanh'),
      ],
    },
  });
  const weights = new Map<string, Weight>();
  let seed = 1;
  for (const [name, shape] of weightSpecs(parseTopology(topology))) {
    const count = shape.reduce((total, side) => total * side, 1);
    const fanIn = Math.max(1, count / (shape.at(-1) ?? 1));
    weights.set(name, { shape, data: seededNormal(seed++, count).map((value) => value / Math.sqrt(fanIn)) });
  }
  return { topology, weights };
}
