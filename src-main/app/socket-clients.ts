// The pages that are connected to the engine through a WebSocket, and what becomes of them when it dies.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Channel } from '#shared/channel';
import { CLOSE_ENGINE_CRASHED, CLOSE_ENGINE_STOPPED } from '#shared/host';
import { webSocketChannel } from '#transport/web-socket';
import type { Refusal } from './guard';
import type { Supervisor } from './supervisor';

export type EngineAccess = Pick<Supervisor, 'state' | 'connect'>;

export interface SocketClients {
  /** 503 where there are enough already. */
  refuse(): Refusal;
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, onMalformed: () => void): void;
  size(): number;
  closeAll(): void;
}

export const SOCKET_LIMITS = {
  clients: 8,
  messageBytes: 64 * 2 ** 20,
  /** A page that does not answer a ping within this time is gone. */
  pingMs: 30_000,
  /** How long a page may take to say goodbye when the server ends. */
  closeMs: 500,
  /** Pings of a page are answered as long as it reads the answers. */
  pongBytes: 64 * 1024,
} as const;

const CLOSE_GOING_AWAY = 1001;
/** A close frame holds 123 bytes of reason. */
const REASON_CHARACTERS = 60;

export function createSocketClients(engine: EngineAccess): SocketClients {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: SOCKET_LIMITS.messageBytes,
    perMessageDeflate: false,
    autoPong: false,
  });
  let upgrading: (() => void) | null = null;
  server.on('wsClientError', () => upgrading?.());
  return {
    refuse: () => (server.clients.size >= SOCKET_LIMITS.clients ? 503 : null),
    accept(request, socket, head, onMalformed) {
      upgrading = onMalformed; // told within this call, where the handshake is malformed
      server.handleUpgrade(request, socket, head, (page) => {
        watch(page);
        void join(page, engine);
      });
      upgrading = null;
    },
    size: () => server.clients.size,
    closeAll() {
      for (const page of server.clients) {
        page.close(CLOSE_GOING_AWAY, 'Latentscape was ended');
        // a page that does not answer must not keep the program alive
        setTimeout(() => page.terminate(), SOCKET_LIMITS.closeMs).unref();
      }
    },
  };
}

/** What the page sends before the engine is up waits in its channel. */
async function join(page: WebSocket, engine: EngineAccess): Promise<void> {
  const pageEnd = webSocketChannel(page);
  try {
    pipe(pageEnd, await engine.connect(), (reason) => closeFor(page, engine, reason));
  } catch {
    closeFor(page, engine, 'it was given up');
  }
}

function pipe(page: Channel, engine: Channel, onEngineGone: (reason: string) => void): void {
  engine.onMessage((message) => page.post(message));
  engine.onClose(onEngineGone);
  page.onMessage((message) => engine.post(message));
  page.onClose(() => engine.close());
}

function closeFor(page: WebSocket, engine: EngineAccess, reason: string): void {
  const code = engine.state.kind === 'stopped' ? CLOSE_ENGINE_STOPPED : CLOSE_ENGINE_CRASHED;
  page.close(code, reason.slice(0, REASON_CHARACTERS));
}

/** Ends a connection whose other side has silently gone, e.g. a laptop that was closed. */
function watch(page: WebSocket): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return page.terminate();
    answered = false;
    page.ping();
  }, SOCKET_LIMITS.pingMs);
  page.on('pong', () => (answered = true));
  page.on('ping', (data) => {
    if (page.bufferedAmount < SOCKET_LIMITS.pongBytes) page.pong(data);
  });
  page.on('close', () => clearInterval(timer));
}
