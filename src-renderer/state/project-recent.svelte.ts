// The projects on this machine, the one that was saved last first: looked at, taken away, and brought back.
import { toWireError } from '#shared/errors';
import type { ProjectList } from '#shared/project';
import type { Notices } from './notices.svelte';
import type { Session } from './session.svelte';

export class RecentProjects {
  /** Null until it is asked for. */
  list = $state.raw<ProjectList | null>(null);
  readonly #session: Session;
  readonly #notices: Notices;

  constructor(session: Session, notices: Notices) {
    this.#session = session;
    this.#notices = notices;
  }

  /** As they are now. @throws AppError where the engine is gone. */
  async read(): Promise<ProjectList> {
    return (this.list = await this.#session.call('projects/list', {}));
  }
  async look(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  /** Resolves with the way back. The right to save it goes a moment after it was given back, so it is tried for a while. */
  async remove(id: string): Promise<() => PromiseLike<unknown>> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { undo } = await this.#session.call('projects/remove', { project: id });
        return () => this.#session.call('projects/restore', { undo });
      } catch (error) {
        const { code } = toWireError(error);
        if (code !== 'store/held' || attempt >= 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
