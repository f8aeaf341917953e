// Short sentences at the foot of the window: what was done, or what went wrong and what to do.
import { toWireError, isCancelled } from '#shared/errors';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'problem';
  readonly text: string;
  /** What a person can still do about it. */
  readonly action?: { readonly name: string; readonly run: () => void };
}

/** News fades by itself; a problem stays until it is read. */
const DONE_MS = 4_000;
/** What can be taken back stays as long as it takes to notice a slip. */
const OFFER_MS = 12_000;
const MOST = 3;

export class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #nextId = 1;

  done(text: string): void {
    const id = this.#add('done', text);
    setTimeout(() => this.dismiss(id), DONE_MS);
  }

  /** News with a way back. */
  offer(text: string, action: NonNullable<Notice['action']>): void {
    const id = this.#add('done', text, {
      ...action,
      run: () => {
        this.dismiss(id);
        action.run();
      },
    });
    setTimeout(() => this.dismiss(id), OFFER_MS);
  }

  problem(text: string): void {
    this.#add('problem', text);
  }

  /** An error as its sentence. A lost engine has its own banner, and a cancelled call is no news. */
  failed(error: unknown): void {
    const { code, sentence } = toWireError(error);
    if (isCancelled(error) || code === 'engine/crashed') return;
    this.problem(sentence);
  }

  /** Does it; says why where it cannot be done. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failed(error);
    }
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(kind: Notice['kind'], text: string, action?: Notice['action']): number {
    const id = this.#nextId++;
    const others = this.list.filter((notice) => notice.text !== text);
    this.list = [...others, { id, kind, text, ...(action === undefined ? {} : { action }) }].slice(-MOST);
    return id;
  }
}
