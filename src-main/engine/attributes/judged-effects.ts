// What a direction does to pictures, seen by a judge: held-out latents are moved by +1 and decoded, and every attribute is read before and
// after. This takes the place of the linear read-out where a judge is at hand, because a decoder is not linear.
import type { Direction } from '#shared/attributes';
import type { Judge } from '../datasets/judge';
import type { OpenModel } from '../open-model';
import type { Labelled } from './labelled';
import { judgedPictures } from './label-samples';
import { momentsOf, readingsOf } from './readings';

const PICTURES = 64;

export async function judgedEffects(
  model: OpenModel,
  judge: Judge,
  labelled: Labelled,
  directions: readonly Direction[],
): Promise<readonly Direction[]> {
  const { size } = labelled;
  const { judged, attributes } = readingsOf(labelled);
  const rows = judged.slice(0, PICTURES);
  const before = new Float32Array(rows.length * size);
  rows.forEach((row, at) => before.set(labelled.z.subarray(row * size, (row + 1) * size), at * size));
  const read = async (z: Float32Array) => judge.read(await judgedPictures(model, z, rows.length)).factors;
  const start = await read(before);
  const results: Direction[] = [];
  for (const direction of directions) {
    const moved = await read(before.map((value, i) => value + direction.vector[i % size]!));
    const sideEffects = attributes
      .filter(({ name, sd }) => name !== direction.attribute && sd > 0 && start[name] !== undefined)
      .map(({ name, sd }) => {
        const changes = Array.from(moved[name]!, (value, at) => value - start[name]![at]!);
        return { attribute: name, sigma: momentsOf(changes).mean / sd };
      })
      .sort((a, b) => Math.abs(b.sigma) - Math.abs(a.sigma));
    results.push({ ...direction, sideEffects });
  }
  return results;
}
