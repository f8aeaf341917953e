// The parts of a project as texts: what each of the window's states makes of itself, and which of them the file does not have yet.
import { toWireError } from '#shared/errors';
import type { ProjectParts as Files } from '#shared/project';
import type { Kept } from './kept';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ProjectParts {
  readonly #kept: readonly Kept[];
  /** As they lie in the file. */
  #saved = new Map<string, string>();
  #marked = new Set<string>();

  constructor(kept: readonly Kept[]) {
    this.#kept = kept;
  }

  /** It was edited. */
  mark(key: string): void {
    this.#marked.add(key);
  }

  /** The file has none of it. */
  markAll(): void {
    this.#saved.clear();
    for (const { key } of this.#kept) this.#marked.add(key);
  }

  /** Those that are not as the file has them. An edit that was taken back again is none. */
  changed(): ReadonlyMap<string, string> {
    const changed = new Map<string, string>();
    for (const kept of this.#kept) {
      if (!this.#marked.has(kept.key)) continue;
      const text = JSON.stringify(kept.toJson() ?? null);
      if (text === (this.#saved.get(kept.key) ?? 'null')) this.#marked.delete(kept.key);
      else changed.set(kept.key, text);
    }
    return changed;
  }

  /** The file has these now; what was edited since stays marked. */
  settled(saved: ReadonlyMap<string, string>): void {
    for (const [key, text] of saved) this.#saved.set(key, text);
  }

  /** Of those ids, the ones that the parts speak of. */
  mentioned(ids: Iterable<string>, changed: ReadonlyMap<string, string>): readonly string[] {
    const texts = [...new Map([...this.#saved, ...changed]).values()];
    return [...new Set(ids)].filter((id) => {
      const quoted = JSON.stringify(id);
      return texts.some((text) => text.includes(quoted));
    });
  }

  /** What a file holds, in the place of everything there is. @returns a sentence for each part that could not be read. */
  restore(files: Files): readonly string[] {
    const problems: string[] = [];
    this.#saved.clear();
    this.#marked.clear();
    for (const [key, bytes] of Object.entries(files)) this.#saved.set(key, decoder.decode(bytes));
    for (const kept of this.#kept) {
      try {
        kept.restore(JSON.parse(this.#saved.get(kept.key) ?? 'null'));
      } catch (error) {
        problems.push(toWireError(error).sentence);
        kept.restore(null);
      }
    }
    return problems;
  }
}

export const filesOf = (parts: ReadonlyMap<string, string>): Files =>
  Object.fromEntries([...parts].map(([key, text]) => [key, encoder.encode(text)]));
