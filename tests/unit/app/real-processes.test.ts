// The supervisor over real processes: killed, crashed, stopped, stuck, and left alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineState } from '#shared/domain';
import { connect, type Client } from '#shared/rpc';
import { forkNode } from '#app/fork-node';
import { Supervisor, type SupervisorPolicy } from '#app/supervisor';
import { bundle } from '../../fixtures/bundle';
import type { ContractApi } from '../../fixtures/contract-api';

let program: (name: string) => string;
beforeAll(async () => {
  const fixtures = ['beating-child', 'middle-parent'].map((name) => `tests/fixtures/${name}.ts`);
  program = await bundle([...fixtures, 'src-main/entry/heartbeat.ts']);
});

const running: Supervisor[] = [];
afterAll(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop(500)));
});

function startEngine(policy: Partial<SupervisorPolicy> = {}): Supervisor {
  const supervisor = new Supervisor({ fork: () => forkNode(program('beating-child')), policy });
  running.push(supervisor);
  supervisor.start();
  return supervisor;
}

const clientOf = async (supervisor: Supervisor): Promise<Client<ContractApi>> =>
  connect<ContractApi>(await supervisor.connect());

function stateWhere(supervisor: Supervisor, wanted: (state: EngineState) => boolean): Promise<EngineState> {
  return new Promise((resolve) => {
    const check = (state: EngineState): void => {
      if (!wanted(state)) return;
      undo();
      resolve(state);
    };
    const undo = supervisor.onState(check);
    check(supervisor.state);
  });
}

describe('a death of any kind', () => {
  test.each(['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGTERM'] as const)(
    '%s: calls are rejected, and it works again',
    async (signal) => {
      const supervisor = startEngine();
      const client = await clientOf(supervisor);
      const pid = supervisor.pid!;
      const failed = client.call('later', { ms: 60_000, value: 1 }).then(
        () => 'none',
        (error: { code: string }) => error.code,
      );
      process.kill(pid, signal);
      expect(await failed).toBe('engine/crashed');
      const again = await clientOf(supervisor);
      expect(await again.call('add', { a: 1, b: 2 })).toBe(3);
      expect(supervisor.pid).not.toBe(pid);
    },
  );

  test('abort() inside a call', async () => {
    const supervisor = startEngine();
    const client = await clientOf(supervisor);
    await expect(client.call('end', null)).rejects.toMatchObject({ code: 'engine/crashed' });
    const again = await clientOf(supervisor);
    expect(await again.call('add', { a: 20, b: 22 })).toBe(42);
  });

  test('a program that does not exist is given up after its restarts', async () => {
    const supervisor = new Supervisor({
      fork: () => forkNode('/nowhere/engine.js'),
      policy: { maxRestarts: 1 },
    });
    supervisor.start();
    const state = await stateWhere(supervisor, ({ kind }) => kind === 'stopped');
    expect(state).toEqual({ kind: 'stopped', why: 'it ended with code 1' });
  });
});

describe.concurrent('a hang', () => {
  const quick = { silentMs: 1_500, hangMs: 3_000 };

  test('a stopped process is noticed, ended and replaced', async () => {
    const supervisor = startEngine(quick);
    await clientOf(supervisor);
    process.kill(supervisor.pid!, 'SIGSTOP');
    await stateWhere(supervisor, ({ kind }) => kind === 'busy');
    const state = await stateWhere(supervisor, ({ kind }) => kind === 'restarting');
    expect(state).toMatchObject({ why: expect.stringMatching(/^it did not answer for \d+ s$/) as string });
    expect(await (await clientOf(supervisor)).call('add', { a: 1, b: 1 })).toBe(2);
  });

  test('a computing thread that is busy for a while is waited for', async () => {
    const supervisor = startEngine(quick);
    const pid = (await clientOf(supervisor), supervisor.pid);
    const client = await clientOf(supervisor);
    const call = client.call('spin', { ms: 2_300 });
    await stateWhere(supervisor, ({ kind }) => kind === 'busy');
    await call;
    await stateWhere(supervisor, ({ kind }) => kind === 'ready');
    expect(supervisor.pid).toBe(pid);
  });

  test('one that never comes back is ended, although its heart beats', async () => {
    const supervisor = startEngine(quick);
    const client = await clientOf(supervisor);
    await expect(client.call('spin', { ms: 3_600_000 })).rejects.toMatchObject({ code: 'engine/crashed' });
    expect(supervisor.state.kind).toBe('restarting');
  });
});

describe('an end', () => {
  test('stop() leaves no process behind', async () => {
    const supervisor = startEngine();
    await clientOf(supervisor);
    const pid = supervisor.pid!;
    await supervisor.stop();
    expect(isAlive(pid)).toBe(false);
    expect(supervisor.state.kind).toBe('stopped');
  });

  test('the engine ends when its parent is killed', async () => {
    const parent = spawn(process.execPath, [program('middle-parent'), program('beating-child')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(/child (\d+)/.exec(printed.toString())?.[1]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
