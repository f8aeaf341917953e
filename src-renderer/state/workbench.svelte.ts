// Everything the window holds, put together once; and the commands that menus, keys and buttons share.
import { assertNever } from '#shared/errors';
import type { MenuCommand } from '#shared/host';
import type { Host } from '../platform/host';
import { PointClipboard } from './clipboard';
import { filesOfDrop } from './file-upload';
import { Explorer } from './explorer.svelte';
import { Importing } from './importing.svelte';
import { Library } from './library.svelte';
import { Manifold } from './manifold.svelte';
import { Notices } from './notices.svelte';
import { OwnPictures } from './own-pictures.svelte';
import { Saving } from './saving';
import { Session } from './session.svelte';
import { Specimens } from './specimens.svelte';
import { ThemeChoice } from './theme.svelte';
import { Training } from './training.svelte';

export type Command = MenuCommand | 'undo' | 'redo';

/** Where in the window one is. */
export type Place = 'library' | 'explore' | 'train';

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
  readonly saving: Saving;
  readonly clipboard: PointClipboard;
  readonly training: Training;
  readonly library: Library;
  readonly importing: Importing;
  place = $state<Place>('explore');
  helpOpen = $state(false);

  constructor(host: Host) {
    this.session = new Session(host);
    this.explorer = new Explorer(this.session, this.notices);
    this.manifold = new Manifold(this.explorer, this.notices);
    this.specimens = new Specimens(this.explorer, this.notices);
    this.own = new OwnPictures(this.explorer, this.notices);
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
    host.onCommand((command) => this.run(command));
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

  run(command: Command): void {
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
