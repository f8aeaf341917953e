// Short sentences at the foot of the window: what was done, or what went wrong and what to do.
import { toWireError, isCancelled } from '#shared/errors';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'problem';
  readonly text: string;
  /** What a person can still do about it. */
  readonly action?: { readonly name: string; readonly run: () => void };
}

/** News fades by itself, but not under the pointer or the focus; a problem stays until it is read. */
const DONE_MS = 4_000;
/** What can be taken back stays as long as it takes to notice a slip. */
const OFFER_MS = 12_000;
const MOST = 3;

export class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #nextId = 1;
  #fading = new Map<number, { readonly ms: number; readonly timer: ReturnType<typeof setTimeout> }>();

  done(text: string): void {
    const id = this.#add('done', text);
    this.#fade(id, DONE_MS);
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
    this.#fade(id, OFFER_MS);
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

  /** A person is at it: it stays, and has its whole time again when they let go. */
  hold(id: number): void {
    clearTimeout(this.#fading.get(id)?.timer);
  }
  letGo(id: number): void {
    const fading = this.#fading.get(id);
    if (fading !== undefined) this.#fade(id, fading.ms);
  }

  dismiss(id: number): void {
    this.hold(id);
    this.#fading.delete(id);
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #fade(id: number, ms: number): void {
    this.hold(id);
    this.#fading.set(id, { ms, timer: setTimeout(() => this.dismiss(id), ms) });
  }

  #add(kind: Notice['kind'], text: string, action?: Notice['action']): number {
    const id = this.#nextId++;
    const others = this.list.filter((notice) => notice.text !== text);
    this.list = [...others, { id, kind, text, ...(action === undefined ? {} : { action }) }].slice(-MOST);
    return id;
  }
}
