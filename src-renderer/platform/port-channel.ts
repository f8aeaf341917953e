// A Channel over a MessagePort. Only the supervisor sees a crash for certain, so the channel can be told of its end from outside.
import type { Channel, Wire } from '#shared/channel';
import { createListeners } from './listeners';

export interface PortChannel extends Channel {
  /** The other side is known to be gone. */
  end(reason: string): void;
}

export function portChannel(port: MessagePort): PortChannel {
  const messages = createListeners<Wire>();
  const closes = createListeners<string>();
  let closed: string | null = null;

  const end = (reason: string): void => {
    if (closed !== null) return;
    closed = reason;
    port.close();
    closes.tell(reason);
  };
  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (closed === null) messages.tell(event.data as Wire);
  });
  port.addEventListener('close', () => end('the engine process ended'));
  // the first message is the engine's hello: it waits in the port until someone listens
  queueMicrotask(() => port.start());

  return {
    post(message) {
      if (closed === null) port.postMessage(message);
    },
    onMessage: messages.add,
    onClose(listener) {
      if (closed === null) return closes.add(listener);
      listener(closed);
      return () => undefined;
    },
    close: () => end('closed by the window'),
    end,
  };
}
