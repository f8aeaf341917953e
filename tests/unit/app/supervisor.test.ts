// Each rule of the supervisor with a child and a clock that do only what the test says.
import { describe, expect, test } from 'vitest';
import type { EngineState } from '#shared/domain';
import { connect, type Client } from '#shared/rpc';
import { Supervisor, type SupervisorPolicy } from '#app/supervisor';
import type { ContractApi } from '../../fixtures/contract-api';
import { FakeChild } from '../../fixtures/fake-child';
import { createFakeClock } from '../../fixtures/fake-clock';

function setUp(policy: Partial<SupervisorPolicy> = {}) {
  const clock = createFakeClock();
  const children: FakeChild[] = [];
  const states: EngineState[] = [];
  const lines: string[] = [];
  const supervisor = new Supervisor({
    fork() {
      const child = new FakeChild(100 + children.length);
      children.push(child);
      return child;
    },
    clock,
    policy,
    onLine: (line) => lines.push(line),
  });
  supervisor.onState((state) => states.push(state));
  const current = (): FakeChild => children.at(-1)!;
  return { clock, children, states, lines, supervisor, current };
}

function ready(policy: Partial<SupervisorPolicy> = {}) {
  const parts = setUp(policy);
  parts.supervisor.start();
  parts.current().ready();
  return parts;
}

/** Lets the healthy child live for so long. */
function live({ clock, current }: ReturnType<typeof setUp>, ms: number): void {
  for (let passed = 0; passed < ms; passed += 1_000) {
    current().beat();
    clock.advance(1_000);
  }
}

async function clientOf(supervisor: Supervisor): Promise<Client<ContractApi>> {
  return connect<ContractApi>(await supervisor.connect());
}

describe('start', () => {
  test('is starting until the child says that it is ready', () => {
    const { supervisor, current } = setUp();
    expect(supervisor.state.kind).toBe('stopped');
    supervisor.start();
    expect(supervisor.state).toEqual({ kind: 'starting' });
    current().ready();
    expect(supervisor.state).toEqual({ kind: 'ready' });
    expect(supervisor.pid).toBe(100);
  });

  test('starting twice starts one child', () => {
    const { supervisor, children } = ready();
    supervisor.start();
    expect(children).toHaveLength(1);
  });

  test('a child that never gets ready is ended after its time', () => {
    const { supervisor, clock, current, children } = setUp({ startMs: 60_000 });
    supervisor.start();
    clock.advance(59_000);
    expect(current().kills).toBe(0);
    clock.advance(2_000);
    expect(current().kills).toBe(1);
    current().exit();
    expect(supervisor.state).toMatchObject({ kind: 'restarting', attempt: 1 });
    clock.advance(100);
    expect(children).toHaveLength(2);
  });

  test('a fork that throws counts as a death', () => {
    const clock = createFakeClock();
    let forks = 0;
    const supervisor = new Supervisor({
      clock,
      fork() {
        forks++;
        throw new Error('no such file');
      },
    });
    supervisor.start();
    clock.advance(60_000);
    expect(forks).toBe(4);
    expect(supervisor.state).toEqual({ kind: 'stopped', why: 'it could not be started: no such file' });
  });
});

describe('restart', () => {
  test('a death is followed by a new child, in a later turn', () => {
    const { supervisor, clock, children, states, current } = ready();
    current().exit('it was ended by SIGSEGV');
    expect(children).toHaveLength(1);
    expect(supervisor.state).toEqual({ kind: 'restarting', why: 'it was ended by SIGSEGV', attempt: 1 });
    clock.advance(50);
    expect(children).toHaveLength(2);
    expect(supervisor.state.kind).toBe('restarting'); // until it is of use again
    current().ready();
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'ready', 'restarting', 'ready']);
  });

  test('three restarts in five minutes; the fourth death is the last', () => {
    const parts = ready();
    const { supervisor, clock, children, current } = parts;
    for (let attempt = 1; attempt <= 3; attempt++) {
      live(parts, 10_000);
      current().exit();
      expect(supervisor.state).toMatchObject({ kind: 'restarting', attempt });
      clock.advance(2_000);
      current().ready();
    }
    current().exit('it ended with code 1');
    expect(supervisor.state).toEqual({ kind: 'stopped', why: 'it ended with code 1' });
    clock.advance(600_000);
    expect(children).toHaveLength(4);
  });

  test('a person may start it again, with a clean count', () => {
    const { supervisor, clock, children, current } = ready({ maxRestarts: 0 });
    current().exit();
    expect(supervisor.state.kind).toBe('stopped');
    supervisor.start();
    expect(supervisor.state).toEqual({ kind: 'starting' });
    expect(children).toHaveLength(2);
    current().ready();
    expect(supervisor.state).toEqual({ kind: 'ready' });
    clock.advance(1);
  });

  test('deaths that are far apart do not add up', () => {
    const parts = ready();
    for (let i = 0; i < 10; i++) {
      live(parts, 120_000);
      parts.current().exit();
      expect(parts.supervisor.state.kind).toBe('restarting');
      parts.clock.advance(2_000);
      parts.current().ready();
    }
    expect(parts.children).toHaveLength(11);
  });

  test("'exit' told twice is one death", () => {
    const { supervisor, clock, children, current } = ready();
    const first = current();
    first.exit();
    first.exit();
    expect(supervisor.state).toMatchObject({ kind: 'restarting', attempt: 1 });
    clock.advance(2_000);
    current().ready();
    first.exit();
    expect(supervisor.state).toEqual({ kind: 'ready' });
    expect(children).toHaveLength(2);
  });

  test('words of a child that is gone change nothing', () => {
    const { supervisor, clock, children, current } = ready();
    const first = current();
    first.exit();
    first.ready();
    expect(supervisor.state.kind).toBe('restarting');
    clock.advance(2_000);
    first.beat();
    first.ready();
    expect(supervisor.state.kind).toBe('restarting');
    expect(children).toHaveLength(2);
  });
});

describe('clients', () => {
  test('every pending call is rejected with engine/crashed, and nothing is posted to the dead', async () => {
    const { supervisor, clock, current } = ready();
    const one = await clientOf(supervisor);
    const two = await clientOf(supervisor);
    expect(supervisor.clients).toBe(2);
    const calls = [one.call('add', { a: 1, b: 2 }), one.call('fail', null), two.call('watch', null)];
    const codes = calls.map((call) =>
      call.then(
        () => 'none',
        (error: { code: string }) => error.code,
      ),
    );
    // a window that reacts at once, inside the exit listener
    one.onClose(() => {
      one.close();
      two.close();
      calls.forEach((call) => call.cancel());
    });
    const child = current();
    child.exit();
    expect(await Promise.all(codes)).toEqual(['engine/crashed', 'engine/crashed', 'engine/crashed']);
    expect(child.postedToTheDead).toBe(0);
    expect(supervisor.clients).toBe(0);
    clock.advance(2_000);
    expect(child.postedToTheDead).toBe(0);
  });

  test('the state is known before a client hears of the death', async () => {
    const { supervisor, current } = ready({ maxRestarts: 0 });
    const client = await clientOf(supervisor);
    let seen: string | null = null;
    client.onClose(() => (seen = supervisor.state.kind));
    current().exit();
    expect(seen).toBe('stopped');
  });

  test('a client that comes while the engine starts waits for it', async () => {
    const { supervisor, clock, current } = ready();
    current().exit();
    const client = clientOf(supervisor);
    clock.advance(2_000);
    expect(current().posted).toEqual([]);
    current().ready();
    await client;
    expect(current().posted).toEqual([{ message: { kind: 'open', client: 1 }, ports: [] }]);
  });

  test('a client that comes after the engine was given up is told so', async () => {
    const { supervisor, current } = ready({ maxRestarts: 0 });
    current().exit('it ended with code 1');
    await expect(supervisor.connect()).rejects.toMatchObject({ code: 'engine/crashed' });
  });

  test('a window’s port is handed on as it is', async () => {
    const { supervisor, current } = ready();
    const port = { name: 'port' };
    await supervisor.connectPort(port);
    expect(current().posted).toEqual([{ message: { kind: 'port' }, ports: [port] }]);
  });
});

describe('heartbeat', () => {
  test('beats are taken out of what the child prints', () => {
    const { lines, current } = ready();
    current().beat();
    current().print('loaded 2 models');
    current().print('\u0001beat nonsense');
    expect(lines).toEqual(['loaded 2 models', '\u0001beat nonsense']);
  });

  test('15 s of silence: working…; a beat: ready', () => {
    const parts = ready();
    const { supervisor, clock, current } = parts;
    live(parts, 5_000);
    clock.advance(13_000);
    expect(supervisor.state).toEqual({ kind: 'ready' });
    clock.advance(2_000);
    expect(supervisor.state).toEqual({ kind: 'busy', silentSeconds: 16 });
    clock.advance(4_000);
    expect(supervisor.state).toEqual({ kind: 'busy', silentSeconds: 20 });
    current().beat();
    clock.advance(1_000);
    expect(supervisor.state).toEqual({ kind: 'ready' });
    expect(current().kills).toBe(0);
  });

  test('30 s of silence: ended and started again', () => {
    const { supervisor, clock, children, current } = ready();
    clock.advance(29_500);
    expect(current().kills).toBe(0);
    clock.advance(1_000);
    expect(current().kills).toBe(1);
    current().exit('it was ended by SIGKILL');
    expect(supervisor.state).toEqual({ kind: 'restarting', why: 'it did not answer for 30 s', attempt: 1 });
    clock.advance(2_000);
    expect(children).toHaveLength(2);
  });

  test('a computing thread that is stuck is silent, however well the heart beats', () => {
    const { supervisor, clock, current } = ready();
    for (let second = 1; second <= 29; second++) {
      clock.advance(1_000);
      current().beat(second * 1_000);
    }
    expect(supervisor.state.kind).toBe('busy');
    clock.advance(1_000);
    current().beat(30_000);
    clock.advance(1_000);
    expect(current().kills).toBe(1);
  });

  test('the 10 s that TensorFlow takes to fail an allocation are not even mentioned', () => {
    const { states, clock, current } = ready();
    for (let second = 1; second <= 11; second++) {
      clock.advance(1_000);
      current().beat(second * 1_000);
    }
    current().beat();
    clock.advance(5_000);
    expect(states.map(({ kind }) => kind)).toEqual(['starting', 'ready']);
  });

  test('a machine that slept does not blame the child', () => {
    const parts = ready();
    const { supervisor, clock, current } = parts;
    live(parts, 3_000);
    clock.sleep(3_600_000);
    clock.advance(1_000);
    expect(current().kills).toBe(0);
    live(parts, 3_000);
    expect(supervisor.state).toEqual({ kind: 'ready' });
  });

  test('a kill whose exit is never told counts as an exit', () => {
    const { supervisor, clock, children, current } = ready();
    const first = current();
    clock.advance(31_000);
    expect(first.kills).toBe(1);
    clock.advance(3_000);
    expect(supervisor.state).toMatchObject({ kind: 'restarting', attempt: 1 });
    expect(children).toHaveLength(2);
    first.exit(); // told late
    expect(supervisor.state).toMatchObject({ kind: 'restarting', attempt: 1 });
  });
});

describe('stop', () => {
  test('asks, and waits for the exit', async () => {
    const { supervisor, clock, children, current } = ready();
    const stopped = supervisor.stop(2_000);
    expect(current().posted).toEqual([{ message: { kind: 'stop' }, ports: [] }]);
    current().exit('it ended with code 0');
    await stopped;
    expect(current().kills).toBe(0);
    expect(supervisor.state).toEqual({ kind: 'stopped', why: 'it was ended' });
    clock.advance(600_000);
    expect(children).toHaveLength(1);
  });

  test('ends a child that does not listen', async () => {
    const { supervisor, clock, current } = ready();
    const stopped = supervisor.stop(2_000);
    clock.advance(2_000);
    await Promise.resolve();
    await Promise.resolve();
    expect(current().kills).toBe(1);
    current().exit();
    await stopped;
    expect(supervisor.state.kind).toBe('stopped');
  });

  test('a restart that was about to come does not come', async () => {
    const { supervisor, clock, children, current } = ready();
    current().exit();
    await supervisor.stop();
    clock.advance(600_000);
    expect(children).toHaveLength(1);
    expect(supervisor.state.kind).toBe('stopped');
  });
});
