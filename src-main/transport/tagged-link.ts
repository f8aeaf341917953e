// Several links over one pipe, each with a tag of its own: what is sent on one is heard on its other end and nowhere else.
import type { Link } from './child-process';

export function taggedLink(pipe: Link, tag: string): Link {
  return {
    post: (message) => pipe.post({ kind: tag, message }),
    onMessage: (listener) =>
      pipe.onMessage((raw) => {
        if (raw === null || typeof raw !== 'object') return;
        const { kind, message } = raw as { readonly kind?: unknown; readonly message?: unknown };
        if (kind === tag) listener(message);
      }),
  };
}
