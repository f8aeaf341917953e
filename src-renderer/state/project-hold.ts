// The right to save a project, for as long as this window has it: asked for, given, taken away with the engine.
import { isCancelled } from '#shared/errors';
import type { HoldEvent } from '#shared/project';
import type { Call } from '#shared/rpc';
import type { Session } from './session.svelte';

export type Holding = Extract<HoldEvent, { kind: 'held' }>;

export class ProjectHold {
  readonly #session: Session;
  readonly #onFree: () => void;
  #call: Call<null> | null = null;

  /** `onFree`: whoever had it has let it go. */
  constructor(session: Session, onFree: () => void) {
    this.#session = session;
    this.#onFree = onFree;
  }

  /** Null where another window has it. @throws AppError where the project cannot be read, or the engine is gone. */
  take(project: string): Promise<Holding | null> {
    this.release();
    return new Promise((resolve, reject) => {
      let mine: Call<null> | null = null;
      const isMine = (): boolean => mine === null || this.#call === mine;
      mine = this.#session.call('projects/hold', { project }, (event) => {
        if (event.kind === 'held') resolve(event);
        else if (event.kind === 'busy') resolve(null);
        else if (isMine()) this.#onFree();
      });
      this.#call = mine;
      mine.then(undefined, (error: unknown) => {
        if (isCancelled(error)) resolve(null);
        else reject(error as Error);
      });
    });
  }

  release(): void {
    this.#call?.cancel();
    this.#call = null;
  }
}
