// The map of a latent space: what a person set it to, with its history, and the parts that show it: points, colours, ground, marks, groups
// and the point in hand. What was set is kept; where one looks is merely looked at.
import type { LatentVector } from '#shared/domain';
import { firstColour, type MapPoints } from '#shared/map';
import type { DrawnMapRecipe } from '#shared/map-export';
import type { Attributes } from './attributes.svelte';
import type { Explorer } from './explorer.svelte';
import type { Kept } from './kept';
import { ColoursOfMap } from './map-colours.svelte';
import { MapData, whyMissing } from './map-data.svelte';
import { mapSpecFromJson, memberTable, membersFromJson, refused } from './map-file';
import { GroundOfMap } from './map-ground.svelte';
import { GroupsOfMap, type GroupedMap } from './map-groups.svelte';
import { HandOnMap, type PointedMap } from './map-hand.svelte';
import { MapMarks } from './map-marks.svelte';
import { NeighbourSearch } from './map-neighbours.svelte';
import { MapPictures } from './map-pictures.svelte';
import { PointsOfMap, type SourceAsked } from './map-points.svelte';
import {
  FIRST_MAP,
  MAP_COUNTS,
  recipeOf,
  withClassAlone,
  withClassToggled,
  type ChosenRecipe,
  type ChosenSource,
  type MapSpec,
  type OwnData,
} from './map-spec';
import { ModelHistories } from './model-histories.svelte';
import type { Notices } from './notices.svelte';
import type { OwnPictures } from './own-pictures.svelte';
import { SpecHistory } from './spec-history.svelte';

export class MapBoard implements Kept, GroupedMap, PointedMap {
  readonly key = 'map';
  readonly pictures: MapPictures;
  readonly data: MapData;
  readonly made: PointsOfMap;
  readonly colours: ColoursOfMap;
  readonly ground: GroundOfMap;
  readonly neighbours: NeighbourSearch;
  readonly marks: MapMarks;
  readonly groups: GroupsOfMap;
  readonly hand: HandOnMap;
  spec = $state.raw<MapSpec>(FIRST_MAP);
  history = $state.raw(new SpecHistory<MapSpec>(FIRST_MAP, 'The map'));
  readonly #explorer: Explorer;
  readonly #attributes: Attributes;
  #histories = new ModelHistories<MapSpec>();
  #model: string | null = null;
  /** Someone looks at it: only then it is made. */
  #isOpen = false;

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
    const choices = this.made.shown?.colours ?? [];
    const can = (key: string): boolean =>
      choices.some((each) => each.key === key && each.unavailable === null);
    const { colour } = this.spec;
    if (colour === null) return firstColour(choices);
    return can(colour) ? colour : 'none';
  });

  constructor(explorer: Explorer, attributes: Attributes, own: OwnPictures, notices: Notices) {
    this.#explorer = explorer;
    this.#attributes = attributes;
    this.pictures = new MapPictures(explorer.session, (error) => notices.failed(error));
    this.data = new MapData(explorer.session, notices, {
      onChosen: (data) => this.#placeData(data),
      onForgotten: (id) => this.#lookAgain(id),
    });
    this.made = new PointsOfMap(explorer.session);
    this.colours = new ColoursOfMap(explorer.session);
    this.ground = new GroundOfMap(explorer.session);
    this.neighbours = new NeighbourSearch(explorer.session);
    this.marks = new MapMarks(explorer.session, own);
    this.groups = new GroupsOfMap(this, this.data, explorer, notices);
    this.hand = new HandOnMap(this, explorer, notices);
    explorer.onOpened(() => this.#opened());
  }

  get model(): string | null {
    return this.#model;
  }
  get points(): MapPoints | null {
    return this.made.shown;
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
    this.edit({ ...this.spec, ...change }, label, kind);
  }
  edit(spec: MapSpec, label: string, kind: string | null = null): void {
    this.spec = spec;
    this.history.edit(spec, { label, at: performance.now(), kind });
    this.#work();
  }
  setSource(kind: ChosenSource['kind']): void {
    if (kind === 'data') this.data.choose();
    else
      this.#setSource(kind === 'samples' ? { kind, count: MAP_COUNTS.first, seed: 1 } : { kind }, 'Points');
  }
  toggleClass(index: number): void {
    this.edit(withClassToggled(this.spec, index), 'Classes', 'classes');
  }
  isolateClass(index: number, count: number): void {
    this.edit(withClassAlone(this.spec, index, count), 'Classes', 'classes');
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
    this.hand.hover(null);
  }

  /** As in PointedMap. */
  asked(): SourceAsked {
    const source = this.data.sourceOf(this.recipe.source);
    return { model: this.#model ?? '', source, condition: this.#explorer.spec.condition };
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
    return this.made.problem !== null && this.data.isMissing(source) ? source : null;
  }
  retry(): void {
    this.made.forget();
    this.#work();
  }

  /** The point of Explore and one's own pictures are placed anew. */
  placeMarks(): void {
    const { point } = this.#explorer;
    if (this.points === null || point.length !== this.size || this.size === 0) return;
    if (this.data.isMissing(this.recipe.source)) return;
    this.marks.place({ ...this.recipe, ...this.asked() }, point);
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
      this.groups.shown = null;
      this.#takeHistory(model);
    }
    // the same model after its engine was lost: what was under way is gone
    if (this.made.busy || this.points === null) this.made.forget();
    this.#work();
  }
  #takeHistory(model: string): void {
    this.history = this.#histories.of(model) ?? this.#histories.begin(model, FIRST_MAP, 'The map');
    this.spec = this.history.spec;
  }
  #forget(): void {
    for (const part of [this.hand, this.made, this.colours, this.ground, this.marks]) part.clear();
  }
  #setSource(source: ChosenSource, label: string): void {
    this.edit({ ...this.spec, source, hidden: [], colour: null }, label);
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
    this.made.drop();
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
    const { recipe } = this;
    const key = JSON.stringify([model, recipe, this.#explorer.spec.condition]);
    if (key !== this.made.key) void this.#make(recipe, key);
    else this.#dress(model);
  }
  #knowsSources(): boolean {
    return this.#explorer.codes !== null || this.#explorer.hasNoCodes;
  }

  async #make(recipe: ChosenRecipe, key: string): Promise<void> {
    this.made.want(key);
    this.hand.hover(null);
    for (const part of [this.colours, this.ground, this.marks]) part.forget();
    if (recipe.source.kind === 'data') {
      await this.data.known();
      if (key !== this.made.key) return;
    }
    if (this.data.isMissing(recipe.source)) {
      this.made.fail(whyMissing(recipe.source));
      return this.#empty();
    }
    const asked = this.asked();
    const points = await this.made.make({ ...recipe, ...asked });
    if (key !== this.made.key) return;
    if (points === null) return this.#empty();
    this.hand.letGo();
    this.pictures.begin(asked);
    this.placeMarks();
    this.#dress(asked.model);
  }
  #empty(): void {
    this.hand.letGo();
    for (const part of [this.colours, this.marks]) part.clear();
  }
  /** The colours of the points, and what lies under them. */
  #dress(model: string): void {
    const { condition } = this.#explorer.spec;
    if (this.points !== null)
      void this.colours.show(this.made.key, { ...this.asked(), model, by: this.colour });
    void this.ground.show(model, this.hasGround ? this.spec.overlay : null, condition);
  }
}
