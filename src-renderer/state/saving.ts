// Pictures as PNG files that carry, as text inside them, what makes them again.
import type { Arithmetic } from './arithmetic.svelte';
import type { Explorer } from './explorer.svelte';
import { exactText, gridFileName, pictureFileName } from './latent-text';
import type { Manifold } from './manifold.svelte';
import type { Notices } from './notices.svelte';

/** A saved picture is about this wide, in whole steps of its own pixels. */
const PICTURE_WIDTH = 512;
const GRID_WIDTH = 2048;

export class Saving {
  readonly #explorer: Explorer;
  readonly #manifold: Manifold;
  readonly #notices: Notices;

  constructor(explorer: Explorer, manifold: Manifold, notices: Notices) {
    this.#explorer = explorer;
    this.#manifold = manifold;
    this.#notices = notices;
  }

  async picture(): Promise<void> {
    const { spec, point, picture } = this.#explorer;
    if (picture === null || spec.model === null) return;
    await this.#save(pictureFileName(spec.model, point), {
      ...onlyPixels(picture),
      columns: 1,
      gap: 0,
      scale: scaleFor(PICTURE_WIDTH, picture.width),
      text: {
        Latentscape: JSON.stringify({
          model: spec.model,
          z: Array.from(point, exactNumber),
          class: spec.condition,
        }),
      },
    });
  }

  /** The result of the arithmetic: a picture of one latent like any other. */
  async sum({ model, z, picture }: Arithmetic): Promise<void> {
    if (picture === null || model === null || z === null) return;
    await this.#save(pictureFileName(model, z), {
      ...onlyPixels(picture),
      columns: 1,
      gap: 0,
      scale: scaleFor(PICTURE_WIDTH, picture.width),
      text: {
        Latentscape: JSON.stringify({
          model,
          z: Array.from(z, exactNumber),
          class: this.#explorer.spec.condition,
        }),
      },
    });
  }

  async grid(): Promise<void> {
    const { shown } = this.#manifold;
    if (shown === null) return;
    const { model, n, span, pictures } = shown;
    await this.#save(gridFileName(model, n, span), {
      ...onlyPixels(pictures),
      columns: n,
      gap: 0,
      scale: scaleFor(GRID_WIDTH, n * pictures.width),
      text: { Latentscape: JSON.stringify({ model, n, span, class: this.#explorer.spec.condition }) },
    });
  }

  async #save(name: string, params: Parameters<typeof exportPng>[1]): Promise<void> {
    const { session } = this.#explorer;
    try {
      const png = await exportPng(session, params);
      const saved = await session.host.saveFile(name, png, 'image/png');
      if (saved !== null) this.#notices.done(`Saved ${saved}`);
    } catch (error) {
      this.#notices.failed(error);
    }
  }
}

async function exportPng(
  session: Explorer['session'],
  params: Parameters<typeof session.call<'export/png'>>[1],
): Promise<Uint8Array> {
  const { png } = await session.call('export/png', params);
  return png;
}

const exactNumber = (value: number): number => Number(exactText(value));
const scaleFor = (wanted: number, width: number): number =>
  Math.max(1, Math.min(64, Math.round(wanted / width)));

const onlyPixels = ({
  count,
  width,
  height,
  rgba,
}: {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}): { count: number; width: number; height: number; rgba: Uint8Array } => ({ count, width, height, rgba });
