// Channels from the engine to its inspectors, carried by the parent of both: only a parent may fork under Electron. A channel that is
// closed ends its process, and a process that ends closes its channel with the reason.
import type { Channel, Undo, Wire } from '#shared/channel';
import { acceptClients, clientHub, type Link } from './child-process';
import { taggedLink } from './tagged-link';

const TAG = 'inspector';

/** The engine's side: each call asks the parent for a process. */
export function inspectorsOf(parent: Link): () => Channel {
  const hub = clientHub(taggedLink(parent, TAG));
  return () => withLastWords(hub.open());
}

/** The parent's side. The undo ends every process that this engine has. */
export function serveInspectors(engine: Link, start: () => Channel): Undo {
  const running = new Set<Channel>();
  let engineGone = false;
  const stop = acceptClients(taggedLink(engine, TAG), (client) => {
    const inspector = start();
    running.add(inspector);
    client.onMessage((message) => inspector.post(message));
    inspector.onMessage((message) => client.post(message));
    client.onClose(() => inspector.close());
    inspector.onClose((why) => {
      running.delete(inspector);
      if (engineGone) return; // posting to a process that has ended takes Electron down
      client.post({ t: LAST_WORDS, why });
      client.close();
    });
  });
  return () => {
    engineGone = true;
    stop();
    [...running].forEach((inspector) => inspector.close());
  };
}

const LAST_WORDS = 'ended';

/** A channel through another process closes without a reason; it was sent before. */
function withLastWords(channel: Channel): Channel {
  let why: string | null = null;
  channel.onMessage((message) => {
    const { t, why: reason } = (message ?? {}) as { readonly t?: Wire; readonly why?: Wire };
    if (t === LAST_WORDS && typeof reason === 'string') why = reason;
  });
  return { ...channel, onClose: (listener) => channel.onClose((reason) => listener(why ?? reason)) };
}
