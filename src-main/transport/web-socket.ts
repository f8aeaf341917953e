// A channel over a WebSocket: the browser's own, or one of the `ws` package on the server. Binary frames only.
import { decodeFrame, encodeFrame } from '#shared/codec';
import type { Channel } from '#shared/channel';
import { CLOSE_TOO_SLOW } from '#shared/host';
import { channelEnd } from './channel-end';

interface SocketEvent {
  readonly type?: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

/** What the browser's WebSocket and that of `ws` have in common. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: SocketEvent) => void,
  ): void;
  /** Only `ws` has it: drops the connection without waiting for the other side. */
  terminate?(): void;
}

export const BACKPRESSURE = {
  /** More than this waiting to be read, for longer than `graceMs`: the other side does not read. */
  bufferedBytes: 8 * 2 ** 20,
  /** One answer may well be larger than the limit; a reader at work takes it off within this time. */
  graceMs: 1_000,
  /** More than this waiting: closed at once. */
  hardBytes: 64 * 2 ** 20,
} as const;

const OPEN = 1;
const CONNECTING = 0;
const CLOSE_MALFORMED = 1007;
const CLOSING_MS = 2_000;

export function webSocketChannel(socket: SocketLike, now: () => number = () => performance.now()): Channel {
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let overSince: number | null = null;

  const end = channelEnd({
    send(message) {
      const frame = encodeFrame(message);
      if (socket.readyState === CONNECTING) return void waiting.push(frame);
      if (socket.readyState !== OPEN) return;
      if (isTooSlow()) return drop(CLOSE_TOO_SLOW, 'The other side does not read');
      socket.send(frame);
    },
    shut: () => socket.close(1000),
  });

  function isTooSlow(): boolean {
    const { bufferedAmount } = socket;
    if (bufferedAmount <= BACKPRESSURE.bufferedBytes) {
      overSince = null;
      return false;
    }
    overSince ??= now();
    return bufferedAmount > BACKPRESSURE.hardBytes || now() - overSince > BACKPRESSURE.graceMs;
  }

  function drop(code: number, reason: string): void {
    socket.close(code, reason); // first: who hears of the close may close the socket too, with another code
    end.closed(reason);
    // a side that does not read never answers the close either
    if (socket.terminate) setTimeout(() => socket.terminate?.(), CLOSING_MS);
  }

  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => waiting.splice(0).forEach((frame) => socket.send(frame)));
  socket.addEventListener('message', ({ data }) => {
    let message;
    try {
      if (!(data instanceof ArrayBuffer)) throw new Error('text where bytes belong');
      message = decodeFrame(new Uint8Array(data));
    } catch {
      return drop(CLOSE_MALFORMED, 'A message was not a frame');
    }
    end.deliver(message);
  });
  socket.addEventListener('error', () => undefined); // 'close' follows, and says it
  socket.addEventListener('close', ({ reason }) => end.closed(reason || 'The connection was lost'));
  return end.channel;
}
