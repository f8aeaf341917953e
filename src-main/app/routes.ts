// Every route of the browser face in one table; a test walks it. None takes a path or an id: what the engine can do goes over the socket.
import { z } from 'zod';
import type { PageFile, PageFiles } from './page-files';
import type { SessionKeys } from './session-keys';
import type { Supervisor } from './supervisor';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: Uint8Array | string;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** 'page': the program's own public files. 'token': proves itself by its body. 'session': needs the cookie. */
  readonly access: 'page' | 'token' | 'session';
  /** Longest body in bytes. */
  readonly limit: number;
  readonly isSocket?: true;
  readonly answer: (body: unknown) => Answer;
}

export const SOCKET_PATH = '/rpc';
const JSON_TYPE = 'application/json; charset=utf-8';
const SMALL_BODY = 1_024;

const tokenBody = z.object({ token: z.string().max(256) });

export interface RouteParts {
  readonly files: PageFiles;
  readonly keys: SessionKeys;
  readonly supervisor: Pick<Supervisor, 'state' | 'start'>;
}

export function routeTable({ files, keys, supervisor }: RouteParts): readonly Route[] {
  return [
    ...[...files].map(([path, file]) => pageRoute(path, file)),
    {
      method: 'POST',
      path: '/session',
      access: 'token',
      limit: SMALL_BODY,
      answer: (body) => exchangeToken(keys, body),
    },
    {
      method: 'GET',
      path: '/engine',
      access: 'session',
      limit: 0,
      answer: () => ({ status: 200, type: JSON_TYPE, body: JSON.stringify(supervisor.state) }),
    },
    {
      method: 'POST',
      path: '/engine/restart',
      access: 'session',
      limit: SMALL_BODY,
      answer() {
        supervisor.start();
        return { status: 202, type: JSON_TYPE, body: JSON.stringify(supervisor.state) };
      },
    },
    {
      method: 'GET',
      path: SOCKET_PATH,
      access: 'session',
      limit: 0,
      isSocket: true,
      answer: () => ({ status: 426, headers: { Upgrade: 'websocket' } }),
    },
  ];
}

const pageRoute = (path: string, { type, bytes }: PageFile): Route => ({
  method: 'GET',
  path,
  access: 'page',
  limit: 0,
  answer: () => ({ status: 200, type, body: bytes }),
});

function exchangeToken(keys: SessionKeys, body: unknown): Answer {
  const parsed = tokenBody.safeParse(body);
  const exchange = keys.exchange(parsed.success ? parsed.data.token : '');
  switch (exchange.kind) {
    case 'accepted':
      return { status: 204, headers: { 'Set-Cookie': exchange.setCookie } };
    case 'limited':
      return { status: 429, headers: { 'Retry-After': String(exchange.retrySeconds) } };
    case 'wrong':
      return { status: 401 };
  }
}
