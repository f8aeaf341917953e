// One direction for each attribute, as many as there are: what one label does not allow is said, and stops none of the others.
import type { Direction } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { findDirection, type LabelMethod } from './find';
import type { Labelled } from './labelled';

/**
 * What a pack's own sliders are: where the data goes when one label changes and the others stay. They leak as little of what is correlated in
 * the data as the normals of regressions do, and a decoder follows them much further (`prove arithmetic-…` grades both).
 */
export const PACK_METHOD: LabelMethod = 'joint';

export interface AllDirections {
  readonly directions: readonly Direction[];
  /** Sentences about attributes that have none. */
  readonly refused: readonly string[];
}

export function allDirections(
  labelled: Labelled,
  method: LabelMethod = PACK_METHOD,
  against?: readonly string[],
): AllDirections {
  const directions: Direction[] = [];
  const refused: string[] = [];
  for (const { name } of labelled.table.attributes) {
    try {
      directions.push(findDirection(labelled, { method, attribute: name, against }));
    } catch (error) {
      if (!(error instanceof AppError) || !error.code.startsWith('data/')) throw error;
      refused.push(error.sentence);
    }
  }
  return { directions, refused };
}
