// The browser face: the same page and the same engine behind an HTTP server that listens on 127.0.0.1 only.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '#shared/errors';
import { securityHeaders } from './csp';
import { send, sendRaw, type Headers } from './http-answers';
import { checkBody, checkSource, headerValues, ownHosts, pathOf, type Refusal } from './guard';
import type { PageFiles } from './page-files';
import { routeTable, type Answer, type Route } from './routes';
import { createSessionKeys, type SessionKeys } from './session-keys';
import { createSocketClients, type EngineAccess } from './socket-clients';
import type { Supervisor } from './supervisor';

export interface BrowserServerOptions {
  readonly files: PageFiles;
  readonly supervisor: Pick<Supervisor, 'state' | 'start'> & EngineAccess;
  /** 0: any free one. */
  readonly port: number;
}

export interface BrowserServer {
  readonly port: number;
  /** The address with its one-time token; good for one exchange. */
  readonly url: string;
  readonly routes: readonly Route[];
  /** How many sockets are open. */
  readonly clients: () => number;
  close(): Promise<void>;
}

export const HOST = '127.0.0.1';

export async function startBrowserServer({
  files,
  supervisor,
  port,
}: BrowserServerOptions): Promise<BrowserServer> {
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
    requireHostHeader: false, // the guard answers it, with our headers
  });
  const boundPort = await listen(server, port);
  const keys = createSessionKeys(String(boundPort));
  const routes = routeTable({ files, keys, supervisor });
  const headers = securityHeaders(ownHosts(boundPort).map((host) => `ws://${host}`));
  const clients = createSocketClients(supervisor);
  const context: Context = { port: boundPort, keys, routes };

  server.on('request', (request, response) => void handle(context, request, response, headers));
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) =>
      send(request, response, { status: 417 }, headers),
    );
  }
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    const refusal = refuseUpgrade(context, request) ?? clients.refuse();
    if (refusal === null) clients.accept(request, socket, head, () => sendRaw(socket, 400, headers));
    else sendRaw(socket, refusal, headers);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) sendRaw(socket, PARSER_STATUS[error.code ?? ''] ?? 400, headers);
    else socket.destroy();
  });

  return {
    port: boundPort,
    url: `http://${HOST}:${boundPort}/#token=${keys.token}`,
    routes,
    clients: () => clients.size(),
    async close() {
      clients.closeAll();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Context {
  readonly port: number;
  readonly keys: SessionKeys;
  readonly routes: readonly Route[];
}

const PARSER_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(port, error)));
    server.listen({ port, host: HOST, exclusive: true }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function cannotListen(port: number, { code, message }: NodeJS.ErrnoException): AppError {
  const cause =
    code === 'EADDRINUSE'
      ? 'another program uses it'
      : code === 'EACCES'
        ? 'the system keeps it for others'
        : message;
  return new AppError({
    code: 'usage/port',
    headline: `Port ${port} cannot be used`,
    cause,
    remedy: 'choose another with --port, or leave it out',
  });
}

type Found = { readonly route: Route } | { readonly refusal: number };

/** Without the cookie every address that is not public gives the same 401, whether or not it exists. */
function findRoute({ keys, routes }: Context, request: IncomingMessage): Found {
  const path = pathOf(request.url ?? '');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const atPath = routes.filter((route) => route.path === path);
  const isPublic = atPath.some((route) => route.access !== 'session');
  const cookies = headerValues(request.rawHeaders, 'cookie').join('; ');
  if (!isPublic && !keys.holds(cookies)) return { refusal: 401 };
  if (atPath.length === 0) return { refusal: 404 };
  const route = atPath.find((one) => one.method === method);
  return route === undefined ? { refusal: 405 } : { route };
}

async function handle(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
): Promise<void> {
  const answer = await answerTo(context, request).catch((): Answer => ({ status: 500 }));
  send(request, response, answer, headers);
}

async function answerTo(context: Context, request: IncomingMessage): Promise<Answer> {
  const refusal = refuseSource(context, request, false);
  if (refusal !== null) return { status: refusal };
  const found = findRoute(context, request);
  if ('refusal' in found) return { status: found.refusal };
  const { limit, answer } = found.route;
  const refusedBody = checkBody({ rawHeaders: request.rawHeaders, limit });
  if (refusedBody !== null) return { status: refusedBody };
  if (limit === 0) return answer(undefined);
  const text = await readBody(request, limit);
  if (text === null) return { status: 413 };
  const body = parseJson(text);
  return body === undefined ? { status: 400 } : answer(body);
}

function refuseSource(context: Context, request: IncomingMessage, isSocket: boolean): Refusal {
  const { method = '', url: target = '', rawHeaders } = request;
  return checkSource({ method, target, rawHeaders, isSocket }, context.port);
}

function refuseUpgrade(context: Context, request: IncomingMessage): Refusal {
  const refusal = refuseSource(context, request, true);
  if (refusal !== null) return refusal;
  const found = findRoute(context, request);
  if ('refusal' in found) return found.refusal;
  return found.route.isSocket ? null : 400;
}

/** null: longer than the limit, however it was sent. */
async function readBody(request: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
