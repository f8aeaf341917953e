// The map of a latent space: its points and their colours, the point in hand with its neighbours, and the groups that a person made. What
// was set goes through a history; where one looks is merely looked at.
import type { LatentVector } from '#shared/domain';
import { isCancelled, toWireError } from '#shared/errors';
import { latest } from '#shared/latest';
import type { MapPoint, MapPoints, MapProgress, MapSource } from '#shared/map';
import type { DrawnMapRecipe } from '#shared/map-export';
import type { Call } from '#shared/rpc';
import type { Attributes } from './attributes.svelte';
import type { CarriedPoint } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { ColoursOfMap } from './map-colours.svelte';
import { MapData } from './map-data.svelte';
import { mapSpecFromJson, memberTable, membersFromJson, refused } from './map-file';
import { GroundOfMap } from './map-ground.svelte';
import { MapMarks } from './map-marks.svelte';
import { NeighbourSearch, type NeighboursAsked } from './map-neighbours.svelte';
import { MapPictures } from './map-pictures.svelte';
import {
  FIRST_MAP,
  MAP_COUNTS,
  recipeOf,
  withGroup,
  withName,
  withoutGroup,
  type ChosenRecipe,
  type ChosenSource,
  type MapGroup,
  type MapSpec,
  type OwnData,
} from './map-spec';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { SpecHistory } from './spec-history.svelte';

/** Exemplars that a well takes. */
const MOST_CARRIED = 64;
const MOST_MAPS = 6;

export class MapBoard implements Kept {
  readonly key = 'map';
  readonly pictures: MapPictures;
  readonly means: DecodedPictures;
  readonly data: MapData;
  readonly colours: ColoursOfMap;
  readonly ground: GroundOfMap;
  readonly neighbours: NeighbourSearch;
  readonly marks: MapMarks;
  spec = $state.raw<MapSpec>(FIRST_MAP);
  history = $state.raw(new SpecHistory<MapSpec>(FIRST_MAP, 'The map'));
  points = $state.raw<MapPoints | null>(null);
  progress = $state.raw<MapProgress | null>(null);
  busy = $state(false);
  /** Why there is no map, in a sentence. */
  problem = $state<string | null>(null);
  /** The point under the pointer, and the one that was chosen. */
  hovered = $state.raw<MapPoint | null>(null);
  selected = $state.raw<MapPoint | null>(null);
  /** The group that is shown apart from the rest. */
  shownGroup = $state<number | null>(null);
  grouping = $state(false);

  readonly #explorer: Explorer;
  readonly #attributes: Attributes;
  readonly #notices: Notices;
  #histories = new ModelHistories<MapSpec>();
  #model: string | null = null;
  /** Someone looks at it: only then it is made. */
  #isOpen = false;
  #made = new Map<string, MapPoints>();
  #shown = '';
  #making: Call<MapPoints> | null = null;

  readonly sources: readonly ChosenSource['kind'][] = $derived.by(() => [
    ...(this.#explorer.codes === null ? [] : (['codes'] as const)),
    ...(this.#attributes.labelled > 0 ? (['labelled'] as const) : []),
    'samples' as const,
    ...(this.#explorer.opened?.info.hasEncoder === true ? (['data'] as const) : []),
  ]);
  readonly recipe: ChosenRecipe = $derived.by(() =>
    recipeOf(this.spec, { sources: this.sources, size: this.#explorer.opened?.info.latent.size ?? 2 }),
  );
  readonly colour: string = $derived.by(() => {
    const choices = this.points?.colours ?? [];
    const can = (key: string): boolean =>
      choices.some((each) => each.key === key && each.unavailable === null);
    const { colour } = this.spec;
    return colour !== null && can(colour) ? colour : colour === null && can('class') ? 'class' : 'none';
  });

  #hovers = latest<{ readonly key: string; readonly index: number }, MapPoint>({
    run: ({ index }) => this.#point(index),
    onResult: (point, { key }) => {
      if (key === this.#shown) this.hovered = point;
    },
    onError: (error) => this.#notices.failed(error),
  });

  constructor(explorer: Explorer, attributes: Attributes, own: OwnPictures, notices: Notices) {
    this.#explorer = explorer;
    this.#attributes = attributes;
    this.#notices = notices;
    this.pictures = new MapPictures(explorer.session, (error) => notices.failed(error));
    this.means = new DecodedPictures(explorer, notices);
    this.data = new MapData(explorer.session, notices, {
      onChosen: (data) => this.#placeData(data),
      onForgotten: (id) => this.#lookAgain(id),
    });
    this.colours = new ColoursOfMap(explorer.session);
    this.ground = new GroundOfMap(explorer.session);
    this.neighbours = new NeighbourSearch(explorer.session);
    this.marks = new MapMarks(explorer.session, own);
    explorer.onOpened(() => this.#opened());
  }

  get model(): string | null {
    return this.#model;
  }
  get size(): number {
    return this.#explorer.opened?.info.latent.size ?? 0;
  }
  /** Can something be drawn under the points? They must lie where they lie in the latent. */
  get hasGround(): boolean {
    const { method, axes } = this.recipe;
    return this.size === 2 && method === 'axes' && axes[0] === 0 && axes[1] === 1;
  }

  // ---- what a person sets ---------------------------------------------------------------------------------------------------

  set(change: Partial<Omit<MapSpec, 'groups' | 'nextId'>>, label: string, kind: string | null = null): void {
    this.#edit({ ...this.spec, ...change }, label, kind);
  }
  setSource(kind: ChosenSource['kind']): void {
    if (kind === 'data') this.data.choose();
    else
      this.#setSource(kind === 'samples' ? { kind, count: MAP_COUNTS.first, seed: 1 } : { kind }, 'Points');
  }
  toggleClass(index: number): void {
    const { hidden } = this.spec;
    const next = hidden.includes(index) ? hidden.filter((each) => each !== index) : [...hidden, index];
    this.#edit({ ...this.spec, hidden: next }, 'Classes', 'classes');
  }
  /** This class alone, or all of them where it is alone already. */
  isolateClass(index: number, count: number): void {
    const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== index);
    const isAlone = !this.spec.hidden.includes(index) && others.every((i) => this.spec.hidden.includes(i));
    this.#edit({ ...this.spec, hidden: isAlone ? [] : others }, 'Classes', 'classes');
  }

  /** Points of the map that is shown become a group; none where there are none. */
  async makeGroup(indices: Uint32Array): Promise<void> {
    const { model, points } = this;
    const { source } = this.recipe;
    if (model === null || points === null) return;
    if (indices.length === 0) return this.#notices.done('There is no point inside.');
    this.grouping = true;
    try {
      const asked = { model, source: this.data.sourceOf(source), indices };
      const summary = await this.#explorer.session.call('maps/group', asked);
      if (model !== this.#model) return;
      const grown = withGroup(this.spec, { ...summary, source, of: points.count, indices });
      this.#edit(grown, `${indices.length.toLocaleString('en')} points`);
    } catch (error) {
      this.#notices.failed(error);
    } finally {
      this.grouping = false;
    }
  }
  rename(id: number, name: string): void {
    if (name.trim() !== '') this.#edit(withName(this.spec, id, name.trim()), 'Group renamed');
  }
  remove(id: number): void {
    const name = this.spec.groups.find((group) => group.id === id)?.name ?? '';
    this.#edit(withoutGroup(this.spec, id), `${name} removed`);
  }
  /** Up to what a well takes, spread evenly over the group. */
  async membersOf({ name, members }: MapGroup): Promise<readonly CarriedPoint[]> {
    const { model } = this;
    if (model === null) return [];
    const step = Math.max(1, members.count / MOST_CARRIED);
    const chosen = Uint32Array.from(
      { length: Math.min(MOST_CARRIED, members.count) },
      (_, i) => members.indices[Math.floor(i * step)]!,
    );
    try {
      await this.data.known();
      const source = this.data.sourceOf(members.source);
      const { z } = await this.#explorer.session.call('maps/latents', { model, source, indices: chosen });
      const size = z.length / chosen.length;
      return Array.from(chosen, (index, at) => ({
        z: z.slice(at * size, (at + 1) * size),
        condition: this.#explorer.spec.condition,
        name: `${name}, ${index}`,
      }));
    } catch (error) {
      this.#notices.failed(error);
      return [];
    }
  }

  undo(): void {
    this.#goBack(this.history.undo());
  }
  redo(): void {
    this.#goBack(this.history.redo());
  }
  goToStep(id: number): void {
    this.#goBack(this.history.goTo(id));
  }
  thumbnailOf({ groups }: MapSpec): LatentVector | null {
    return groups.at(-1)?.members.mean ?? null;
  }

  // ---- what is looked at ----------------------------------------------------------------------------------------------------

  /** The map is in view: it is made now, and again when what it is made of changes. */
  look(): void {
    this.#isOpen = true;
    this.#work();
  }
  leave(): void {
    this.#isOpen = false;
    this.hover(null);
  }

  hover(index: number | null): void {
    if (index !== null) return this.#hovers.request({ key: this.#shown, index });
    this.#hovers.clear();
    this.hovered = null;
  }
  /** The point is in hand: it is that of Explore as well, and its neighbours are looked for. */
  async select(index: number): Promise<void> {
    const key = this.#shown;
    try {
      const point = await this.#point(index);
      if (key !== this.#shown) return;
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
  cancel(): void {
    this.#making?.cancel();
  }
  /** As the command line and the file of its picture say it; null while there is no map. */
  get drawn(): DrawnMapRecipe | null {
    const { model, recipe } = this;
    if (model === null || this.points === null || this.data.isMissing(recipe.source)) return null;
    const { condition } = this.#explorer.spec;
    const source = this.data.sourceOf(recipe.source);
    const hidden = this.colour === 'class' ? [...this.spec.hidden].sort((a, b) => a - b) : [];
    return { model, condition, ...recipe, source, colour: this.colour, hidden };
  }
  async png(drawn: DrawnMapRecipe): Promise<Uint8Array> {
    return (await this.#explorer.session.call('maps/draw', drawn)).png;
  }
  /** What the map is of and cannot be read; null where nothing is missing. */
  get missing(): OwnData | null {
    const { source } = this.recipe;
    return this.problem !== null && this.data.isMissing(source) ? source : null;
  }
  retry(): void {
    this.#shown = '';
    this.#work();
  }

  /** The point of Explore and one's own pictures are placed anew. */
  placeMarks(): void {
    const { point } = this.#explorer;
    if (this.points === null || point.length !== this.size || this.size === 0) return;
    if (this.data.isMissing(this.recipe.source)) return;
    this.marks.place({ ...this.recipe, ...this.#asked() }, point);
  }

  // ---- Kept -----------------------------------------------------------------------------------------------------------------

  get edition(): unknown {
    return this.#histories.edition;
  }
  toJson(): unknown {
    const table = memberTable();
    const histories = this.#histories.toJson(table);
    return { histories, members: table.members() };
  }
  restore(value: unknown): void {
    const from = value as { readonly histories?: unknown; readonly members?: unknown } | null;
    if (from !== null && (typeof from !== 'object' || !Array.isArray(from.members)))
      throw refused('the maps');
    const members = ((from?.members ?? []) as readonly unknown[]).map(membersFromJson);
    const codec = { fromJson: (spec: unknown) => mapSpecFromJson(spec, members) };
    this.#histories.restore(from?.histories ?? {}, codec, FIRST_MAP);
    if (this.#model !== null) this.#takeHistory(this.#model);
    this.#work();
  }

  // ---- inside ---------------------------------------------------------------------------------------------------------------

  #opened(): void {
    const model = this.#explorer.opened?.info.id ?? null;
    if (model === null) return;
    if (model !== this.#model) {
      this.#model = model;
      this.#forget();
      this.#made.clear();
      this.shownGroup = null;
      this.#takeHistory(model);
    }
    // the same model after its engine was lost: what was under way is gone
    if (this.busy || this.points === null) this.#shown = '';
    this.#work();
  }
  #takeHistory(model: string): void {
    this.history = this.#histories.of(model) ?? this.#histories.begin(model, FIRST_MAP, 'The map');
    this.spec = this.history.spec;
  }
  #forget(): void {
    this.#making?.cancel();
    this.#hovers.clear();
    this.#shown = '';
    this.points = this.hovered = this.selected = null;
    this.problem = null;
    for (const part of [this.colours, this.ground, this.neighbours, this.marks]) part.clear();
  }
  #setSource(source: ChosenSource, label: string): void {
    this.#edit({ ...this.spec, source, hidden: [], colour: null }, label);
  }
  /** Chosen anew, or found again. */
  #placeData(data: OwnData): void {
    const { source } = this.recipe;
    if (source.kind === 'data' && source.id === data.id) this.#lookAgain(data.id);
    else this.#setSource(data, 'Your pictures');
  }
  /** These pictures lie elsewhere now, or nowhere. */
  #lookAgain(id: string): void {
    const { source } = this.recipe;
    if (source.kind !== 'data' || source.id !== id) return;
    this.#made.clear();
    this.#shown = '';
    this.#work();
  }
  #edit(spec: MapSpec, label: string, kind: string | null = null): void {
    this.spec = spec;
    this.history.edit(spec, { label, at: performance.now(), kind });
    this.#work();
  }
  #goBack(spec: MapSpec | null): void {
    if (spec === null) return;
    this.spec = spec;
    this.#work();
  }

  /** Brings what is shown to what the spec says. */
  #work(): void {
    const { model } = this;
    // which points a model has is known when its codes are
    if (!this.#isOpen || model === null || !this.#knowsSources()) return;
    const { condition } = this.#explorer.spec;
    const { recipe } = this;
    const key = JSON.stringify([model, recipe, condition]);
    if (key !== this.#shown) void this.#make(model, recipe, condition, key);
    else {
      this.#colour(model);
      this.#drawGround(model);
    }
  }
  #knowsSources(): boolean {
    return this.#explorer.codes !== null || this.#explorer.hasNoCodes;
  }

  async #make(
    model: string,
    recipe: ChosenRecipe,
    condition: number | undefined,
    key: string,
  ): Promise<void> {
    this.#making?.cancel();
    this.#shown = key;
    this.hover(null);
    this.problem = null;
    for (const part of [this.colours, this.ground, this.marks]) part.forget();
    this.progress = null;
    if (recipe.source.kind === 'data') {
      this.busy = true;
      await this.data.known();
      if (key !== this.#shown) return;
    }
    if (this.data.isMissing(recipe.source)) return this.#miss(recipe.source);
    const source = this.data.sourceOf(recipe.source);
    const known = this.#made.get(key);
    if (known !== undefined) return this.#show(known, { model, source, condition });
    this.busy = true;
    const asked = { model, condition, ...recipe, source };
    const call = this.#explorer.session.call('maps/make', asked, (progress) => {
      if (key === this.#shown) this.progress = progress;
    });
    this.#making = call;
    try {
      const points = await call;
      this.#made.set(key, points);
      for (const oldest of [...this.#made.keys()].slice(0, -MOST_MAPS)) this.#made.delete(oldest);
      if (key === this.#shown) this.#show(points, { model, source, condition });
    } catch (error) {
      if (key !== this.#shown) return;
      this.#empty();
      this.problem = isCancelled(error) ? 'The map was not made.' : toWireError(error).sentence;
    } finally {
      if (key === this.#shown) this.busy = false;
    }
  }
  #empty(): void {
    this.points = this.selected = null;
    for (const part of [this.colours, this.neighbours, this.marks]) part.clear();
  }
  /** The pictures are not at hand: a person chooses them again. */
  #miss(data: OwnData): void {
    this.#empty();
    this.busy = false;
    this.problem =
      `${data.title}, up to ${data.count.toLocaleString('en')} pictures: a project does not hold them, and ` +
      'this window does not know where they lie. Choose them again, and the map is made as it was.';
  }
  #show(
    points: MapPoints,
    of: { readonly model: string; readonly source: MapSource; readonly condition: number | undefined },
  ): void {
    this.busy = false;
    this.points = points;
    this.selected = null;
    this.neighbours.clear();
    this.pictures.begin(of);
    this.placeMarks();
    this.#colour(of.model);
    this.#drawGround(of.model);
  }

  #colour(model: string): void {
    if (this.points === null) return;
    void this.colours.show(this.#shown, { ...this.#asked(), model, by: this.colour });
  }
  #drawGround(model: string): void {
    const kind = this.hasGround ? this.spec.overlay : null;
    void this.ground.show(model, kind, this.#explorer.spec.condition);
  }
  #search(query: NeighboursAsked['query']): void {
    try {
      void this.neighbours.search({ ...this.#asked(), query });
    } catch (error) {
      this.#notices.failed(error);
    }
  }
  /** Of which points something is asked. @throws AppError where they are not at hand */
  #asked(): { readonly model: string; readonly source: MapSource; readonly condition: number | undefined } {
    const source = this.data.sourceOf(this.recipe.source);
    return { model: this.#model ?? '', source, condition: this.#explorer.spec.condition };
  }

  #point(index: number) {
    return this.#explorer.session.call('maps/point', { ...this.#asked(), index });
  }
}
