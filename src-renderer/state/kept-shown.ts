// What the window shows at present, as the files that it would save: `project render` writes the same bytes.
import type { LatentVector } from '#shared/domain';
import { exactNumber } from '#shared/exact-number';
import type { ShownPictures, ShownPoint } from '#shared/project';
import { walkToJson, type NamedWalk } from '#shared/walk-schema';
import type { Kept } from './kept';
import type { DrawnPicture } from './saving';

export interface ShownDrawing {
  readonly model: string;
  readonly z: LatentVector;
  readonly condition: number | undefined;
  readonly layout: DrawnPicture['layout'];
}

/** Null: nothing is shown there. */
export interface ShownSource {
  /** As in Kept. */
  edition(): unknown;
  explore(): ShownDrawing | null;
  arithmetic(): ShownDrawing | null;
  walk(): NamedWalk | null;
}

export class KeptShown implements Kept {
  readonly key = 'shown';
  readonly #source: ShownSource;

  constructor(source: ShownSource) {
    this.#source = source;
  }

  get edition(): unknown {
    return this.#source.edition();
  }

  toJson(): ShownPictures | null {
    const [explore, arithmetic] = [this.#source.explore(), this.#source.arithmetic()];
    const walk = this.#source.walk();
    if (explore === null && arithmetic === null && walk === null) return null;
    return {
      ...(explore === null ? {} : { explore: pointToJson(explore) }),
      ...(arithmetic === null ? {} : { arithmetic: pointToJson(arithmetic) }),
      ...(walk === null ? {} : { walk: walkToJson(walk) }),
    };
  }

  /** It follows from everything else. */
  restore(): void {
    return;
  }
}

const pointToJson = ({ z, ...drawing }: ShownDrawing): ShownPoint => ({
  ...drawing,
  z: Array.from(z, exactNumber),
});
