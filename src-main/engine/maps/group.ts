// What some points of a map have in common.
import type { MapGroupSummary } from '#shared/map';
import { momentsOf } from '../attributes/readings';
import { latentsAt, type PointSet } from './point-set';

export function summaryOf(set: PointSet, indices: Uint32Array): MapGroupSummary {
  const { size, labels, classNames, table } = set;
  const z = latentsAt(set, indices);
  const count = indices.length;
  const sums = new Float64Array(size);
  for (let at = 0; at < z.length; at++) sums[at % size]! += z[at]!;
  const mean = Float32Array.from(sums, (sum) => sum / count);
  let squares = 0;
  for (let at = 0; at < z.length; at++) squares += (z[at]! - mean[at % size]!) ** 2;
  const counts = new Map<number, number>();
  if (labels !== null)
    for (const row of indices) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1);
  return {
    ...{ count, mean, spread: Math.sqrt(squares / count) },
    classes: [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([label, many]) => ({ name: classNames[label] ?? String(label), count: many })),
    attributes: table === null ? [] : attributesOf(table, indices),
  };
}

function attributesOf(
  { attributes, values, count }: NonNullable<PointSet['table']>,
  indices: Uint32Array,
): MapGroupSummary['attributes'] {
  const width = attributes.length;
  return attributes
    .map(({ title }, column) => {
      const at = (row: number): number => values[row * width + column]!;
      const all = momentsOf(Array.from({ length: count }, (_, row) => at(row)).filter(Number.isFinite));
      const { mean } = momentsOf(Array.from(indices, at).filter(Number.isFinite));
      return { title, mean, sigma: all.sd === 0 ? 0 : (mean - all.mean) / all.sd };
    })
    .sort((a, b) => Math.abs(b.sigma) - Math.abs(a.sigma));
}
