// One contract, every transport: what a call, an event, a cancel, an error and a close are must not depend on the pipe.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Channel } from '#shared/channel';
import { AppError } from '#shared/errors';
import { latest } from '#shared/latest';
import { connect, whenServed, type Client } from '#shared/rpc';
import { forkNode } from '#app/fork-node';
import { clientHub } from '#transport/child-process';
import { memoryPair } from '#transport/memory';
import { messagePortChannel, type PortLike } from '#transport/message-port';
import { webSocketChannel } from '#transport/web-socket';
import { bundle } from '../fixtures/bundle';
import { GARBAGE, serveContract, type ContractApi } from '../fixtures/contract-api';

type Undo = () => unknown;
interface Opened {
  readonly channel: Channel;
  readonly tearDown: Undo;
}
interface Transport {
  readonly name: string;
  readonly open: () => Promise<Opened> | Opened;
}

let program: (name: string) => string;
beforeAll(async () => {
  program = await bundle(['tests/fixtures/contract-child.ts', 'tests/fixtures/contract-worker.ts']);
});

const transports: readonly Transport[] = [
  {
    name: 'memory',
    open() {
      const [near, far] = memoryPair();
      serveContract(far, () => far.close());
      return { channel: near, tearDown: () => near.close() };
    },
  },
  {
    name: 'MessagePort to a worker thread',
    open() {
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(program('contract-worker'), {
        workerData: { port: port2 },
        transferList: [port2],
      });
      return { channel: messagePortChannel(port1), tearDown: () => worker.terminate() };
    },
  },
  {
    name: 'MessagePort as Electron’s main process has it',
    open() {
      const { port1, port2 } = new MessageChannel();
      const far = messagePortChannel(mainPort(port2));
      serveContract(far, () => far.close());
      const near = messagePortChannel(mainPort(port1));
      return { channel: near, tearDown: () => near.close() };
    },
  },
  {
    name: 'child process',
    async open() {
      const child = forkNode(program('contract-child'));
      const hub = clientHub({
        post: (message) => child.post(message),
        onMessage: (listener) => (child.onMessage(listener), () => undefined),
      });
      const exited = new Promise<void>((resolve) => child.onExit(() => resolve()));
      child.onExit((why) => hub.closeAll(why));
      await new Promise<void>((resolve) => child.onMessage(() => resolve()));
      return { channel: hub.open(), tearDown: () => (child.kill(), exited) };
    },
  },
  {
    name: 'WebSocket',
    async open() {
      const http = createServer();
      const server = new WebSocketServer({ server: http, maxPayload: 64 * 2 ** 20 });
      server.on('connection', (socket) => serveContract(webSocketChannel(socket), () => socket.terminate()));
      await once(http.listen(0, '127.0.0.1'), 'listening');
      const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`);
      const tearDown = (): void => {
        socket.terminate();
        server.close();
        http.close();
      };
      return { channel: webSocketChannel(socket), tearDown };
    },
  },
];

/** Only what MessagePortMain has: `on`, and events with data. */
function mainPort(port: MessagePort): PortLike {
  const events = new EventEmitter();
  port.on('message', (data: unknown) => events.emit('message', { data }));
  port.on('close', () => events.emit('close', {}));
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    on: (type, listener) => events.on(type, listener),
  };
}

describe.each(transports)('over $name', ({ open }) => {
  let opened: Opened;
  let client: Client<ContractApi>;

  beforeAll(async () => {
    opened = await open();
    client = connect<ContractApi>(opened.channel);
    await whenServed(opened.channel);
  });
  afterAll(() => opened.tearDown());

  test('a call has a result', async () => {
    expect(await client.call('add', { a: 2, b: 40 })).toBe(42);
  });

  test('what is sent arrives as it was: nesting, unicode, null, empty', async () => {
    const value = { a: [1, -0.5, 1e300, null, true], b: { c: 'näher · 日本 · 🙂', d: {} }, e: [], f: '' };
    expect(await client.call('echo', value)).toEqual(value);
    expect(await client.call('echo', null)).toBeNull();
  });

  test('typed arrays keep their kind and every value', async () => {
    const value = {
      floats: new Float32Array([1.5, -2.25, NaN, Infinity, 1e-40]),
      bytes: new Uint8Array([0, 255, 7]),
      whole: new Int32Array([-1, 2 ** 31 - 1]),
      natural: new Uint32Array([2 ** 32 - 1]),
      none: new Float32Array(0),
      part: new Uint8Array([9, 8, 7, 6, 5]).subarray(1, 3),
    };
    const echoed = await client.call('echo', value);
    expect(echoed).toEqual({ ...value, part: new Uint8Array([8, 7]) });
  });

  test('4 MB cross in both directions', async () => {
    const bytes = new Uint8Array(4 * 2 ** 20).map((_, i) => (i * 31) % 251);
    const echoed = (await client.call('echo', { bytes })) as { bytes: Uint8Array };
    expect(echoed.bytes).toBeInstanceOf(Uint8Array);
    expect(Buffer.compare(echoed.bytes, bytes)).toBe(0);
  });

  test('events come in order and before the result', async () => {
    const seen: number[] = [];
    const result = await client.call('count', { to: 500 }, (event) => seen.push(event));
    expect(result).toBe('done');
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
  });

  test('calls run side by side, each gets its own answer', async () => {
    const answers = Array.from({ length: 50 }, (_, value) => client.call('later', { ms: 50 - value, value }));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 50 }, (_, value) => value));
  });

  test('an error keeps its parts', async () => {
    const error = await failureOf(client.call('fail', null));
    expect(error.code).toBe('model/unknown');
    expect(error.sentence).toBe(
      'There is no such model (faces): the library holds 2 models; choose one of them.',
    );
    expect(error.where).toBe('faces');
  });

  test('a fault is reported as one, without the stack', async () => {
    const error = await failureOf(client.call('fault', null));
    expect(error.code).toBe('engine/unexpected');
    expect(error.sentence).not.toMatch(/secret|\.ts|home/);
  });

  test('an unknown operation is refused', async () => {
    const unknown = client as unknown as Client<{ nothing: ContractApi['echo'] }>;
    expect((await failureOf(unknown.call('nothing', null))).code).toBe('usage/operation');
    const inherited = client as unknown as Client<{ constructor: ContractApi['echo'] }>;
    expect((await failureOf(inherited.call('constructor', null))).code).toBe('usage/operation');
  });

  test('a cancelled call ends on both sides', async () => {
    const before = await client.call('cancelledSoFar', null);
    let events = 0;
    const call = client.call('watch', null, () => events++);
    const failure = failureOf(call);
    await client.call('later', { ms: 40, value: 0 });
    expect(events).toBeGreaterThan(0);
    call.cancel();
    call.cancel();
    expect((await failure).code).toBe('engine/cancelled');
    const after = events;
    expect(await client.call('cancelledSoFar', null)).toBe(before + 1);
    expect(events).toBe(after);
  });

  test('latest wins: few run, the last is shown', async () => {
    const shown: number[] = [];
    const drag = latest<number, number>({
      run: (value) => client.call('later', { ms: 5, value }),
      onResult: (value) => shown.push(value),
      onError: (error) => expect.fail(String(error)),
    });
    for (let i = 0; i < 1_000; i++) drag.request(i);
    await drag.settled();
    expect(shown).toEqual([0, 999]);
    expect(drag.skipped).toBe(998);
  });

  test('what is no message is passed over, on both sides', async () => {
    GARBAGE.forEach((message) => opened.channel.post(message));
    expect(await client.call('garbage', null)).toBe('sent');
    expect(await client.call('add', { a: 1, b: 1 })).toBe(2);
  });

  test('closing rejects what is pending, and everything after', async () => {
    const own = await open();
    const one = connect<ContractApi>(own.channel);
    await whenServed(own.channel);
    const reasons: string[] = [];
    one.onClose((reason) => reasons.push(reason));
    const pending = [
      failureOf(one.call('later', { ms: 60_000, value: 1 })),
      failureOf(one.call('watch', null)),
    ];
    one.close();
    one.close();
    expect((await Promise.all(pending)).map(({ code }) => code)).toEqual([
      'engine/crashed',
      'engine/crashed',
    ]);
    expect((await failureOf(one.call('add', { a: 1, b: 1 }))).code).toBe('engine/crashed');
    expect(one.closed).toBe(true);
    expect(reasons).toHaveLength(1);
    one.onClose((reason) => reasons.push(reason));
    expect(reasons).toHaveLength(2); // a late listener is told at once
    await own.tearDown();
  });

  test('the other side’s death rejects what is pending', async () => {
    const own = await open();
    const one = connect<ContractApi>(own.channel);
    await whenServed(own.channel);
    const failures = [
      failureOf(one.call('later', { ms: 60_000, value: 1 })),
      failureOf(one.call('end', null)),
    ];
    for (const error of await Promise.all(failures)) expect(error.code).toBe('engine/crashed');
    expect(one.closed).toBe(true);
    await own.tearDown();
  });

  test('whenServed rejects when nobody ever says hello', async () => {
    const own = await open();
    own.channel.close();
    await expect(whenServed(own.channel)).rejects.toMatchObject({ code: 'engine/crashed' });
    await own.tearDown();
  });
});

async function failureOf(call: PromiseLike<unknown>): Promise<AppError> {
  try {
    await call;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  return expect.fail('it did not fail');
}
