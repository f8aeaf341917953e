// The point on the clipboard, as JSON that the command line and a notebook take as well.
import type { Explorer } from './explorer.svelte';
import { parsePoint, pointAsJson } from './latent-text';
import type { Notices } from './notices.svelte';

export class PointClipboard {
  readonly #explorer: Explorer;
  readonly #notices: Notices;

  constructor(explorer: Explorer, notices: Notices) {
    this.#explorer = explorer;
    this.#notices = notices;
  }

  get text(): string {
    return pointAsJson(this.#explorer.spec.model ?? '', this.#explorer.point);
  }

  /** What a copy puts on the clipboard, said aloud. */
  copied(): void {
    this.#notices.done('Point copied as JSON');
  }

  async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
      this.copied();
    } catch {
      this.#notices.problem('The browser did not let the point be copied; press Ctrl+C (⌘C) instead.');
    }
  }

  async paste(): Promise<void> {
    try {
      this.take(await navigator.clipboard.readText());
    } catch {
      this.#notices.problem('The browser did not show the clipboard; press Ctrl+V (⌘V) instead.');
    }
  }

  /** Goes to the point that this text describes, or says why it cannot. */
  take(text: string): void {
    const { opened, spec } = this.#explorer;
    if (opened === null) return;
    const parsed = parsePoint(text, opened.info.latent.size);
    if (!parsed.ok) return this.#notices.problem(parsed.why);
    const { model, z } = parsed.value;
    this.#explorer.moveTo(z, performance.now());
    if (model !== null && model !== spec.model) {
      this.#notices.done(`This point was copied from ${model}; it is shown in ${opened.info.title}.`);
    }
  }
}
