/** What the ports of a layers network are called, and how far two runners of one network are apart. */
import { AppError } from '#shared/errors';
import type { TensorPort } from '#shared/importing';
import { seededNormal } from '#shared/random';
import type { NetworkRunner, NumberArray } from './network-runner';
import type { Topology } from './topology';

export interface NetworkPorts {
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
}

export const noPort = (where: string): AppError =>
  new AppError({
    code: 'engine/input',
    headline: 'The network has no such port, or was not given one of its inputs',
    where,
  });

/** An input that only chooses rows of an embedding takes whole numbers, whatever its file says. */
export function portsOf({ calls, inputs, outputs }: Topology): NetworkPorts {
  const names = new Set<string>();
  const port = (index: number, type: TensorPort['type']): TensorPort => {
    const { layer = '', shape = [] } = calls[index] ?? {};
    let name = layer;
    for (let again = 2; names.has(name); again++) name = `${layer}_${again}`;
    names.add(name);
    return { name, shape: [null, ...shape], type };
  };
  const typeOf = (index: number): TensorPort['type'] => {
    const readers = calls.filter((call) => call.inputs.includes(index));
    const dtype = calls[index]?.config['dtype'];
    const chooses = readers.length > 0 && readers.every((call) => call.className === 'Embedding');
    return chooses || dtype === 'int32' || dtype === 'int64' ? 'int32' : 'float32';
  };
  const inputPorts = inputs.map((index) => port(index, typeOf(index)));
  names.clear();
  return { inputs: inputPorts, outputs: outputs.map((index) => port(index, 'float32')) };
}

/**
 * How far two runners of one network are apart on seeded inputs, in parts of the largest value that comes out. Inputs of
 * whole numbers are fed 0 and 1.
 */
export async function differenceOf(one: NetworkRunner, other: NetworkRunner, seed: number): Promise<number> {
  const rows = 2;
  const feeds = (runner: NetworkRunner): ReadonlyMap<string, NumberArray> =>
    new Map(
      runner.inputs.map(({ name, shape, type }, at): [string, NumberArray] => {
        const sizes = shape.map((size, axis) => size ?? (axis === 0 ? rows : 1));
        const count = sizes.reduce((product, size) => product * size, 1);
        const data = type.startsWith('float')
          ? Float32Array.from(seededNormal(seed + at, count))
          : Float32Array.from({ length: count }, (_, place) => place % 2);
        return [name, { shape: sizes, data }];
      }),
    );
  const names = (runner: NetworkRunner): string[] => runner.outputs.map(({ name }) => name);
  const expected = [...(await one.run(feeds(one), names(one))).values()];
  const actual = [...(await other.run(feeds(other), names(other))).values()];
  let worst = expected.length === actual.length ? 0 : Infinity;
  expected.forEach(({ data }, at) => {
    const others = actual[at]?.data ?? new Float32Array();
    if (others.length !== data.length) worst = Infinity;
    const largest = data.reduce((top, value) => Math.max(top, Math.abs(value)), 1);
    data.forEach((value, place) => {
      const difference = Math.abs(value - (others[place] ?? NaN)) / largest;
      if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
    });
  });
  return worst;
}
