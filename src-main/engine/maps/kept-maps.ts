// Maps that took long, kept on disk: the same model, points, way and seed give the same map, so it is computed once.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../store/atomic';
import { MAX_KEPT_MAPS } from '../store/limits';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../store/safetensors';
import type { Projection } from './map-job';

export interface KeptMaps {
  find(recipe: object): Promise<Projection | null>;
  /** What cannot be written is computed again the next time, and is no reason to fail. */
  keep(recipe: object, projection: Projection): Promise<void>;
}

/** Another number where the same recipe would give another map. */
const VERSION = 1;
const FORMAT = 'latentscape-map/1';

export function createKeptMaps(folder: string): KeptMaps {
  const fileOf = (recipe: object): string =>
    join(
      folder,
      `${createHash('sha256')
        .update(JSON.stringify([VERSION, recipe]))
        .digest('hex')}.safetensors`,
    );

  return {
    async find(recipe) {
      try {
        return fromTensors(decodeSafetensors(await readFile(fileOf(recipe))).tensors);
      } catch {
        // not there, or not whole: then it is made again
        return null;
      }
    },
    async keep(recipe, projection) {
      try {
        await mkdir(folder, { recursive: true });
        await writeAtomic(fileOf(recipe), encodeSafetensors(toTensors(projection), { format: FORMAT }));
        await removeOldest(folder);
      } catch {
        // a full disk costs the time of computing it again
      }
    },
  };
}

function toTensors({ xy, fitted, basis, trust, shares }: Projection): ReadonlyMap<string, Tensor> {
  const floats = (data: Float32Array, width: number): Tensor => ({
    dtype: 'F32',
    shape: [data.length / width, width],
    data,
  });
  const tensors = new Map<string, Tensor>([
    ['xy', floats(xy, 2)],
    ['trust', floats(Float32Array.of(trust.value, trust.points, trust.neighbours), 3)],
    ['shares', floats(Float32Array.from(shares), 1)],
  ]);
  if (fitted !== null) {
    tensors.set('rows', floats(Float32Array.from(fitted.rows.values), fitted.rows.size));
    tensors.set('layout', floats(fitted.layout, 2));
  }
  if (basis !== null) {
    tensors.set('mean', floats(Float32Array.from(basis.mean), basis.mean.length));
    tensors.set(
      'axes',
      floats(Float32Array.from(basis.axes.flatMap((axis) => [...axis])), basis.mean.length),
    );
  }
  return tensors;
}

function fromTensors(tensors: ReadonlyMap<string, Tensor>): Projection | null {
  const floats = (
    name: string,
  ): { readonly data: Float32Array; readonly shape: readonly number[] } | null => {
    const tensor = tensors.get(name);
    return tensor?.dtype === 'F32' ? tensor : null;
  };
  const [xy, trust] = [floats('xy'), floats('trust')];
  const [rows, layout, mean, axes] = [floats('rows'), floats('layout'), floats('mean'), floats('axes')];
  if (xy === null || trust === null) return null;
  const size = mean?.data.length ?? 0;
  return {
    xy: xy.data,
    shares: Array.from(floats('shares')?.data ?? []),
    trust: {
      value: trust.data[0] ?? NaN,
      points: trust.data[1] ?? 0,
      neighbours: trust.data[2] ?? 0,
    },
    fitted:
      rows === null || layout === null
        ? null
        : {
            rows: { values: rows.data, count: rows.shape[0] ?? 0, size: rows.shape[1] ?? 1 },
            layout: layout.data,
          },
    basis:
      mean === null || axes === null
        ? null
        : {
            mean: Float64Array.from(mean.data),
            axes: Array.from({ length: axes.data.length / size }, (_, at) =>
              Float64Array.from(axes.data.subarray(at * size, (at + 1) * size)),
            ),
            shares: [],
          },
  };
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  if (names.length <= MAX_KEPT_MAPS) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  aged.sort((a, b) => a.at - b.at);
  for (const { name } of aged.slice(0, names.length - MAX_KEPT_MAPS)) await rm(join(folder, name));
}
