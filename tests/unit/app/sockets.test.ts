// The WebSocket of the browser face: who is let in, what malformed frames do (nothing), and what becomes of slow pages and dead engines.
import { connect as connectSocket, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { encodeFrame } from '#shared/codec';
import type { Wire } from '#shared/channel';
import { CLOSE_ENGINE_CRASHED, CLOSE_ENGINE_STOPPED, CLOSE_TOO_SLOW } from '#shared/host';
import { seededRandom } from '#shared/random';
import { connect, whenServed, type Client } from '#shared/rpc';
import { BACKPRESSURE, webSocketChannel, type SocketLike } from '#transport/web-socket';
import { startBrowserServer } from '#app/browser-server';
import { SOCKET_LIMITS } from '#app/socket-clients';
import { memoryPair } from '#transport/memory';
import { serveContract, type ContractApi } from '../../fixtures/contract-api';
import {
  openSocket,
  PAGE,
  rawRequest,
  requestText,
  startTestServer,
  type TestServer,
} from '../../fixtures/test-server';

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer();
  cookie = await server.signIn();
});
afterAll(() => server.close());

async function clientOf(socket: WebSocket): Promise<Client<ContractApi>> {
  const channel = webSocketChannel(socket);
  const client = connect<ContractApi>(channel);
  await whenServed(channel);
  return client;
}

const closeOf = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];
const allGone = (): Promise<unknown> => expect.poll(() => server.clients(), { timeout: 5_000 }).toBe(0);

/** The engine still answers a page that behaves. */
async function expectUnaffected(): Promise<void> {
  const socket = openSocket(server, cookie);
  const client = await clientOf(socket);
  expect(await client.call('add', { a: 40, b: 2 })).toBe(42);
  client.close();
  await allGone();
}

const handshake = (headers: readonly (readonly [string, string])[], target = '/rpc'): string =>
  requestText({ target, headers }).replace('Connection: close', 'Connection: Upgrade');
const rightHeaders = (): [string, string][] => [
  ['Host', `127.0.0.1:${server.port}`],
  ['Origin', server.origin],
  ['Cookie', cookie],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];
const without = (name: string): [string, string][] => rightHeaders().filter(([one]) => one !== name);
const having = (name: string, value: string): [string, string][] => [...without(name), [name, value]];

describe('the handshake', () => {
  test.each<[string, () => string, number]>([
    ['no key', () => handshake(without('Cookie')), 401],
    ['a wrong key', () => handshake(having('Cookie', 'latentscape=1')), 401],
    ['no origin', () => handshake(without('Origin')), 403],
    ['origin null', () => handshake(having('Origin', 'null')), 403],
    ['another origin', () => handshake(having('Origin', 'http://evil.com')), 403],
    ['another site', () => handshake([...rightHeaders(), ['Sec-Fetch-Site', 'cross-site']]), 403],
    ['another host', () => handshake(having('Host', 'evil.com')), 421],
    ['another path', () => handshake(rightHeaders(), '/nothing'), 404],
    ['a path that is no socket', () => handshake(rightHeaders(), '/engine'), 400],
    ['no nonce', () => handshake(without('Sec-WebSocket-Key')), 400],
    ['a short nonce', () => handshake(having('Sec-WebSocket-Key', 'x')), 400],
    ['version 7', () => handshake(having('Sec-WebSocket-Version', '7')), 400],
    ['a POST', () => handshake(rightHeaders()).replace('GET', 'POST'), 405],
  ])('%s is refused', async (_, text, status) => {
    const answer = await rawRequest(server.port, text());
    expect(answer.status).toBe(status);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.body).toMatch(/^$|^[A-Z][^/\\<>{}]*\.\n$/);
    expect(server.clients()).toBe(0);
  });

  test('eight pages are let in, the ninth is not; after 200 connections nothing is left', async () => {
    const connects = server.engine.connects;
    for (let round = 0; round < 25; round++) {
      const sockets = Array.from({ length: 8 }, () => openSocket(server, cookie));
      await Promise.all(sockets.map((socket) => once(socket, 'open')));
      if (round === 0) {
        const ninth = openSocket(server, cookie);
        const [error] = (await once(ninth, 'error')) as [Error];
        expect(error.message).toContain('503');
      }
      expect(server.clients()).toBe(8);
      sockets.forEach((socket, i) => (i % 2 === 0 ? socket.terminate() : socket.close()));
      await allGone();
    }
    expect(server.engine.connects - connects).toBe(200);
    await expectUnaffected();
  });
});

describe('frames', () => {
  test('1,000 malformed ones close their own connection and nothing else', async () => {
    const random = seededRandom(7);
    const bytes = (count: number): Buffer =>
      Buffer.from(Array.from({ length: count }, () => random.integer(256)));
    const frame = (first: number, second: number, ...rest: Uint8Array[]): Buffer =>
      Buffer.concat([Buffer.from([first, second]), ...rest]);
    const mask = Buffer.from([0, 0, 0, 0]); // a mask of zeros leaves the payload as it is
    const makers: readonly ((i: number) => Buffer)[] = [
      () => frame(0x82, 5, Buffer.from('hello')), // unmasked
      (i) => frame(0x82 | (0x10 << (i % 3)), 0x80, mask), // reserved bits
      (i) => frame(0x80 | (3 + (i % 5)), 0x80, mask), // reserved opcodes
      () => frame(0x82, 0xff, Buffer.from('8000000000000000', 'hex'), mask), // 2^63 bytes
      () => frame(0x82, 0xff, Buffer.from('0000000004000001', 'hex'), mask), // 64 MB and one byte
      () => frame(0x81, 0x82, mask, Buffer.from([0xc3, 0x28])), // bad UTF-8
      () => frame(0x81, 0x82, mask, Buffer.from('{}')), // text where bytes belong
      () => frame(0x80, 0x80, mask), // a continuation of nothing
      () => frame(0x09, 0x80, mask), // a ping in fragments
      () => frame(0x89, 0xfe, Buffer.from([0, 126]), mask, bytes(126)), // a ping too long
      () => frame(0x88, 0x81, mask, bytes(1)), // half a close code
      () => frame(0x88, 0x82, mask, Buffer.from([0, 1 + random.integer(200)])), // a close code that is none
      () => frame(0x82, 0x80, mask), // an empty message is no frame of ours
      () => masked(bytes(1 + random.integer(120))), // noise in a well-formed frame
      () => masked(Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0x7f]), bytes(20)])), // a length that lies
      () =>
        masked(mutated(encodeFrame({ t: 'call', id: 1, op: 'echo', params: new Float32Array(4) }), random)),
      () => masked(Buffer.from(encodeFrame(nested(80) as Wire))), // too deep
      () => bytes(2 + random.integer(60)), // noise without a frame
    ];
    let closed = 0;
    for (let batch = 0; batch < 1_000 / SOCKET_LIMITS.clients; batch++) {
      const sockets = await Promise.all(Array.from({ length: SOCKET_LIMITS.clients }, () => upgraded()));
      sockets.forEach((socket, i) => {
        const at = batch * SOCKET_LIMITS.clients + i;
        socket.write(makers[at % makers.length]!(at));
        // some wait for more of a frame that never comes: those end in the middle of it
        setTimeout(() => socket.end(), 10);
      });
      await Promise.all(sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close')));
      closed += sockets.length;
    }
    expect(closed).toBe(1_000);
    await allGone();
    await expectUnaffected();
  });

  test('the frames that are malformed are answered with a close', async () => {
    const socket = openSocket(server, cookie);
    await once(socket, 'open');
    const code = closeOf(socket);
    socket.send(Buffer.from([1, 2, 3]));
    expect(await code).toBe(1007);
    const other = openSocket(server, cookie);
    await once(other, 'open');
    const otherCode = closeOf(other);
    other.send('text');
    expect(await otherCode).toBe(1007);
    await allGone();
  });

  test('100,000 pings and a message in 10,000 fragments are taken calmly', async () => {
    const socket = await upgraded();
    const ping = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);
    socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => ping)));
    socket.write(Buffer.from([0x02, 0x80, 0, 0, 0, 0]));
    socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([0x00, 0x80, 0, 0, 0, 0]))));
    await expectAnswer();
    socket.destroy();
    await allGone();
  });

  async function expectAnswer(): Promise<void> {
    const good = openSocket(server, cookie);
    const client = await clientOf(good);
    expect(await client.call('add', { a: 1, b: 2 })).toBe(3);
    client.close();
  }
});

describe('a page that does not read', () => {
  test('is closed with CLOSE_TOO_SLOW once 8 MB have waited for a second', () => {
    let now = 0;
    const closes: (number | undefined)[] = [];
    const socket: SocketLike & { bufferedAmount: number; sent: number } = {
      binaryType: '',
      readyState: 1,
      bufferedAmount: 0,
      sent: 0,
      send(data) {
        this.sent++;
        this.bufferedAmount += data.length;
      },
      close: (code) => void closes.push(code),
      addEventListener: () => undefined,
    };
    const channel = webSocketChannel(socket, () => now);
    let reason = '';
    channel.onClose((why) => (reason = why));
    const post = (): void => channel.post({ bytes: new Uint8Array(2 ** 20) });
    for (let i = 0; i < 9; i++) post();
    now += BACKPRESSURE.graceMs;
    post();
    expect(closes).toEqual([]);
    now += 1;
    post();
    expect(closes).toEqual([CLOSE_TOO_SLOW]);
    expect(reason).toBe('The other side does not read');
    const { sent } = socket;
    post();
    expect(socket.sent).toBe(sent);
  });

  test('one answer larger than the limit is no reason', () => {
    let now = 0;
    const closes: unknown[] = [];
    const socket = {
      binaryType: '',
      readyState: 1,
      bufferedAmount: 0,
      send: () => undefined,
      close: (code?: number) => void closes.push(code),
      addEventListener: () => undefined,
    };
    const channel = webSocketChannel(socket, () => now);
    socket.bufferedAmount = 13 * 2 ** 20;
    channel.post(1);
    now = 400;
    socket.bufferedAmount = 0;
    channel.post(2);
    now = 2_000;
    socket.bufferedAmount = 13 * 2 ** 20;
    channel.post(3);
    expect(closes).toEqual([]);
    socket.bufferedAmount = BACKPRESSURE.hardBytes + 1;
    channel.post(4);
    expect(closes).toEqual([CLOSE_TOO_SLOW]);
  });

  test('over a real socket: it is dropped, memory stays bounded, others are served', async () => {
    const socket = openSocket(server, cookie);
    await once(socket, 'open');
    socket.pause();
    const bytes = new Uint8Array(4 * 2 ** 20);
    for (let i = 0; i < 30; i++)
      socket.send(encodeFrame({ t: 'call', id: i + 1, op: 'echo', params: { bytes } }));
    await expect.poll(() => server.clients(), { timeout: 8_000 }).toBe(0);
    await expectUnaffected();
    socket.terminate();
  }, 15_000);
});

describe('the engine', () => {
  interface Stage {
    readonly server: Awaited<ReturnType<typeof startBrowserServer>>;
    readonly state: { kind: 'ready' | 'starting' | 'restarting' | 'stopped' };
    readonly arrive: () => void;
    readonly die: () => void;
    readonly open: () => WebSocket;
  }

  /** An engine that comes up, and goes down, when the test says so. */
  async function stage(): Promise<Stage> {
    const state: Stage['state'] = { kind: 'starting' };
    let arrive!: () => void;
    const up = new Promise<void>((resolve) => (arrive = resolve));
    let die: () => void = () => undefined;
    const own = await startBrowserServer({
      files: PAGE,
      port: 0,
      supervisor: {
        get state() {
          return { why: 'it ended', attempt: 1, ...state };
        },
        start: () => undefined,
        async connect() {
          await up;
          if (state.kind === 'stopped') throw new Error('given up');
          const [near, far] = memoryPair();
          serveContract(far, () => far.close());
          die = () => far.close();
          return near;
        },
      },
    });
    const url = new URL(own.url);
    const answer = await fetch(`${url.origin}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url.origin },
      body: JSON.stringify({ token: url.hash.slice('#token='.length) }),
    });
    const ownCookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const parts = { origin: url.origin, port: own.port } as TestServer;
    return { server: own, state, arrive, die: () => die(), open: () => openSocket(parts, ownCookie) };
  }

  test('a page that comes while it starts is kept, and its calls wait', async () => {
    const { server: own, state, arrive, open } = await stage();
    const socket = open();
    const client = connect<ContractApi>(webSocketChannel(socket));
    const answer = client.call('add', { a: 1, b: 2 });
    await once(socket, 'open');
    await new Promise((resolve) => setTimeout(resolve, 50));
    state.kind = 'ready';
    arrive();
    expect(await answer).toBe(3);
    await own.close();
  });

  test('its death closes the page with CLOSE_ENGINE_CRASHED', async () => {
    const { server: own, state, arrive, die, open } = await stage();
    state.kind = 'ready';
    arrive();
    const socket = open();
    const client = await clientOf(socket);
    const code = closeOf(socket);
    const failed = client.call('later', { ms: 60_000, value: 1 }).then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
    state.kind = 'restarting';
    die();
    expect(await code).toBe(CLOSE_ENGINE_CRASHED);
    expect(await failed).toBe('engine/crashed');
    await own.close();
  });

  test('given up: CLOSE_ENGINE_STOPPED, for pages that are there and for those that come', async () => {
    const { server: own, state, arrive, die, open } = await stage();
    state.kind = 'ready';
    arrive();
    const socket = open();
    await clientOf(socket);
    const code = closeOf(socket);
    state.kind = 'stopped';
    die();
    expect(await code).toBe(CLOSE_ENGINE_STOPPED);
    const late = open();
    expect(await closeOf(late)).toBe(CLOSE_ENGINE_STOPPED);
    await own.close();
  });
});

/** A connection whose handshake is done, and whose frames the test writes itself. */
async function upgraded(): Promise<Socket> {
  const socket = connectSocket(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(handshake(rightHeaders()));
  await once(socket, 'data');
  socket.resume();
  return socket;
}

/** A message of one masked frame of less than 64 KB. */
function masked(payload: Uint8Array): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), payload]);
}

function mutated(frame: Uint8Array, random: ReturnType<typeof seededRandom>): Buffer {
  const copy = Buffer.from(frame);
  for (let i = 0; i < 3; i++) copy[random.integer(copy.length)] = random.integer(256);
  return copy;
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
