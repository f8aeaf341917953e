// The difference of balanced class means (White 2016, arXiv 1609.04468, section 3.3, "replicating" before averaging): what is correlated
// in the data is divided into cells, and every cell weighs the same on both sides:
//   v = 1/|cells| sum over cells c of ( mean(z | with, c) - mean(z | without, c) )
// The cells are halves of the other label's range, so the correlation that is left within a half stays: at rho = .8 about half of the leak.
import { difference, meanOfRows, type Latents } from './latents';

/**
 * `cellOf` names the cell of a row; a cell that has nobody on one side tells nothing and is left out. null where all are.
 * Cells of one picture are as unstable as one picture: `leastInCell` of both sides are asked for.
 */
export function balancedDifference(
  latents: Latents,
  withIt: readonly number[],
  without: readonly number[],
  cellOf: (row: number) => string,
  leastInCell = 2,
): Float64Array | null {
  const [high, low] = [cells(withIt, cellOf), cells(without, cellOf)];
  const both = [...high.keys()].filter(
    (cell) => high.get(cell)!.length >= leastInCell && (low.get(cell)?.length ?? 0) >= leastInCell,
  );
  if (both.length === 0) return null;
  const sum = new Float64Array(latents.size);
  for (const cell of both) {
    const part = difference(meanOfRows(latents, high.get(cell)!), meanOfRows(latents, low.get(cell)!));
    for (let i = 0; i < sum.length; i++) sum[i]! += part[i]! / both.length;
  }
  return sum;
}

function cells(rows: readonly number[], cellOf: (row: number) => string): ReadonlyMap<string, number[]> {
  const found = new Map<string, number[]>();
  for (const row of rows) {
    const cell = cellOf(row);
    const inIt = found.get(cell);
    if (inIt === undefined) found.set(cell, [row]);
    else inIt.push(row);
  }
  return found;
}
