// A Channel over the WebSocket of the page's own server: one message is one binary frame.
import type { Channel, Wire } from '#shared/channel';
import { decodeFrame, encodeFrame } from '#shared/codec';
import { CLOSE_ENGINE_CRASHED, CLOSE_ENGINE_STOPPED, CLOSE_TOO_SLOW } from '#shared/host';
import { createListeners } from './listeners';

export function webSocketChannel(socket: WebSocket): Channel {
  const messages = createListeners<Wire>();
  const closes = createListeners<string>();
  let closed: string | null = null;
  socket.binaryType = 'arraybuffer';

  const finish = (reason: string): void => {
    if (closed !== null) return;
    closed = reason;
    closes.tell(reason);
  };
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (closed !== null) return;
    try {
      if (!(event.data instanceof ArrayBuffer)) throw new Error('a text frame');
      messages.tell(decodeFrame(new Uint8Array(event.data)));
    } catch {
      socket.close();
      finish('the engine sent something that is no message');
    }
  });
  socket.addEventListener('close', (event) => finish(reasonOf(event)));

  return {
    post(message) {
      const frame = encodeFrame(message);
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      else if (socket.readyState === WebSocket.CONNECTING)
        socket.addEventListener('open', () => socket.send(frame), { once: true });
    },
    onMessage: messages.add,
    onClose(listener) {
      if (closed === null) return closes.add(listener);
      listener(closed);
      return () => undefined;
    },
    close() {
      socket.close();
      finish('closed by the window');
    },
  };
}

function reasonOf({ code, reason }: CloseEvent): string {
  if (reason !== '') return reason;
  if (code === CLOSE_ENGINE_CRASHED) return 'the engine process ended';
  if (code === CLOSE_ENGINE_STOPPED) return 'the engine process was given up';
  if (code === CLOSE_TOO_SLOW) return 'the window did not keep up with the engine';
  return 'the connection was lost';
}
