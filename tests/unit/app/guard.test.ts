// The guard's tables: which hosts, origins, sites and bodies get in. One of each does; everything else is somebody else's.
import { describe, expect, test } from 'vitest';
import { checkBody, checkSource, pathOf } from '#app/guard';

const PORT = 8123;
const OWN = `127.0.0.1:${PORT}`;

const facts = (rawHeaders: readonly string[], more: Partial<Parameters<typeof checkSource>[0]> = {}) => ({
  method: 'GET',
  target: '/',
  isSocket: false,
  rawHeaders,
  ...more,
});

describe('Host', () => {
  test.each([OWN, `localhost:${PORT}`])('%s is ours', (host) => {
    expect(checkSource(facts(['Host', host]), PORT)).toBeNull();
  });

  test.each([
    'evil.com',
    `evil.com:${PORT}`,
    `127.0.0.1.evil.com:${PORT}`,
    `localhost.evil.com:${PORT}`,
    `evil-localhost:${PORT}`,
    `0.0.0.0:${PORT}`,
    `[::ffff:127.0.0.1]:${PORT}`,
    `[::1]:${PORT}`,
    `2130706433:${PORT}`,
    `0x7f000001:${PORT}`,
    `0177.0.0.1:${PORT}`,
    `127.1:${PORT}`,
    `127.0.0.2:${PORT}`,
    `LOCALHOST:${PORT}`,
    `localhost.:${PORT}`,
    '127.0.0.1',
    'localhost',
    `127.0.0.1:${PORT + 1}`,
    `127.0.0.1:0${PORT}`,
    `user@127.0.0.1:${PORT}`,
    `127.0.0.1:${PORT}/`,
    `127.0.0.1:${PORT},evil.com`,
    `app.local:${PORT}`,
    `192.168.0.1:${PORT}`,
    '',
  ])('%j is not', (host) => {
    expect(checkSource(facts(['Host', host]), PORT)).toBe(421);
  });

  test('none, two, and one in the target are not either', () => {
    expect(checkSource(facts([]), PORT)).toBe(421);
    expect(checkSource(facts(['Host', OWN, 'host', 'evil.com']), PORT)).toBe(421);
    expect(checkSource(facts(['Host', OWN, 'Host', OWN]), PORT)).toBe(421);
    expect(checkSource(facts(['Host', OWN], { target: 'http://evil.com/' }), PORT)).toBe(421);
    expect(checkSource(facts(['Host', OWN], { target: '*' }), PORT)).toBe(421);
  });
});

describe('Origin', () => {
  const headers = (origin: string): readonly string[] => ['Host', OWN, 'Origin', origin];
  const kinds = [
    { name: 'GET', more: {} },
    { name: 'POST', more: { method: 'POST' } },
    { name: 'a socket', more: { isSocket: true } },
  ];

  test.each(kinds)('our own is let in: $name', ({ more }) => {
    expect(checkSource(facts(headers(`http://${OWN}`), more), PORT)).toBeNull();
  });

  test.each([
    'null',
    '',
    'http://evil.com',
    `http://evil.com:${PORT}`,
    `https://127.0.0.1:${PORT}`,
    `http://127.0.0.1:${PORT + 1}`,
    'http://127.0.0.1',
    `http://127.0.0.1:${PORT}/`,
    `http://127.0.0.1:${PORT}.evil.com`,
    `http://127.0.0.1:${PORT}@evil.com`,
    `http://evil.com/http://127.0.0.1:${PORT}`,
    `http://127.0.0.1.evil.com:${PORT}`,
    `http://localhost:${PORT}`, // ours, but not the host that was asked
    `HTTP://127.0.0.1:${PORT}`,
    `ws://127.0.0.1:${PORT}`,
    `http://[::1]:${PORT}`,
    `http://0.0.0.0:${PORT}`,
    'file://',
    'chrome-extension://abcdefghijklmnop',
    'app://latentscape',
    `http://127.0.0.1:${PORT} http://evil.com`,
  ])('%j is not, in a GET, a POST or a socket', (origin) => {
    for (const { more } of kinds) expect(checkSource(facts(headers(origin), more), PORT)).toBe(403);
  });

  test('none will do for a GET only', () => {
    expect(checkSource(facts(['Host', OWN]), PORT)).toBeNull();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect(checkSource(facts(['Host', OWN], { method }), PORT)).toBe(403);
    }
    expect(checkSource(facts(['Host', OWN], { isSocket: true }), PORT)).toBe(403);
  });

  test('a preflight is refused whatever it says', () => {
    expect(checkSource(facts(headers(`http://${OWN}`), { method: 'OPTIONS' }), PORT)).toBe(403);
  });
});

describe('Sec-Fetch-Site', () => {
  test.each([
    ['same-origin', null],
    ['none', null],
    ['cross-site', 403],
    ['same-site', 403],
    ['SAME-ORIGIN', 403],
    ['', 403],
  ])('%j: %s', (site, expected) => {
    expect(checkSource(facts(['Host', OWN, 'Sec-Fetch-Site', site]), PORT)).toBe(expected);
  });
});

describe('the body', () => {
  const json = ['Content-Type', 'application/json'];
  const check = (rawHeaders: readonly string[], limit = 100) => checkBody({ rawHeaders, limit });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8'])(
    '%s is taken',
    (type) => expect(check(['Content-Type', type, 'Content-Length', '2'])).toBeNull(),
  );

  test.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; application/json',
    'text/json',
    'application/jsonp',
    'application/json, text/plain',
    'application/json; boundary=x',
    'application/xml',
    'application/octet-stream',
    '',
  ])('%j is not', (type) => {
    expect(check(['Content-Type', type, 'Content-Length', '2'])).toBe(415);
  });

  test('no type, two types, or anything packed is not', () => {
    expect(check(['Content-Length', '2'])).toBe(415);
    expect(check([...json, ...json])).toBe(415);
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, identity']) {
      expect(check([...json, 'Content-Encoding', coding])).toBe(415);
    }
  });

  test('the limit is in bytes, and holds before anything is read', () => {
    expect(check([...json, 'Content-Length', '99'])).toBeNull();
    expect(check([...json, 'Content-Length', '100'])).toBeNull();
    expect(check([...json, 'Content-Length', '101'])).toBe(413);
    expect(check(['Content-Length', '1'], 0)).toBe(413);
    expect(check(['Transfer-Encoding', 'chunked'], 0)).toBe(413);
  });
});

test('the address has a length', () => {
  const target = (length: number): string => `/${'a'.repeat(length - 1)}`;
  expect(checkSource(facts(['Host', OWN], { target: target(2_048) }), PORT)).toBeNull();
  expect(checkSource(facts(['Host', OWN], { target: target(2_049) }), PORT)).toBe(414);
});

test('a path is compared as it stands', () => {
  expect(pathOf('/assets/a.js?x=/..')).toBe('/assets/a.js');
  expect(pathOf('/%2e%2e/x')).toBe('/%2e%2e/x');
});
