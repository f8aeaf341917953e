// Work that is asked for more than once while it is done is done once: all who asked are told how it goes on, and it is given up only when
// every one of them has gone. What came of it is kept by whoever holds the map of it.
import type { Cancellation } from '#shared/rpc';
import type { Progress } from './point-set';

export interface Joint<T> {
  readonly made: Promise<T>;
  readonly join: (progress: Progress) => void;
  /** Nobody waits for it: it ends without a result. */
  readonly isGivenUp: () => boolean;
}

/** What is known under the key, or is being worked on; begun where it is neither. What failed is begun anew by the next. */
export function jointly<T>(
  known: Map<string, Joint<T>>,
  key: string,
  progress: Progress,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const before = known.get(key);
  if (before !== undefined && !before.isGivenUp()) {
    before.join(progress);
    return before.made;
  }
  const begun = begin(progress, work);
  known.set(key, begun);
  begun.made.catch(() => {
    if (known.get(key) === begun) known.delete(key);
  });
  return begun.made;
}

function begin<T>(first: Progress, work: (progress: Progress) => Promise<T>): Joint<T> {
  const joined: Progress[] = [];
  const listeners = new Set<() => void>();
  let isDone = false;
  const isGivenUp = (): boolean => !isDone && joined.every(({ cancellation }) => cancellation.cancelled);
  const join = (progress: Progress): void => {
    if (isDone) return;
    joined.push(progress);
    progress.cancellation.onCancel(() => {
      if (isGivenUp()) for (const listener of listeners) listener();
    });
  };
  join(first);
  const cancellation: Cancellation = {
    get cancelled() {
      return isGivenUp();
    },
    onCancel(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const made = work({ cancellation, send: (event) => joined.forEach(({ send }) => send(event)) });
  const end = (): void => {
    isDone = true;
    joined.length = 0;
  };
  made.then(end, end);
  return { made, join, isGivenUp };
}
