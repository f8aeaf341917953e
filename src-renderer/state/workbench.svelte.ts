// Everything the window holds, put together once; and the commands that menus, keys and buttons share.
import type { Host } from '../platform/host';
import { Arithmetic } from './arithmetic.svelte';
import { Attributes } from './attributes.svelte';
import type { CarriedPoint, PointTaker } from './carried-point';
import { Clipboard, type RoomClipboard } from './clipboard';
import { runCommand } from './commands';
import { FilmExport } from './film-export.svelte';
import { Dimensions } from './dimensions.svelte';
import { ExplorePlane } from './explore-plane.svelte';
import { Explorer } from './explorer.svelte';
import { Importing } from './importing.svelte';
import type { Kept } from './kept';
import { keptOf } from './kept-of';
import { Library } from './library.svelte';
import { MapBoard } from './map.svelte';
import { Manifold } from './manifold.svelte';
import { Notices } from './notices.svelte';
import { OwnPictures } from './own-pictures.svelte';
import { paletteSources } from './palette-sources';
import { Palette } from './palette.svelte';
import { Project } from './project.svelte';
import { roomOver, type Command, type Place, type Room } from './room';
import { Saving } from './saving';
import { Session } from './session.svelte';
import { Sliders } from './sliders.svelte';
import { Specimens } from './specimens.svelte';
import { ThemeChoice } from './theme.svelte';
import { Training } from './training.svelte';
import { Traversal } from './traversal.svelte';
import { Walks } from './walks.svelte';

/** A model is of use in these; elsewhere opening one means exploring it. */
const WITH_MODEL: ReadonlySet<Place> = new Set(['explore', 'map', 'interpolate', 'arithmetic']);

export class Workbench {
  readonly notices = new Notices();
  readonly theme = new ThemeChoice();
  readonly session: Session;
  readonly explorer: Explorer;
  readonly dimensions: Dimensions;
  readonly plane: ExplorePlane;
  readonly traversal: Traversal;
  readonly manifold: Manifold;
  readonly specimens: Specimens;
  readonly own: OwnPictures;
  readonly attributes: Attributes;
  readonly arithmetic: Arithmetic;
  readonly walks: Walks;
  readonly map: MapBoard;
  /** Over the point of Explore, and over what the arithmetic gives. */
  readonly pointSliders: Sliders;
  readonly sumSliders: Sliders;
  readonly saving: Saving;
  readonly clipboard: Clipboard;
  readonly film: FilmExport;
  readonly palette = new Palette();
  readonly training: Training;
  readonly library: Library;
  readonly importing: Importing;
  /** Everything a person made, in the order in which it is put back. */
  readonly kept: readonly Kept[];
  readonly project: Project;
  readonly #rooms: Readonly<Partial<Record<Place, Room>>>;
  place = $state<Place>('explore');
  helpOpen = $state(false);
  cardOpen = $state(false);
  /** What the help sheet is searched for. */
  helpQuery = $state('');

  constructor(host: Host) {
    this.session = new Session(host);
    this.explorer = new Explorer(this.session, this.notices);
    this.manifold = new Manifold(this.explorer, this.notices);
    this.specimens = new Specimens(this.explorer, this.notices);
    this.own = new OwnPictures(this.explorer, this.notices);
    this.attributes = new Attributes(this.explorer, this.notices);
    this.dimensions = new Dimensions(this.explorer);
    this.plane = new ExplorePlane(this.explorer, this.attributes, this.dimensions, this.notices);
    this.traversal = new Traversal(this.explorer, this.dimensions, this.notices);
    this.arithmetic = new Arithmetic(this.explorer, this.attributes, this.own, this.notices);
    this.walks = new Walks(this.explorer, this.own, this.notices);
    this.map = new MapBoard(this.explorer, this.attributes, this.own, this.notices);
    this.pointSliders = new Sliders(this.session, this.attributes, this.explorer);
    this.sumSliders = new Sliders(this.session, this.attributes, this.arithmetic);
    this.saving = new Saving(this.explorer, this.manifold, this.notices);
    this.clipboard = new Clipboard(
      this.explorer,
      this.saving,
      this.notices,
      () => this.room?.clipboard ?? this.#pointClipboard,
    );
    this.film = new FilmExport(this.walks, this.explorer, this.clipboard, this.notices);
    this.training = new Training(this.session, this.notices, {
      explore: (model) => this.explore(model),
      onNewModel: () => void this.explorer.opening.list(),
    });
    this.library = new Library(this.session, this.explorer, this.notices);
    this.importing = new Importing(this.session, this.notices, {
      onAccepted: (model) => {
        void this.explorer.opening.list();
        this.notices.done('It is in your library now.');
        // the project may have missed it, and has a point of it to go back to
        void this.project.modelCame().then(() => this.explore(model));
      },
    });
    this.kept = keptOf(this);
    this.project = new Project(this.session, this.explorer, this.notices, this.kept, {
      bringIn: (path, folder) => {
        this.goTo('library');
        void this.importing.takePath(path, folder);
      },
    });
    this.explorer.opening.first = () => this.project.begin();
    this.#rooms = this.#roomsOf();
    paletteSources(this).forEach((source) => this.palette.add(source));
    host.onCommand((command) => this.run(command));
  }

  /** Of the point of Explore: what copy and paste mean where a place has no meaning of its own for them. */
  readonly #pointClipboard: RoomClipboard = {
    points: () => (this.explorer.opened === null ? [] : [this.point]),
    take: (points) => {
      const [first] = points;
      if (first === undefined) return;
      this.showPoint(first);
      if (points.length > 1)
        this.notices.done(`The first of ${points.length} points; the other places take them all.`);
    },
    takePictures: (files) => void this.own.add(files),
    drawn: () => this.saving.ofPoint(),
  };

  #sumClipboard(): RoomClipboard {
    const { arithmetic } = this;
    return {
      points: () => {
        const { sum } = arithmetic;
        return sum === null ? [] : [{ z: sum.z, condition: this.explorer.spec.condition, name: 'Result' }];
      },
      take: (points) => {
        const empty = arithmetic.spec.wells.find(({ exemplars }) => exemplars.length === 0);
        arithmetic.filling.addPoints(empty?.id ?? null, points);
      },
      takePictures: ([first]) => {
        if (first !== undefined) void arithmetic.face.take(first);
      },
      drawn: () => this.saving.ofSum(arithmetic.sum),
    };
  }

  #walkClipboard(): RoomClipboard {
    const { walks } = this;
    return {
      points: () => {
        const { shown } = walks;
        return shown === null ? [] : [shown];
      },
      take: (points) => walks.adding.addPoints(points),
      takePictures: (files) => void walks.adding.addFiles(files),
      drawn: () => (walks.shown === null ? null : this.saving.ofLatent(walks.shown)),
    };
  }

  /** The point that was chosen on the map, or that of Explore, which is marked on it. */
  readonly #mapClipboard: RoomClipboard = {
    points: () => {
      const { selected } = this.map.hand;
      const { condition } = this.explorer.spec;
      return selected === null
        ? this.#pointClipboard.points()
        : [{ z: selected.z.slice(), condition, name: selected.name }];
    },
    take: ([first]) => {
      if (first !== undefined) this.explorer.moveTo(first.z.slice(), performance.now(), null, first.name);
    },
    takePictures: (files) => void this.own.add(files),
    drawn: () => {
      const [point] = this.#mapClipboard.points();
      return point === undefined ? null : this.saving.ofLatent(point);
    },
  };

  #roomsOf(): Readonly<Partial<Record<Place, Room>>> {
    const { arithmetic, explorer, map, walks } = this;
    return {
      explore: roomOver(
        () => explorer.history,
        ({ z }) => z,
        explorer,
      ),
      map: roomOver(
        () => map.history,
        (spec) => map.thumbnailOf(spec),
        map,
        {
          'open-picture': () => void this.own.pick(),
          'save-picture': () => {
            const [point] = this.#mapClipboard.points();
            if (point !== undefined) void this.saving.save(this.saving.ofLatent(point));
          },
        },
        this.#mapClipboard,
      ),
      interpolate: roomOver(
        () => walks.history,
        (spec) => walks.thumbnailOf(spec),
        walks,
        {
          'open-picture': () => void walks.adding.pickFiles(),
          'save-picture': () => {
            if (walks.shown !== null) void this.saving.save(this.saving.ofLatent(walks.shown));
          },
          random: () => walks.adding.addSeeds(1),
          'play-walk': () => walks.player.toggle(),
          'export-film': () => this.film.show(),
          'copy-film-command': () => void this.film.copyCommand(),
        },
        this.#walkClipboard(),
      ),
      arithmetic: roomOver(
        () => arithmetic.history,
        (spec) => arithmetic.result.thumbnailOf(spec),
        arithmetic,
        {
          'open-picture': () => void arithmetic.face.pick(),
          'save-picture': () => void this.saving.save(this.saving.ofSum(arithmetic.sum)),
        },
        this.#sumClipboard(),
      ),
    };
  }

  goTo(place: Place): void {
    this.place = place;
  }

  explore(model: string): void {
    this.goTo('explore');
    void this.explorer.open(model);
  }

  async reveal(model: string): Promise<void> {
    try {
      const { folder } = await this.session.call('models/folder', { model });
      const how = await this.session.host.showFolder(folder);
      if (how === 'copied') this.notices.done(`It lies in ${folder}; the path is on the clipboard.`);
    } catch (error) {
      this.notices.failed(error);
    }
  }

  /** The place one is at, where it has a history of its own. */
  get room(): Room | null {
    return this.#rooms[this.place] ?? null;
  }

  /** The sliders of the place one is at. */
  get sliders(): Sliders | null {
    if (this.place === 'explore') return this.pointSliders;
    return this.place === 'arithmetic' ? this.sumSliders : null;
  }

  /** The point of Explore. */
  get point(): CarriedPoint {
    const { point, spec, seed } = this.explorer;
    const name = seed === null ? 'Point of Explore' : `Seed ${seed}`;
    return { z: point.slice(), condition: spec.condition, name };
  }

  /** Every place that takes points, with itself to be gone to afterwards. */
  get takers(): readonly (PointTaker & { readonly place: Place })[] {
    return [
      { name: 'To Explore', place: 'explore', take: ([first]) => first && this.showPoint(first) },
      ...this.walks.adding.takers.map((taker) => ({ ...taker, place: 'interpolate' as const })),
      ...this.plane.takers.map((taker) => ({ ...taker, place: 'explore' as const })),
      ...this.arithmetic.filling.takers.map((taker) => ({ ...taker, place: 'arithmetic' as const })),
    ];
  }

  /** What a menu offers for points that are shown here. */
  sendChoices(points: () => readonly CarriedPoint[]): readonly { name: string; run: () => void }[] {
    return this.takers
      .filter(({ place, here }) => place !== this.place || here === true)
      .map(({ name, place, take }) => ({
        name,
        run: () => {
          const carried = points();
          if (carried.length === 0) return;
          take(carried);
          if (place === this.place) return;
          this.notices.offer(carried.length === 1 ? 'The point is there.' : 'The points are there.', {
            name: 'Go there',
            run: () => this.goTo(place),
          });
        },
      }));
  }

  /** Goes to Explore, to that point. */
  showPoint({ z, condition, name }: CarriedPoint): void {
    this.goTo('explore');
    if (condition !== undefined && condition !== this.explorer.spec.condition)
      this.explorer.setCondition(condition);
    this.explorer.moveTo(z.slice(), performance.now(), null, name);
  }

  sumToExplore(): void {
    const { sum } = this.arithmetic;
    if (sum === null) return;
    this.showPoint({ z: sum.z, condition: this.explorer.spec.condition, name: 'From the arithmetic' });
  }

  /** The model in the place one is at, or where models are looked at. */
  useModel(model: string): void {
    if (!WITH_MODEL.has(this.place)) this.goTo('explore');
    void this.explorer.open(model);
  }

  showSeed(seed: number): void {
    this.goTo('explore');
    this.explorer.random(seed);
  }

  showHelp(query = ''): void {
    this.helpQuery = query;
    this.helpOpen = true;
  }

  run(command: Command): void {
    runCommand(this, command);
  }
}
