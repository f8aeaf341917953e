// Where a person is in the window, and what it shows there: a project opens where it was left, and its pictures can be made again without
// the window, byte for byte as it saves them.
import { PLACES, type Place } from '#shared/commands';
import { AppError } from '#shared/errors';
import { modelId } from '#shared/schema';
import { z } from 'zod';
import type { Kept } from './kept';

const windowSchema = z.object({
  place: z.string(),
  /** The model that is open. */
  model: modelId.nullable(),
});

export interface WindowPlaces {
  readonly place: Place;
  readonly model: string | null;
  goTo(place: Place): void;
  openModel(model: string): void;
}

export class KeptWindow implements Kept {
  readonly key = 'window';
  readonly #places: WindowPlaces;

  constructor(places: WindowPlaces) {
    this.#places = places;
  }

  get edition(): unknown {
    return `${this.#places.place} ${this.#places.model}`;
  }

  toJson(): unknown {
    const { place, model } = this.#places;
    return { place, model };
  }

  restore(value: unknown): void {
    if (value === null) return; // a new project begins where one is
    const parsed = windowSchema.safeParse(value);
    if (!parsed.success)
      throw new AppError({
        code: 'input/project',
        headline: 'Where the project was left cannot be read',
        cause: parsed.error.issues[0]?.message,
      });
    // a place that is not known here is one of another version
    const place = PLACES.find((known) => known.value === parsed.data.place)?.value;
    if (place !== undefined) this.#places.goTo(place);
    if (parsed.data.model !== null) this.#places.openModel(parsed.data.model);
  }
}
