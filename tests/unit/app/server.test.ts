// The browser face as attackers find it: every route of its table, from the wrong place, without the key, in the wrong form.
import { networkInterfaces } from 'node:os';
import { connect as connectSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowserServer } from '#app/browser-server';
import {
  rawRequest,
  requestText,
  startTestServer,
  PAGE,
  type RawAnswer,
  type TestServer,
} from '../../fixtures/test-server';

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer();
  cookie = await server.signIn();
});
afterAll(() => server.close());

type Header = readonly [string, string];
const host = (): Header => ['Host', `127.0.0.1:${server.port}`];
const origin = (): Header => ['Origin', server.origin];
const key = (): Header => ['Cookie', cookie];
const json: Header = ['Content-Type', 'application/json'];
const ask = (method: string, target: string, headers: readonly Header[], body = ''): Promise<RawAnswer> =>
  rawRequest(
    server.port,
    requestText({
      method,
      target,
      headers: body === '' ? headers : [...headers, ['Content-Length', String(Buffer.byteLength(body))]],
      body,
    }),
  );
/** What a route needs beside the host, to be asked rightly. */
const rightly = (method: string): readonly Header[] =>
  method === 'POST' ? [host(), origin(), json] : [host()];

const REFUSED_BODY = /^$|^[A-Z][^/\\<>{}]*\.\n$/; // nothing, or one plain sentence: no path, stack, markup or version
function expectHardened({ headers, body, status }: RawAnswer): void {
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect(headers).not.toHaveProperty('server');
  expect(headers).not.toHaveProperty('x-powered-by');
  if (status >= 400) expect(body).toMatch(REFUSED_BODY);
}

describe('every route of the table', () => {
  const routes = () => server.routes;

  test('is one of these', () => {
    expect(routes().map(({ method, path, access }) => `${method} ${path} ${access}`)).toEqual([
      'GET / page',
      'GET /index.html page',
      'GET /assets/index-abc.js page',
      'POST /session token',
      'GET /engine session',
      'POST /engine/restart session',
      'GET /rpc session',
    ]);
  });

  test('answers 421 to another host, 403 to another origin or site, 403 to a preflight', async () => {
    for (const { method, path } of routes()) {
      const right = rightly(method).slice(1);
      const foreign: Header = ['Origin', 'http://evil.com'];
      const answers = [
        await ask(method, path, [['Host', `evil.com:${server.port}`], key(), ...right]),
        await ask(method, path, [host(), key(), foreign, json]),
        await ask(method, path, [host(), key(), ['Sec-Fetch-Site', 'cross-site'], ...right]),
        await ask('OPTIONS', path, [host(), key(), origin(), ['Access-Control-Request-Method', method]]),
      ];
      expect(answers.map(({ status }) => status)).toEqual([421, 403, 403, 403]);
      answers.forEach(expectHardened);
    }
  });

  test('without the key: 401 and no body, the same for what does not exist', async () => {
    const wrongKeys: readonly (readonly Header[])[] = [
      [],
      [['Cookie', `${cookie.split('=')[0]}=wrong`]],
      [['Cookie', cookie.slice(0, -1)]],
      [['Cookie', `${cookie}; ${cookie.split('=')[0]}=other`]],
      [['Cookie', cookie.replace('=', '%3D')]],
      [['Authorization', `Bearer ${server.token}`]],
    ];
    const texts = new Set<string>();
    for (const wrong of wrongKeys) {
      for (const { method, path } of routes().filter(({ access }) => access === 'session')) {
        const answer = await ask(method, path, [...rightly(method), ...wrong]);
        expect(answer.status).toBe(401);
        texts.add(answer.text);
      }
      for (const path of ['/nothing', '/engine/nothing', '/rpc/x', '/assets/', '/etc/passwd']) {
        texts.add((await ask('GET', path, [host(), ...wrong])).text);
        texts.add((await ask('POST', path, [host(), origin(), json, ...wrong])).text);
      }
    }
    expect([...texts]).toHaveLength(1);
    const [text] = [...texts];
    expect(text).toMatch(/^HTTP\/1\.1 401 .*content-length: 0\r\n.*\r\n\r\n$/is);
  });

  test('does not take another method', async () => {
    for (const { path, access, method } of routes()) {
      for (const other of ['PUT', 'DELETE', 'PATCH', 'TRACE', method === 'GET' ? 'POST' : 'GET']) {
        const answer = await ask(other, path, [host(), origin(), key()]);
        expect([access, path, other, answer.status]).toEqual([access, path, other, 405]);
        expectHardened(answer);
      }
    }
  });

  test('takes JSON only, not packed, and no more than it needs', async () => {
    for (const { path, limit } of routes().filter(({ method }) => method === 'POST')) {
      const post = (headers: readonly Header[], body: string) =>
        ask('POST', path, [host(), origin(), key(), ...headers], body);
      const answers = [
        await post([['Content-Type', 'application/x-www-form-urlencoded']], 'token=x'),
        await post([['Content-Type', 'multipart/form-data; boundary=x']], '--x--'),
        await post([['Content-Type', 'text/plain']], '{}'),
        await post([], '{}'),
        await post([json, ['Content-Encoding', 'gzip']], '{}'),
        await post([json], 'x'.repeat(limit + 1)),
        await chunkedPost(path, limit + 1),
        await post([json], '{"token":'),
        await ask('POST', path, [host(), origin(), key(), json, ['Expect', '100-continue']], '{}'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([415, 415, 415, 415, 415, 413, 413, 400, 417]);
      answers.forEach(expectHardened);
    }
    for (const { path } of routes().filter(({ method }) => method === 'GET')) {
      expect((await ask('GET', path, [host(), key()], '{}')).status).toBe(413);
    }
  });

  test('asked rightly, answers, and is hardened all the same', async () => {
    const expected: Record<string, number> = { '/rpc': 426, '/engine/restart': 202, '/session': 401 };
    for (const { method, path } of routes()) {
      const answer = await ask(method, path, [...rightly(method), key()], method === 'POST' ? '{}' : '');
      expect([path, answer.status]).toEqual([path, expected[path] ?? 200]);
      expectHardened(answer);
      if (method === 'GET' && answer.status === 200) {
        const head = await ask('HEAD', path, [host(), key()]);
        expect([head.status, head.body, head.headers['content-length']]).toEqual([
          200,
          '',
          answer.headers['content-length'],
        ]);
      }
    }
    expect(server.engine.starts).toBe(1);
  });
});

describe('paths that lead elsewhere', () => {
  const names = [
    '/etc/passwd',
    '/root-evil/x',
    '/package.json',
    '/assets/../index.html',
    '/assets/./index-abc.js',
  ];
  const dots = [
    '..',
    '%2e%2e',
    '%2E%2E',
    '.%2e',
    '%252e%252e',
    '..%00',
    '..;',
    '…',
    '..%5c',
    '%c0%ae%c0%ae',
    '%uff0e%uff0e',
  ];
  const slashes = ['/', '%2f', '%5c', '\\', '//', '%252f'];
  const windows = [
    '/C:\\Windows\\win.ini',
    '/C:/Windows/win.ini',
    '/\\\\?\\C:\\x',
    '/\\\\host\\share',
    '/index.html::$DATA',
    '/CON',
    '/index.html.',
    '/index.html%20',
    '/INDEX.HTML',
    '/index.html%00.js',
    '/%69ndex.html',
    '//etc/passwd',
    '//',
    '/./',
    '/.',
    '/..',
    '/assets',
    '/assets/',
    '/index.html/',
    '/file:///etc/passwd',
    '/__proto__',
    '/constructor',
    '/toString',
  ];
  const paths = [
    ...names,
    ...dots.flatMap((dot) => slashes.map((slash) => `/assets/${dot}${slash}etc/passwd`)),
    ...windows,
  ];

  test(`all ${paths.length} give the same 404, byte for byte`, async () => {
    expect(paths.length).toBeGreaterThan(60);
    const texts = new Set<string>();
    for (const path of paths) {
      const answer = await rawRequest(
        server.port,
        Buffer.from(requestText({ target: path, headers: [host(), key()] })),
      );
      if (answer.status !== 404)
        expect([path, answer.status]).toEqual([path, 400]); // the parser itself refuses some
      else texts.add(answer.text);
      expectHardened(answer);
    }
    expect(texts.size).toBe(1);
  });
});

describe('what is not HTTP, or too much of it', () => {
  test.each([
    ['headers past 16 KB', () => requestText({ headers: [host(), ['X', 'x'.repeat(17_000)]] }), 431],
    ['an address past 2 KB', () => requestText({ target: `/${'a'.repeat(2_100)}`, headers: [host()] }), 414],
    ['an absolute target', () => requestText({ target: 'http://evil.com/', headers: [host()] }), 421],
    ['no host', () => requestText({}), 421],
    ['two hosts', () => requestText({ headers: [host(), host()] }), 421],
    ['HTTP/1.0 without a host', () => 'GET / HTTP/1.0\r\n\r\n', 421],
    [
      'two lengths',
      () =>
        requestText({
          method: 'POST',
          target: '/session',
          headers: [host(), ['Content-Length', '2'], ['Content-Length', '3']],
        }),
      400,
    ],
    [
      'a length and chunks',
      () =>
        requestText({
          method: 'POST',
          target: '/session',
          headers: [host(), ['Content-Length', '2'], ['Transfer-Encoding', 'chunked']],
        }),
      400,
    ],
    ['noise', () => '\u0016\u0003\u0001 hello\r\n\r\n', 400],
    [
      'a folded header',
      () => `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n evil\r\nConnection: close\r\n\r\n`,
      400,
    ],
    [
      'another upgrade',
      () =>
        requestText({
          target: '/rpc',
          headers: [host(), origin(), key(), ['Upgrade', 'h2c'], ['Connection', 'Upgrade']],
        }),
      400,
    ],
  ])('%s', async (_, text, status) => {
    const answer = await rawRequest(server.port, text());
    expect(answer.status).toBe(status);
    expectHardened(answer);
  });

  test('a hundred sockets that say nothing keep nobody out', async () => {
    const idle = Array.from({ length: 100 }, () =>
      connectSocket(server.port, '127.0.0.1').on('error', () => undefined),
    );
    idle.slice(0, 50).forEach((socket) => socket.write('GET / HTTP/1.1\r\nHost: 127'));
    expect((await ask('GET', '/', [host()])).status).toBe(200);
    idle.forEach((socket) => socket.destroy());
  });
});

describe('the token', () => {
  test('is good once, and the cookie is closed to scripts and other sites', async () => {
    const own = await startTestServer();
    const exchange = (token: string) =>
      fetch(`${own.origin}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: own.origin },
        body: JSON.stringify({ token }),
      });
    expect(Buffer.from(own.token, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect((await exchange('wrong')).status).toBe(401);
    const accepted = await exchange(own.token);
    expect(accepted.status).toBe(204);
    const setCookie = accepted.headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/^latentscape_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(setCookie).not.toContain(own.token);
    expect((await exchange(own.token)).status).toBe(401);
    await own.close();
  });

  test('a hundred wrong ones: a rest for everybody', async () => {
    const own = await startTestServer();
    const statuses: number[] = [];
    for (let i = 0; i < 100; i++) {
      const headers: Header[] = [['Host', `127.0.0.1:${own.port}`], ['Origin', own.origin], json];
      const body = JSON.stringify({ token: `wrong${i}` });
      const text = requestText({
        method: 'POST',
        target: '/session',
        headers: [...headers, ['Content-Length', String(body.length)]],
        body,
      });
      statuses.push((await rawRequest(own.port, text)).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(80);
    await own.close();
  });

  test('differs from start to start', async () => {
    const other = await startTestServer();
    expect(other.token).not.toBe(server.token);
    expect(
      (
        await rawRequest(
          other.port,
          requestText({ target: '/engine', headers: [['Host', `127.0.0.1:${other.port}`], key()] }),
        )
      ).status,
    ).toBe(401);
    await other.close();
  });
});

describe('where it listens', () => {
  test('on 127.0.0.1 and nowhere else', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const others = addresses
      .filter(({ address, family }) => address !== '127.0.0.1' && family === 'IPv4')
      .map(({ address }) => address);
    for (const address of [...others, '127.0.0.2', '::1']) {
      expect([address, await canConnect(address, server.port)]).toEqual([address, false]);
    }
  });

  test('a port that is taken is one sentence', async () => {
    const supervisor = {
      state: server.engine.state,
      start: () => undefined,
      connect: () => Promise.reject(new Error()),
    };
    await expect(startBrowserServer({ files: PAGE, port: server.port, supervisor })).rejects.toMatchObject({
      code: 'usage/port',
      message: `Port ${server.port} cannot be used: another program uses it; choose another with --port, or leave it out.`,
    });
  });
});

/** A body whose length is nowhere announced. */
function chunkedPost(target: string, length: number): Promise<RawAnswer> {
  const headers: Header[] = [host(), origin(), key(), json, ['Transfer-Encoding', 'chunked']];
  const body = `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n0\r\n\r\n`;
  return rawRequest(server.port, requestText({ method: 'POST', target, headers, body }));
}

function canConnect(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, address);
    socket.setTimeout(500, () => (socket.destroy(), resolve(false)));
    socket.on('connect', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
}
