// Places on the map that are no points of it: the point of Explore, and pictures of one's own.
import type { LatentVector } from '#shared/domain';
import { latest } from '#shared/latest';
import type { MapRecipe } from '#shared/map';
import type { OwnPictures } from './own-pictures.svelte';
import type { Session } from './session.svelte';

export interface MapMark {
  readonly name: string;
  readonly z: LatentVector;
  readonly at: readonly [number, number];
}

export interface MarksAsked extends MapRecipe {
  readonly model: string;
  readonly condition: number | undefined;
}

interface Wanted {
  readonly asked: MarksAsked;
  /** The point of Explore, and then the pictures. */
  readonly z: readonly LatentVector[];
}

export class MapMarks {
  here = $state.raw<MapMark | null>(null);
  own = $state.raw<readonly MapMark[]>([]);
  readonly #session: Session;
  readonly #pictures: OwnPictures;
  #places = latest<Wanted, Float32Array>({
    run: (wanted) => this.#place(wanted),
    onResult: (xy, { z }) => {
      const at = (row: number): readonly [number, number] => [xy[2 * row]!, xy[2 * row + 1]!];
      this.here = { name: 'Explore', z: z[0]!, at: at(0) };
      this.own = this.#pictures.list.flatMap(({ name, encoded }) => {
        const row = z.indexOf(encoded.mu);
        return row < 0 ? [] : [{ name, z: encoded.mu, at: at(row) }];
      });
    },
    // a mark that cannot be placed is no news
    onError: () => undefined,
  });

  constructor(session: Session, pictures: OwnPictures) {
    this.#session = session;
    this.#pictures = pictures;
  }

  place(asked: MarksAsked, point: LatentVector): void {
    const own = this.#pictures.list
      .map(({ encoded }) => encoded.mu)
      .filter(({ length }) => length === point.length);
    this.#places.request({ asked, z: [point, ...own] });
  }
  /** What is being placed is of another map. */
  forget(): void {
    this.#places.clear();
  }
  clear(): void {
    this.forget();
    this.here = null;
    this.own = [];
  }

  async #place({ asked, z }: Wanted): Promise<Float32Array> {
    const size = z[0]?.length ?? 0;
    const all = new Float32Array(z.length * size);
    z.forEach((each, at) => all.set(each, at * size));
    return (await this.#session.call('maps/place', { ...asked, z: all })).xy;
  }
}
