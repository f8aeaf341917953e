// Processes that look at strangers' files, one for each import. Closing the channel kills the process.
import type { Channel, Undo } from '#shared/channel';
import { clientHub } from '#transport/child-process';
import { parseTooMuch } from '#transport/heartbeat';
import { serveInspectors } from '#transport/inspector-channel';
import type { Child } from './child';

/** A process of its own for one import, reached at once: what is posted before it is up waits. */
export function startInspector(fork: () => Child): Channel {
  const child = fork();
  let waiting: unknown[] | null = [];
  let lastWords: string | null = null;
  const listeners = new Set<(message: unknown) => void>();
  child.onMessage((message) => {
    if ((message as { readonly kind?: unknown } | null)?.kind === 'ready') {
      const early = waiting ?? [];
      waiting = null;
      early.forEach((one) => child.post(one));
    } else listeners.forEach((listener) => listener(message));
  });
  const hub = clientHub({
    post: (message) => (waiting === null ? child.post(message) : waiting.push(message)),
    onMessage: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
  });
  child.onLine((line) => {
    const tooMuch = parseTooMuch(line);
    if (tooMuch !== null)
      lastWords = `it held ${gigabytes(tooMuch.used)} of memory, and may hold ${gigabytes(tooMuch.cap)}`;
  });
  child.onExit((why) => hub.closeAll(lastWords ?? why));
  const channel = hub.open();
  let closed = false;
  return {
    ...channel,
    close() {
      if (closed) return;
      closed = true;
      channel.close();
      child.kill();
    },
  };
}

/** For an engine that cannot fork: its inspectors die with it. */
export function attachInspectors(engine: Child, fork: () => Child): Undo {
  const undo = serveInspectors(
    {
      post: (message) => engine.post(message),
      onMessage: (listener) => (engine.onMessage(listener), () => undefined),
    },
    () => startInspector(fork),
  );
  engine.onExit(() => undo());
  return undo;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
