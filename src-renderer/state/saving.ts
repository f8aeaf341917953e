// Pictures as PNG files that carry, as text inside them, what makes them again; each beside the command that writes the same bytes.
import type { LatentVector, Pictures } from '#shared/domain';
import { planeExport, planeWords, traversalExport, traversalWords } from '#shared/plane-export';
import {
  arithmeticExport,
  arithmeticWords,
  decodeWords,
  gridExport,
  gridWords,
  latentExport,
  type ExportLayout,
} from '#shared/reproduce';
import type { Sum } from './arithmetic.svelte';
import type { Explorer } from './explorer.svelte';
import { gridFileName, pictureFileName } from './latent-text';
import type { Manifold } from './manifold.svelte';
import type { Notices } from './notices.svelte';
import type { TraversalShown } from './traversal.svelte';
import { recipeOfSum } from './well-expression';

/** A picture as its file has it. */
export interface DrawnPicture {
  /** Of the file. */
  readonly name: string;
  /** Decoded for the file: what the screen shows may be a move behind. */
  pictures(): PromiseLike<Pictures>;
  readonly layout: ExportLayout;
  /** Of the command that makes the same file; null where there is none. */
  readonly words: readonly string[] | null;
}

/** About so wide. */
const PICTURE_WIDTH = 512;
const GRID_WIDTH = 2048;
/** A longer command is more than the shells of all systems take. */
const MOST_WORDS = 24_000;

export class Saving {
  readonly #explorer: Explorer;
  readonly #manifold: Manifold;
  readonly #notices: Notices;

  constructor(explorer: Explorer, manifold: Manifold, notices: Notices) {
    this.#explorer = explorer;
    this.#manifold = manifold;
    this.#notices = notices;
  }

  /** The picture of the point of Explore; null while there is none. */
  ofPoint(): DrawnPicture | null {
    const { spec, point: z, opened, seed } = this.#explorer;
    const { condition } = spec;
    if (opened === null) return null;
    const { id: model, output } = opened.info;
    const name = pictureFileName(model, z);
    const scale = pictureScale(output);
    return {
      name,
      pictures: () => this.#decode(model, z, condition),
      layout: latentExport(model, [z], scale, condition),
      words: short(decodeWords({ model, z, seed, condition }, scale, name)),
    };
  }

  /** Any latent of the open model that a view shows; null where there is no model. */
  ofLatent({
    z,
    condition,
  }: {
    readonly z: LatentVector;
    readonly condition: number | undefined;
  }): DrawnPicture | null {
    const info = this.#explorer.opened?.info;
    if (info === undefined) return null;
    const name = pictureFileName(info.id, z);
    const scale = pictureScale(info.output);
    return {
      name,
      pictures: () => this.#decode(info.id, z, condition),
      layout: latentExport(info.id, [z], scale, condition),
      words: short(decodeWords({ model: info.id, z, condition }, scale, name)),
    };
  }

  /** The result of the arithmetic: with the words that made it, where they say all of it. */
  ofSum(sum: Sum | null): DrawnPicture | null {
    const { opened } = this.#explorer;
    if (opened === null || sum?.model !== opened.info.id) return null;
    const { model, spec, z } = sum;
    const { condition } = this.#explorer.spec;
    const recipe = recipeOfSum(model, spec, z, condition);
    const scale = pictureScale(opened.info.output);
    const name = pictureFileName(model, z);
    const [layout, words] =
      recipe === null
        ? [latentExport(model, [z], scale, condition), decodeWords({ model, z, condition }, scale, name)]
        : [arithmeticExport(recipe, scale), arithmeticWords(recipe, scale, name)];
    return { name, pictures: () => this.#decode(model, z, condition), layout, words: short(words) };
  }

  ofGrid(): DrawnPicture | null {
    const { shown } = this.#manifold;
    if (shown === null || shown.model !== this.#explorer.spec.model) return null;
    const { model, n, span, pictures, drawn } = shown;
    const { condition } = this.#explorer.spec;
    const scale = gridScale(n, pictures);
    const prior = this.#explorer.opened?.info.latent.prior;
    if (prior === undefined) return null;
    const name = drawn === null ? gridFileName(model, n, span) : `${model}_plane_${n}x${n}.png`;
    const [layout, words] =
      drawn === null
        ? [
            gridExport(model, n, span, scale, condition),
            gridWords({ model, n, span, condition }, scale, name),
          ]
        : [planeExport(drawn, scale), planeWords(drawn, prior, scale, name)];
    return { name, pictures: () => Promise.resolve(pictures), layout, words: short(words) };
  }

  ofTraversal(shown: TraversalShown | null): DrawnPicture | null {
    const prior = this.#explorer.opened?.info.latent.prior;
    if (shown === null || prior === undefined) return null;
    const { model, n, pictures } = shown;
    const scale = gridScale(n, pictures);
    const name = `${model}_traversal_${shown.refs.length}x${n}.png`;
    return {
      name,
      pictures: () => Promise.resolve(pictures),
      layout: traversalExport(shown, scale),
      words: short(traversalWords(shown, prior, scale, name)),
    };
  }

  async save(drawn: DrawnPicture | null): Promise<void> {
    if (drawn === null) return this.#notices.problem('There is no picture here to save yet.');
    await this.savePng(drawn.name, () => this.png(drawn));
  }

  async savePng(name: string, png: () => PromiseLike<Uint8Array>): Promise<void> {
    try {
      const saved = await this.#explorer.session.host.saveFile(name, await png(), 'image/png');
      if (saved !== null) this.#notices.done(`Saved ${saved}`);
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  /** The bytes of the file. */
  async png({ pictures, layout }: DrawnPicture): Promise<Uint8Array> {
    const { count, width, height, rgba } = await pictures();
    const { png } = await this.#explorer.session.call('export/png', {
      ...{ count, width, height, rgba },
      ...layout,
    });
    return png;
  }

  #decode(model: string, z: LatentVector, condition: number | undefined): PromiseLike<Pictures> {
    return this.#explorer.session.call('latent/decode', { model, z, condition });
  }
}

/** Of a saved picture, in whole steps of its own pixels. */
export const pictureScale = ({ width }: { readonly width: number }): number => scaleFor(PICTURE_WIDTH, width);
export const gridScale = (n: number, { width }: { readonly width: number }): number =>
  scaleFor(GRID_WIDTH, n * width);
const scaleFor = (wanted: number, width: number): number =>
  Math.max(1, Math.min(64, Math.round(wanted / width)));

const short = (words: readonly string[]): readonly string[] | null =>
  words.join(' ').length > MOST_WORDS ? null : words;
