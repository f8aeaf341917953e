// Groups of a map's points: made of what a loop holds, named, taken away, shown apart from the rest, and given to wells. They are part of
// the map's spec, so that they are undone and kept with it.
import type { MapPoints, MapSource } from '#shared/map';
import type { CarriedPoint } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import type { Explorer } from './explorer.svelte';
import type { MapData } from './map-data.svelte';
import {
  withGroup,
  withName,
  withoutGroup,
  type ChosenRecipe,
  type MapGroup,
  type MapSpec,
} from './map-spec';
import type { Notices } from './notices.svelte';

/** The map whose groups they are. */
export interface GroupedMap {
  readonly model: string | null;
  readonly spec: MapSpec;
  readonly points: MapPoints | null;
  readonly recipe: ChosenRecipe;
  edit(spec: MapSpec, label: string): void;
}

/** Exemplars that a well takes. */
const MOST_CARRIED = 64;

export class GroupsOfMap {
  /** The pictures of their means. */
  readonly means: DecodedPictures;
  /** The group that is shown apart from the rest. */
  shown = $state<number | null>(null);
  busy = $state(false);
  readonly #map: GroupedMap;
  readonly #data: MapData;
  readonly #explorer: Explorer;
  readonly #notices: Notices;

  constructor(map: GroupedMap, data: MapData, explorer: Explorer, notices: Notices) {
    this.#map = map;
    this.#data = data;
    this.#explorer = explorer;
    this.#notices = notices;
    this.means = new DecodedPictures(explorer, notices);
  }

  /** Of points of the map that is shown; none where there are none. */
  async make(indices: Uint32Array): Promise<void> {
    const { model, points, recipe } = this.#map;
    const { source } = recipe;
    if (model === null || points === null) return;
    if (indices.length === 0) return this.#notices.done('There is no point inside.');
    this.busy = true;
    try {
      const asked = { model, source: this.#data.sourceOf(source), indices };
      const summary = await this.#explorer.session.call('maps/group', asked);
      if (model !== this.#map.model) return;
      const grown = withGroup(this.#map.spec, { ...summary, source, of: points.count, indices });
      this.#map.edit(grown, `${indices.length.toLocaleString('en')} points`);
      // what the loop took is seen where it was drawn, also where the list of groups is out of sight
      this.shown = grown.groups.at(-1)?.id ?? null;
    } catch (error) {
      this.#notices.failed(error);
    } finally {
      this.busy = false;
    }
  }
  rename(id: number, name: string): void {
    if (name.trim() !== '') this.#map.edit(withName(this.#map.spec, id, name.trim()), 'Group renamed');
  }
  remove(id: number): void {
    const { spec } = this.#map;
    const name = spec.groups.find((group) => group.id === id)?.name ?? '';
    this.#map.edit(withoutGroup(spec, id), `${name} removed`);
  }
  /** Up to what a well takes, spread evenly over the group. */
  async membersOf({ name, members }: MapGroup): Promise<readonly CarriedPoint[]> {
    const { model } = this.#map;
    if (model === null) return [];
    const step = Math.max(1, members.count / MOST_CARRIED);
    const indices = Uint32Array.from(
      { length: Math.min(MOST_CARRIED, members.count) },
      (_, i) => members.indices[Math.floor(i * step)]!,
    );
    try {
      await this.#data.known();
      const source: MapSource = this.#data.sourceOf(members.source);
      const { z } = await this.#explorer.session.call('maps/latents', { model, source, indices });
      const size = z.length / indices.length;
      return Array.from(indices, (index, at) => ({
        z: z.slice(at * size, (at + 1) * size),
        condition: this.#explorer.spec.condition,
        name: `${name}, ${index}`,
      }));
    } catch (error) {
      this.#notices.failed(error);
      return [];
    }
  }
}
