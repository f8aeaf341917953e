// Exemplars that words mean: drawn by the seed from the labelled latents that meet them, so that the same words and seed are the same
// pictures in the window and on the command line.
import { conditionsOf, rowsWith, type Exemplar } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { shuffledIndices } from '#shared/random';
import type { Labelled } from './labelled';

export interface Picked {
  /** How many there are to draw from. */
  readonly found: number;
  readonly exemplars: readonly Exemplar[];
}

/** At most `count`, fewer where fewer meet the words. @throws AppError input/word, or input/well where none does. */
export function pickExemplars(labelled: Labelled, phrase: string, count: number, seed: number): Picked {
  const { table, z, size, refOf } = labelled;
  const rows = rowsWith(table, conditionsOf(phrase, table.attributes));
  if (rows.length === 0)
    throw new AppError({
      code: 'input/well',
      headline: 'No labelled picture of this model is like that',
      where: phrase.slice(0, 60),
      remedy: 'leave out one of the words',
    });
  const order = shuffledIndices(seed, rows.length).subarray(0, count);
  const width = table.attributes.length;
  const exemplars = Array.from(order, (at): Exemplar => {
    const row = rows[at]!;
    const labels = table.attributes.flatMap(({ name }, column): [string, number][] => {
      const value = table.values[row * width + column]!;
      return Number.isFinite(value) ? [[name, value]] : [];
    });
    return {
      z: z.slice(row * size, (row + 1) * size),
      ref: refOf(row),
      labels: Object.fromEntries(labels),
    };
  });
  return { found: rows.length, exemplars };
}
