// Networks made of formulas: ports and a function, so that a test knows what every question should be answered with.
import type { TensorPort } from '#shared/importing';
import { AppError } from '#shared/errors';
import type { NetworkRunner, NumberArray } from '#engine/network-runner';

export const port = (
  name: string,
  shape: readonly (number | null)[],
  type: TensorPort['type'] = 'float32',
): TensorPort => ({ name, shape, type });

type Feeds = ReadonlyMap<string, NumberArray>;

export interface FakeNetwork extends NetworkRunner {
  readonly runs: Feeds[];
}

/** Refuses what does not fit its ports, as a runtime does. */
export function network(
  inputs: readonly TensorPort[],
  outputs: readonly TensorPort[],
  answer: (feeds: Feeds) => Readonly<Record<string, NumberArray>>,
): FakeNetwork {
  const runs: Feeds[] = [];
  return {
    inputs,
    outputs,
    runtime: 'onnxruntime',
    runs,
    run(feeds, wanted) {
      for (const { name, shape } of inputs) {
        const given = feeds.get(name);
        const fits =
          given?.shape.length === shape.length &&
          shape.every((side, at) => side === null || side === given.shape[at]) &&
          given.data.length === given.shape.reduce((total, side) => total * side, 1);
        if (!fits) return Promise.reject(refused(`${name} is ${given?.shape.join(' x ') ?? 'missing'}`));
      }
      runs.push(feeds);
      try {
        const all = answer(feeds);
        return Promise.resolve(new Map(wanted.map((name) => [name, all[name]!])));
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },
    dispose: () => Promise.resolve(),
  };
}

export const refused = (cause: string): AppError =>
  new AppError({ code: 'onnx/failed', headline: 'The network could not be run', cause });

/** A soft blob whose place and size follow the first numbers of z; values in [0, 1]. // [height, width] */
export function blob(z: ArrayLike<number>, height: number, width: number): Float32Array {
  const squash = (value: number): number => 1 / (1 + Math.exp(-value));
  const [x, y] = [squash(z[0] ?? 0) * width, squash(z[1] ?? 0) * height];
  const radius = 2 + 3 * squash(z[2] ?? 0);
  return Float32Array.from({ length: height * width }, (_, at) => {
    const [dx, dy] = [(at % width) - x, Math.floor(at / width) - y];
    return Math.exp(-(dx * dx + dy * dy) / (2 * radius * radius));
  });
}

/** Pictures of every row of z, with the channels laid out as asked. */
export function blobs(
  { shape, data }: NumberArray,
  options: {
    readonly height?: number;
    readonly width?: number;
    readonly channels?: number;
    readonly last?: boolean;
    readonly value?: (value: number) => number;
  } = {},
): Float32Array {
  const { height = 16, width = 16, channels = 1, last = true, value = (v) => v } = options;
  const rows = shape[0] ?? 1;
  const each = data.length / rows;
  const pixels = height * width;
  const all = new Float32Array(rows * pixels * channels);
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++) {
      const z = data.subarray(row * each, (row + 1) * each);
      const plane = blob([(z[0] ?? 0) + channel, z[1] ?? 0, z[2] ?? 0], height, width);
      plane.forEach((v, at) => {
        const to = last ? at * channels + channel : channel * pixels + at;
        all[row * pixels * channels + to] = value(v);
      });
    }
  }
  return all;
}
