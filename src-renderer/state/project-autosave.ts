// When to save what somebody is at work on: soon after a pause, and not much later where there is none; one save at a time, and again
// where something came while it ran. Knows nothing of what is saved.
import type { Undo } from '#shared/channel';

export type SaveState =
  | { readonly kind: 'saved' }
  | { readonly kind: 'unsaved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface AutosaveHooks<Save> {
  /** What there is to save; null where nothing has changed. */
  readonly collect: () => Save | null;
  readonly save: (what: Save) => PromiseLike<void>;
  readonly onState: (state: SaveState) => void;
  readonly now: () => number;
  readonly later: (run: () => void, ms: number) => Undo;
}

/** After the last edit; and after the first that is not saved, however many follow. */
const QUIET_MS = 250;
const LONGEST_MS = 500;
const AGAIN_MS = 5_000;

export class Autosave<Save> {
  readonly #hooks: AutosaveHooks<Save>;
  #first: number | null = null;
  #cancel: Undo = () => undefined;
  #running: Promise<void> | null = null;
  #on = false;

  constructor(hooks: AutosaveHooks<Save>) {
    this.#hooks = hooks;
  }

  /** From now on there is somewhere to save to. */
  begin(): void {
    this.#on = true;
    this.#plan();
  }

  /** There is nowhere to save to at present; what is edited waits. */
  pause(): void {
    this.#on = false;
    this.#cancel();
  }

  edited(): void {
    if (this.#on && this.#running === null) this.#hooks.onState({ kind: 'unsaved' });
    this.#plan();
  }

  #plan(): void {
    const now = this.#hooks.now();
    this.#first ??= now;
    if (!this.#on) return;
    this.#schedule(Math.max(0, Math.min(QUIET_MS, this.#first + LONGEST_MS - now)));
  }

  /** Everything up to now is saved, or has failed to be. */
  async flush(): Promise<void> {
    while (this.#on && (this.#running !== null || this.#first !== null)) {
      this.#cancel();
      if (this.#running !== null) await this.#running;
      else if (!(await this.#run())) return;
    }
  }

  #schedule(ms: number): void {
    this.#cancel();
    this.#cancel = this.#hooks.later(() => void this.#run(), ms);
  }

  /** False where it failed. */
  async #run(): Promise<boolean> {
    if (this.#running !== null || !this.#on) return true; // whoever runs looks again
    this.#first = null;
    const what = this.#hooks.collect();
    if (what === null) {
      this.#hooks.onState({ kind: 'saved' });
      return true;
    }
    this.#hooks.onState({ kind: 'saving' });
    let failure: { readonly error: unknown } | null = null;
    this.#running = Promise.resolve(this.#hooks.save(what)).catch((error: unknown) => {
      failure = { error };
    });
    await this.#running;
    this.#running = null;
    if (failure !== null) {
      this.#first ??= this.#hooks.now();
      this.#hooks.onState({ kind: 'failed', error: (failure as { error: unknown }).error });
      if (this.#on) this.#schedule(AGAIN_MS);
      return false;
    }
    this.#hooks.onState(this.#first === null ? { kind: 'saved' } : { kind: 'unsaved' });
    if (this.#first !== null) this.#plan();
    return true;
  }
}
