// Everything the window holds, put together once; and the commands that menus, keys and buttons share.
import { assertNever } from '#shared/errors';
import type { Host } from '../platform/host';
import { Arithmetic } from './arithmetic.svelte';
import { Attributes } from './attributes.svelte';
import type { CarriedPoint, PointTaker } from './carried-point';
import { PointClipboard } from './clipboard';
import { filesOfDrop } from './file-upload';
import { Explorer } from './explorer.svelte';
import { Importing } from './importing.svelte';
import { Library } from './library.svelte';
import { Manifold } from './manifold.svelte';
import { Notices } from './notices.svelte';
import { OwnPictures } from './own-pictures.svelte';
import { roomOver, type Command, type Place, type Room } from './room';
import { Saving } from './saving';
import { Session } from './session.svelte';
import { Sliders } from './sliders.svelte';
import { Specimens } from './specimens.svelte';
import { ThemeChoice } from './theme.svelte';
import { Training } from './training.svelte';

/** These mean the window itself; all other commands mean the point, and bring it to view. */
const OF_THE_WINDOW: ReadonlySet<Command> = new Set(['toggle-theme', 'show-help']);

export class Workbench {
  readonly notices = new Notices();
  readonly theme = new ThemeChoice();
  readonly session: Session;
  readonly explorer: Explorer;
  readonly manifold: Manifold;
  readonly specimens: Specimens;
  readonly own: OwnPictures;
  readonly attributes: Attributes;
  readonly arithmetic: Arithmetic;
  /** Over the point of Explore, and over what the arithmetic gives. */
  readonly pointSliders: Sliders;
  readonly sumSliders: Sliders;
  readonly saving: Saving;
  readonly clipboard: PointClipboard;
  readonly training: Training;
  readonly library: Library;
  readonly importing: Importing;
  readonly #rooms: Readonly<Partial<Record<Place, Room>>>;
  place = $state<Place>('explore');
  helpOpen = $state(false);

  constructor(host: Host) {
    this.session = new Session(host);
    this.explorer = new Explorer(this.session, this.notices);
    this.manifold = new Manifold(this.explorer, this.notices);
    this.specimens = new Specimens(this.explorer, this.notices);
    this.own = new OwnPictures(this.explorer, this.notices);
    this.attributes = new Attributes(this.explorer, this.notices);
    this.arithmetic = new Arithmetic(this.explorer, this.attributes, this.own, this.notices);
    this.pointSliders = new Sliders(this.session, this.attributes, this.explorer);
    this.sumSliders = new Sliders(this.session, this.attributes, this.arithmetic);
    this.saving = new Saving(this.explorer, this.manifold, this.notices);
    this.clipboard = new PointClipboard(this.explorer, this.notices);
    this.training = new Training(this.session, this.notices, {
      explore: (model) => this.explore(model),
      onNewModel: () => void this.explorer.listModels(),
    });
    this.library = new Library(this.session, this.explorer, this.notices);
    this.importing = new Importing(this.session, this.notices, {
      onAccepted: (model) => {
        void this.explorer.listModels();
        this.explore(model);
        this.notices.done('It is in your library now.');
      },
    });
    this.#rooms = this.#roomsOf();
    host.onCommand((command) => this.run(command));
  }

  #roomsOf(): Readonly<Partial<Record<Place, Room>>> {
    const { arithmetic, explorer } = this;
    return {
      explore: roomOver(
        () => explorer.history,
        ({ z }) => z,
        explorer,
      ),
      arithmetic: roomOver(
        () => arithmetic.history,
        (spec) => arithmetic.thumbnailOf(spec),
        arithmetic,
        {
          'open-picture': () => void arithmetic.pickFiles(null),
          'save-picture': () => void this.saving.sum(arithmetic),
        },
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

  /** Whatever was dropped on a place where models are at home. */
  async import(transfer: DataTransfer): Promise<void> {
    const dropped = await filesOfDrop(transfer);
    if (dropped !== null) await this.importing.takeFiles(dropped.name, dropped.files);
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
      ...this.arithmetic.takers.map((taker) => ({ ...taker, place: 'arithmetic' as const })),
    ];
  }

  /** What a menu offers for points that are shown here. */
  sendChoices(points: () => readonly CarriedPoint[]): readonly { name: string; run: () => void }[] {
    return this.takers
      .filter(({ place }) => place !== this.place)
      .map(({ name, place, take }) => ({
        name,
        run: () => {
          const carried = points();
          if (carried.length === 0) return;
          take(carried);
          if (place === 'explore') return;
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
    const { z } = this.arithmetic;
    if (z === null) return;
    this.showPoint({ z, condition: this.explorer.spec.condition, name: 'From the arithmetic' });
  }

  run(command: Command): void {
    const own = this.room?.commands[command];
    if (own !== undefined) return own();
    if (!OF_THE_WINDOW.has(command)) this.goTo('explore');
    switch (command) {
      case 'open-picture':
        return void this.own.pick();
      case 'attach-data':
        return void this.specimens.attach();
      case 'save-picture':
        return void this.saving.picture();
      case 'save-grid':
        return void this.saving.grid();
      case 'copy-latent':
        return void this.clipboard.copy();
      case 'paste-latent':
        return void this.clipboard.paste();
      case 'random':
        return this.explorer.random();
      case 'reset':
        return this.explorer.reset();
      case 'toggle-theme':
        return this.theme.toggle();
      case 'show-help':
        this.helpOpen = true;
        return;
      case 'undo':
        return this.explorer.undo();
      case 'redo':
        return this.explorer.redo();
      default:
        return assertNever(command);
    }
  }
}
