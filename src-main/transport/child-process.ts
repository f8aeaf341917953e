// Many channels over the one message pipe between a process and its child (`fork` with serialization 'advanced', which keeps typed
// arrays as they are). The parent opens a channel per client; the child accepts it.
//
//   parent -> child   {kind: 'open' | 'close', client} | {kind: 'frame', client, frame}
//   child -> parent   {kind: 'close', client} | {kind: 'frame', client, frame}
import type { Channel, Undo, Wire } from '#shared/channel';
import { channelEnd, type ChannelEnd } from './channel-end';

/** One side of the pipe. `post` drops silently once the other process is gone. */
export interface Link {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Undo;
}

interface ClientMessage {
  readonly kind: 'open' | 'frame' | 'close';
  readonly client: number;
  readonly frame?: Wire;
}

export interface ClientHub {
  /** A new channel to the child. */
  open(): Channel;
  /** The child is gone: every channel closes with this reason, and nothing is posted. */
  closeAll(reason: string): void;
  readonly size: number;
}

/** The parent's side. */
export function clientHub(link: Link): ClientHub {
  const ends = new Map<number, ChannelEnd>();
  let nextClient = 1;
  link.onMessage((message) => {
    if (!isClientMessage(message)) return;
    const end = ends.get(message.client);
    if (message.kind === 'frame') end?.deliver(message.frame ?? null);
    if (message.kind === 'close') {
      ends.delete(message.client);
      end?.closed('The other process closed the connection');
    }
  });
  return {
    open() {
      const client = nextClient++;
      const end = endOf(link, client, () => ends.delete(client));
      ends.set(client, end);
      link.post({ kind: 'open', client });
      return end.channel;
    },
    closeAll(reason) {
      const open = [...ends.values()];
      ends.clear();
      open.forEach((end) => end.closed(reason));
    },
    get size() {
      return ends.size;
    },
  };
}

/** The child's side: `onClient` gets a channel for each client that is opened. */
export function acceptClients(link: Link, onClient: (channel: Channel) => void): Undo {
  const ends = new Map<number, ChannelEnd>();
  return link.onMessage((message) => {
    if (!isClientMessage(message)) return;
    const { client } = message;
    if (message.kind === 'open' && !ends.has(client)) {
      const end = endOf(link, client, () => ends.delete(client));
      ends.set(client, end);
      onClient(end.channel);
    }
    if (message.kind === 'frame') ends.get(client)?.deliver(message.frame ?? null);
    if (message.kind === 'close') {
      const end = ends.get(client);
      ends.delete(client);
      end?.closed('The client went away');
    }
  });
}

function endOf(link: Link, client: number, forget: () => void): ChannelEnd {
  return channelEnd({
    send: (frame) => link.post({ kind: 'frame', client, frame }),
    shut: () => {
      forget();
      link.post({ kind: 'close', client });
    },
  });
}

function isClientMessage(message: unknown): message is ClientMessage {
  if (message === null || typeof message !== 'object') return false;
  const { kind, client } = message as ClientMessage;
  return (kind === 'open' || kind === 'frame' || kind === 'close') && Number.isSafeInteger(client);
}
