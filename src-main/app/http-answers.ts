// How the browser face answers, refusals above all: the same headers on every answer, and fixed sentences in every error.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './routes';

export type Headers = Readonly<Record<string, string>>;

/** Fixed sentences: an error answer never holds a path, a stack or a version. 401 has no body at all. */
const SENTENCES: Readonly<Record<number, string>> = {
  400: 'This request is malformed.',
  403: 'This request comes from another site.',
  404: 'There is nothing here.',
  405: 'This address does not take that method.',
  408: 'This request took too long.',
  413: 'This request is too large.',
  414: 'This address is too long.',
  415: 'This content type is not taken here.',
  417: 'This expectation cannot be met.',
  421: 'This server does not answer for that host.',
  426: 'This address takes a WebSocket.',
  429: 'Too many wrong tokens; wait a minute.',
  431: 'The headers of this request are too large.',
  500: 'Something went wrong inside Latentscape.',
  503: 'Too many windows are open; close one.',
};

function bodyOf({ status, type, body }: Answer): {
  readonly type?: string;
  readonly body: Uint8Array | string;
} {
  if (body !== undefined && type !== undefined) return { type, body };
  const sentence = SENTENCES[status];
  return sentence === undefined ? { body: '' } : { type: 'text/plain; charset=utf-8', body: `${sentence}\n` };
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  headers: Headers,
): void {
  if (response.destroyed) return;
  const { type, body } = bodyOf(answer);
  response.sendDate = false; // so that two refusals are the same bytes
  response.writeHead(answer.status, {
    ...headers,
    ...answer.headers,
    ...(type === undefined ? {} : { 'Content-Type': type }),
    'Content-Length': Buffer.byteLength(body),
    // what is left of a refused body is not read
    ...(answer.status >= 400 && !request.complete ? { Connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** For sockets that are no longer, or never became, an HTTP exchange. */
export function sendRaw(socket: Duplex, status: number, headers: Headers): void {
  const { type, body } = bodyOf({ status });
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${String(body)}`);
}
