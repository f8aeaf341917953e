// Points, pictures and commands on the clipboard, in whatever place one is: points as JSON that the command line and a notebook take as
// well, pictures as PNG, and the command that makes the same picture again.
import { commandLine, shellOf } from '#shared/command-line';
import type { PickedFile } from '#shared/host';
import type { CarriedPoint } from './carried-point';
import type { Explorer } from './explorer.svelte';
import { parsePoints, pointsAsJson } from './latent-text';
import type { Notices } from './notices.svelte';
import type { DrawnPicture, Saving } from './saving';

/** What a place gives to the clipboard, and takes from it. */
export interface RoomClipboard {
  /** The latents that are shown or chosen; none where there is nothing to copy. */
  points(): readonly CarriedPoint[];
  take(points: readonly CarriedPoint[]): void;
  takePictures(files: readonly PickedFile[]): void;
  /** The picture that is meant by "the picture" here. */
  drawn(): DrawnPicture | null;
}

export class Clipboard {
  readonly #explorer: Explorer;
  readonly #saving: Saving;
  readonly #notices: Notices;
  readonly #here: () => RoomClipboard;

  /** `here`: that of the place one is at. */
  constructor(explorer: Explorer, saving: Saving, notices: Notices, here: () => RoomClipboard) {
    this.#explorer = explorer;
    this.#saving = saving;
    this.#notices = notices;
    this.#here = here;
  }

  /** What a copy takes in the place one is at. */
  get points(): readonly CarriedPoint[] {
    return this.#here().points();
  }

  /** Null where there are none. */
  textOf(points: readonly CarriedPoint[]): string | null {
    const { model } = this.#explorer.spec;
    return points.length === 0 || model === null ? null : pointsAsJson(model, points);
  }

  /** What a copy puts on the clipboard, said aloud. */
  copied(count: number): void {
    this.#notices.done(count === 1 ? 'Point copied as JSON' : `${count} points copied as JSON`);
  }

  /** What a menu offers to copy of a picture that is shown; of the one that is meant here where none is named. */
  choices(
    points: () => readonly CarriedPoint[] = () => this.points,
    drawn: () => DrawnPicture | null = () => this.#here().drawn(),
  ): readonly { readonly name: string; readonly run: () => void }[] {
    return [
      { name: 'Picture as PNG', run: () => void this.copyPicture(drawn()) },
      { name: 'Point as JSON', run: () => void this.copyPoints(points()) },
      { name: 'Command that makes it', run: () => void this.copyCommand(drawn()) },
    ];
  }

  async copyPoints(points: readonly CarriedPoint[] = this.#here().points()): Promise<void> {
    const text = this.textOf(points);
    if (text === null) return this.#notices.problem('There is no point here to copy.');
    try {
      await navigator.clipboard.writeText(text);
      this.copied(points.length);
    } catch {
      this.#notices.problem('The browser did not let the point be copied; press Ctrl+C (⌘C) instead.');
    }
  }

  async copyPicture(drawn: DrawnPicture | null = this.#here().drawn()): Promise<void> {
    if (drawn === null) return this.#notices.problem('There is no picture here to copy.');
    const made = this.#saving.png(drawn).then((png) => new Blob([png as BlobPart], { type: 'image/png' }));
    // as a promise: the browser lets it be copied only while it remembers the press of the key
    const written = navigator.clipboard.write([new ClipboardItem({ 'image/png': made })]);
    const [picture, copy] = await Promise.allSettled([made, written]);
    if (picture.status === 'rejected') this.#notices.failed(picture.reason);
    else if (copy.status === 'fulfilled') this.#notices.done('Picture copied');
    else this.#notices.problem('The browser did not let the picture be copied; save it instead.');
  }

  /** The line that writes the same file as saving the picture does. */
  async copyCommand(drawn: Pick<DrawnPicture, 'words'> | null = this.#here().drawn()): Promise<void> {
    if (drawn === null) return this.#notices.problem('There is no picture here to make a command of.');
    if (drawn.words === null)
      return this.#notices.problem(
        'This picture has more numbers than a line holds; save its point as JSON.',
      );
    await this.copyWords(drawn.words, 'It makes the same file on the command line.');
  }

  /** The words of one command of ours, quoted for the shell of the engine's machine. */
  async copyWords(words: readonly string[], what: string): Promise<void> {
    const line = commandLine(words, shellOf(this.#explorer.session.info?.platform));
    try {
      await navigator.clipboard.writeText(line);
      this.#notices.done(`Command copied. ${what}`);
    } catch {
      this.#notices.problem('The browser did not let the command be copied; allow it the clipboard.');
    }
  }

  async paste(): Promise<void> {
    try {
      this.take(await navigator.clipboard.readText());
    } catch {
      this.#notices.problem('The browser did not show the clipboard; press Ctrl+V (⌘V) instead.');
    }
  }

  /** Hands the points that this text describes to the place one is at, or to a part of it, or says why it cannot. */
  take(text: string, to: RoomClipboard['take'] = (points) => this.#here().take(points)): void {
    const { opened, spec } = this.#explorer;
    if (opened === null) return this.#notices.problem('No model is open yet that could take a point.');
    const { info } = opened;
    const parsed = parsePoints(text, info.latent.size);
    if (!parsed.ok) return this.#notices.problem(parsed.why);
    const { model, points } = parsed.value;
    const classes = info.condition?.names.length ?? 0;
    const many = points.length > 1;
    to(
      points.map(({ z, condition }, i) => ({
        z,
        condition: condition !== undefined && condition < classes ? condition : undefined,
        name: many ? `Pasted point ${i + 1}` : 'Pasted point',
      })),
    );
    if (model !== null && model !== spec.model) {
      const said = many ? 'These points were' : 'This point was';
      this.#notices.done(
        `${said} copied from ${model}; ${many ? 'they are' : 'it is'} shown in ${info.title}.`,
      );
    }
  }

  takePictures(files: readonly PickedFile[]): void {
    if (files.length > 0) this.#here().takePictures(files);
  }
}
