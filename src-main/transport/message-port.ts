// A channel over a MessagePort: of the DOM, of Node's worker_threads, or of Electron's main process.
import type { Channel, Wire } from '#shared/channel';
import { channelEnd } from './channel-end';

type PortEvent = { readonly type?: string; readonly data?: unknown };
type PortListener = (event: PortEvent) => void;

/** What the three have in common. The DOM's and Node's port have addEventListener; Electron's has only `on`. */
export interface PortLike {
  postMessage(message: Wire): void;
  start(): void;
  close(): void;
  addEventListener?(type: 'message' | 'close', listener: PortListener): void;
  on?(type: 'message' | 'close', listener: PortListener): unknown;
}

export function messagePortChannel(port: PortLike): Channel {
  const end = channelEnd({
    send: (message) => port.postMessage(message),
    shut: () => port.close(),
  });
  listen(port, 'message', (event) => end.deliver(event.data as Wire));
  // told when the other side closes its end and when its process dies
  listen(port, 'close', () => end.closed('The other end of the port is gone'));
  port.start();
  return end.channel;
}

function listen(port: PortLike, type: 'message' | 'close', listener: PortListener): void {
  if (port.addEventListener) port.addEventListener(type, listener);
  else port.on?.(type, listener);
}
