// What every transport shares: listeners of one end of a channel, messages kept until somebody listens, a close that is told once.
import type { Channel, Undo, Wire } from '#shared/channel';

export interface ChannelEnd {
  readonly channel: Channel;
  /** A message came in. */
  deliver(message: Wire): void;
  /** The pipe is gone. Later messages are dropped; the first reason stays. */
  closed(reason: string): void;
}

export interface Pipe {
  readonly send: (message: Wire) => void;
  /** Takes the pipe down. The end itself counts as closed already. */
  readonly shut: () => void;
}

export const CLOSED_HERE = 'The connection was closed';

export function channelEnd({ send, shut }: Pipe): ChannelEnd {
  const messageListeners = new Set<(message: Wire) => void>();
  const closeListeners = new Set<(reason: string) => void>();
  /** Messages that came before anybody listened; null from then on, so that order is kept. */
  let early: Wire[] | null = [];
  let closeReason: string | null = null;

  function flush(): void {
    const messages = early ?? [];
    early = null;
    messages.forEach(tell);
  }
  const tell = (message: Wire): void => [...messageListeners].forEach((listener) => listener(message));

  function closed(reason: string): void {
    if (closeReason !== null) return;
    closeReason = reason;
    const listeners = [...closeListeners];
    closeListeners.clear();
    listeners.forEach((listener) => listener(reason));
  }

  const channel: Channel = {
    post(message) {
      if (closeReason === null) send(message);
    },
    onMessage(listener): Undo {
      // a microtask later, so that a second listener of the same turn misses nothing
      if (early !== null && messageListeners.size === 0) queueMicrotask(flush);
      messageListeners.add(listener);
      return () => messageListeners.delete(listener);
    },
    onClose(listener): Undo {
      if (closeReason !== null) listener(closeReason);
      else closeListeners.add(listener);
      return () => closeListeners.delete(listener);
    },
    close() {
      if (closeReason !== null) return;
      closed(CLOSED_HERE);
      shut();
    },
  };
  return {
    channel,
    deliver(message) {
      if (closeReason !== null) return;
      if (early !== null) early.push(message);
      else tell(message);
    },
    closed,
  };
}
