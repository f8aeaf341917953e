// The point of the map that lies under the pointer, and the one that was taken in hand: that is the point of Explore as well, and its
// closest pictures are looked for.
import type { LatentVector } from '#shared/domain';
import { latest } from '#shared/latest';
import type { MapPoint } from '#shared/map';
import type { Explorer } from './explorer.svelte';
import type { NeighboursAsked, NeighbourSearch } from './map-neighbours.svelte';
import type { PointsOfMap, SourceAsked } from './map-points.svelte';
import type { Notices } from './notices.svelte';

/** The map that is pointed at. */
export interface PointedMap {
  readonly made: PointsOfMap;
  readonly neighbours: NeighbourSearch;
  /** Of which points something is asked. @throws AppError where they are not at hand */
  asked(): SourceAsked;
}

export class HandOnMap {
  hovered = $state.raw<MapPoint | null>(null);
  selected = $state.raw<MapPoint | null>(null);
  readonly #map: PointedMap;
  readonly #explorer: Explorer;
  readonly #notices: Notices;
  #hovers = latest<{ readonly key: string; readonly index: number }, MapPoint>({
    run: ({ index }) => this.#point(index),
    onResult: (point, { key }) => {
      if (key === this.#map.made.key) this.hovered = point;
    },
    onError: (error) => this.#notices.failed(error),
  });

  constructor(map: PointedMap, explorer: Explorer, notices: Notices) {
    this.#map = map;
    this.#explorer = explorer;
    this.#notices = notices;
  }

  hover(index: number | null): void {
    if (index !== null) return this.#hovers.request({ key: this.#map.made.key, index });
    this.#hovers.clear();
    this.hovered = null;
  }
  async select(index: number): Promise<void> {
    const { key } = this.#map.made;
    try {
      const point = await this.#point(index);
      if (key !== this.#map.made.key) return;
      this.selected = point;
      this.#explorer.moveTo(point.z.slice(), performance.now(), null, point.name);
      this.#search({ kind: 'point', index });
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  /** Of a latent that is no point of the map. */
  searchAround(z: LatentVector): void {
    this.selected = null;
    this.#search({ kind: 'z', z });
  }

  /** The point that was taken is none of the map any more. */
  letGo(): void {
    this.selected = null;
    this.#map.neighbours.clear();
  }
  clear(): void {
    this.hover(null);
    this.letGo();
  }

  #search(query: NeighboursAsked['query']): void {
    try {
      void this.#map.neighbours.search({ ...this.#map.asked(), query });
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  #point(index: number) {
    return this.#explorer.session.call('maps/point', { ...this.#map.asked(), index });
  }
}
